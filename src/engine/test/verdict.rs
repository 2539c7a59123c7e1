//! What a run's diagnostics and checks say about it: expected failures, unexpected ones, assertions.

use crate::engine::module::declared::{Condition, WrittenReference};
use crate::engine::plan::conditions::{Rule, judge};
use crate::engine::query::evaluate::evaluate;
use crate::engine::query::inputs::Reader;
use crate::engine::query::session::Query;
use crate::model::check::{CheckResult, CheckStatus};
use crate::model::diagnostic::{Diagnostic, Severity};
use crate::model::test::TestStatus;
use crate::model::value::{Str, Value};

/// The texts of the objects that are expected to fail: `var.network`, `check.web`, `terraform_data.x[0]`.
pub fn names(expected: &[WrittenReference]) -> Vec<String> {
    expected.iter().map(|reference| reference.spot.file.slice(reference.spot.span).to_owned()).collect()
}

/// Whether a check's instance is one that `name` means: itself, or any instance of the block.
fn is_meant(name: &str, address: &str) -> bool {
    address == name || address.strip_prefix(name).is_some_and(|rest| rest.starts_with('['))
}

/// Sorts diagnostics: what was expected goes away, a check that fails unasked is an error.
pub fn sift(diagnostics: Vec<Diagnostic>, expected: &[String]) -> Vec<Diagnostic> {
    const CONDITIONS: [&str; 5] = [
        "Resource precondition failed",
        "Resource postcondition failed",
        "Module output value precondition failed",
        "Check block assertion failed",
        "Invalid value for variable",
    ];
    let mut kept = Vec::new();
    for mut diagnostic in diagnostics {
        let is_condition = CONDITIONS.contains(&&*diagnostic.summary);
        let of = diagnostic.address.clone().unwrap_or_default();
        if is_condition && expected.iter().any(|name| is_meant(name, &of)) {
            continue;
        }
        if is_condition || diagnostic.summary == "Check block assertion known after apply" {
            diagnostic.severity = Severity::Error;
        }
        kept.push(diagnostic);
    }
    kept
}

/// Which of the expected failures did not happen.
pub fn missing(expected: &[WrittenReference], checks: &[CheckResult]) -> Vec<Diagnostic> {
    let failed = |name: &str| {
        checks
            .iter()
            .flat_map(|check| &check.instances)
            .any(|instance| instance.status == CheckStatus::Fail && is_meant(name, &instance.address))
    };
    let mut faults = Vec::new();
    for (reference, name) in expected.iter().zip(names(expected)) {
        if !failed(&name) {
            let detail = format!("The checkable object, {name}, was expected to report an error but did not.");
            faults.push(Diagnostic::error("Missing expected failure", detail).at(reference.spot.place()));
        }
    }
    faults
}

/// Judges the assertions of a run.
pub fn assertions(
    query: &Query<'_>,
    asserts: &[Condition],
    names: &[(Str, Value)],
    plan_only: bool,
) -> (TestStatus, Vec<Diagnostic>) {
    let root = query.root();
    let reader = Reader::new(query, &root).with_names(names.to_vec());
    let mut status = TestStatus::Passed;
    let mut diagnostics = Vec::new();
    for condition in asserts {
        let mut verdict = judge(condition, Rule::Assertion, &reader);
        match verdict.status {
            CheckStatus::Pass => {}
            CheckStatus::Fail => {
                if status == TestStatus::Passed {
                    status = TestStatus::Failed;
                }
                for diagnostic in verdict.diagnostics.iter_mut().filter(|d| d.summary.starts_with("Check block")) {
                    diagnostic.severity = Severity::Error;
                    diagnostic.summary = "Test assertion failed".to_owned();
                }
            }
            CheckStatus::Error => status = TestStatus::Error,
            CheckStatus::Unknown => {
                status = TestStatus::Error;
                let why = why_unknown(condition, &reader);
                let detail = match (why, plan_only) {
                    (Some(who), _) => format!("Condition expression could not be evaluated: it depends on {who}, which nobody was asked in this test."),
                    (None, true) => "Condition expression could not be evaluated at this time. This means you have executed a `run` block with `command = plan` and one of the values your condition depended on is not known until after the plan has been applied. Either remove this value from your condition, or execute an `apply` command from this `run` block. Alternatively, if there is an override for this value, you can make it available during the plan phase by setting `override_during = plan` in the `override_` block.".to_owned(),
                    (None, false) => "Condition expression could not be evaluated at this time.".to_owned(),
                };
                verdict.diagnostics =
                    vec![Diagnostic::error("Unknown condition value", detail).at(condition.condition.place())];
            }
        }
        diagnostics.extend(verdict.diagnostics);
    }
    (status, diagnostics)
}

/// Who was not asked, when that is why a condition is unknown.
fn why_unknown(condition: &Condition, reader: &Reader<'_>) -> Option<Str> {
    let value = evaluate(&condition.condition, reader).value;
    match crate::lang::value::deep_source(&value) {
        Some(crate::model::value::UnknownSource::NotAsked(who)) => Some(who),
        _ => None,
    }
}
