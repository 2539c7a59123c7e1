//! Others' providers from end to end: a preview without any knowledge, a plan of the "real tool" (a script that answers as
//! recorded), and previews that know the schema and what the plan taught.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::world::{Place, Ran};

const CONFIGURATION: &str = r#"
terraform {
  required_providers {
    cloud = { source = "example/cloud" }
  }
}

data "cloud_image" "base" {
  name = "base"
}

resource "cloud_server" "web" {
  image = "a"
  size  = "small"
  labels = { team = "web" }
  network = { name = "main" }
  disk {
    gigabytes = 10
  }
  rule {
    port = 443
  }
  rule {
    port = 80
  }
}
"#;

fn golden(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/foreign-provider").join(name);
    std::fs::read_to_string(path).unwrap()
}

struct Stage {
    place: Place,
}

impl Stage {
    fn new() -> Self {
        let place = Place::new();
        let repo = place.path("repo");
        std::fs::create_dir_all(&repo).unwrap();
        std::fs::create_dir_all(place.path("bin")).unwrap();
        std::fs::write(repo.join("main.tf"), CONFIGURATION).unwrap();
        std::fs::write(repo.join(".gitignore"), "*.tfstate\n").unwrap();
        std::fs::write(repo.join(".terraform.lock.hcl"), "provider \"registry.terraform.io/example/cloud\" {\n}\n")
            .unwrap();
        std::fs::write(repo.join("terraform.tfstate"), golden("state.tfstate")).unwrap();
        std::fs::write(place.path("schema.json"), golden("schema.json")).unwrap();
        place.git(&repo, &["init", "-q", "-b", "main"]);
        place.git(&repo, &["add", "."]);
        place.git(&repo, &["commit", "-qm", "begin"]);
        let at = place.path("").display().to_string();
        let script = format!(
            "#!/bin/sh\ncd '{at}'\ncase \"$1\" in\n  plan) exit 2 ;;\n  show) cat plan.json ;;\n  \
             providers) echo asked >> asked; cat schema.json ;;\n  version) echo '{{\"terraform_version\":\"1.11.4\"}}' ;;\n  \
             *) exit 1 ;;\nesac\n"
        );
        let tool = place.path("bin/terraform");
        std::fs::write(&tool, script).unwrap();
        std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
        Stage { place }
    }

    fn edit(&self, from: &str, to: &str) {
        assert!(CONFIGURATION.contains(from));
        std::fs::write(self.place.path("repo/main.tf"), CONFIGURATION.replace(from, to)).unwrap();
    }

    fn kilter(&self, args: &[&str]) -> Ran {
        let path = format!("{}:{}", self.place.path("bin").display(), std::env::var("PATH").unwrap_or_default());
        let mut command = self.place.command(env!("CARGO_BIN_EXE_kilter"));
        command.env("PATH", path).current_dir(self.place.path("repo")).args(args);
        Ran::of(args, command.output().unwrap())
    }

    fn really_planned(&self, plan: &str) -> Ran {
        std::fs::write(self.place.path("plan.json"), golden(plan)).unwrap();
        self.kilter(&["--trust", "plan", ".", "--fidelity", "planned"])
    }

    fn asked(&self) -> usize {
        std::fs::read_to_string(self.place.path("asked")).map_or(0, |asked| asked.lines().count())
    }
}

fn holds(ran: &Ran, parts: &[&str]) {
    for part in parts {
        assert!(ran.out.contains(part), "{part:?} is not in:\n{}\n{}", ran.out, ran.err);
    }
}

#[test]
fn a_real_plan_teaches_what_forces_a_replacement() {
    let stage = Stage::new();
    stage.edit("image = \"a\"", "image = \"b\"");
    let before = stage.kilter(&["plan", "."]);
    holds(&before, &["~ cloud_server.web", "the provider decides the rest", "1 to change"]);

    let real = stage.really_planned("plan-replace.json");
    holds(&real, &["cloud_server.web: preview: update, plan: replace", "cloud_server 0 of 1"]);
    assert_eq!(stage.asked(), 1, "the schemas are asked for once");

    let after = stage.kilter(&["plan", "."]);
    holds(
        &after,
        &["-/+ cloud_server.web", "learned from the plan of 20", "# forces replacement", "cloud_server 0 of 1"],
    );
    holds(&after, &["address = \"10.0.0.1\" -> (known after apply)"]);
    let against_head = stage.kilter(&["plan", ".", "--against", "HEAD"]);
    holds(&against_head, &["-/+ cloud_server.web", "learned from the plan of 20"]);

    let again = stage.really_planned("plan-replace.json");
    holds(&again, &["cloud_server 1 of 2"]);
    assert!(!again.out.contains("preview: update"), "{}", again.out);
    assert_eq!(stage.asked(), 1);
}

