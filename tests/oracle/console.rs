//! `kilter console --format json < expressions`: every function by its name, and as `core::name`, as terraform answered.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use kilter::lang::func;
use serde_json::Value as Json;

use super::{FILES, LOCALS};
use crate::world::Place;

/// Functions whose answers come from the machine or the moment: what they give is only looked at for its type.
const APART: &[&str] = &["abspath", "bcrypt", "pathexpand", "plantimestamp", "timestamp", "uuid"];

/// Where terraform shows sensitive text and Kilter does not, and one that sees the stack's own file.
const OTHERWISE: &[&str] = &[
    "parseint(sensitive(\"x\"), 10)",
    "parseint(\"x\", sensitive(10))",
    "filesha256(sensitive(\"nope\"))",
    "fileset(\".\", \"**\")",
];

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/terraform-1.11.4")
}

/// An expression and what terraform 1.11.4 answered.
struct Case {
    text: String,
    ty: Option<Json>,
    value: Json,
    sensitive: bool,
    unknown: bool,
    /// Summary and detail of each error.
    faults: Vec<(String, String)>,
}

/// Summary and detail; places are named from the repo's root, terraform's from the stack.
fn fault(json: &Json) -> (String, String) {
    let text = |name: &str| json[name].as_str().unwrap_or_default().replace("templates/", "").replace("calls/", "");
    (text("summary"), text("detail"))
}

fn is_flagged(flags: &Json) -> bool {
    match flags {
        Json::Bool(flag) => *flag,
        Json::Array(items) => items.iter().any(is_flagged),
        Json::Object(entries) => entries.values().any(is_flagged),
        _ => false,
    }
}

/// The recorded calls of functions.
fn calls() -> Vec<Case> {
    let recorded = std::fs::read_to_string(golden().join("functions/answers.jsonl")).unwrap();
    let lines = recorded.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    let case = |json: Json| Case {
        text: json["case"].as_str().unwrap().to_owned(),
        ty: json.get("type").cloned(),
        value: json["value"].clone(),
        sensitive: is_flagged(&json["sensitive"]),
        unknown: is_flagged(&json["unknown"]),
        faults: json.get("error").map(fault).into_iter().collect(),
    };
    lines.filter(|json| json.get("infinity").is_none()).map(case).collect()
}

/// The recorded expressions that call what `calls` leaves out.
fn expressions() -> Vec<Case> {
    let recorded = std::fs::read_to_string(golden().join("console.jsonl")).unwrap();
    let lines = recorded.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    let case = |json: Json| {
        let answer = &json["answer"];
        Case {
            text: json["expr"].as_str().unwrap().to_owned(),
            ty: Some(answer["type"].clone()).filter(|ty| !ty.is_null()),
            value: answer["after"].clone(),
            sensitive: is_flagged(&answer["sensitive"]),
            unknown: is_flagged(&answer["unknown"]),
            faults: answer["faults"].as_array().into_iter().flatten().map(fault).collect(),
        }
    };
    let wanted = ["can(", "try(", "templatefile(", "templatestring("];
    let is_wanted = |case: &Case| {
        wanted.iter().any(|name| case.text.contains(name))
            && !case.text.contains("local.U")
            && !case.text.contains('\n')
    };
    lines.map(case).filter(is_wanted).collect()
}

/// The names of the functions that an expression calls.
fn called(text: &str) -> BTreeSet<&'static str> {
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let names = text.match_indices('(').map(|(at, _)| text[..at].rsplit(|c| !is_name(c)).next().unwrap_or_default());
    names.filter_map(|name| func::all().map(|function| function.name).find(|known| *known == name)).collect()
}

/// The function that an expression begins with, and the expression with that one called as `core::name`.
fn through_core(text: &str) -> Option<(&'static str, String)> {
    let (name, _) = text.split_once('(')?;
    let name = called(&format!("{name}(")).into_iter().find(|known| *known == name)?;
    Some((name, format!("core::{text}")))
}

/// The stacks that the cases were recorded in: one with the files of the calls, one with the templates.
fn stacks(place: &Place) {
    let repo = place.path("repo");
    copy(&golden().join("functions/files"), &repo.join("calls"));
    std::fs::create_dir_all(repo.join("templates")).unwrap();
    place.git(&repo, &["init", "-q"]);
    for (name, text) in FILES {
        std::fs::write(repo.join("templates").join(name), text).unwrap();
    }
    let names: String = LOCALS.iter().map(|(name, value)| format!("  {name} = {value}\n")).collect();
    std::fs::write(repo.join("templates/main.tf"), format!("locals {{\n{names}}}\n")).unwrap();
    let unknown = "resource \"terraform_data\" \"u\" {}\nlocals {\n  u = tostring(terraform_data.u.id)\n}\n";
    std::fs::write(repo.join("calls/main.tf"), unknown).unwrap();
}

