//! Whether two values are the same to the last bit: type, marks, unknowns and precision included.
//!
//! Stricter than the language's equality (two numbers written alike may differ in bits nobody sees, and go on to give
//! different sums). What is shared is compared by its address first, so large values that are mostly shared are cheap.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Str, Value, ValueKind};

/// Whether nothing can tell the two apart.
pub fn identical(a: &Value, b: &Value) -> bool {
    a.marks == b.marks && same_kind(&a.kind, &b.kind)
}

fn same_kind(a: &ValueKind, b: &ValueKind) -> bool {
    match (a, b) {
        (ValueKind::Null(a), ValueKind::Null(b)) => a == b,
        (ValueKind::Unknown(a), ValueKind::Unknown(b)) => Arc::ptr_eq(a, b) || a == b,
        (ValueKind::Bool(a), ValueKind::Bool(b)) => a == b,
        (ValueKind::Number(a), ValueKind::Number(b)) => a.is_identical(b),
        (ValueKind::String(a), ValueKind::String(b)) => Arc::ptr_eq(a, b) || a == b,
        (ValueKind::List(a), ValueKind::List(b)) | (ValueKind::Set(a), ValueKind::Set(b)) => {
            Arc::ptr_eq(a, b) || (a.element == b.element && same_items(&a.items, &b.items))
        }
        (ValueKind::Map(a), ValueKind::Map(b)) => {
            Arc::ptr_eq(a, b) || (a.element == b.element && same_entries(&a.entries, &b.entries))
        }
        (ValueKind::Tuple(a), ValueKind::Tuple(b)) => Arc::ptr_eq(a, b) || same_items(a, b),
        (ValueKind::Object(a), ValueKind::Object(b)) => Arc::ptr_eq(a, b) || same_entries(a, b),
        _ => false,
    }
}

fn same_items(a: &[Value], b: &[Value]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| identical(a, b))
}

fn same_entries(a: &BTreeMap<Str, Value>, b: &BTreeMap<Str, Value>) -> bool {
    let same_name = |a: &Str, b: &Str| Arc::ptr_eq(a, b) || a == b;
    a.len() == b.len() && a.iter().zip(b).all(|((m, a), (n, b))| same_name(m, n) && identical(a, b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::{Marks, Number, Type};

    #[test]
    fn marks_types_and_precision_count() {
        let one = Value::int(1);
        assert!(identical(&one, &Value::int(1)));
        assert!(!identical(&one, &one.clone().mark(Marks::SENSITIVE)));
        assert!(!identical(&Value::null(), &Value::null_of(Type::String)));
        assert!(!identical(&Value::tuple([one.clone()]), &Value::list(Type::Number, vec![one.clone()])));
        let parsed: Number = Number::parse("1").expect("a number");
        assert!(!Number::from(1).is_identical(&parsed), "one counted, one written: they round differently later");
        let map = Value::object([("a", one.clone()), ("b", Value::string("x"))]);
        assert!(identical(&map, &map.clone()));
        assert!(!identical(&map, &Value::object([("a", one)])));
    }
}
