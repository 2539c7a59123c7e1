//! Conditions and how they came out: validations, pre- and postconditions, outputs' preconditions, `check` blocks.

use std::rc::Rc;

use crate::engine::module::declared::{Condition, ItemId, Module, Variable};
use crate::engine::module::decode::range_text as full_range;
use crate::engine::module::references::step_name;
use crate::engine::module::tree::Config;
use crate::engine::plan::checks::Checks;
use crate::engine::query::evaluate::evaluate;
use crate::engine::query::graph::{Graph, Vertex};
use crate::engine::query::inputs::{Reader, any_value};
use crate::engine::query::planned::CheckNote;
use crate::engine::query::scope::Scope;
use crate::engine::query::session::{InstanceAt, Phase, Query};
use crate::engine::query::statements::statements;
use crate::lang::expr::{Cause, references};
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
    // Whether or not it is needed, a message that cannot be made is an error of the configuration.
    let mut diagnostics = Vec::new();
    let message = match rule {
        Rule::Validation => {
            let written = condition.message.as_ref();
            diagnostics.extend(written.map(|written| evaluate(written, reader).diagnostics).unwrap_or_default());
            None
        }
        _ => message_of(condition, reader, &mut diagnostics),
    };
    let evaluated = evaluate(&condition.condition, reader);
    diagnostics.extend(evaluated.diagnostics);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Verdict { status: CheckStatus::Error, message: None, diagnostics };
    }
    let status = match truth(&evaluated.value.unmark()) {
        Ok(status) => status,
        Err(problem) => {
            let (summary, detail) = match (rule, problem) {
                (Rule::Validation, None) => (
                    "Invalid variable validation result",
                    "Validation condition expression must return either true or false, not null.".to_owned(),
                ),
                (Rule::Validation, Some(problem)) => (
                    "Invalid variable validation result",
                    format!("Invalid validation condition result value: {problem}."),
                ),
                (_, None) => (
                    "Invalid condition result",
                    "Condition expression must return either true or false, not null.".to_owned(),
                ),
                (_, Some(problem)) => {
                    ("Invalid condition result", format!("Invalid condition result value: {problem}."))
                }
            };
            diagnostics.push(Diagnostic::error(summary, detail).at(condition.condition.place()));
            CheckStatus::Error
        }
    };
    if status == CheckStatus::Unknown && rule == Rule::Assertion {
        diagnostics.push(
            Diagnostic::warning(
                "Check block assertion known after apply",
                "The condition could not be evaluated at this time, a result will be known when this plan is applied.",
            )
            .at(condition.condition.place())
            .with_values(statements(&condition.condition.expr, reader, Cause::Value)),
        );
    }
    if status != CheckStatus::Fail {
        return Verdict { status, message: None, diagnostics };
    }
    let (message, detail) = match rule {
        Rule::Validation => {
            let message = validation_message(condition, reader, &mut diagnostics);
            (Some(message.clone()), message.to_string())
        }
        _ => {
            let shown = message.clone().filter(|message| !message.is_empty()).unwrap_or_else(|| {
                Str::from("This check failed, but has an invalid error message as described in the other accompanying messages.")
            });
            (message, shown.to_string())
        }
    };
    let failed = match rule.severity() {
        Severity::Error => Diagnostic::error(rule.summary(), detail),
        Severity::Warning => Diagnostic::warning(rule.summary(), detail),
    };
    let values = statements(&condition.condition.expr, reader, Cause::Value);
    diagnostics.push(failed.at(condition.condition.place()).with_values(values));
    Verdict { status, message, diagnostics }
}

/// How a condition's value is taken; `Err(None)` for null.
fn truth(value: &Value) -> Result<CheckStatus, Option<String>> {
    if value.is_unknown() {
        return Ok(CheckStatus::Unknown);
    }
    if value.is_null() {
        return Err(None);
    }
    let value = convert(value, &Type::Bool).map_err(|problem| Some(problem.to_string()))?;
    Ok(match value.as_bool() {
        Some(true) => CheckStatus::Pass,
        Some(false) => CheckStatus::Fail,
        None => CheckStatus::Unknown,
    })
}

