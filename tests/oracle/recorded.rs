//! Questions that were answered differently once, with what terraform answered: judged without a terraform.
//!
//! Each is `tests/golden/terraform-1.11.4/oracle/NAME.txt` with the answer beside it in `NAME.json`;
//! `KILTER_RECORD=1 cargo test --test it oracle::recorded` asks terraform for answers that are missing.
//! `KILTER_ORACLE_QUESTIONS=DIR` takes the questions of another directory.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::question::{Question, Reply};
use super::verdict::difference;
use super::{ours, theirs};

fn questions() -> Vec<PathBuf> {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/terraform-1.11.4/oracle");
    let directory = std::env::var_os("KILTER_ORACLE_QUESTIONS").map_or(kept, PathBuf::from);
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "txt")).collect();
    found.sort();
    found
}

#[test]
fn what_was_found_once_is_answered_as_terraform_did() {
    let recording = std::env::var_os("KILTER_RECORD").is_some();
    let (questions, mut wrong) = (questions(), Vec::new());
    for path in &questions {
        let question = Question::parse(&std::fs::read_to_string(path).unwrap());
        let beside = path.with_extension("json");
        if recording && !beside.exists() {
            let text = serde_json::to_string_pretty(&theirs::ask(&question).to_json()).unwrap();
            std::fs::write(&beside, text + "\n").unwrap();
        }
        let recorded: Json = serde_json::from_slice(&std::fs::read(&beside).unwrap()).unwrap();
        let theirs = Reply::from_json(&recorded);
        let ours = ours::ask(&question, theirs.state.as_deref());
        if let Some(difference) = difference(&theirs, &ours) {
            wrong.push(format!("{}: {}\n{}", path.file_stem().unwrap().display(), difference.kind, difference.text));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), questions.len(), wrong.join("\n"));
    assert!(questions.len() > 20 || std::env::var_os("KILTER_ORACLE_QUESTIONS").is_some());
}
