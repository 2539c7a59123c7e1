//! Conditions and how they came out: validations, pre- and postconditions, outputs' preconditions, `check` blocks.

use std::rc::Rc;

use crate::engine::module::declared::{Condition, ItemId};
use crate::engine::module::decode::range_text as full_range;
use crate::engine::plan::planner::Planner;
use crate::engine::query::evaluate::evaluate;
use crate::engine::query::inputs::Reader;
use crate::engine::query::scope::Scope;
use crate::engine::query::session::{InstanceAt, Phase, Query};
use crate::lang::inputs::Inputs;
use crate::lang::types::convert;
use crate::model::address::{ModuleAddress, ResourceInstanceAddress};
use crate::model::check::{CheckKind, CheckStatus};
use crate::model::diagnostic::{Diagnostic, Severity};
use crate::model::value::{Marks, Str, Type, Value};

/// What a condition belongs to, in terraform's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// A resource's precondition.
    Precondition,
    /// A resource's postcondition.
    Postcondition,
    /// An output's precondition.
    Output,
    /// An assertion of a `check` block.
    Assertion,
    /// A variable's validation.
    Validation,
}

impl Rule {
    fn summary(self) -> &'static str {
        match self {
            Rule::Precondition => "Resource precondition failed",
            Rule::Postcondition => "Resource postcondition failed",
            Rule::Output => "Module output value precondition failed",
            Rule::Assertion => "Check block assertion failed",
            Rule::Validation => "Invalid value for variable",
        }
    }

    fn severity(self) -> Severity {
        if self == Rule::Assertion { Severity::Warning } else { Severity::Error }
    }
}

/// How one condition came out.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// How.
    pub status: CheckStatus,
    /// Its message, when it failed.
    pub message: Option<Str>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// Evaluates a condition.
pub fn judge(condition: &Condition, rule: Rule, reader: &dyn Inputs) -> Verdict {
    let evaluated = evaluate(&condition.condition, reader);
    if evaluated.failed() {
        return Verdict { status: CheckStatus::Error, message: None, diagnostics: evaluated.diagnostics };
    }
    let mut diagnostics = evaluated.diagnostics;
    let value = evaluated.value.unmark();
    let mut error = |detail: &str| {
        diagnostics
            .push(Diagnostic::error("Invalid condition result", detail.to_owned()).at(condition.condition.place()));
    };
    let status = match convert(&value, &Type::Bool) {
        Ok(value) if value.is_null() => {
            error("Condition expression must return either true or false, not null.");
            CheckStatus::Error
        }
        Ok(value) => match value.as_bool() {
            Some(true) => CheckStatus::Pass,
            Some(false) => CheckStatus::Fail,
            None => CheckStatus::Unknown,
        },
        Err(problem) => {
            error(&format!("Invalid condition result value: {problem}."));
            CheckStatus::Error
        }
    };
    if status == CheckStatus::Unknown && rule == Rule::Assertion {
        diagnostics.push(
            Diagnostic::warning(
                "Check block assertion known after apply",
                "The condition could not be evaluated at this time, a result will be known when this plan is applied.",
            )
            .at(condition.condition.place()),
        );
    }
    if status != CheckStatus::Fail {
        return Verdict { status, message: None, diagnostics };
    }
    let message = failure_message(condition, reader, &mut diagnostics);
    let failed = match rule.severity() {
        Severity::Error => Diagnostic::error(rule.summary(), message.to_string()),
        Severity::Warning => Diagnostic::warning(rule.summary(), message.to_string()),
    }
    .at(condition.condition.place());
    diagnostics.push(failed);
    Verdict { status, message: Some(message), diagnostics }
}