/// What Kilter's console says to these lines.
fn ask(place: &Place, stack: &str, lines: &[String]) -> Vec<Json> {
    let (repo, text) = (place.path("repo"), lines.join("\n") + "\n");
    let ran = place.kilter_with(&["-C", repo.to_str().unwrap(), "console", stack, "--format", "json"], &text);
    let answers: Vec<Json> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), lines.len(), "{}", ran.err);
    answers
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)
        } else {
            std::fs::copy(entry.path(), target).map(drop).unwrap();
        }
    }
}

fn difference(case: &Case, answer: &Json) -> Option<String> {
    let empty = Vec::new();
    let diagnostics = answer["diagnostics"].as_array().unwrap_or(&empty);
    let faults: Vec<(String, String)> =
        diagnostics.iter().filter(|json| json["severity"] == "error").map(fault).collect();
    if !case.faults.is_empty() || !faults.is_empty() {
        // Where terraform itself panics, any error is better; `try` names places, and files are not the same.
        let is_apart = |(_, detail): &(String, String)| detail.contains("panic in function") || detail.contains("(at ");
        let apart = case.faults.iter().any(is_apart) && !faults.is_empty();
        let same = case.faults.len() == faults.len() && case.faults.iter().all(|fault| faults.contains(fault));
        return (!apart && !same).then(|| format!("{faults:?} instead of {:?}", case.faults));
    }
    for (name, flag) in [("sensitive", case.sensitive), ("unknown", case.unknown)] {
        if answer[name] != flag {
            return Some(format!("{name} is {} instead of {flag}", answer[name]));
        }
    }
    if !case.sensitive && !case.unknown {
        let minus_zero = answer["value"].as_number().is_some_and(|number| number.as_str() == "-0");
        if answer["value"] != case.value && !minus_zero {
            return Some(format!("{} instead of {}", answer["value"], case.value));
        }
        if let Some(ty) = &case.ty
            && answer["type"] != *ty
            && !case.value.is_null()
        {
            return Some(format!("type {} instead of {ty}", answer["type"]));
        }
    }
    None
}

#[test]
fn the_console_answers_for_every_function_as_terraform_does() {
    let (place, mut covered, mut through) = (Place::new(), BTreeSet::new(), BTreeSet::new());
    stacks(&place);
    let mut differences = Vec::new();
    for (stack, mut cases) in [("calls", calls()), ("templates", expressions())] {
        let is_steady = |case: &Case| called(&case.text).iter().all(|name| !APART.contains(name));
        cases.retain(|case| !OTHERWISE.contains(&&*case.text) && is_steady(case));
        // One call of each function goes through its other name, too.
        let mut lines: Vec<(&Case, String)> = cases.iter().map(|case| (case, case.text.clone())).collect();
        for case in cases.iter().filter(|case| case.faults.is_empty()) {
            covered.extend(called(&case.text));
            if let Some((name, text)) = through_core(&case.text)
                && through.insert(name)
            {
                lines.push((case, text));
            }
        }
        let texts: Vec<String> = lines.iter().map(|(_, text)| text.clone()).collect();
        for ((case, text), answer) in lines.iter().zip(ask(&place, stack, &texts)) {
            differences.extend(difference(case, &answer).map(|found| format!("{text}\n    {found}")));
        }
    }
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
    for name in APART {
        let argument = if *name == "bcrypt" || name.contains("path") { "\"a\"" } else { "" };
        let answers = ask(&place, "calls", &[format!("{name}({argument})"), format!("core::{name}({argument})")]);
        for answer in answers {
            assert_eq!((&answer["type"], &answer["unknown"]), (&Json::from("string"), &Json::from(false)), "{name}");
        }
        covered.insert(name);
        through.insert(name);
    }
    let all: BTreeSet<&str> =
        func::all().filter(|function| !function.tofu_only).map(|function| function.name).collect();
    let never = |called: &BTreeSet<&'static str>| all.difference(called).copied().collect::<Vec<_>>();
    assert_eq!(never(&covered), Vec::<&str>::new(), "are never called");
    assert_eq!(never(&through), Vec::<&str>::new(), "are never called through core::");
}
