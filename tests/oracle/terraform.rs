//! How terraform answers: each expression is an output and a resource argument in one configuration, asked in few runs.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value as Json;

use super::{Answer, FILES, Fault, LOCALS, RESOURCES, UNKNOWNS};

/// Whether there is a terraform of the version that the recorded answers are from.
pub fn is_present() -> bool {
    let output = Command::new("terraform").arg("version").env("CHECKPOINT_DISABLE", "1").output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).starts_with("Terraform v1.11."))
}

/// The answers to these expressions, in their order.
pub fn ask(expressions: &[String]) -> Vec<Answer> {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    std::fs::write(root.join("main.tf"), base()).unwrap();
    for (name, text) in FILES {
        std::fs::write(root.join(name), text).unwrap();
    }
    let mut left: BTreeMap<String, usize> = BTreeMap::new();
    for (index, expression) in expressions.iter().enumerate() {
        let name = format!("e{index}");
        std::fs::write(root.join(format!("{name}.tf")), output_block(&name, expression)).unwrap();
        left.insert(name, index);
    }
    run(root, &["init", "-no-color"]);
    let mut answers: Vec<Option<Answer>> = vec![None; expressions.len()];
    // Faults hide later ones, so the faulty are taken out until nothing is wrong.
    for _ in 0..50 {
        let faults = faults(&run(root, &["plan", "-json", "-input=false", "-lock=false"]));
        if faults.is_empty() {
            break;
        }
        if faults.keys().all(|name| !left.contains_key(name)) {
            return apart(expressions, faults.into_values().flatten().collect());
        }
        for (name, faults) in faults {
            // What has no place shows again as long as it is there.
            let Some(index) = left.remove(&name) else { continue };
            std::fs::remove_file(root.join(format!("{name}.tf"))).unwrap();
            answers[index] = Some(Answer::Faults(faults));
        }
    }
    for (name, index) in &left {
        let mut text = output_block(name, &expressions[*index]);
        text.push_str(&format!("resource \"terraform_data\" \"{name}\" {{\n  input = {}\n}}\n", expressions[*index]));
        std::fs::write(root.join(format!("{name}.tf")), text).unwrap();
    }
    let plan = loop {
        let planned = run(root, &["plan", "-json", "-input=false", "-lock=false", "-out=plan"]);
        let shown = run(root, &["show", "-json", "plan"]);
        if let Ok(plan) = serde_json::from_slice::<Json>(&shown.stdout) {
            break plan;
        }
        let log = String::from_utf8_lossy(&planned.stdout).into_owned();
        let endless = endless(&log);
        assert!(!endless.is_empty(), "no plan:\n{log}");
        for name in endless {
            let Some(index) = left.remove(&name) else { panic!("terraform complains about {name}: {log}") };
            std::fs::remove_file(root.join(format!("{name}.tf"))).unwrap();
            answers[index] = Some(Answer::Infinite);
        }
    };
    for (name, index) in left {
        answers[index] = Some(value(&plan, &name));
    }
    answers.into_iter().map(Option::unwrap).collect()
}

/// Asks about each half alone, until it is known whose fault without a place it is.
fn apart(expressions: &[String], faults: Vec<Fault>) -> Vec<Answer> {
    if expressions.len() < 2 {
        return vec![Answer::Faults(faults)];
    }
    let (first, second) = expressions.split_at(expressions.len() / 2);
    let mut answers = ask(first);
    answers.extend(ask(second));
    answers
}