fn failure_message(condition: &Condition, reader: &dyn Inputs, diagnostics: &mut Vec<Diagnostic>) -> Str {
    const UNKNOWN: &str = "Failed to evaluate condition error message.";
    let Some(written) = &condition.message else { return Str::from(UNKNOWN) };
    let evaluated = evaluate(written, reader);
    let failed = evaluated.failed();
    diagnostics.extend(evaluated.diagnostics);
    if failed {
        return Str::from(UNKNOWN);
    }
    if evaluated.value.marks.contains(Marks::SENSITIVE) {
        diagnostics.push(
            Diagnostic::warning(
                "Error message refers to sensitive values",
                "The error expression used to explain this condition refers to sensitive values, so Terraform will not display the resulting message.\n\nYou can correct this by removing references to sensitive values, or by carefully using the nonsensitive() function if the expression will not reveal the sensitive data.",
            )
            .at(written.place()),
        );
        return Str::from("The error message included a sensitive value, so it will not be displayed.");
    }
    match convert(&evaluated.value.unmark(), &Type::String).ok().and_then(|value| value.as_str().map(Str::from)) {
        Some(text) => Str::from(text.trim()),
        None => Str::from(UNKNOWN),
    }
}

/// Judges conditions, notes how they came out and reports what is wrong; whether all let things go on.
pub fn judge_all<'c>(
    query: &Query<'_>,
    planner: &Planner<'_>,
    conditions: impl IntoIterator<Item = &'c Condition>,
    rule: Rule,
    (kind, block, instance): (CheckKind, &str, &str),
    reader: &dyn Inputs,
) -> bool {
    let mut good = true;
    for condition in conditions {
        let mut verdict = judge(condition, rule, reader);
        if query.setting.phase == Phase::Validate && verdict.status != CheckStatus::Error {
            continue;
        }
        for diagnostic in &mut verdict.diagnostics {
            diagnostic.address.get_or_insert_with(|| instance.to_owned());
            if rule == Rule::Assertion && query.setting.phase != Phase::Validate {
                diagnostic.severity = Severity::Warning;
            }
        }
        query.report(verdict.diagnostics);
        planner.checks.borrow_mut().note(kind, block, instance, verdict.status, verdict.message);
        good &= !matches!(verdict.status, CheckStatus::Fail | CheckStatus::Error) || rule == Rule::Assertion;
    }
    good
}

/// Judges the preconditions of a resource instance; whether it may be planned.
pub fn before(
    planner: &Planner<'_>,
    query: &Query<'_>,
    at: &InstanceAt<'_>,
    address: &ResourceInstanceAddress,
    reader: &Reader<'_>,
) -> bool {
    let conditions = &query.resource(at.scope, at.position).lifecycle.preconditions;
    resource_conditions(planner, query, conditions, Rule::Precondition, address, reader)
}

/// Judges the postconditions of a resource instance.
pub fn after(
    planner: &Planner<'_>,
    query: &Query<'_>,
    at: &InstanceAt<'_>,
    address: &ResourceInstanceAddress,
    reader: &Reader<'_>,
) -> bool {
    let conditions = &query.resource(at.scope, at.position).lifecycle.postconditions;
    resource_conditions(planner, query, conditions, Rule::Postcondition, address, reader)
}

fn resource_conditions(
    planner: &Planner<'_>,
    query: &Query<'_>,
    conditions: &[Condition],
    rule: Rule,
    address: &ResourceInstanceAddress,
    reader: &Reader<'_>,
) -> bool {
    if conditions.is_empty() {
        return true;
    }
    let block = address.resource.without_keys().to_string();
    let instance = address.to_string();
    judge_all(query, planner, conditions, rule, (CheckKind::Resource, &block, &instance), reader)
}

/// `module.x.` before something in a module; nothing in the root.
pub fn prefix(module: &ModuleAddress) -> String {
    if module.is_root() { String::new() } else { format!("{module}.") }
}

