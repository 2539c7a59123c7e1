//! Findings as SARIF 2.1.0, held against its schema.

use std::path::Path;

use kilter::format::sarif;
use kilter::model::finding::{Finding, Level, Rule};
use kilter::model::place::{Place, Position, RepoPath};
use serde_json::Value as Json;

static UNUSED: Rule = Rule {
    id: "terraform_unused_declarations",
    title: "Nothing uses it",
    level: Level::Warning,
    explanation: "Whoever reads it looks for its use in vain.",
    bad: "variable \"x\" {}",
    good: "output \"x\" {\n  value = var.x\n}",
    source: "https://github.com/terraform-linters/tflint-ruleset-terraform",
};
static OTHER: Rule = Rule { id: "a_rule_without_findings", source: "the house", ..UNUSED };

fn finding(suppressed: Option<&str>) -> Finding {
    let start = Position { line: 3, column: 5, byte: 20 };
    Finding {
        rule: &UNUSED,
        level: Level::Error,
        message: "variable \"x\" is declared but not used".to_owned(),
        place: Place { path: RepoPath::new("my stack/main.tf"), start, end: Position { line: 3, column: 9, byte: 24 } },
        fingerprint: "abc123".into(),
        suppressed: suppressed.map(Into::into),
    }
}

fn schema() -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/sarif-2.1.0/schema.json");
    let text = std::fs::read_to_string(path).unwrap();
    let mut schema: Json = serde_json::from_str(&text).unwrap();
    // The pattern for languages, as published, has a stray bracket and is no regular expression. We write no language.
    schema["definitions"]["run"]["properties"]["language"].as_object_mut().unwrap().shift_remove("pattern");
    schema["definitions"]["toolComponent"]["properties"]["language"].as_object_mut().unwrap().shift_remove("pattern");
    jsonschema::validator_for(&schema).unwrap()
}

fn written(findings: &[Finding]) -> Json {
    serde_json::from_slice(&sarif::write("0.1.0", &[&UNUSED, &OTHER], findings).unwrap()).unwrap()
}

#[test]
fn findings_are_valid_sarif() {
    let schema = schema();
    for findings in [vec![], vec![finding(None), finding(Some("# tflint-ignore: all"))]] {
        let json = written(&findings);
        let faults: Vec<String> =
            schema.iter_errors(&json).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(faults, Vec::<String>::new());
    }
    let broken = serde_json::json!({"version": "2.1.0", "runs": [{"results": []}]});
    assert!(!schema.is_valid(&broken), "the schema itself must be able to say no");
}

#[test]
fn a_result_says_rule_place_and_suppression() {
    let json = written(&[finding(Some("# tflint-ignore: all"))]);
    let run = &json["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 2);
    let result = &run["results"][0];
    let index = usize::try_from(result["ruleIndex"].as_i64().unwrap()).unwrap();
    assert_eq!(rules[index]["id"], result["ruleId"]);
    assert!(rules[index]["help"]["text"].as_str().unwrap().contains("Good:"));
    assert_eq!(rules[index]["defaultConfiguration"]["level"], "warning");
    assert_eq!(result["level"], "error");
    assert_eq!(result["partialFingerprints"]["kilter/v1"], "abc123");
    assert_eq!(result["suppressions"][0]["kind"], "inSource");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "my%20stack/main.tf");
    assert_eq!((&place["region"]["startLine"], &place["region"]["endColumn"]), (&3.into(), &9.into()));
}
