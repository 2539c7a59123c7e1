//! Terraform's proposed new value: what a provider is asked to plan.
//!
//! Configured arguments as configured; what is computed and not configured as it was, or unknown for a new object.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lang::value::set_of;
use crate::model::schema::{AttributeSchema, BlockSchema, NestedBlock, Nesting};
use crate::model::value::{Str, Type, Value, ValueKind};

/// The proposed value of a block. `prior` is null for a new object. All without marks and of the schema's type.
pub fn proposed(schema: &BlockSchema, prior: &Value, config: &Value) -> Value {
    let Some(configured) = config.as_object() else { return config.clone() };
    let mut attributes = BTreeMap::new();
    for (name, attribute) in &schema.attributes {
        let value = configured.get(name).cloned().unwrap_or_else(|| Value::null_of(attribute.ty.clone()));
        attributes.insert(name.clone(), attribute_value(name, attribute, prior, value));
    }
    for (name, nested) in &schema.blocks {
        let ty = || block_type(nested);
        let value = configured.get(name).cloned().unwrap_or_else(|| Value::null_of(ty()));
        let before = prior.get(name).unwrap_or_else(|| Value::null_of(ty()));
        attributes.insert(name.clone(), nested_value(nested, &before, value));
    }
    ValueKind::Object(Arc::new(attributes)).into()
}

fn attribute_value(name: &Str, attribute: &AttributeSchema, prior: &Value, configured: Value) -> Value {
    if let Some(nested) = attribute.nested.as_deref().filter(|_| !configured.is_null()) {
        let before = prior.get(name).unwrap_or_else(|| Value::null_of(attribute.ty.clone()));
        let nested = NestedBlock { nesting: nested.nesting, block: nested.as_block(), min_items: 0, max_items: 0 };
        return nested_value(&nested, &before, configured);
    }
    if !attribute.computed || !configured.is_null() {
        return configured;
    }
    match prior.get(name) {
        Some(before) => before,
        None => Value::unknown(attribute.ty.clone()),
    }
}

fn block_type(nested: &NestedBlock) -> Type {
    let inner = nested.block.implied_type();
    match nested.nesting {
        Nesting::Single | Nesting::Group => inner,
        Nesting::List => Type::list(inner),
        Nesting::Set => Type::set(inner),
        Nesting::Map => Type::map(inner),
    }
}

fn nested_value(nested: &NestedBlock, prior: &Value, configured: Value) -> Value {
    if configured.is_null() || configured.is_unknown() {
        return configured;
    }
    let null = || Value::null_of(nested.block.implied_type());
    match nested.nesting {
        Nesting::Single | Nesting::Group => proposed(&nested.block, prior, &configured),
        Nesting::List => {
            let before = prior.as_items().unwrap_or_default();
            let items = configured.as_items().unwrap_or_default().iter().enumerate();
            let items =
                items.map(|(at, item)| proposed(&nested.block, before.get(at).unwrap_or(&null()), item)).collect();
            match &configured.kind {
                ValueKind::List(list) => Value::list(list.element.clone(), items),
                _ => Value::tuple(items),
            }
        }
        Nesting::Set => {
            let before = prior.as_items().unwrap_or_default();
            let items = configured.as_items().unwrap_or_default().iter().map(|item| {
                let same = before.iter().find(|old| could_be(&nested.block, old, item));
                proposed(&nested.block, same.unwrap_or(&null()), item)
            });
            set_of(nested.block.implied_type(), items.collect())
        }
        Nesting::Map => configured_map(nested, prior, &configured),
    }
}

fn configured_map(nested: &NestedBlock, prior: &Value, configured: &Value) -> Value {
    let null = Value::null_of(nested.block.implied_type());
    let entries = configured.as_entries().into_iter().flatten().map(|(key, item)| {
        let before = prior.get(key).unwrap_or_else(|| null.clone());
        (key.clone(), proposed(&nested.block, &before, item))
    });
    match &configured.kind {
        ValueKind::Map(map) => Value::map(map.element.clone(), entries.collect()),
        _ => Value::object(entries),
    }
}

/// Whether a set's element before could be this one: everything configured is the same.
fn could_be(schema: &BlockSchema, before: &Value, configured: &Value) -> bool {
    schema.attributes.iter().all(|(name, attribute)| {
        let now = configured.get(name);
        (attribute.computed && now.as_ref().is_none_or(Value::is_null)) || before.get(name) == now
    })
}
