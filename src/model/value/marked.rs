//! Marks as paths: what a state and a plan keep of them (`sensitive_attributes`), and back.

use super::{Marks, PathStep, Value, ValueKind, ValuePath};

/// The value without any marks, and where which marks were. Paths stand in the order of the value.
pub fn unmark_with_paths(value: &Value) -> (Value, Vec<(ValuePath, Marks)>) {
    let mut found = Vec::new();
    collect(value, &ValuePath::default(), &mut found);
    if found.is_empty() {
        return (value.clone(), found);
    }
    (value.unmark_deep(), found)
}

fn collect(value: &Value, path: &ValuePath, found: &mut Vec<(ValuePath, Marks)>) {
    if !value.marks.is_empty() {
        found.push((path.clone(), value.marks));
    }
    for (step, child) in steps(value) {
        if !child.deep_marks().is_empty() {
            collect(child, &path.then(step), found);
        }
    }
}

fn steps(value: &Value) -> Vec<(PathStep, &Value)> {
    match &value.kind {
        ValueKind::List(list) => {
            list.items.iter().enumerate().map(|(at, item)| (PathStep::Index(at as i64), item)).collect()
        }
        ValueKind::Tuple(items) => {
            items.iter().enumerate().map(|(at, item)| (PathStep::Index(at as i64), item)).collect()
        }
        ValueKind::Map(map) => map.entries.iter().map(|(key, item)| (PathStep::Key(key.clone()), item)).collect(),
        ValueKind::Object(attributes) => {
            attributes.iter().map(|(name, item)| (PathStep::Attribute(name.clone()), item)).collect()
        }
        // Elements of a set carry no marks of their own.
        _ => Vec::new(),
    }
}

/// The value with marks added at these paths; paths that lead nowhere are passed over.
#[must_use]
pub fn mark_at(value: &Value, paths: &[(ValuePath, Marks)]) -> Value {
    let borrowed: Vec<(&[PathStep], Marks)> = paths.iter().map(|(path, marks)| (path.0.as_slice(), *marks)).collect();
    apply(value, &borrowed)
}

fn apply(value: &Value, paths: &[(&[PathStep], Marks)]) -> Value {
    if paths.is_empty() {
        return value.clone();
    }
    // What leads into a set, or into something unknown, marks the whole of it.
    let closed = matches!(value.kind, ValueKind::Set(_) | ValueKind::Unknown(_));
    let own = paths
        .iter()
        .filter(|(path, _)| path.is_empty() || closed)
        .fold(Marks::NONE, |all, (_, marks)| all.union(*marks));
    let rest: Vec<(&[PathStep], Marks)> = paths.iter().filter(|(path, _)| !path.is_empty()).copied().collect();
    if rest.is_empty() || closed {
        return value.clone().mark(own);
    }
    let into = |step: &PathStep| -> Vec<(&[PathStep], Marks)> {
        rest.iter().filter(|(path, _)| leads(&path[0], step)).map(|(path, marks)| (&path[1..], *marks)).collect()
    };
    let mut children = steps(value).into_iter().map(|(step, child)| apply(child, &into(&step))).collect::<Vec<_>>();
    children.reverse();
    let children = std::cell::RefCell::new(children);
    value.map_children(&|child| children.borrow_mut().pop().unwrap_or_else(|| child.clone())).mark(own)
}

/// Attribute and key steps mean the same place: what the type calls an object is a map in some states, and the reverse.
fn leads(wanted: &PathStep, step: &PathStep) -> bool {
    match (wanted, step) {
        (PathStep::Attribute(a) | PathStep::Key(a), PathStep::Attribute(b) | PathStep::Key(b)) => a == b,
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{ListValue, Type};
    use super::*;

    #[test]
    fn marks_travel_through_paths() {
        let three = ListValue { element: Type::Number, items: vec![Value::int(3)] };
        let set: Value = ValueKind::Set(Arc::new(three)).into();
        let value = Value::object([
            ("a", Value::tuple([Value::int(1), Value::int(2).mark(Marks::SENSITIVE)])),
            ("b", Value::string("x")),
            ("s", set.mark(Marks::SENSITIVE)),
        ]);
        let (plain, paths) = unmark_with_paths(&value);
        assert!(plain.deep_marks().is_empty());
        let shown: Vec<String> = paths.iter().map(|(path, _)| path.to_string()).collect();
        assert_eq!(shown, ["a[1]", "s"]);
        assert_eq!(mark_at(&plain, &paths), value);
        let nowhere = [(ValuePath::attribute("zzz"), Marks::SENSITIVE)];
        assert_eq!(mark_at(&plain, &nowhere), plain);
    }
}
