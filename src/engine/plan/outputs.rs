//! Root outputs: what changes about them.

use std::collections::BTreeMap;

use crate::engine::lane::{KnownOutput, Parts};
use crate::engine::module::declared::{ItemId, Output};
use crate::engine::query::session::Query;
use crate::model::action::Action;
use crate::model::diagnostic::Diagnostic;
use crate::model::plan::OutputChange;
use crate::model::state::{OutputState, StateSnapshot};
use crate::model::value::{Marks, Str, Value};

/// The changes of root outputs against a state. What is not `wanted` is not even evaluated: it may read what no target
/// asks for. What the last plan left in `parts` is taken over for values that are what they were.
pub fn changes(
    query: &Query<'_>,
    state: Option<&StateSnapshot>,
    wanted: &dyn Fn(&str) -> bool,
    parts: &mut Parts,
) -> BTreeMap<Str, OutputChange> {
    let root = query.root();
    let module = query.module(&root);
    let last = std::mem::take(&mut parts.outputs);
    let mut changes = BTreeMap::new();
    parts.same_outputs = last.len() == module.outputs.len();
    for (at, output) in module.outputs.iter().enumerate().filter(|(_, output)| wanted(&output.name)) {
        let value = query.output(&root, at);
        let since = query.since(&root, ItemId::Output(at as u32));
        let known = last.get(&output.name).filter(|known| known.since == since && known.declared == output.sensitive);
        let change = match known {
            Some(known) => known.change.clone(),
            None => {
                parts.same_outputs = false;
                let said = query.report_count();
                judge(query, output, &value);
                let change = change(value, output.sensitive, state.and_then(|state| state.outputs.get(&output.name)));
                if query.report_count() > said {
                    changes.insert(output.name.clone(), change);
                    continue;
                }
                change
            }
        };
        let known = KnownOutput { since, declared: output.sensitive, change: change.clone() };
        parts.outputs.insert(output.name.clone(), known);
        changes.insert(output.name.clone(), change);
    }
    for (name, before) in state.iter().flat_map(|state| &state.outputs) {
        if module.output(name).is_none() {
            changes.insert(name.clone(), removed(before));
        }
    }
    changes
}

/// Says what is wrong with the value of a root output.
pub fn judge(query: &Query<'_>, output: &Output, value: &Value) {
    if !output.sensitive && value.deep_marks().contains(Marks::SENSITIVE) {
        let detail = "To reduce the risk of accidentally exporting sensitive data that was intended to be only internal, Terraform requires that any root module output containing sensitive data be explicitly marked as sensitive, to confirm your intent.\n\nIf you do intend to export this data, annotate the output value as sensitive by adding the following argument:\n    sensitive = true";
        query.report([Diagnostic::error("Output refers to sensitive values", detail)
            .at(output.header.place())
            .about(format!("output.{}", output.name))]);
    }
}

/// What changes about an output that the configuration has.
fn change(value: Value, sensitive: bool, before: Option<&OutputState>) -> OutputChange {
    let plain = value.unmark_deep();
    let old = before.map_or_else(Value::null, |before| before.value.clone());
    let action = match before {
        _ if plain.is_null() && old.is_null() => Action::NoOp,
        None => Action::Create,
        Some(before) if plain.is_wholly_known() && plain == old && before.sensitive == sensitive => Action::NoOp,
        Some(_) => Action::Update,
    };
    let hide = sensitive || before.is_some_and(|before| before.sensitive);
    let mark = |value: Value| if hide { value.mark(Marks::SENSITIVE) } else { value };
    OutputChange { action, before: mark(old), after: mark(value), sensitive: hide }
}

/// All outputs as they go: those that the state has and those that are known before anything is destroyed.
pub fn all_removed(
    changes: &BTreeMap<Str, OutputChange>,
    state: Option<&StateSnapshot>,
    is_sensitive: &dyn Fn(&str) -> bool,
    is_right: impl Fn(&str) -> bool,
) -> BTreeMap<Str, OutputChange> {
    let mut removing: BTreeMap<Str, OutputChange> =
        state.iter().flat_map(|s| &s.outputs).map(|(name, before)| (name.clone(), removed(before))).collect();
    for (name, change) in changes.iter().filter(|(name, change)| change.action != Action::Delete && is_right(name)) {
        let value = change.after.unmark_deep();
        if value.is_wholly_known() && !value.is_null() && state.is_some() {
            removing.insert(name.clone(), removed(&OutputState { value, sensitive: is_sensitive(name) }));
        }
    }
    removing
}

/// An output that the configuration no longer has.
pub fn removed(before: &OutputState) -> OutputChange {
    let mark = |value: Value| if before.sensitive { value.mark(Marks::SENSITIVE) } else { value };
    OutputChange {
        action: Action::Delete,
        before: mark(before.value.clone()),
        after: mark(Value::null()),
        sensitive: before.sensitive,
    }
}
