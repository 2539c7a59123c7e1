//! What the real terraform printed while it planned, applied, validated and tested, read; and ours beside it.

use std::collections::BTreeMap;
use std::path::Path;

use kilter::format::ui_log::{LogEvent, read_line};
use kilter::format::{provider_schema, test_json, validate_json};
use kilter::model::action::Action;
use kilter::model::diagnostic::Severity;
use kilter::model::test::{TestCounts, TestStatus};
use kilter::model::value::Type;
use serde_json::Value as Json;

fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/terraform-1.11.4").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn events(name: &str) -> Vec<LogEvent> {
    golden(name).lines().map(|line| read_line(line).event).collect()
}

#[test]
fn an_apply_is_followed_object_by_object() {
    let events = events("apply-many.jsonl");
    let count = |test: fn(&LogEvent) -> bool| events.iter().filter(|event| test(event)).count();
    // A data source that is read in vain has a beginning and no end.
    let started = count(|event| matches!(event, LogEvent::Started { action, .. } if *action != Action::Read));
    let done = count(|event| matches!(event, LogEvent::Done { .. }));
    assert!(started > 10 && started == done, "{started} started, {done} done");
    assert!(matches!(&events[0], LogEvent::Version(version) if version == "1.11.4"));
    assert!(events.iter().any(|event| matches!(event, LogEvent::Planned { action: Action::Forget, .. })));
    assert!(events.iter().any(|event| matches!(event, LogEvent::Planned { previous: Some(_), .. })));
    // That apply failed at its data source, so it has no summary; this one went through.
    let finished = self::events("apply-ok.jsonl");
    let summary = finished.iter().find_map(|event| match event {
        LogEvent::Summary { operation, add, change, remove, import } if operation == "apply" => {
            Some((*add, *change, *remove, *import))
        }
        _ => None,
    });
    assert_eq!(summary, Some((5, 5, 6, 2)));
    assert!(finished.iter().any(|event| matches!(event, LogEvent::Outputs(names) if names.len() == 5)));
}

#[test]
fn failures_and_interrupts_are_told() {
    let failed = events("apply-fail.jsonl");
    assert!(
        failed.iter().any(
            |event| matches!(event, LogEvent::Failed { address, .. } if address.to_string() == "terraform_data.bad")
        )
    );
    assert!(failed.iter().any(|event| matches!(event, LogEvent::ProvisionerLine { line, .. } if line == "to-stderr")));
    let interrupted = golden("apply-sigint.jsonl");
    assert!(interrupted.lines().any(|line| {
        let line = read_line(line);
        line.event == LogEvent::Note && line.message == "Stopping operation..."
    }));
    for (file, summary) in [
        ("apply-stale.jsonl", "Saved plan is stale"),
        ("plan-locked.jsonl", "Error acquiring the state lock"),
        ("noinit-plan.jsonl", "Inconsistent dependency lock file"),
    ] {
        assert!(
            events(file).iter().any(|event| matches!(event, LogEvent::Diagnostic(found) if found.summary == summary)),
            "{file}"
        );
    }
    assert!(
        events("refresh-only-moved.jsonl")
            .iter()
            .any(|event| matches!(event, LogEvent::Drift { action: Action::NoOp, .. }))
    );
}

#[test]
fn every_object_line_of_every_log_is_understood() {
    for name in ["apply-many", "apply-fail", "apply-sigint", "plan-many", "remote-exec", "destroy-ok"] {
        for line in golden(&format!("{name}.jsonl")).lines() {
            let json: Json = serde_json::from_str(line).unwrap();
            let about_an_object = json.get("hook").is_some() || json.get("change").is_some();
            assert!(!about_an_object || read_line(line).event != LogEvent::Note, "{name}: {line}");
        }
    }
}

/// The files that the recorded diagnostics point into are not at hand: their own snippets are.
fn without_snippets(mut json: Json) -> Json {
    for diagnostic in json["diagnostics"].as_array_mut().into_iter().flatten() {
        diagnostic.as_object_mut().unwrap().shift_remove("snippet");
    }
    json
}