/// The answers to defaults of variables: each a type constraint and an expression.
pub fn ask_conversions(pairs: &[(String, String)]) -> Vec<Answer> {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    for (index, (ty, value)) in pairs.iter().enumerate() {
        // The type stands where `faults` expects an expression.
        let text = format!(
            "variable \"e{index}\" {{\n  nullable = true\n  type  = {ty}\n  default = {value}\n}}\noutput \"e{index}\" {{\n  value =              var.e{index}\n}}\n"
        );
        std::fs::write(root.join(format!("e{index}.tf")), text).unwrap();
    }
    run(root, &["init", "-no-color"]);
    let mut answers: Vec<Option<Answer>> = vec![None; pairs.len()];
    for _ in 0..10 {
        let faults = faults(&run(root, &["plan", "-json", "-input=false", "-lock=false"]));
        if faults.is_empty() {
            break;
        }
        for (name, faults) in faults {
            let index: usize = name.trim_start_matches('e').parse().unwrap_or_else(|_| panic!("{name}: {faults:?}"));
            std::fs::remove_file(root.join(format!("{name}.tf"))).unwrap();
            answers[index] = Some(Answer::Faults(faults));
        }
    }
    run(root, &["plan", "-json", "-input=false", "-lock=false", "-out=plan"]);
    let plan: Json = serde_json::from_slice(&run(root, &["show", "-json", "plan"]).stdout).unwrap();
    let planned = &plan["planned_values"]["outputs"];
    let filled = answers.into_iter().enumerate().map(|(index, answer)| {
        answer.unwrap_or_else(|| {
            let output = &planned[format!("e{index}")];
            Answer::Value {
                ty: output["type"].clone(),
                after: output["value"].clone(),
                unknown: Json::Bool(false),
                sensitive: Json::Bool(false),
            }
        })
    });
    filled.collect()
}

/// The cases with an infinity in their values: no plan is written as long as there is one.
fn endless(log: &str) -> std::collections::BTreeSet<String> {
    let mut found = std::collections::BTreeSet::new();
    for line in log.lines().filter(|line| line.contains("cannot serialize infinity")) {
        for part in line.split(['.', '"', '\\', ' ']) {
            if part.starts_with('e') && part.len() > 1 && part[1..].bytes().all(|byte| byte.is_ascii_digit()) {
                found.insert(part.to_owned());
            }
        }
    }
    found
}

fn base() -> String {
    let mut text = String::from(RESOURCES);
    text.push_str("locals {\n");
    for (name, expression) in LOCALS {
        text.push_str(&format!("  {name} = {expression}\n"));
    }
    for (name, _, expression) in UNKNOWNS {
        text.push_str(&format!("  {name} = {expression}\n"));
    }
    text.push_str("}\n");
    text
}

fn output_block(name: &str, expression: &str) -> String {
    format!("output \"{name}\" {{\n  sensitive = true\n  value = {expression}\n}}\n")
}

/// Where the expression begins in [`output_block`].
const FIRST_LINE: u64 = 3;
const FIRST_COLUMN: u64 = 11;

/// Runs terraform in a directory.
pub fn run(root: &Path, args: &[&str]) -> Output {
    Command::new("terraform")
        .args(args)
        .current_dir(root)
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
        .env("CHECKPOINT_DISABLE", "1")
        .output()
        .unwrap()
}

fn faults(output: &Output) -> BTreeMap<String, Vec<Fault>> {
    let mut found: BTreeMap<String, Vec<Fault>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let json: Json = serde_json::from_str(line).unwrap();
        let diagnostic = &json["diagnostic"];
        if diagnostic["severity"] != "error" {
            continue;
        }
        let range = &diagnostic["range"];
        let file = range["filename"].as_str().unwrap_or("nowhere").trim_end_matches(".tf").to_owned();
        let position = |json: &Json| {
            let (line, column) = (json["line"].as_u64().unwrap_or(0), json["column"].as_u64().unwrap_or(0));
            let column = if line == FIRST_LINE { (column + 1).saturating_sub(FIRST_COLUMN) } else { column };
            ((line + 1).saturating_sub(FIRST_LINE), column)
        };
        found.entry(file).or_default().push(Fault {
            summary: diagnostic["summary"].as_str().unwrap().to_owned(),
            detail: diagnostic["detail"].as_str().unwrap().to_owned(),
            start: position(&range["start"]),
            end: position(&range["end"]),
        });
    }
    found
}

fn value(plan: &Json, name: &str) -> Answer {
    let change = &plan["output_changes"][name];
    let resources = plan["resource_changes"].as_array().unwrap();
    let resource = resources.iter().find(|change| change["name"] == name).unwrap();
    Answer::Value {
        ty: plan["planned_values"]["outputs"][name]["type"].clone(),
        after: change["after"].clone(),
        unknown: change["after_unknown"].clone(),
        sensitive: resource["change"]["after_sensitive"]["input"].clone(),
    }
}
