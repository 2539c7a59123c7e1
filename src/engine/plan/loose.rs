//! Resources of providers that are not built in: nobody knows their schema, so arguments and blocks are kept as they
//! are configured, and compared with the state as far as they go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::plan::body::{Blocks, Decoded, Frame, Items, blocks};
use crate::engine::query::evaluate::evaluate_expr;
use crate::lang::syntax::ast::Item;
use crate::model::diagnostic::Diagnostic;
use crate::model::value::{Marks, Str, Type, UnknownSource, Value, ValueKind};

/// The configured arguments and blocks as an object; each kind of block is a tuple of objects.
pub fn decode(items: &Items<'_>, frame: &Frame<'_>) -> Decoded {
    let mut diagnostics = Vec::new();
    let value = object(items, frame, &mut diagnostics);
    Decoded { value, diagnostics }
}

fn object(items: &Items<'_>, frame: &Frame<'_>, diagnostics: &mut Vec<Diagnostic>) -> Value {
    let mut attributes = BTreeMap::new();
    let mut kinds = BTreeSet::new();
    for (item, file) in &items.items {
        match item {
            Item::Attribute(attribute) => {
                let evaluated = evaluate_expr(&attribute.expr, file, &frame.reader());
                let value = if evaluated.failed() { Value::unknown(Type::Dynamic) } else { evaluated.value };
                diagnostics.extend(evaluated.diagnostics);
                attributes.insert(attribute.name.text.clone(), value);
            }
            Item::Block(block) if &*block.kind.text == "dynamic" => {
                kinds.extend(block.labels.first().map(|label| label.text.clone()));
            }
            Item::Block(block) => {
                kinds.insert(block.kind.text.clone());
            }
        }
    }
    for kind in kinds {
        let value = match blocks(items, &kind, frame, diagnostics) {
            Blocks::Known(made) => {
                Value::tuple(made.iter().map(|one| object(&one.items, &one.frame, diagnostics)).collect::<Vec<_>>())
            }
            Blocks::Unknown(why) => crate::lang::value::unknown_like(&why, Type::Dynamic),
        };
        attributes.insert(kind, value);
    }
    ValueKind::Object(Arc::new(attributes)).into()
}

/// How a configured value stands to the one in the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// Everything configured is as it was.
    Same,
    /// Something differs, or only the apply will tell.
    Differs,
}

/// Compares what is configured with what the state holds; what is not configured does not count. What nobody was asked
/// about is taken to be as it was.
pub fn compare(configured: &Value, stored: &Value) -> Likeness {
    if let Some(unknown) = configured.as_unknown() {
        return match unknown.source {
            UnknownSource::NotAsked(_) => Likeness::Same,
            UnknownSource::AfterApply => Likeness::Differs,
        };
    }
    let all = |same: bool| if same { Likeness::Same } else { Likeness::Differs };
    if configured.is_null() {
        return Likeness::Same;
    }
    match (configured.as_entries(), configured.as_items()) {
        (Some(entries), _) => match (stored.as_entries(), stored.as_items()) {
            (Some(known), _) => all(entries.iter().all(|(name, value)| {
                let before = known.get(name).cloned().unwrap_or_else(Value::null);
                compare(value, &before) == Likeness::Same
            })),
            // A block that occurs once may be stored as a list of one.
            (None, Some([only])) => compare(configured, only),
            _ => all(entries.is_empty()),
        },
        (None, Some(items)) => match stored.as_items() {
            Some(known) if known.len() == items.len() => all(in_order(items, known) || in_any_order(items, known)),
            Some(_) => Likeness::Differs,
            None if stored.as_entries().is_some() && items.len() == 1 => compare(&items[0], stored),
            None => all(items.is_empty() && stored.is_null()),
        },
        (None, None) => all(text(configured) == text(stored)),
    }
}

fn in_order(items: &[Value], known: &[Value]) -> bool {
    items.iter().zip(known).all(|(item, before)| compare(item, before) == Likeness::Same)
}

/// The state does not tell lists from sets: the same elements in another order are taken for a set.
fn in_any_order(items: &[Value], known: &[Value]) -> bool {
    let mut left: Vec<&Value> = known.iter().collect();
    items.iter().all(|item| match left.iter().position(|before| compare(item, before) == Likeness::Same) {
        Some(at) => {
            left.swap_remove(at);
            true
        }
        None => false,
    })
}

/// Primitives as text: a provider may store `"80"` for a configured `80`.
fn text(value: &Value) -> Option<String> {
    match &value.kind {
        ValueKind::String(text) => Some(text.to_string()),
        ValueKind::Number(number) => Some(number.to_string()),
        ValueKind::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// The object after an update: what was, with what is configured over it. Not asked values keep what was.
pub fn overlay(configured: &Value, before: &Value) -> Value {
    match (configured.as_object(), before.as_entries()) {
        (Some(entries), Some(known)) => {
            let mut all = known.clone();
            for (name, value) in entries {
                let keep = value.as_unknown().is_some_and(|u| matches!(u.source, UnknownSource::NotAsked(_)));
                match known.get(name) {
                    Some(old) if keep || compare(value, old) == Likeness::Same => {
                        all.insert(name.clone(), old.clone().mark(value.deep_marks().without(Marks::EPHEMERAL)));
                    }
                    _ => {
                        all.insert(name.clone(), value.clone());
                    }
                }
            }
            ValueKind::Object(Arc::new(all)).into()
        }
        _ => configured.clone(),
    }
}

/// What references to the object give: what is known of it, and for every other attribute that the configuration takes
/// of things of unknown shape, that nobody was asked.
pub fn open_object(known: &Value, wanted: &[Str], address: &str) -> Value {
    let Some(entries) = known.as_entries() else { return known.clone() };
    let mut all = entries.clone();
    for name in wanted.iter().map(|name| &**name).chain(["id", "arn", "name"]) {
        if !all.contains_key(name) {
            all.insert(Str::from(name), Value::not_asked(Type::Dynamic, format!("{address}.{name}")));
        }
    }
    ValueKind::Object(Arc::new(all)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_configured_is_compared() {
        let stored = Value::object([
            ("id", Value::string("i-1")),
            ("port", Value::string("80")),
            ("tags", Value::object([("a", Value::string("x"))])),
            ("rule", Value::tuple([Value::object([("from", Value::int(1)), ("to", Value::int(2))])])),
        ]);
        let same = Value::object([
            ("port", Value::int(80)),
            ("rule", Value::tuple([Value::object([("from", Value::int(1))])])),
            ("ami", Value::not_asked(Type::String, "data.aws_ami.x")),
        ]);
        assert_eq!(compare(&same, &stored), Likeness::Same);
        let other = Value::object([("port", Value::int(81))]);
        assert_eq!(compare(&other, &stored), Likeness::Differs);
        let later = Value::object([("port", Value::unknown(Type::Number))]);
        assert_eq!(compare(&later, &stored), Likeness::Differs);
    }
}