#[test]
fn a_cached_schema_makes_a_preview_typed() {
    let stage = Stage::new();
    stage.edit("size  = \"small\"", "size  = \"large\"");
    let real = stage.really_planned("plan-update.json");
    holds(&real, &["~ cloud_server.web", "the plan has another value for labels_all", "cloud_server 0 of 1"]);

    let update = stage.kilter(&["plan", "."]);
    holds(&update, &["~ cloud_server.web", "learned from the plan of 20", "\"small\" -> \"large\""]);
    holds(&update, &["labels_all", "(known after apply)"]);
    assert!(!update.out.contains("rule"), "the same rules in another order are the same set: {}", update.out);

    stage.edit("size  = \"small\"", "token = \"s3cret\"\n  size = \"small\"");
    let sensitive = stage.kilter(&["plan", "."]);
    holds(&sensitive, &["token = (sensitive value)", "by the provider's schema"]);
    assert!(!sensitive.out.contains("s3cret"));

    stage.edit("gigabytes = 10", "gigabytes = [10]");
    holds(&stage.kilter(&["plan", "."]), &["Incorrect attribute value type"]);
    stage.edit("size  = \"small\"", "sise = \"small\"");
    holds(&stage.kilter(&["plan", "."]), &["An argument named \"sise\" is not expected here"]);
    stage.edit("network = { name = \"main\" }", "network = { zone = \"a\" }");
    holds(&stage.kilter(&["plan", "."]), &["attribute \"name\" is required"]);

    std::fs::write(stage.place.path("repo/main.tf"), CONFIGURATION).unwrap();
    holds(&stage.kilter(&["plan", "."]), &["No changes."]);
}

#[test]
fn schemas_are_printed_in_the_standard_form() {
    let stage = Stage::new();
    let own: serde_json::Value = serde_json::from_str(&stage.kilter(&["schema", "--providers"]).out).unwrap();
    let sources = own["provider_schemas"].as_object().unwrap();
    for name in ["archive", "external", "http", "local", "null", "random", "time", "tls"] {
        let provider = &sources[&format!("registry.terraform.io/hashicorp/{name}")];
        assert!(provider["resource_schemas"].is_object() || provider["data_source_schemas"].is_object(), "{name}");
    }
    let random = &sources["registry.terraform.io/hashicorp/random"];
    assert!(
        random["ephemeral_resource_schemas"]["random_password"]["block"]["attributes"]["result"]["sensitive"]
            .as_bool()
            .unwrap()
    );
    let time = &sources["registry.terraform.io/hashicorp/time"];
    assert_eq!(time["functions"]["rfc3339_parse"]["parameters"][0]["type"], "string");
    let tls = &sources["registry.terraform.io/hashicorp/tls"];
    assert_eq!(tls["provider"]["block"]["attributes"]["proxy"]["nested_type"]["nesting_mode"], "single");

    let refused = stage.kilter(&["schema", "--providers", "."]);
    assert!(refused.code == Some(1) && refused.err.contains("not trusted"), "{}", refused.err);
    let with_others = stage.kilter(&["--trust", "schema", "--providers", "."]);
    let all: serde_json::Value = serde_json::from_str(&with_others.out).unwrap();
    let cloud = &all["provider_schemas"]["registry.terraform.io/example/cloud"];
    assert!(cloud["resource_schemas"]["cloud_unused"].is_null(), "only what is in use is kept");
    let golden: serde_json::Value = serde_json::from_str(&golden("schema.json")).unwrap();
    let same = |kind: &str, name: &str| {
        let recorded = &golden["provider_schemas"]["registry.terraform.io/example/cloud"][kind][name];
        assert_eq!(cloud[kind][name], *recorded, "{name} comes back as it was");
    };
    same("resource_schemas", "cloud_server");
    same("data_source_schemas", "cloud_image");
    assert_eq!(stage.kilter(&["schema", "--providers", "."]).out, with_others.out, "now it is cached");
}

#[test]
fn a_cached_schema_makes_mocks_of_others_providers() {
    let stage = Stage::new();
    let tests = "mock_provider \"cloud\" {\n  mock_resource \"cloud_server\" {\n    defaults = {\n      address = \"10.0.0.9\"\n    }\n  }\n}\n\nrun \"server\" {\n  assert {\n    condition     = cloud_server.web.address == \"10.0.0.9\" && length(cloud_server.web.id) == 8\n    error_message = \"It has the address ${cloud_server.web.address}.\"\n  }\n}\n";
    std::fs::write(stage.place.path("repo/main.tftest.hcl"), tests).unwrap();
    stage.place.git(&stage.place.path("repo"), &["add", "."]);
    stage.place.git(&stage.place.path("repo"), &["commit", "-qm", "test"]);
    let before = stage.kilter(&["test", "."]);
    assert_eq!(before.code, Some(4), "{}", before.out);
    holds(&before, &["Provider not built in", "A mock of it needs its schema"]);
    let outcome = |checks: &Ran| {
        let told = checks.json();
        let jobs = told["jobs"].as_array().unwrap().iter();
        jobs.filter(|job| job["step"] == "test").map(|job| job["summary"].as_str().unwrap().to_owned()).next().unwrap()
    };
    assert_eq!(outcome(&stage.kilter(&["ci", "--format", "json"])), "0 of 1 test passed");
    stage.really_planned("plan-update.json");
    holds(&stage.kilter(&["test", "."]), &["1 passed, 0 failed, 0 errors"]);
    assert_eq!(
        outcome(&stage.kilter(&["ci", "--format", "json"])),
        "1 of 1 test passed",
        "known outcomes go by the schema"
    );
}
