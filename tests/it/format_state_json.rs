//! States of the real terraform, read and written again to the byte, and plans of the real terraform on states of ours.

use std::path::Path;
use std::process::Command;

use kilter::format::state_json;

fn golden(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/terraform-1.11.4").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn a_state_of_terraform_comes_out_as_it_went_in() {
    let theirs = golden("state-pull.json");
    let state = state_json::read(&theirs).unwrap();
    assert_eq!((state.serial, state.resources.len()), (20, 13));
    let ours = String::from_utf8(state_json::write(&state).unwrap()).unwrap();
    let theirs = String::from_utf8(theirs).unwrap();
    // Terraform writes the checks in no particular order.
    let without_checks = |text: &str| text.split("\"check_results\"").next().unwrap().to_owned();
    assert_eq!(without_checks(&ours), without_checks(&theirs));
    assert_eq!(state_json::read(ours.as_bytes()).unwrap().checks.len(), state.checks.len());
}

fn terraform(directory: &Path, args: &[&str]) -> Option<(bool, String)> {
    let output = Command::new("terraform")
        .args(args)
        .current_dir(directory)
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
        .env("CHECKPOINT_DISABLE", "1")
        .env("TF_IN_AUTOMATION", "1")
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    Some((output.status.success(), text))
}

const CONFIGURATION: &str = r#"
resource "terraform_data" "a" {
  for_each         = toset(["x", "y"])
  input            = { l = tolist(["a"]), s = sensitive("z"), html = "<a&b>\u2028", big = 123456789012345678901234567890, n = null }
  triggers_replace = [1.5, tostring(null)]
}
resource "terraform_data" "b" {
  count = 2
  input = terraform_data.a["x"].id
}
output "o" {
  value     = terraform_data.a["y"].output
  sensitive = true
}
check "c" {
  assert {
    condition     = terraform_data.b[0].id != "x"
    error_message = "bad"
  }
}
"#;

#[test]
fn terraform_sees_no_change_in_a_state_that_was_read_and_written() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    std::fs::write(at.join("main.tf"), CONFIGURATION).unwrap();
    if terraform(at, &["version"]).is_none() {
        eprintln!("SKIPPED: there is no terraform on PATH");
        return;
    }
    let (ok, said) = terraform(at, &["apply", "-auto-approve", "-input=false", "-no-color"]).unwrap();
    assert!(ok, "{said}");
    let file = at.join("terraform.tfstate");
    let theirs = std::fs::read(&file).unwrap();
    let state = state_json::read(&theirs).unwrap();
    let ours = state_json::write(&state).unwrap();
    assert_eq!(String::from_utf8(ours.clone()).unwrap(), String::from_utf8(theirs).unwrap());
    std::fs::write(&file, ours).unwrap();
    let (ok, said) = terraform(at, &["plan", "-input=false", "-no-color", "-detailed-exitcode"]).unwrap();
    assert!(ok && said.contains("No changes"), "{said}");
}
