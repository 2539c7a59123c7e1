//! The `==` of the language: never converts, knows what an unknown cannot be.

use std::cmp::Ordering;

use super::refine::{definitely_not_null, unknown_because};
use crate::model::value::{ListValue, Refinement, Type, Unknown, Value, ValueKind};

/// Whether both are equal: true, false or unknown, with the marks of everything in both.
pub fn equals(a: &Value, b: &Value) -> Value {
    let marks = a.deep_marks().union(b.deep_marks());
    let answer = match compare(a, b) {
        Some(answer) => Value::bool(answer),
        None => unknown_because(Type::Bool, Refinement::not_null(), [a, b]),
    };
    answer.mark(marks)
}

/// `None` when it cannot be told yet. Marks play no part.
fn compare(a: &Value, b: &Value) -> Option<bool> {
    match (&a.kind, &b.kind) {
        (ValueKind::Bool(a), ValueKind::Bool(b)) => return Some(a == b),
        (ValueKind::Number(a), ValueKind::Number(b)) => return Some(a == b),
        (ValueKind::String(a), ValueKind::String(b)) => return Some(a == b),
        (ValueKind::Null(_), ValueKind::Null(_)) => return Some(true),
        (ValueKind::Null(_), _) if definitely_not_null(b) => return Some(false),
        (_, ValueKind::Null(_)) if definitely_not_null(a) => return Some(false),
        (ValueKind::Null(_), _) | (_, ValueKind::Null(_)) => return None,
        (ValueKind::Unknown(unknown), ValueKind::Unknown(other)) => return compare_unknowns(unknown, other),
        (ValueKind::Unknown(unknown), _) => return compare_with_unknown(unknown, b),
        (_, ValueKind::Unknown(unknown)) => return compare_with_unknown(unknown, a),
        _ => {}
    }
    let (left, right) = (a.ty(), b.ty());
    if left.has_dynamic() || right.has_dynamic() {
        if !could_conform(&left, &right) && !could_conform(&right, &left) {
            return Some(false);
        }
        if has_unknown_type(a) || has_unknown_type(b) {
            return None;
        }
    }
    if left != right {
        return Some(false);
    }
    compare_same_type(a, b)
}

/// Whether a type in it is still open: an unknown of dynamic type. A bare null's type is what it is.
fn has_unknown_type(value: &Value) -> bool {
    value.any(&|value| value.as_unknown().is_some_and(|unknown| unknown.ty.has_dynamic()))
}

fn compare_same_type(a: &Value, b: &Value) -> Option<bool> {
    match (&a.kind, &b.kind) {
        (ValueKind::Tuple(a), ValueKind::Tuple(b)) => compare_sequences(a, b),
        (ValueKind::List(a), ValueKind::List(b)) => compare_sequences(&a.items, &b.items),
        (ValueKind::Set(a), ValueKind::Set(b)) => compare_sets(a, b),
        (ValueKind::Map(_), ValueKind::Map(_)) | (ValueKind::Object(_), ValueKind::Object(_)) => {
            let (left, right) = (a.as_entries()?, b.as_entries()?);
            if left.len() != right.len() || left.keys().ne(right.keys()) {
                return Some(false);
            }
            all(left.values().zip(right.values()))
        }
        _ => Some(false),
    }
}

fn compare_sequences(a: &[Value], b: &[Value]) -> Option<bool> {
    if a.len() != b.len() { Some(false) } else { all(a.iter().zip(b)) }
}

/// Stops at the first difference or doubt, as cty does.
fn all<'a>(pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Option<bool> {
    for (a, b) in pairs {
        match compare(a, b) {
            Some(true) => {}
            other => return other,
        }
    }
    Some(true)
}

fn compare_sets(a: &ListValue, b: &ListValue) -> Option<bool> {
    if a.items.iter().chain(&b.items).any(Value::is_unknown) {
        return None;
    }
    let holds = |set: &ListValue, item: &Value| set.items.iter().any(|other| compare(other, item) == Some(true));
    // Both are in one order, so that equal sets are found in one pass.
    if a.items.len() == b.items.len() && a.items.iter().zip(&b.items).all(|(a, b)| compare(a, b) == Some(true)) {
        return Some(true);
    }
    if a.items.len() != b.items.len() && a.element.is_primitive() {
        return Some(false);
    }
    Some(a.items.iter().all(|item| holds(b, item)) && b.items.iter().all(|item| holds(a, item)))
}

fn compare_unknowns(a: &Unknown, b: &Unknown) -> Option<bool> {
    let disjoint = a.refinement.not_null
        && b.refinement.not_null
        && (prefixes_differ(a.refinement.prefix.as_deref(), b.refinement.prefix.as_deref())
            || below(&a.refinement, &b.refinement)
            || below(&b.refinement, &a.refinement));
    if disjoint { Some(false) } else { None }
}

fn prefixes_differ(a: Option<&str>, b: Option<&str>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if !a.starts_with(b) && !b.starts_with(a))
}

fn below(a: &Refinement, b: &Refinement) -> bool {
    matches!((&a.maximum, &b.minimum), (Some((high, _)), Some((low, _))) if high.compare(low) == Ordering::Less)
}

fn compare_with_unknown(unknown: &Unknown, known: &Value) -> Option<bool> {
    if excludes(unknown, known) {
        return Some(false);
    }
    if unknown.ty.has_dynamic() {
        return None;
    }
    if known.ty() == unknown.ty { None } else { Some(false) }
}

/// Whether what is certain about the unknown rules out the known value (which is not null).
fn excludes(unknown: &Unknown, known: &Value) -> bool {
    let refinement = &unknown.refinement;
    match &known.kind {
        ValueKind::String(text) => refinement.prefix.as_ref().is_some_and(|prefix| !text.starts_with(&**prefix)),
        ValueKind::Number(number) => {
            let too_low = refinement.minimum.as_ref().is_some_and(|(low, inclusive)| {
                let order = number.compare(low);
                order == Ordering::Less || (order == Ordering::Equal && !inclusive)
            });
            let too_high = refinement.maximum.as_ref().is_some_and(|(high, inclusive)| {
                let order = number.compare(high);
                order == Ordering::Greater || (order == Ordering::Equal && !inclusive)
            });
            too_low || too_high
        }
        ValueKind::List(_) | ValueKind::Set(_) | ValueKind::Map(_) => {
            let (least, most) = super::refine::length_bounds(known);
            most.is_some_and(|most| most < refinement.length_minimum)
                || refinement.length_maximum.is_some_and(|limit| least > limit)
        }
        _ => false,
    }
}

/// Whether a value of type `a` could still turn out to be of type `b` once dynamic parts are known.
fn could_conform(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (_, Type::Dynamic) | (Type::Dynamic, _) => true,
        (Type::List(a), Type::List(b)) | (Type::Set(a), Type::Set(b)) | (Type::Map(a), Type::Map(b)) => {
            could_conform(a, b)
        }
        (Type::Tuple(a), Type::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| could_conform(a, b))
        }
        (Type::Object(a), Type::Object(b)) => {
            a.attributes.len() == b.attributes.len()
                && a.attributes.iter().zip(&b.attributes).all(|((na, a), (nb, b))| na == nb && could_conform(a, b))
        }
        (a, b) => a == b,
    }
}
