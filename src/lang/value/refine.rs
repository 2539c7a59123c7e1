//! What is certain about values that may be unknown, and how the two kinds of unknown travel into results.

use std::sync::Arc;

use crate::model::value::{ListValue, Number, Refinement, Type, Unknown, UnknownSource, Value, ValueKind};

/// An inclusive or exclusive bound.
pub type Bound = (Number, bool);

/// Why a result over these values is unknown: known after apply wins. `None` when nothing in them is unknown.
pub fn combine_sources<'a>(values: impl IntoIterator<Item = &'a Value>) -> Option<UnknownSource> {
    values.into_iter().filter_map(deep_source).reduce(|all, one| all.combine(&one))
}

/// Why this value, or whatever is in it, is unknown.
pub fn deep_source(value: &Value) -> Option<UnknownSource> {
    match &value.kind {
        ValueKind::Unknown(unknown) => Some(unknown.source.clone()),
        _ => value.children().filter_map(deep_source).reduce(|all, one| all.combine(&one)),
    }
}

/// An unknown of `ty` that is unknown because of `values`, without marks.
pub fn unknown_because<'a>(ty: Type, refinement: Refinement, values: impl IntoIterator<Item = &'a Value>) -> Value {
    let source = combine_sources(values).unwrap_or(UnknownSource::AfterApply);
    settle(Unknown { ty, source, refinement })
}

/// An unknown of another type for the same reason, with the same marks and nothing certain about it.
pub fn unknown_like(value: &Value, ty: Type) -> Value {
    unknown_because(ty, Refinement::default(), [value]).mark(value.marks)
}

/// An unknown value, or the known one when its refinement leaves only one possibility.
pub fn settle(unknown: Unknown) -> Value {
    let refinement = &unknown.refinement;
    if refinement.not_null {
        match &unknown.ty {
            Type::Number => {
                if let (Some((low, true)), Some((high, true))) = (&refinement.minimum, &refinement.maximum)
                    && low == high
                {
                    return Value::number(low.clone());
                }
            }
            Type::List(_) | Type::Set(_) | Type::Map(_) => {
                if let Some(known) = of_known_length(&unknown) {
                    return known;
                }
            }
            _ => {}
        }
    }
    ValueKind::Unknown(Arc::new(unknown)).into()
}

/// Longer lists than this stay unknown as a whole.
const LONGEST_SETTLED: u64 = 1024;

fn of_known_length(unknown: &Unknown) -> Option<Value> {
    let length = unknown.refinement.length_minimum;
    if unknown.refinement.length_maximum != Some(length) {
        return None;
    }
    let element = |ty: &Type| -> Value {
        let refinement = Refinement::default();
        ValueKind::Unknown(Arc::new(Unknown { ty: ty.clone(), source: unknown.source.clone(), refinement })).into()
    };
    match &unknown.ty {
        Type::List(ty) if length <= LONGEST_SETTLED => {
            Some(Value::list((**ty).clone(), (0..length).map(|_| element(ty)).collect()))
        }
        Type::Set(ty) if length <= 1 => {
            let items = (0..length).map(|_| element(ty)).collect();
            Some(ValueKind::Set(Arc::new(ListValue { element: (**ty).clone(), items })).into())
        }
        Type::Map(ty) if length == 0 => Some(Value::map((**ty).clone(), Default::default())),
        _ => None,
    }
}

/// Whether the value, known or not, is certain not to be null.
pub fn definitely_not_null(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Null(_) => false,
        ValueKind::Unknown(unknown) => unknown.refinement.not_null,
        _ => true,
    }
}

/// The lowest and the highest a number can be; `None` where nothing is certain.
pub fn number_bounds(value: &Value) -> (Option<Bound>, Option<Bound>) {
    match &value.kind {
        ValueKind::Number(number) => (Some((number.clone(), true)), Some((number.clone(), true))),
        ValueKind::Unknown(unknown) => (unknown.refinement.minimum.clone(), unknown.refinement.maximum.clone()),
        _ => (None, None),
    }
}

/// The least and the most elements a collection, tuple or object can have.
pub fn length_bounds(value: &Value) -> (u64, Option<u64>) {
    match &value.kind {
        ValueKind::Set(set) => {
            let stored = set.items.len() as u64;
            if stored > 1 && set.items.iter().any(|item| !item.is_wholly_known()) {
                // Unknown elements may turn out equal to others.
                return (1, Some(stored));
            }
            (stored, Some(stored))
        }
        ValueKind::Unknown(unknown) => match &unknown.ty {
            Type::Tuple(elements) => (elements.len() as u64, Some(elements.len() as u64)),
            Type::Object(object) => (object.attributes.len() as u64, Some(object.attributes.len() as u64)),
            _ => (unknown.refinement.length_minimum, unknown.refinement.length_maximum),
        },
        _ => {
            let count = value.as_items().map_or_else(|| value.as_entries().map_or(0, |map| map.len()), <[Value]>::len);
            (count as u64, Some(count as u64))
        }
    }
}

/// The number of elements as a number, unknown with bounds where it is not certain. Carries the outermost marks.
pub fn length(value: &Value) -> Value {
    let (least, most) = length_bounds(value);
    if most == Some(least) {
        return Value::number(Number::from(least)).mark(value.marks);
    }
    let refinement = Refinement {
        not_null: true,
        minimum: Some((Number::from(least), true)),
        maximum: most.map(|most| (Number::from(most), true)),
        ..Refinement::default()
    };
    unknown_because(Type::Number, refinement, [value]).mark(value.marks)
}
