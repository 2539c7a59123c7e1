//! Sets: distinct elements in cty's order.

use std::cmp::Ordering;
use std::sync::Arc;

use super::equality::equals;
use super::text::quote;
use crate::model::value::{ListValue, Marks, Type, Value, ValueKind};

/// The set of these elements, all of type `element`: equal ones fall together, marks rise to the set itself.
pub fn set_of(element: Type, items: Vec<Value>) -> Value {
    let mut marks = Marks::NONE;
    let mut items: Vec<Value> = items
        .into_iter()
        .map(|item| {
            let deep = item.deep_marks();
            marks = marks.union(deep);
            if deep.is_empty() { item } else { item.unmark_deep() }
        })
        .collect();
    if element.is_primitive() {
        items.sort_by(primitive_order);
        items.dedup_by(|b, a| same(a, b));
    } else {
        items = distinct_composites(items);
    }
    Value { kind: ValueKind::Set(Arc::new(ListValue { element, items })), marks }
}

fn same(a: &Value, b: &Value) -> bool {
    equals(a, b).as_bool() == Some(true)
}

/// Known before null before unknown; strings by bytes, numbers by size, false before true.
fn primitive_order(a: &Value, b: &Value) -> Ordering {
    match (&a.kind, &b.kind) {
        (ValueKind::String(a), ValueKind::String(b)) => a.as_bytes().cmp(b.as_bytes()),
        (ValueKind::Number(a), ValueKind::Number(b)) => a.compare(b),
        (ValueKind::Bool(a), ValueKind::Bool(b)) => a.cmp(b),
        _ => absence(a).cmp(&absence(b)),
    }
}

fn absence(value: &Value) -> u8 {
    match value.kind {
        ValueKind::Unknown(_) => 1,
        ValueKind::Null(_) => 2,
        _ => 0,
    }
}

fn distinct_composites(items: Vec<Value>) -> Vec<Value> {
    let mut keyed: Vec<(u8, Vec<u8>, Value)> = items
        .into_iter()
        .map(|item| {
            let mut key = Vec::new();
            write_order_key(&item, &mut key);
            (absence(&item), key, item)
        })
        .collect();
    keyed.sort_by(|(na, a, _), (nb, b, _)| na.cmp(nb).then_with(|| a.cmp(b)));
    let mut out: Vec<(Vec<u8>, Value)> = Vec::with_capacity(keyed.len());
    for (_, key, item) in keyed {
        let alike = out.iter().rev().take_while(|(other, _)| *other == key);
        if !alike.into_iter().any(|(_, other)| same(other, &item)) {
            out.push((key, item));
        }
    }
    out.into_iter().map(|(_, item)| item).collect()
}

/// cty orders elements that have no natural order by the bytes that it hashes them by.
fn write_order_key(value: &Value, out: &mut Vec<u8>) {
    let list = |items: &[Value], open: u8, close: u8, out: &mut Vec<u8>| {
        out.push(open);
        for item in items {
            write_order_key(item, out);
            out.push(b';');
        }
        out.push(close);
    };
    match &value.kind {
        ValueKind::Unknown(_) => out.push(b'?'),
        ValueKind::Null(_) => out.push(b'~'),
        ValueKind::Bool(value) => out.push(if *value { b'T' } else { b'F' }),
        ValueKind::Number(number) => out.extend_from_slice(number.text('g', Some(10)).as_bytes()),
        ValueKind::String(text) => out.extend_from_slice(quote(text).as_bytes()),
        ValueKind::List(items) | ValueKind::Set(items) => list(&items.items, b'[', b']', out),
        ValueKind::Tuple(items) => list(items, b'<', b'>', out),
        ValueKind::Map(map) => {
            out.push(b'{');
            for (key, value) in &map.entries {
                out.extend_from_slice(quote(key).as_bytes());
                out.push(b':');
                write_order_key(value, out);
                out.push(b';');
            }
            out.push(b'}');
        }
        ValueKind::Object(attributes) => {
            out.push(b'<');
            for value in attributes.values() {
                write_order_key(value, out);
                out.push(b';');
            }
            out.push(b'>');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_distinct_and_ordered() {
        let set = set_of(Type::String, vec![Value::string("b"), Value::string("a"), Value::string("b")]);
        assert_eq!(set.as_items().unwrap(), [Value::string("a"), Value::string("b")]);
        let set = set_of(Type::Number, vec![Value::int(10), Value::int(9), Value::int(10)]);
        assert_eq!(set.as_items().unwrap(), [Value::int(9), Value::int(10)]);
    }

    #[test]
    fn lists_go_by_their_hash_bytes() {
        let list = |items: &[i64]| Value::list(Type::Number, items.iter().map(|n| Value::int(*n)).collect());
        let set = set_of(Type::list(Type::Number), vec![list(&[]), list(&[2, 1]), list(&[1]), list(&[1])]);
        assert_eq!(set.as_items().unwrap(), [list(&[1]), list(&[2, 1]), list(&[])]);
    }

    #[test]
    fn marks_rise_and_unknowns_stay_apart() {
        let secret = Value::string("a").mark(Marks::SENSITIVE);
        let set = set_of(Type::String, vec![secret, Value::unknown(Type::String), Value::unknown(Type::String)]);
        assert!(set.is_sensitive());
        assert_eq!(set.as_items().unwrap().len(), 3);
        assert!(set.children().all(|item| item.marks.is_empty()));
    }
}
