//! `kilter plan --format json` without a stack:
//! `{"stacks":[{"stack","kind","fidelity","prior","plan","diagnostics"}…]}`, `plan` in terraform's plan JSON.

use serde::Serialize;
use serde_json::value::RawValue;

use super::diagnostic_json::{self, DiagnosticOut};
use super::plan_json;
use crate::model::report::PlanReport;
use crate::model::stack::Stack;

/// One stack and its plan; none for kinds that have no native preview.
pub struct StackPlan<'a> {
    /// The stack.
    pub stack: &'a Stack,
    /// Its report.
    pub report: Option<&'a PlanReport>,
}

#[derive(Serialize)]
struct All<'a> {
    stacks: Vec<One<'a>>,
}

#[derive(Serialize)]
struct One<'a> {
    stack: &'a str,
    kind: &'static str,
    fidelity: &'static str,
    prior: Option<String>,
    plan: Option<Box<RawValue>>,
    diagnostics: Vec<DiagnosticOut>,
}

/// The whole object.
pub fn stack_plans<'a>(plans: impl Iterator<Item = StackPlan<'a>>) -> Vec<u8> {
    let one = |plan: StackPlan<'a>| One {
        stack: plan.stack.path.as_str(),
        kind: plan.stack.kind.word(),
        fidelity: plan.report.map_or("parsed", |report| report.fidelity.word()),
        prior: plan.report.map(|report| report.prior.word()),
        plan: plan.report.and_then(|report| plan_json::embedded(&report.plan)),
        diagnostics: plan.report.map_or_else(Vec::new, |r| {
            r.diagnostics.iter().map(|found| diagnostic_json::out(found, &|_| None)).collect()
        }),
    };
    let mut bytes = serde_json::to_vec(&All { stacks: plans.map(one).collect() }).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