/// The message of a condition; `None` when there is nothing to show.
fn message_of(condition: &Condition, reader: &dyn Inputs, diagnostics: &mut Vec<Diagnostic>) -> Option<Str> {
    let written = condition.message.as_ref()?;
    let evaluated = evaluate(written, reader);
    let failed = evaluated.failed();
    diagnostics.extend(evaluated.diagnostics);
    if failed {
        return None;
    }
    let unsuitable = |problem: &str| {
        Diagnostic::error("Invalid error message", format!("Unsuitable value for error message: {problem}."))
            .at(written.place())
    };
    let marks = evaluated.value.marks;
    let text = match convert(&evaluated.value.unmark(), &Type::String) {
        Ok(text) if text.is_unknown() => return None,
        Ok(text) if text.is_null() => {
            diagnostics.push(unsuitable("must not be null"));
            return None;
        }
        Ok(text) => text,
        Err(problem) => {
            diagnostics.push(unsuitable(&problem.to_string()));
            return None;
        }
    };
    if marks.contains(Marks::SENSITIVE) {
        diagnostics.push(
            Diagnostic::warning(
                "Error message refers to sensitive values",
                "The error expression used to explain this condition refers to sensitive values, so Terraform will not display the resulting message.\n\nYou can correct this by removing references to sensitive values, or by carefully using the nonsensitive() function if the expression will not reveal the sensitive data.",
            )
            .at(written.place()),
        );
        return None;
    }
    if marks.contains(Marks::EPHEMERAL) {
        diagnostics.push(
            Diagnostic::warning(
                "Error message refers to ephemeral values",
                "The error expression used to explain this condition refers to ephemeral values, so Terraform will not display the resulting message.\n\nYou can correct this by removing references to ephemeral values, or by using the ephemeralasnull() function on the references to not reveal ephemeral data.",
            )
            .at(written.place()),
        );
        return None;
    }
    text.as_str().map(|text| Str::from(text.trim()))
}

/// The message of a validation that failed.
fn validation_message(condition: &Condition, reader: &dyn Inputs, diagnostics: &mut Vec<Diagnostic>) -> Str {
    const UNKNOWN: &str = "Failed to evaluate condition error message.";
    let Some(written) = &condition.message else { return Str::from(UNKNOWN) };
    let evaluated = evaluate(written, reader);
    if evaluated.failed() || evaluated.value.is_unknown() || evaluated.value.is_null() {
        return Str::from(UNKNOWN);
    }
    if evaluated.value.marks.contains(Marks::SENSITIVE) {
        diagnostics.push(
            Diagnostic::error(
                "Error message refers to sensitive values",
                "The error expression used to explain this condition refers to sensitive values. Terraform will not display the resulting message.\n\nYou can correct this by removing references to sensitive values, or by carefully using the nonsensitive() function if the expression will not reveal the sensitive data.",
            )
            .at(written.place()),
        );
        return Str::from("The error message included a sensitive value, so it will not be displayed.");
    }
    match convert(&evaluated.value.unmark(), &Type::String) {
        Ok(text) => text.as_str().map_or(Str::from(UNKNOWN), |text| Str::from(text.trim())),
        Err(problem) => {
            let detail = format!("Unsuitable value for error message: {problem}.");
            diagnostics.push(Diagnostic::error("Invalid error message", detail).at(written.place()));
            Str::from(UNKNOWN)
        }
    }
}

/// What is wrong with a condition before anything is known: of the assertions of a `check` only the message is looked at.
fn sound(condition: &Condition, rule: Rule, reader: &dyn Inputs) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    if rule == Rule::Assertion {
        message_of(condition, reader, &mut diagnostics);
        let found = evaluate(&condition.condition, reader).diagnostics;
        diagnostics.extend(found.into_iter().filter(|fault| fault.summary.starts_with("Reference to undeclared")));
        return diagnostics;
    }
    diagnostics.extend(evaluate(&condition.condition, reader).diagnostics);
    diagnostics.extend(condition.message.iter().flat_map(|message| evaluate(message, reader).diagnostics));
    diagnostics
}

