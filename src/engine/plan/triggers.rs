//! `replace_triggered_by`: whether something that it names is about to change.

use std::sync::Arc;

use crate::engine::module::declared::{ItemId, Resource, Written};
use crate::engine::module::references;
use crate::engine::plan::planner::{PlannedInstance, Planner};
use crate::engine::query::evaluate::evaluate_expr;
use crate::engine::query::inputs::Reader;
use crate::engine::query::scope::{Each, Instances};
use crate::engine::query::session::{InstanceAt, Query};
use crate::lang::syntax::ast::{Expr, ExprKind, Step, StepKind, Traversal};
use crate::model::action::Action;
use crate::model::address::InstanceKey;
use crate::model::diagnostic::Diagnostic;
use crate::model::value::{PathStep, Str, Value, ValuePath};

/// Whether any of them fires.
pub fn fired(planner: &Planner<'_>, query: &Query<'_>, at: &InstanceAt<'_>, resource: &Resource) -> bool {
    resource.lifecycle.replace_triggered_by.iter().any(|written| fires(planner, query, at, written))
}

/// A reference taken apart: the resource, which instance, and the attribute.
struct Named {
    position: usize,
    key: Option<InstanceKey>,
    path: ValuePath,
}

fn fires(planner: &Planner<'_>, query: &Query<'_>, at: &InstanceAt<'_>, written: &Written) -> bool {
    let Some(named) = name(query, at, written) else {
        let detail = "Only resources can be referenced in replace_triggered_by.";
        query.report([
            Diagnostic::error("Invalid reference in replace_triggered_by expression", detail).at(written.place())
        ]);
        return false;
    };
    let expansion = query.expansion(at.scope, named.position);
    let chosen: Vec<Arc<Each>> = match &named.key {
        Some(key) => expansion.find(Some(key)).cloned().into_iter().collect(),
        None => expansion.known().to_vec(),
    };
    if chosen.is_empty() && matches!(expansion.instances, Instances::Known(_)) {
        let address = query.resource_address(at.scope, named.position);
        // That an object goes is a change, though none that counts.
        let goes = |key: &Option<InstanceKey>| named.key.is_none() || *key == named.key;
        if planner.prior.resource(&address).is_some_and(|resource| resource.current.keys().any(goes)) {
            return false;
        }
        let resource = format!("{}.{}", address.type_name, address.name);
        let within =
            if at.scope.address.is_root() { "the root module".to_owned() } else { at.scope.address.to_string() };
        let key = match &named.key {
            None => String::new(),
            Some(InstanceKey::Int(index)) => format!("[{index}]"),
            Some(InstanceKey::String(text)) => format!("[{text:?}]"),
        };
        query.report([Diagnostic::error(format!("no change found for {resource}{key} in {within}"), "")]);
        return false;
    }
    let planned =
        chosen.iter().filter_map(|each| query.planned(&InstanceAt { scope: at.scope, position: named.position, each }));
    planned.into_iter().any(|planned| changes(&planned, &named.path))
}

fn changes(planned: &PlannedInstance, path: &ValuePath) -> bool {
    let Some(row) = &planned.change else { return false };
    let counts = matches!(row.change.action, Action::Update | Action::DeleteThenCreate | Action::CreateThenDelete);
    if !counts || path.0.is_empty() {
        return counts;
    }
    let plain = |value: &Value| path.find(value).map(|found| found.unmark_deep());
    plain(&row.change.before) != plain(&row.change.after)
}

fn name(query: &Query<'_>, at: &InstanceAt<'_>, written: &Written) -> Option<Named> {
    // Outermost steps last: `a.b[each.key].c` is steps over an index over a traversal.
    let (traversal, key, steps) = take_apart(query, at, &written.expr, written)?;
    let target = references::target(query.module(at.scope), &traversal)?;
    let ItemId::Resource(position) = target.item else { return None };
    let mut rest: Vec<&Step> = traversal.steps[target.steps..].iter().collect();
    let mut key = key;
    if key.is_none()
        && let Some(StepKind::Index(value)) = rest.first().map(|step| &step.kind)
    {
        key = instance_key(value);
        rest.remove(0);
    }
    let path = rest.into_iter().chain(steps.iter()).map(path_step).collect::<Option<Vec<_>>>()?;
    Some(Named { position: position as usize, key, path: ValuePath(path) })
}

fn take_apart(
    query: &Query<'_>,
    at: &InstanceAt<'_>,
    expr: &Expr,
    written: &Written,
) -> Option<(Traversal, Option<InstanceKey>, Vec<Step>)> {
    match &expr.kind {
        ExprKind::Traversal(traversal) => Some((traversal.clone(), None, Vec::new())),
        ExprKind::Parens(inner) => take_apart(query, at, inner, written),
        ExprKind::Relative { source, steps } => {
            let (traversal, key, mut inner) = take_apart(query, at, source, written)?;
            inner.extend(steps.iter().cloned());
            Some((traversal, key, inner))
        }
        ExprKind::Index { collection, key } => {
            let (traversal, None, inner) = take_apart(query, at, collection, written)? else { return None };
            let reader = Reader::new(query, at.scope).within(at.each);
            let value = evaluate_expr(key, &written.file, &reader).into_value(query);
            inner.is_empty().then_some((traversal, instance_key(&value), Vec::new()))
        }
        _ => None,
    }
}

fn instance_key(value: &Value) -> Option<InstanceKey> {
    match (value.as_str(), value.as_number()) {
        (Some(text), _) => Some(InstanceKey::String(Str::from(text))),
        (None, Some(number)) => number.to_i64().map(InstanceKey::Int),
        (None, None) => None,
    }
}

fn path_step(step: &Step) -> Option<PathStep> {
    Some(match &step.kind {
        StepKind::Attribute(name) => PathStep::Attribute(name.clone()),
        StepKind::Index(value) => match instance_key(value)? {
            InstanceKey::String(key) => PathStep::Key(key),
            InstanceKey::Int(index) => PathStep::Index(index),
        },
    })
}
