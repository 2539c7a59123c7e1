//! What terraform says to a [`Question`].

use std::path::Path;

use serde_json::Value as Json;

use super::question::{Question, Reply, Said};
use super::terraform::run;

/// Terraform's answer.
pub fn ask(question: &Question) -> Reply {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    question.lay_out(root);
    let mut reply = Reply { validate: validate(root), ..Reply::default() };
    let mut args = vec!["plan", "-json", "-input=false", "-lock=false", "-out=plan"];
    args.extend(question.flags.iter().map(String::as_str));
    reply.plan = said(&run(root, &args).stdout);
    if reply.plan.iter().any(Said::is_error) {
        return reply;
    }
    let shown = run(root, &["show", "-json", "plan"]);
    reply.plan_json = serde_json::from_slice(&shown.stdout).ok();
    reply.apply = said(&run(root, &["apply", "-json", "-lock=false", "-parallelism=1", "plan"]).stdout);
    reply.state = std::fs::read_to_string(root.join("terraform.tfstate")).ok();
    reply
}

fn validate(root: &Path) -> Vec<Said> {
    let output = run(root, &["validate", "-json"]);
    let json: Json = serde_json::from_slice(&output.stdout).unwrap_or(Json::Null);
    json["diagnostics"].as_array().into_iter().flatten().map(one).collect()
}

fn said(log: &[u8]) -> Vec<Said> {
    let lines = String::from_utf8_lossy(log);
    let parsed = lines.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
    parsed.map(|json| json["diagnostic"].clone()).filter(|json| !json.is_null()).map(|json| one(&json)).collect()
}

fn one(json: &Json) -> Said {
    let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
    let range = &json["range"];
    let at = range["filename"]
        .as_str()
        .map(|file| format!("{file}:{}:{}", range["start"]["line"], range["start"]["column"]));
    Said { severity: text("severity"), summary: text("summary"), detail: text("detail"), at }
}