/// Judges conditions, notes how they came out and reports what is wrong; whether all let things go on.
pub fn judge_all<'c>(
    query: &Query<'_>,
    conditions: impl IntoIterator<Item = &'c Condition>,
    rule: Rule,
    (kind, block, instance): (CheckKind, &str, &str),
    reader: &dyn Inputs,
) -> bool {
    let mut good = true;
    let destroying = query.objects.is_destroying();
    for condition in conditions {
        if query.setting.phase == Phase::Validate && rule != Rule::Output {
            query.report(sound(condition, rule, reader));
            continue;
        }
        let mut verdict = judge(condition, rule, reader);
        for diagnostic in &mut verdict.diagnostics {
            diagnostic.address.get_or_insert_with(|| instance.to_owned());
            // What is to be destroyed need not be in order.
            if destroying && diagnostic.summary == rule.summary() {
                diagnostic.severity = Severity::Warning;
            }
        }
        query.report(verdict.diagnostics);
        query.note(CheckNote {
            kind,
            block: Str::from(block),
            instance: Str::from(instance),
            status: verdict.status,
            problem: verdict.message,
        });
        good &= match verdict.status {
            CheckStatus::Pass | CheckStatus::Unknown => true,
            CheckStatus::Fail => destroying || rule == Rule::Assertion,
            CheckStatus::Error => rule == Rule::Assertion,
        };
    }
    good
}

/// Judges the preconditions of a resource instance; whether it may be planned.
pub fn before(query: &Query<'_>, at: &InstanceAt<'_>, address: &ResourceInstanceAddress, reader: &Reader<'_>) -> bool {
    let conditions = &query.resource(at.scope, at.position).lifecycle.preconditions;
    resource_conditions(query, conditions, Rule::Precondition, address, reader)
}

/// Judges the postconditions of a resource instance.
pub fn after(query: &Query<'_>, at: &InstanceAt<'_>, address: &ResourceInstanceAddress, reader: &Reader<'_>) -> bool {
    let conditions = &query.resource(at.scope, at.position).lifecycle.postconditions;
    resource_conditions(query, conditions, Rule::Postcondition, address, reader)
}

fn resource_conditions(
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
    judge_all(query, conditions, rule, (CheckKind::Resource, &block, &instance), reader)
}

/// `module.x.` before something in a module; nothing in the root.
pub fn prefix(module: &ModuleAddress) -> String {
    if module.is_root() { String::new() } else { format!("{module}.") }
}

/// Judges the conditions of a variable, an output or a check in a module instance; whether they let things go on.
pub fn of_item(query: &Query<'_>, scope: &Rc<Scope>, item: ItemId) -> bool {
    match item {
        ItemId::Variable(at) => {
            variable(query, scope, at as usize);
            true
        }
        ItemId::Output(at) => output(query, scope, at as usize),
        ItemId::Check(at) => {
            check(query, scope, at as usize);
            true
        }
        ItemId::Local(_) | ItemId::Resource(_) | ItemId::Call(_) => true,
    }
}

/// Judges the validations of a variable in a module instance.
pub fn variable(query: &Query<'_>, scope: &Rc<Scope>, at: usize) {
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
    let place = variable_place(query, scope, at);
    let mut reader = Reader::new(query, scope);
    if query.setting.phase == Phase::Validate {
        // Only its own value is known while validating.
        let all = query.module(scope).variables.iter().enumerate();
        let known = |(other, variable): (usize, &Variable)| {
            (variable.name.clone(), if other == at { value.clone() } else { any_value(variable) })
        };
        reader = reader.with_names(vec![(Str::from("var"), Value::object(all.map(known)))]);
    }
    for condition in &variable.validations {
        let undeclared = undeclared(query, scope, condition);
        if !undeclared.is_empty() {
            query.report(undeclared);
            continue;
        }
        let mut verdict = judge(condition, Rule::Validation, &reader);
        for diagnostic in verdict.diagnostics.iter_mut().filter(|d| d.summary == Rule::Validation.summary()) {
            let message = verdict.message.as_deref().unwrap_or_default();
            let at = full_range(&condition.header.place(), &query.looks.source().display);
            diagnostic.detail = format!("{message}\n\nThis was checked by the validation rule at {at}.");
            diagnostic.subject = Some(place.clone());
            diagnostic.address = Some(instance.clone());
        }
        query.report(verdict.diagnostics);
        query.note(CheckNote {
            kind: CheckKind::InputVariable,
            block: Str::from(&*block),
            instance: Str::from(&*instance),
            status: verdict.status,
            problem: verdict.message,
        });
    }
}

