//! What the real terraform says to a case.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value as Json, json};

use super::case::{self, Case};

/// Applies what was before and gives the state that this left.
pub fn state_before(case: &Case) -> Option<Json> {
    if let Some(text) = &case.state {
        return Some(serde_json::from_str(text).unwrap());
    }
    if case.before.is_empty() {
        return None;
    }
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    case::write(root, &case.before);
    prepare(case, root);
    let applied = run(case, root, &["apply", "-auto-approve", "-input=false", "-no-color"]);
    assert!(applied.status.success(), "{}: {}", case.name, String::from_utf8_lossy(&applied.stderr));
    for address in &case.taint {
        let tainted = run(case, root, &["taint", address]);
        assert!(tainted.status.success(), "{}: {}", case.name, String::from_utf8_lossy(&tainted.stderr));
    }
    Some(serde_json::from_slice(&std::fs::read(root.join("terraform.tfstate")).unwrap()).unwrap())
}

/// Its answers to a case whose state is given.
pub fn answers(case: &Case, state: Option<&Json>) -> Json {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    case::write(root, &case.after);
    if let Some(state) = state {
        std::fs::write(root.join("terraform.tfstate"), serde_json::to_vec_pretty(state).unwrap()).unwrap();
    }
    prepare(case, root);
    let validated = run(case, root, &["validate", "-json"]);
    let validate: Json = serde_json::from_slice(&validated.stdout)
        .unwrap_or_else(|_| panic!("{}: {}", case.name, String::from_utf8_lossy(&validated.stderr)));
    let mut flags = vec!["plan", "-json", "-input=false", "-lock=false", "-out=saved.plan"];
    flags.extend(case.flags.iter().map(String::as_str));
    let planned = run(case, root, &flags);
    let said = String::from_utf8(planned.stdout).unwrap();
    let lines = said.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
    let diagnostics: Vec<Json> =
        lines.filter(|line| line["type"] == "diagnostic").map(|line| line["diagnostic"].clone()).collect();
    let mut plan = json!({ "diagnostics": diagnostics });
    if root.join("saved.plan").exists() {
        let shown = run(case, root, &["show", "-json", "saved.plan"]);
        // What has no JSON (an infinity) is planned and not shown.
        if let Ok(show) = serde_json::from_slice::<Json>(&shown.stdout) {
            plan["show"] = show;
        }
    }
    json!({ "validate": validate["diagnostics"], "plan": plan })
}

fn prepare(case: &Case, root: &Path) {
    let mut files = case.before.iter().chain(&case.after);
    if files.any(|(_, text)| text.contains("module \"") || text.contains("backend") || text.contains("\"module\"")) {
        run(case, root, &["init", "-input=false", "-no-color"]);
    }
}

fn run(case: &Case, root: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("terraform");
    command.args(arguments).current_dir(root);
    command.env("TF_CLI_CONFIG_FILE", "/dev/null").env("CHECKPOINT_DISABLE", "1").env("TF_IN_AUTOMATION", "1");
    command.envs(case.env.iter().map(|(name, value)| (name, value)));
    command.output().unwrap()
}
