//! The shadows that the plan JSON keeps beside each value: which parts are unknown, which are sensitive, and the value
//! without its unknown parts. Both ways.

use std::collections::BTreeMap;

use crate::model::value::{Marks, Number, Str, Type, Value, ValueKind};

/// The value without what is unknown: an attribute is left out, an element becomes null. `None` when all of it is.
pub fn known_part(value: &Value) -> Option<Value> {
    if value.is_unknown() {
        return None;
    }
    if let Some(items) = value.as_items() {
        return Some(Value::tuple(items.iter().map(|item| known_part(item).unwrap_or_else(Value::null))));
    }
    if let Some(entries) = value.as_entries() {
        return Some(Value::object(entries.iter().filter_map(|(name, item)| Some((name.clone(), known_part(item)?)))));
    }
    // A plan does not keep the sign of a zero.
    Some(if value.as_number().is_some_and(Number::is_zero) { Value::int(0) } else { value.clone() })
}

/// What is unknown: `true`, or the same shape with `true` where it is; objects leave out what is known.
pub fn unknown_mask(value: &Value) -> Value {
    if value.is_unknown() {
        return Value::bool(true);
    }
    if let Some(items) = value.as_items() {
        return Value::tuple(items.iter().map(unknown_mask));
    }
    if let Some(entries) = value.as_entries() {
        return Value::object(without_false(entries, unknown_mask));
    }
    Value::bool(false)
}

/// What is sensitive, in the same form. Collections without anything sensitive stand as empty ones.
pub fn sensitive_mask(value: &Value) -> Value {
    if value.is_sensitive() {
        return Value::bool(true);
    }
    match &value.kind {
        ValueKind::Unknown(unknown) => match unknown.ty {
            Type::List(_) | Type::Set(_) | Type::Tuple(_) => Value::tuple([]),
            Type::Map(_) | Type::Object(_) => Value::empty_object(),
            _ => Value::bool(false),
        },
        ValueKind::List(list) | ValueKind::Set(list) => Value::tuple(list.items.iter().map(sensitive_mask)),
        ValueKind::Tuple(items) => Value::tuple(items.iter().map(sensitive_mask)),
        ValueKind::Map(map) => Value::object(without_false(&map.entries, sensitive_mask)),
        ValueKind::Object(attributes) => Value::object(without_false(attributes, sensitive_mask)),
        _ => Value::bool(false),
    }
}

fn without_false(entries: &BTreeMap<Str, Value>, mask: fn(&Value) -> Value) -> impl Iterator<Item = (Str, Value)> {
    let masked = entries.iter().map(move |(name, item)| (name.clone(), mask(item)));
    masked.filter(|(_, mask)| mask.as_bool() != Some(false))
}

/// Puts unknowns back where a mask says so.
pub fn with_unknowns(value: Option<Value>, mask: &Value) -> Value {
    if mask.as_bool() == Some(true) {
        return Value::unknown(Type::Dynamic);
    }
    let value = value.unwrap_or_else(Value::null);
    if let (Some(items), Some(masks)) = (value.as_items(), mask.as_items()) {
        let none = Value::bool(false);
        return Value::tuple(
            items
                .iter()
                .enumerate()
                .map(|(at, item)| with_unknowns(Some(item.clone()), masks.get(at).unwrap_or(&none))),
        );
    }
    let Some(masks) = mask.as_entries().filter(|masks| !masks.is_empty()) else {
        return value;
    };
    let mut entries = value.as_entries().cloned().unwrap_or_default();
    for (name, mask) in masks {
        let before = entries.remove(name);
        entries.insert(name.clone(), with_unknowns(before, mask));
    }
    Value::object(entries)
}

/// Marks as sensitive what a mask says so.
pub fn with_sensitive(value: Value, mask: &Value) -> Value {
    if mask.as_bool() == Some(true) {
        return value.mark(Marks::SENSITIVE);
    }
    if let (ValueKind::Tuple(items), Some(masks)) = (&value.kind, mask.as_items()) {
        if masks.is_empty() {
            return value;
        }
        let none = Value::bool(false);
        return Value::tuple(
            items.iter().enumerate().map(|(at, item)| with_sensitive(item.clone(), masks.get(at).unwrap_or(&none))),
        );
    }
    let (ValueKind::Object(attributes), Some(masks)) = (&value.kind, mask.as_entries()) else {
        return value;
    };
    if masks.is_empty() {
        return value;
    }
    Value::object(attributes.iter().map(|(name, item)| {
        let item = item.clone();
        (
            name.clone(),
            match masks.get(name) {
                Some(mask) => with_sensitive(item, mask),
                None => item,
            },
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_and_values_come_together_again() {
        let value = Value::object([
            ("a", Value::unknown(Type::Dynamic)),
            ("b", Value::tuple([Value::int(1), Value::unknown(Type::Dynamic)])),
            ("c", Value::string("x").mark(Marks::SENSITIVE)),
            ("d", Value::object([("e", Value::unknown(Type::Dynamic).mark(Marks::SENSITIVE))])),
            ("f", Value::null()),
        ]);
        let merged = with_unknowns(known_part(&value), &unknown_mask(&value));
        assert_eq!(with_sensitive(merged, &sensitive_mask(&value)), value);
    }

    #[test]
    fn the_masks_are_terraforms() {
        let value = Value::object([
            ("empty", Value::tuple([])),
            ("flat", Value::object([("x", Value::int(1))])),
            ("list", Value::list(Type::String, vec![Value::string("a")])),
            ("n", Value::int(1)),
        ]);
        let text = |mask: Value| crate::model::value::json::write(&mask).unwrap();
        assert_eq!(text(unknown_mask(&value)), r#"{"empty":[],"flat":{},"list":[false]}"#);
        assert_eq!(text(sensitive_mask(&value)), r#"{"empty":[],"flat":{},"list":[false]}"#);
    }
}
