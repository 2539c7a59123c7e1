//! How providers written with terraform's plugin framework plan: defaults, computed attributes that become unknown, and
//! changes that force a replacement. A table per resource type, and this.

use super::PlannedObject;
use super::attributes::{attribute, same, with};
use crate::model::schema::BlockSchema;
use crate::model::value::{Str, Value, ValueKind, ValuePath};

/// What a resource type does with its attributes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Traits {
    /// Configured attributes that can be changed in place. A change of any other forces a replacement.
    pub in_place: &'static [&'static str],
    /// Maps whose change forces a replacement except for keys that are null (random's keepers).
    pub keepers: &'static [&'static str],
    /// Values taken when nothing is configured.
    pub defaults: &'static [(&'static str, Fallback)],
    /// Computed attributes that an update in place makes unknown again.
    pub recomputed: &'static [&'static str],
}

/// A default in a table.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fallback {
    /// A bool.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Text(&'static str),
}

impl Fallback {
    fn value(self) -> Value {
        match self {
            Fallback::Bool(value) => Value::bool(value),
            Fallback::Int(value) => Value::int(value),
            Fallback::Text(value) => Value::string(value),
        }
    }
}

/// Plans a create (`prior` null) or an update.
pub(super) fn plan(
    block: &BlockSchema,
    traits: &Traits,
    prior: &Value,
    proposed: &Value,
    config: &Value,
) -> PlannedObject {
    let defaults = traits.defaults.iter().filter(|(name, _)| attribute(config, name).is_null());
    let planned = with(proposed, defaults.map(|(name, default)| (*name, default.value())));
    let left_open = |name: &str| {
        let schema = block.attributes.get(name);
        schema.is_some_and(|schema| schema.computed)
            && attribute(config, name).is_null()
            && !traits.defaults.iter().any(|(defaulted, _)| *defaulted == name)
    };
    let open: Vec<Str> = block.attributes.keys().filter(|name| left_open(name)).cloned().collect();
    let unknown = |name: &Str| (name.to_string(), Value::unknown(block.attributes[name].ty.clone()));
    if prior.is_null() {
        return PlannedObject { planned: with_all(&planned, open.iter().map(unknown)), requires_replace: Vec::new() };
    }
    let differs = |name: &&Str| !same(&attribute(prior, name), &attribute(&planned, name));
    let names = block.attributes.keys().chain(block.blocks.keys());
    let changed: Vec<&Str> = names.filter(|name| !open.contains(name)).filter(differs).collect();
    if changed.is_empty() {
        return PlannedObject { planned, requires_replace: Vec::new() };
    }
    let forces = |name: &&Str| {
        let name: &str = name;
        if traits.keepers.contains(&name) {
            return keepers_differ(&attribute(prior, name), &attribute(&planned, name));
        }
        !traits.in_place.contains(&name)
    };
    let recomputed = open.iter().filter(|name| traits.recomputed.contains(&&***name));
    // What could be configured and is not becomes unknown, which counts as a change like any other.
    let reopened = recomputed.clone().filter(|name| block.attributes[*name].optional);
    let mut forcing: Vec<&Str> = changed.iter().copied().chain(reopened).filter(|name| forces(name)).collect();
    forcing.sort();
    let requires_replace = forcing.into_iter().map(|name| ValuePath::attribute(name.clone())).collect();
    PlannedObject { planned: with_all(&planned, recomputed.map(unknown)), requires_replace }
}

fn with_all(object: &Value, changes: impl Iterator<Item = (String, Value)>) -> Value {
    let changes: Vec<(String, Value)> = changes.collect();
    with(object, changes.iter().map(|(name, value)| (name.as_str(), value.clone())))
}

/// Keys whose value is null count as absent, since older versions of the provider did not store them.
fn keepers_differ(prior: &Value, planned: &Value) -> bool {
    if planned.is_unknown() {
        return true;
    }
    let given = |value: &Value| match &value.kind {
        ValueKind::Map(map) => {
            map.entries.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), v.clone())).collect()
        }
        _ => std::collections::BTreeMap::new(),
    };
    given(prior) != given(planned)
}