/// Judges the validations of a variable in a module instance.
pub fn variable(planner: &Planner<'_>, query: &Query<'_>, scope: &Rc<Scope>, at: usize) {
    let variable = &query.module(scope).variables[at];
    if variable.validations.is_empty() {
        return;
    }
    let errors = query.error_count();
    let value: Value = query.variable(scope, at);
    if query.error_count() > errors {
        return;
    }
    let block = format!("{}var.{}", prefix(&scope.address.without_keys()), variable.name);
    let instance = format!("{}var.{}", prefix(&scope.address), variable.name);
    let _ = value;
    let place = variable_place(query, scope, at);
    let reader = Reader::new(query, scope);
    for condition in &variable.validations {
        let mut verdict = judge(condition, Rule::Validation, &reader);
        for diagnostic in verdict.diagnostics.iter_mut().filter(|d| d.summary == Rule::Validation.summary()) {
            let message = verdict.message.as_deref().unwrap_or_default();
            let at = full_range(&condition.header.place(), &query.looks.source().display);
            diagnostic.detail = format!("{message}\n\nThis was checked by the validation rule at {at}.");
            diagnostic.subject = Some(place.clone());
            diagnostic.address = Some(instance.clone());
        }
        query.report(verdict.diagnostics);
        planner.checks.borrow_mut().note(CheckKind::InputVariable, &block, &instance, verdict.status, verdict.message);
    }
}

/// Where a variable's value stands: the argument, the line of a tfvars file, or the variable block itself.
fn variable_place(query: &Query<'_>, scope: &Scope, at: usize) -> crate::model::place::Place {
    let variable = &query.module(scope).variables[at];
    let written = match &scope.parent {
        Some((parent, call)) => {
            query.module(parent).calls[*call].arguments.get(&variable.name).map(|written| written.place())
        }
        None => query.given.get(&variable.name).and_then(|given| given.place.clone()),
    };
    written.unwrap_or_else(|| variable.header.place())
}

/// Judges the preconditions of an output in a module instance.
pub fn output(planner: &Planner<'_>, query: &Query<'_>, scope: &Rc<Scope>, at: usize) -> bool {
    let output = &query.module(scope).outputs[at];
    if output.preconditions.is_empty() {
        return true;
    }
    let block = format!("{}output.{}", prefix(&scope.address.without_keys()), output.name);
    let instance = format!("{}output.{}", prefix(&scope.address), output.name);
    let reader = Reader::new(query, scope);
    let names = (CheckKind::OutputValue, &*block, &*instance);
    judge_all(query, planner, &output.preconditions, Rule::Output, names, &reader)
}

/// Judges the assertions of a `check` block in a module instance.
pub fn check(planner: &Planner<'_>, query: &Query<'_>, scope: &Rc<Scope>, at: usize) {
    let check = &query.module(scope).checks[at];
    let block = format!("{}check.{}", prefix(&scope.address.without_keys()), check.name);
    let instance = format!("{}check.{}", prefix(&scope.address), check.name);
    let reader = Reader::new(query, scope).within_check(&check.name);
    judge_all(query, planner, &check.asserts, Rule::Assertion, (CheckKind::Check, &block, &instance), &reader);
}

/// Notes every block that has conditions, so that those which are never reached are listed too.
pub fn declare(planner: &Planner<'_>) {
    let mut checks = planner.checks.borrow_mut();
    for vertex in &planner.graph.order {
        let node = &planner.config.nodes[vertex.node];
        let (module, prefix) = (&node.module, prefix(&node.address));
        let (kind, has) = match vertex.item {
            ItemId::Variable(at) => (CheckKind::InputVariable, !module.variables[at as usize].validations.is_empty()),
            ItemId::Output(at) => (CheckKind::OutputValue, !module.outputs[at as usize].preconditions.is_empty()),
            ItemId::Resource(at) => {
                let lifecycle = &module.resources[at as usize].lifecycle;
                let has = !lifecycle.preconditions.is_empty() || !lifecycle.postconditions.is_empty();
                (CheckKind::Resource, has)
            }
            ItemId::Check(_) => (CheckKind::Check, true),
            ItemId::Local(_) | ItemId::Call(_) => continue,
        };
        if has {
            checks.declare(kind, &format!("{prefix}{}", module.item_name(vertex.item)));
        }
    }
}