/// Where a validation names variables that there are not.
fn undeclared(query: &Query<'_>, scope: &Rc<Scope>, condition: &Condition) -> Vec<Diagnostic> {
    let reader = Reader::new(query, scope);
    let mut found = Vec::new();
    for written in [Some(&condition.condition), condition.message.as_ref()].into_iter().flatten() {
        for traversal in references(&written.expr).into_iter().filter(|named| &*named.root.text == "var") {
            let declared = step_name(traversal.steps.first()).is_none_or(|n| query.module(scope).variable(n).is_some());
            if let (false, Some(step), Err(fault)) = (declared, traversal.steps.first(), reader.reference(traversal)) {
                found.push(fault.at(written.file.place(traversal.root.span.to(step.span))));
            }
        }
    }
    found
}

/// Where a variable's value stands: the argument, the line of a tfvars file, or the variable block itself.
fn variable_place(query: &Query<'_>, scope: &Scope, at: usize) -> crate::model::place::Place {
    let variable = &query.module(scope).variables[at];
    let written = match &scope.parent {
        Some((parent, call)) => {
            query.module(parent).calls[*call].arguments.get(&variable.name).map(|written| written.place())
        }
        None if query.setting.phase == Phase::Validate => None,
        None => query.given.get(&variable.name).and_then(|given| given.place.clone()),
    };
    written.unwrap_or_else(|| variable.header.place())
}

/// Judges the preconditions of an output in a module instance.
pub fn output(query: &Query<'_>, scope: &Rc<Scope>, at: usize) -> bool {
    let output = &query.module(scope).outputs[at];
    if output.preconditions.is_empty() {
        return true;
    }
    let block = format!("{}output.{}", prefix(&scope.address.without_keys()), output.name);
    let instance = format!("{}output.{}", prefix(&scope.address), output.name);
    let reader = Reader::new(query, scope);
    let names = (CheckKind::OutputValue, &*block, &*instance);
    judge_all(query, &output.preconditions, Rule::Output, names, &reader)
}

/// Judges the assertions of a `check` block in a module instance.
pub fn check(query: &Query<'_>, scope: &Rc<Scope>, at: usize) {
    let check = &query.module(scope).checks[at];
    let block = format!("{}check.{}", prefix(&scope.address.without_keys()), check.name);
    let instance = format!("{}check.{}", prefix(&scope.address), check.name);
    let reader = Reader::new(query, scope).within_check(&check.name);
    judge_all(query, &check.asserts, Rule::Assertion, (CheckKind::Check, &block, &instance), &reader);
}

/// What kind of conditions an item has; `None` when it has none.
fn kind_of(module: &Module, item: ItemId) -> Option<CheckKind> {
    let (kind, has) = match item {
        ItemId::Variable(at) => (CheckKind::InputVariable, !module.variables[at as usize].validations.is_empty()),
        ItemId::Output(at) => (CheckKind::OutputValue, !module.outputs[at as usize].preconditions.is_empty()),
        ItemId::Resource(at) => {
            let lifecycle = &module.resources[at as usize].lifecycle;
            (CheckKind::Resource, !lifecycle.preconditions.is_empty() || !lifecycle.postconditions.is_empty())
        }
        ItemId::Check(_) => (CheckKind::Check, true),
        ItemId::Local(_) | ItemId::Call(_) => return None,
    };
    has.then_some(kind)
}

/// Notes every block that has conditions, so that those which are never reached are listed too.
pub fn declare(config: &Config, graph: &Graph, checks: &mut Checks) {
    for vertex in &graph.order {
        let node = &config.nodes[vertex.node];
        if let Some(kind) = kind_of(&node.module, vertex.item) {
            checks.declare(kind, &format!("{}{}", prefix(&node.address), node.module.item_name(vertex.item)));
        }
    }
}

/// Notes that the instances of something with conditions are known.
pub fn expanded(config: &Config, vertex: Vertex, checks: &mut Checks) {
    let node = &config.nodes[vertex.node];
    if kind_of(&node.module, vertex.item).is_some() {
        checks.expand(&format!("{}{}", prefix(&node.address), node.module.item_name(vertex.item)));
    }
}
