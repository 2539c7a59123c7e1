//! The defaults of optional object attributes (`optional(string, "x")`), applied as terraform applies them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::convert::convert;
use super::relation::unify;
use crate::lang::value::set_of;
use crate::model::value::{ListValue, MapValue, Str, Type, Value, ValueKind};

/// What a type constraint says about missing attributes, at every depth.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Defaults {
    /// Defaults of the attributes of this object.
    pub values: BTreeMap<Str, Value>,
    /// Defaults further in: by attribute, by index in a tuple, or by `""` for the elements of a collection.
    pub children: BTreeMap<Str, Defaults>,
    /// Whether `children` holds one entry for all elements (list, set, map).
    pub of_elements: bool,
}

impl Defaults {
    /// Whether there are none at all.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.children.is_empty()
    }

    /// The value with defaults in the place of missing and null attributes. Nulls and unknowns themselves stay. To be
    /// called before the conversion to the type.
    #[must_use]
    pub fn apply(&self, value: &Value) -> Value {
        if self.is_empty() || value.is_unknown() || value.is_null() {
            return value.clone();
        }
        let applied = match &value.kind {
            ValueKind::List(list) => {
                let items = self.items(&list.items);
                match self.same(items) {
                    Same::All(element, items) => {
                        let element = if items.is_empty() { list.element.clone() } else { element };
                        ValueKind::List(Arc::new(ListValue { element, items })).into()
                    }
                    Same::Differ(items) => Value::tuple(items),
                }
            }
            ValueKind::Set(set) => {
                let items = self.items(&set.items);
                match self.same(items) {
                    Same::All(element, items) => {
                        set_of(if items.is_empty() { set.element.clone() } else { element }, items)
                    }
                    Same::Differ(items) => Value::tuple(items),
                }
            }
            ValueKind::Tuple(items) => Value::tuple(self.items(items)),
            ValueKind::Object(attributes) => ValueKind::Object(Arc::new(self.entries(attributes))).into(),
            ValueKind::Map(map) => {
                let entries = self.entries(&map.entries);
                let (keys, items): (Vec<Str>, Vec<Value>) = entries.into_iter().unzip();
                match self.same(items) {
                    Same::All(element, items) => {
                        let element = if items.is_empty() { map.element.clone() } else { element };
                        let entries = keys.into_iter().zip(items).collect();
                        ValueKind::Map(Arc::new(MapValue { element, entries })).into()
                    }
                    Same::Differ(items) => Value::object(keys.into_iter().zip(items)),
                }
            }
            _ => return value.clone(),
        };
        applied.mark(value.marks)
    }

    fn child(&self, key: &str) -> Option<&Defaults> {
        self.children.get(if self.of_elements { "" } else { key })
    }

    fn items(&self, items: &[Value]) -> Vec<Value> {
        let apply = |(at, item): (usize, &Value)| match self.child(&at.to_string()) {
            Some(child) => child.apply(item),
            None => item.clone(),
        };
        items.iter().enumerate().map(apply).collect()
    }

    fn entries(&self, entries: &BTreeMap<Str, Value>) -> BTreeMap<Str, Value> {
        let mut out: BTreeMap<Str, Value> = entries
            .iter()
            .map(|(key, item)| {
                let item = self.child(key).map_or_else(|| item.clone(), |child| child.apply(item));
                (key.clone(), item)
            })
            .collect();
        for (key, default) in &self.values {
            if out.get(key).is_none_or(Value::is_null) {
                let default = self.children.get(key).map_or_else(|| default.clone(), |child| child.apply(default));
                out.insert(key.clone(), default);
            }
        }
        out
    }

    fn same(&self, items: Vec<Value>) -> Same {
        let types: Vec<Type> = items.iter().map(Value::ty).collect();
        let Some(element) = unify(&types) else {
            return if items.is_empty() { Same::All(Type::Dynamic, items) } else { Same::Differ(items) };
        };
        let converted: Result<Vec<Value>, _> = items.iter().map(|item| convert(item, &element)).collect();
        converted.map_or(Same::Differ(items), |items| Same::All(element, items))
    }
}

enum Same {
    All(Type, Vec<Value>),
    Differ(Vec<Value>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_fill_what_is_missing_or_null() {
        let inner = Defaults { values: [("port".into(), Value::int(80))].into(), ..Defaults::default() };
        let defaults = Defaults {
            values: [("name".into(), Value::string("x")), ("server".into(), Value::empty_object())].into(),
            children: [("server".into(), inner)].into(),
            of_elements: false,
        };
        let given = Value::object([("name", Value::null())]);
        let expected =
            Value::object([("name", Value::string("x")), ("server", Value::object([("port", Value::int(80))]))]);
        assert_eq!(defaults.apply(&given), expected);
        assert_eq!(defaults.apply(&Value::null()), Value::null());
        let all = Defaults { children: [("".into(), defaults)].into(), of_elements: true, ..Defaults::default() };
        assert_eq!(all.apply(&Value::tuple([given])), Value::tuple([expected]));
    }
}
