//! The providers inside Kilter from end to end: what a preview knows of them, and what an apply makes.

use crate::world::Place;

const CONFIGURATION: &str = r#"
terraform {
  required_providers {
    archive  = { source = "hashicorp/archive", version = "~> 2.7" }
    external = { source = "hashicorp/external", version = "~> 2.3" }
    local    = { source = "hashicorp/local", version = "~> 2.5" }
    random   = { source = "hashicorp/random", version = "~> 3.7" }
    time     = { source = "hashicorp/time", version = "~> 0.13" }
    tls      = { source = "hashicorp/tls", version = "~> 4.1" }
  }
}

data "archive_file" "site" {
  type                    = "zip"
  source_content          = "This is some content"
  source_content_filename = "content.txt"
  output_path             = "out/site.zip"
}

data "external" "answer" {
  program = ["cat"]
  query   = { word = "hello" }
}

resource "tls_private_key" "ca" {
  algorithm   = "ECDSA"
  ecdsa_curve = "P256"
}

resource "tls_self_signed_cert" "ca" {
  private_key_pem       = tls_private_key.ca.private_key_pem
  validity_period_hours = 24
  allowed_uses          = ["cert_signing"]
  is_ca_certificate     = true
  subject {
    common_name = "ca"
  }
}

resource "time_offset" "week" {
  base_rfc3339 = "2020-02-12T06:36:13Z"
  offset_days  = 7
}

resource "local_file" "told" {
  filename = "out/told.txt"
  content  = "${data.archive_file.site.output_md5} ${data.external.answer.result.word}"
}

ephemeral "random_password" "once" {
  length = 12
}

output "month" {
  value = provider::time::rfc3339_parse("2023-07-25T23:43:16Z").month_name
}

output "exists" {
  value = provider::local::direxists("nowhere")
}

output "later" {
  value = time_offset.week.rfc3339
}
"#;

fn stage() -> Place {
    let place = Place::new();
    let repo = place.path("repo");
    std::fs::create_dir_all(&repo).unwrap();
    std::fs::write(repo.join("main.tf"), CONFIGURATION).unwrap();
    place.git(&repo, &["init", "-q", "-b", "main"]);
    place.git(&repo, &["add", "."]);
    place.git(&repo, &["commit", "-qm", "begin"]);
    place
}

#[test]
fn a_preview_knows_what_nobody_has_to_be_asked_for() {
    let place = stage();
    let repo = place.path("repo").display().to_string();
    let ran = place.kilter(&["-C", &repo, "plan", ".", "--against", "state"]).expect(0);
    for part in [
        "(not asked: data.external.answer: it runs a program, which a preview does not)",
        "month = \"July\"",
        "exists = false",
        "+ private_key_pem = (sensitive value)",
        "+ cert_pem = (known after apply)",
        "Plan: 4 to add",
    ] {
        assert!(ran.out.contains(part), "{part:?} is not in:\n{}", ran.out);
    }
    assert!(!place.path("repo/out").exists(), "a preview writes nothing");
    let value =
        place.kilter_with(&["-C", &repo, "console", ".", "--format", "json"], "data.archive_file.site.output_md5\n");
    assert!(value.out.contains("ea35f0444ea9a3d5641d8760bc2815cc"), "{} {}", value.out, value.err);
}

#[test]
fn an_apply_asks_the_program_and_leaves_nothing_to_do() {
    let place = stage();
    let repo = place.path("repo").display().to_string();
    let at = |args: &[&str]| {
        let all: Vec<&str> = ["-C", &repo, "--trust"].into_iter().chain(args.iter().copied()).collect();
        place.kilter(&all)
    };
    at(&["apply", "--env", "test", "--auto-approve", "--skip-checks"]).expect(0);
    let told = place.path("repo/.git/kilter/environments/test/checkout/out/told.txt");
    assert_eq!(std::fs::read_to_string(told).unwrap(), "ea35f0444ea9a3d5641d8760bc2815cc hello");
    assert!(place.path("repo/.git/kilter/environments/test/checkout/out/site.zip").exists());
    let state = at(&["state", ".", "--env", "test"]).expect(0).out;
    assert!(state.contains("\"tls_self_signed_cert\"") && state.contains("\"time_offset\""), "{state}");
    let again = at(&["plan", ".", "--against", "env:test"]).expect(0).out;
    assert!(!again.contains("tls_"), "{again}");
    at(&["apply", "--env", "test", "--auto-approve", "--skip-checks"]).expect(0);
    at(&["destroy", "--env", "test", "--auto-approve"]).expect(0);
}
