//! The table of expressions and what terraform answered.

use std::path::PathBuf;

use serde_json::{Value as Json, json};

use super::kilter::{World, convert_default};
use super::{Answer, Fault, terraform};

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/terraform-1.11.4").join(name)
}

fn expressions() -> Vec<String> {
    let text = std::fs::read_to_string(golden("expressions.txt")).unwrap();
    // `¶` stands for a newline inside an expression.
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with("## "));
    lines.map(|line| line.replace('¶', "\n")).collect()
}

/// Differences that are meant, each with its reason.
const MEANT: &[(&str, &str)] = &[];

#[test]
fn every_recorded_answer_is_given() {
    let path = golden("console.jsonl");
    if std::env::var_os("KILTER_RECORD").is_some() {
        let expressions = expressions();
        let answers = terraform::ask(&expressions);
        let lines = expressions.iter().zip(&answers);
        let text: String =
            lines.map(|(text, answer)| format!("{}\n", json!({"expr": text, "answer": answer.to_json()}))).collect();
        std::fs::write(&path, text).unwrap();
    }
    let recorded = std::fs::read_to_string(&path).unwrap();
    let recorded: Vec<Json> = recorded.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(recorded.len(), expressions().len(), "expressions.txt changed: record anew with KILTER_RECORD=1");
    let world = World::new();
    let mut differences = Vec::new();
    for case in &recorded {
        let text = case["expr"].as_str().unwrap();
        let expected = Answer::from_json(&case["answer"]);
        let given = world.ask(text);
        if !agree(&expected, &given) && !MEANT.iter().any(|(meant, _)| *meant == text) {
            differences.push(difference(text, &expected, &given));
        }
    }
    let (wrong, all) = (differences.len(), recorded.len());
    assert!(wrong == 0, "{wrong} of {all} differ:\n{}", differences.join("\n"));
}

#[test]
fn every_recorded_conversion_is_made() {
    let path = golden("conversions.jsonl");
    let text = std::fs::read_to_string(golden("conversions.txt")).unwrap();
    let split = |line: &str| line.split_once(" <- ").map(|(ty, value)| (ty.to_owned(), value.to_owned())).unwrap();
    let pairs: Vec<(String, String)> = text.lines().map(split).collect();
    if std::env::var_os("KILTER_RECORD").is_some() {
        let answers = terraform::ask_conversions(&pairs);
        let lines = pairs.iter().zip(&answers);
        let text: String = lines
            .map(|((ty, value), answer)| {
                format!("{}\n", json!({"type": ty, "value": value, "answer": answer.to_json()}))
            })
            .collect();
        std::fs::write(&path, text).unwrap();
    }
    let recorded = std::fs::read_to_string(&path).unwrap();
    let mut differences = Vec::new();
    for line in recorded.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        let (ty, value) = (case["type"].as_str().unwrap(), case["value"].as_str().unwrap());
        let expected = Answer::from_json(&case["answer"]);
        let given = convert_default(ty, value);
        if !says_the_same(&expected, &given) {
            differences.push(difference(&format!("{ty} <- {value}"), &expected, &given));
        }
    }
    assert_eq!(recorded.lines().count(), pairs.len(), "conversions.txt changed: record anew with KILTER_RECORD=1");
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

/// Types and defaults stand in other places here and there: only the words count, and of several faults the first.
pub fn says_the_same(expected: &Answer, given: &Answer) -> bool {
    match (expected, given) {
        (Answer::Faults(a), Answer::Faults(b)) => {
            let words = |fault: &Fault| (fault.summary.clone(), fault.detail.clone());
            b.iter().all(|fault| a.iter().any(|other| words(other) == words(fault)))
        }
        _ => agree(expected, given),
    }
}

/// How a difference is shown.
pub fn difference(text: &str, expected: &Answer, given: &Answer) -> String {
    format!("{text}\n  terraform: {}\n  kilter:    {}", expected.to_json(), given.to_json())
}

/// Faults may stand in another order; how nothing is said of nothing does not matter, nor the type of a null.
pub fn agree(expected: &Answer, given: &Answer) -> bool {
    match (expected, given) {
        (Answer::Faults(a), Answer::Faults(b)) => {
            let (a, b) = (without_places(a), without_places(b));
            a.len() == b.len() && a.iter().all(|fault| b.contains(fault)) && b.iter().all(|fault| a.contains(fault))
        }
        (Answer::Value { .. }, Answer::Value { .. }) => plain(expected) == plain(given),
        (Answer::Infinite, Answer::Infinite) => true,
        _ => false,
    }
}

/// `try` names places in its message, and the files are not the same.
fn without_places(faults: &[Fault]) -> Vec<Fault> {
    let clean = |detail: &str| {
        let lines = detail.lines().map(|line| match line.find(" (at ") {
            Some(at) if line.starts_with("- ") => &line[..at],
            _ => line,
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        // Of several wrong elements terraform names any.
        match text.split_once("element \"") {
            Some((before, after)) => format!("{before}element{}", after.split_once('"').map_or("", |(_, rest)| rest)),
            None => text,
        }
    };
    faults.iter().map(|fault| Fault { detail: clean(&fault.detail), ..fault.clone() }).collect()
}

fn plain(answer: &Answer) -> Option<(Json, Json, Json, Json)> {
    let Answer::Value { ty, after, unknown, sensitive } = answer else {
        return None;
    };
    let ty = if after.is_null() { Json::Null } else { ty.clone() };
    let after = if after.as_number().is_some_and(|number| number.as_str() == "-0") { json!(0) } else { after.clone() };
    Some((ty, after, flags(unknown), flags(sensitive)))
}

/// Only what is flagged.
fn flags(json: &Json) -> Json {
    match json {
        Json::Array(items) => {
            let items: Vec<Json> = items.iter().map(flags).collect();
            if items.iter().all(|item| *item == Json::Bool(false)) { Json::Bool(false) } else { Json::Array(items) }
        }
        Json::Object(entries) => {
            let entries = entries.iter().map(|(key, entry)| (key.clone(), flags(entry)));
            let entries: serde_json::Map<_, _> = entries.filter(|(_, entry)| *entry != Json::Bool(false)).collect();
            if entries.is_empty() { Json::Bool(false) } else { Json::Object(entries) }
        }
        Json::Bool(true) => Json::Bool(true),
        _ => Json::Bool(false),
    }
}