#[test]
fn validate_is_read_and_written_alike() {
    for name in ["validate-error", "validate-warning", "validate-ok", "noinit-validate", "syntax-validate"] {
        let theirs = golden(&format!("{name}.json"));
        let found = validate_json::read(theirs.as_bytes()).unwrap();
        let ours = String::from_utf8(validate_json::write(&found, &|_| None).unwrap()).unwrap();
        let theirs = without_snippets(serde_json::from_str(&theirs).unwrap());
        let expected = serde_json::to_string_pretty(&theirs).unwrap();
        assert_eq!(ours.trim_end(), expected, "{name}");
    }
    let warnings = validate_json::read(golden("validate-warning.json").as_bytes()).unwrap();
    assert!(warnings.iter().all(|found| found.severity == Severity::Warning));
    assert_eq!(warnings[0].subject.as_ref().unwrap().to_string(), "m/main.tf:5");
}

#[test]
fn tests_are_read_with_their_verdicts() {
    let log = test_json::read(&golden("test-mixed.jsonl"));
    let counts = TestCounts::of(&log.suites);
    assert_eq!((counts.passed, counts.failed, counts.errors, counts.skipped), (5, 1, 1, 1));
    let names: Vec<&str> = log.suites.iter().map(|suite| suite.name.as_str()).collect();
    assert_eq!(names, ["tests/error.tftest.hcl", "tests/fail.tftest.hcl", "tests/pass.tftest.hcl"]);
    let wrong = &log.suites[1].cases[1];
    assert_eq!((wrong.status, wrong.diagnostics[0].detail.as_str()), (TestStatus::Failed, "expected large, got small"));
    let bad = test_json::read(&golden("test-badfile.jsonl"));
    assert_eq!((bad.suites.len(), bad.diagnostics[0].summary.as_str()), (0, "Unsupported argument"));
}

#[test]
fn a_test_log_of_ours_is_read_again_and_says_what_terraforms_says() {
    let mut log = test_json::read(&golden("test-mixed.jsonl"));
    // They stand beside the snippet, which is left out here.
    let cases = log.suites.iter_mut().flat_map(|suite| &mut suite.cases);
    cases.flat_map(|case| &mut case.diagnostics).for_each(|found| found.values.clear());
    let bytes = test_json::write(&log, "1.11.4", "2026-11-22T14:16:47.743687Z", &|_| None).unwrap();
    let ours = String::from_utf8(bytes).unwrap();
    assert_eq!(test_json::read(&ours), log);
    let of = |text: &str, kind: &str| {
        let lines = text.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
        lines.filter(|line| line["type"] == kind).collect::<Vec<_>>()
    };
    let theirs = golden("test-mixed.jsonl");
    for kind in ["test_abstract", "test_summary"] {
        let told = |text: &str| {
            let line = &of(text, kind)[0];
            (line["@message"].clone(), line[kind].clone())
        };
        assert_eq!(told(&ours), told(&theirs), "{kind}");
    }
    let finished = |text: &str| -> BTreeMap<String, Json> {
        let runs = of(text, "test_run").into_iter().filter(|line| line["test_run"]["progress"] == "complete");
        runs.map(|line| (line["@message"].to_string(), line["test_run"]["status"].clone())).collect()
    };
    assert_eq!(finished(&ours), finished(&theirs));
}

#[test]
fn schemas_of_providers_are_read_and_written() {
    let bytes = golden("providers-schema.json");
    let schemas = provider_schema::read(bytes.as_bytes()).unwrap();
    let terraform = &schemas["terraform.io/builtin/terraform"];
    let data = &terraform.resources["terraform_data"].block.attributes;
    assert!(data["id"].computed && data["input"].optional && data["input"].ty == Type::Dynamic);
    assert!(terraform.data_sources["terraform_remote_state"].block.attributes["backend"].required);
    let written = provider_schema::write(schemas.iter().map(|(source, schema)| (source.as_str(), schema))).unwrap();
    assert_eq!(provider_schema::read(&written).unwrap(), schemas);
}

#[test]
fn our_own_terraform_provider_declares_what_terraforms_does() {
    let theirs = provider_schema::read(golden("providers-schema.json").as_bytes()).unwrap();
    let providers = kilter::engine::provider::builtin();
    let ours = providers.get("terraform.io/builtin/terraform").unwrap().schema();
    let theirs = &theirs["terraform.io/builtin/terraform"];
    for (ours, theirs) in [(&ours.resources, &theirs.resources), (&ours.data_sources, &theirs.data_sources)] {
        assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
        for (name, schema) in theirs {
            for (attribute, wanted) in &schema.block.attributes {
                let mut have = ours[name].block.attributes[attribute].clone();
                have.description = wanted.description.clone();
                assert_eq!(&have, wanted, "{name}.{attribute}");
            }
        }
    }
}
