//! What is sensitive about objects by their schema, and whether two objects have the same parts marked.

use crate::model::schema::BlockSchema;
use crate::model::value::{Marks, PathStep, Str, Value, ValueKind, ValuePath};

/// The sensitive attributes that a schema declares, as far as the value has them.
pub fn schema_marks(block: &BlockSchema, value: &Value) -> Vec<(ValuePath, Marks)> {
    let mut found = Vec::new();
    collect_marks(block, value, &ValuePath::default(), &mut found);
    found
}

fn collect_marks(block: &BlockSchema, value: &Value, path: &ValuePath, found: &mut Vec<(ValuePath, Marks)>) {
    if value.is_null() || value.is_unknown() {
        return;
    }
    for (name, attribute) in &block.attributes {
        if attribute.sensitive && value.get(name).is_some_and(|v| !v.is_null()) {
            found.push((path.then(PathStep::Attribute(name.clone())), Marks::SENSITIVE));
        } else if let Some(nested) = &attribute.nested {
            collect_nested_marks(&nested.as_block(), value, name, path, found);
        }
    }
    for (name, nested) in &block.blocks {
        collect_nested_marks(&nested.block, value, name, path, found);
    }
}

fn collect_nested_marks(
    block: &BlockSchema,
    value: &Value,
    name: &Str,
    path: &ValuePath,
    found: &mut Vec<(ValuePath, Marks)>,
) {
    let Some(inner) = value.get(name) else { return };
    let path = path.then(PathStep::Attribute(name.clone()));
    match (&inner.kind, inner.as_items(), inner.as_entries()) {
        (ValueKind::Object(_), ..) => collect_marks(block, &inner, &path, found),
        (ValueKind::Set(_), ..) => {}
        (_, Some(items), _) => {
            for (at, item) in items.iter().enumerate() {
                collect_marks(block, item, &path.then(PathStep::Index(at as i64)), found);
            }
        }
        (.., Some(entries)) => {
            for (key, item) in entries {
                collect_marks(block, item, &path.then(PathStep::Key(key.clone())), found);
            }
        }
        _ => {}
    }
}

pub fn is_write_only(block: &BlockSchema, path: &ValuePath) -> bool {
    match path.0.first() {
        Some(PathStep::Attribute(name)) => block.attributes.get(name).is_some_and(|attribute| attribute.write_only),
        _ => false,
    }
}

/// Whether the same paths are marked, as far as the value has them.
pub fn same_marks(a: &[(ValuePath, Marks)], b: &[(ValuePath, Marks)], value: &Value) -> bool {
    let here = |marks: &[(ValuePath, Marks)], other: &[(ValuePath, Marks)]| {
        marks.iter().all(|(path, _)| path.find(value).is_none() || other.iter().any(|(known, _)| known == path))
    };
    here(a, b) && here(b, a)
}
