//! A provider of which only the cached schema and what earlier plans taught are known. It plans as far as that goes and
//! says no more: computed attributes stay as they are or are known after apply, and nothing is ever carried out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::attributes::{attribute, same, with};
use super::{ApplyFault, DataAnswer, PlannedObject, Provider, World};
use crate::engine::lore::{Lesson, Verdict};
use crate::lang::value::{json_decode, set_of};
use crate::model::diagnostic::Diagnostic;
use crate::model::schema::{AttributeSchema, BlockSchema, Nesting, ProviderSchema, ResourceSchema};
use crate::model::value::{Str, UnknownSource, Value, ValueKind};

/// Somebody else's provider, for one resource type.
pub struct Foreign {
    source: Str,
    declared: ProviderSchema,
    schema: Arc<ResourceSchema>,
    lesson: Option<Arc<Lesson>>,
}

impl Foreign {
    /// The provider at a source address, for a type with this schema.
    pub fn new(source: &str, schema: Arc<ResourceSchema>, lesson: Option<Arc<Lesson>>) -> Self {
        Foreign { source: Str::from(source), declared: ProviderSchema::default(), schema, lesson }
    }
}

/// What a provider of the older kind cannot tell from nothing.
fn is_zero(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Null(_) => true,
        ValueKind::Bool(flag) => !flag,
        ValueKind::Number(number) => number.is_zero(),
        ValueKind::String(text) => text.is_empty(),
        ValueKind::List(list) | ValueKind::Set(list) => list.items.is_empty(),
        ValueKind::Map(map) => map.entries.is_empty(),
        _ => false,
    }
}

/// Whether two texts are the same JSON: providers that take JSON keep it in their own spelling.
fn same_json(a: &Value, b: &Value) -> bool {
    let (Some(a), Some(b)) = (a.as_str(), b.as_str()) else { return false };
    let structured = |text: &str| text.trim_start().starts_with(['{', '[']);
    structured(a) && structured(b) && matches!((json_decode(a), json_decode(b)), (Ok(a), Ok(b)) if a == b)
}

/// What a block becomes: as configured, with what is computed and not configured as it was (or unknown, when it is new).
fn settled(block: &BlockSchema, prior: &Value, config: &Value) -> Value {
    let Some(configured) = config.as_object() else { return config.clone() };
    let null = Value::null();
    let of = |name: &Str| configured.get(name).unwrap_or(&null);
    let attributes = block.attributes.iter().map(|(name, schema)| {
        let before = if prior.is_null() { None } else { Some(attribute(prior, name)) };
        (name.clone(), settled_attribute(schema, before, of(name)))
    });
    let blocks = block.blocks.iter().map(|(name, nested)| {
        let before = attribute(prior, name);
        // No block of a kind: none is wanted, or the provider fills them in; the schema does not tell which.
        let untold = is_zero(of(name)) && !is_zero(&before);
        let value = if untold { before } else { settled_nest(nested.nesting, &nested.block, &before, of(name)) };
        (name.clone(), value)
    });
    Value::object(attributes.chain(blocks))
}

fn settled_attribute(schema: &AttributeSchema, before: Option<Value>, configured: &Value) -> Value {
    let asked_nobody = configured.as_unknown().is_some_and(|u| matches!(u.source, UnknownSource::NotAsked(_)));
    match before {
        None if configured.is_null() && schema.computed => Value::unknown(schema.ty.clone()),
        None => match &schema.nested {
            Some(nested) => settled_nest(nested.nesting, &nested.as_block(), &Value::null(), configured),
            None => configured.clone(),
        },
        Some(before) if asked_nobody => before,
        Some(before) if configured.is_null() => {
            if schema.computed || is_zero(&before) {
                before
            } else {
                configured.clone()
            }
        }
        Some(before) => match &schema.nested {
            Some(nested) => settled_nest(nested.nesting, &nested.as_block(), &before, configured),
            None if same_json(&before, configured) => before,
            None => configured.clone(),
        },
    }
}

fn settled_nest(nesting: Nesting, block: &BlockSchema, before: &Value, configured: &Value) -> Value {
    if configured.is_null() || configured.is_unknown() {
        return configured.clone();
    }
    let null = Value::null();
    match (nesting, &configured.kind) {
        (Nesting::Single | Nesting::Group, _) => settled(block, before, configured),
        (Nesting::List, ValueKind::List(list)) => {
            let old = before.as_items().unwrap_or_default();
            let items =
                list.items.iter().enumerate().map(|(at, item)| settled(block, old.get(at).unwrap_or(&null), item));
            Value::list(list.element.clone(), items.collect())
        }
        (Nesting::Set, ValueKind::Set(set)) => {
            let old = before.as_items().unwrap_or_default();
            let items = set.items.iter().map(|item| {
                // The element that it was is the one that it settles into.
                let same = old.iter().find(|old| settled(block, old, item) == **old);
                same.cloned().unwrap_or_else(|| settled(block, &null, item))
            });
            let settled = set_of(set.element.clone(), items.collect());
            if same(before, &settled) { before.clone() } else { settled }
        }
        (Nesting::Map, ValueKind::Map(map)) => {
            let settle = |(key, item): (&Str, &Value)| {
                let before = before.get(key).unwrap_or_else(Value::null);
                (key.clone(), settled(block, &before, item))
            };
            Value::map(map.element.clone(), map.entries.iter().map(settle).collect::<BTreeMap<_, _>>())
        }
        _ => configured.clone(),
    }
}

impl Provider for Foreign {
    fn source(&self) -> &str {
        &self.source
    }

    fn schema(&self) -> &ProviderSchema {
        &self.declared
    }

    fn validate(&self, _: &str, _: &Value, _: bool) -> Vec<Diagnostic> {
        Vec::new()
    }

    fn plan(&self, _: &str, prior: &Value, _: &Value, config: &Value) -> Result<PlannedObject, Vec<Diagnostic>> {
        let planned = settled(&self.schema.block, prior, config);
        if prior.is_null() || planned == *prior {
            return Ok(PlannedObject { planned, requires_replace: Vec::new() });
        }
        let Some(lesson) = self.lesson.as_deref() else {
            return Ok(PlannedObject { planned, requires_replace: Vec::new() });
        };
        if let Verdict::Replaces(requires_replace, _) = lesson.verdict(prior, &planned) {
            return Ok(PlannedObject { planned, requires_replace });
        }
        let open = lesson.reopened.keys().filter_map(|name| {
            let schema = self.schema.block.attributes.get(name)?;
            let left = schema.computed && attribute(config, name).is_null();
            left.then(|| (&**name, Value::unknown(schema.ty.clone())))
        });
        Ok(PlannedObject { planned: with(&planned, open), requires_replace: Vec::new() })
    }

    fn apply(&self, _: &str, _: &Value, _: &Value, _: &Value, _: &World<'_>) -> Result<Value, ApplyFault> {
        Err(ApplyFault { object: None, diagnostics: vec![self.not_here()] })
    }

    fn read_data(&self, _: &str, _: &Value, _: &World<'_>) -> Result<DataAnswer, Vec<Diagnostic>> {
        Ok(DataAnswer::NotAsked(""))
    }

    fn import(&self, _: &str, _: &str, _: &World<'_>) -> Result<Value, Vec<Diagnostic>> {
        Err(vec![self.not_here()])
    }
}

impl Foreign {
    fn not_here(&self) -> Diagnostic {
        let detail = format!("The provider {} is not built into Kilter. Apply this stack with terraform.", self.source);
        Diagnostic::error("Provider not built in", detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::schema::{NestedAttributes, NestedBlock};
    use crate::model::value::{ListValue, Type, ValuePath};

    fn text() -> AttributeSchema {
        AttributeSchema::of(Type::String)
    }

    fn block() -> BlockSchema {
        let mut block = BlockSchema::with([
            ("ami", text().required()),
            ("arn", text().computed()),
            ("key", text().optional()),
            ("policy", text().optional()),
            (
                "meta",
                AttributeSchema::nesting(NestedAttributes::single([
                    ("a", text().optional()),
                    ("b", text().computed()),
                ]))
                .optional(),
            ),
        ]);
        let rule =
            BlockSchema::with([("from", AttributeSchema::of(Type::Number).required()), ("id", text().computed())]);
        let set = NestedBlock { nesting: Nesting::Set, block: rule.clone(), min_items: 0, max_items: 0 };
        let list = NestedBlock { nesting: Nesting::List, block: rule, min_items: 0, max_items: 0 };
        block.blocks.extend([("rule".into(), set), ("disk".into(), list)]);
        block
    }

    fn object(given: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
        let block = block();
        let empty = super::super::attributes::object_of(&block.implied_type(), []);
        let rule = block.blocks["rule"].block.implied_type();
        let none = [("rule", set_of(rule.clone(), vec![])), ("disk", Value::list(rule, vec![]))];
        with(&with(&empty, none), given)
    }

    fn rule(from: i64, id: Value) -> Value {
        Value::object([("from", Value::int(from)), ("id", id)])
    }

    fn rules(rules: Vec<Value>) -> (&'static str, Value) {
        ("rule", set_of(block().blocks["rule"].block.implied_type(), rules))
    }

    fn plan(lesson: Lesson, prior: &Value, config: &Value) -> PlannedObject {
        Foreign::new("p", Arc::new(ResourceSchema { version: 0, block: block() }), Some(Arc::new(lesson)))
            .plan("t", prior, config, config)
            .unwrap()
    }

    #[test]
    fn what_is_computed_is_kept_or_comes_later() {
        let config = object([("ami", Value::string("a")), rules(vec![rule(1, Value::null_of(Type::String))])]);
        let made = plan(Lesson::default(), &Value::null(), &config).planned;
        assert!(made.get("arn").unwrap().is_unknown() && made.get("key").unwrap().is_null());
        let id = made.get("rule").unwrap().as_items().unwrap()[0].get("id").unwrap();
        assert!(id.is_unknown(), "{id:?}");

        let prior = object([
            ("ami", Value::string("a")),
            ("arn", Value::string("arn:1")),
            ("key", Value::string("")),
            ("disk", Value::list(block().blocks["disk"].block.implied_type(), vec![rule(5, Value::string("d"))])),
            rules(vec![rule(1, Value::string("r1")), rule(2, Value::string("r2"))]),
        ]);
        let both = vec![rule(2, Value::null_of(Type::String)), rule(1, Value::null_of(Type::String))];
        let same = object([("ami", Value::string("a")), rules(both)]);
        let turned = |value: Value| match value.kind {
            ValueKind::Set(set) => {
                let items = set.items.iter().rev().cloned().collect();
                Value::from(ValueKind::Set(std::sync::Arc::new(ListValue { element: set.element.clone(), items })))
            }
            _ => value,
        };
        let turned = with(&prior, [("rule", turned(prior.get("rule").unwrap()))]);
        assert_eq!(plan(Lesson::default(), &turned, &same).planned, turned, "another program orders sets otherwise");
        assert_eq!(plan(Lesson::default(), &prior, &same).planned, prior, "nothing of it was asked to change");
        let asks = with(&same, [("key", Value::not_asked(Type::String, "data.x.y"))]);
        assert_eq!(plan(Lesson::default(), &prior, &asks).planned, prior);
        let other = with(&same, [("key", Value::string("k"))]);
        let update = plan(Lesson::default(), &prior, &other);
        assert_eq!(
            (update.planned.get("key"), update.planned.get("arn")),
            (Some(Value::string("k")), prior.get("arn"))
        );
    }

    #[test]
    fn json_is_compared_as_such_and_nested_attributes_one_by_one() {
        let meta = |a: &str, b: Value| ("meta", Value::object([("a", Value::string(a)), ("b", b)]));
        let prior = object([
            ("ami", Value::string("a")),
            ("policy", Value::string("{\"b\":1,\"a\":2}")),
            meta("x", Value::string("kept")),
        ]);
        let config = object([
            ("ami", Value::string("a")),
            ("policy", Value::string("{ \"a\": 2, \"b\": 1 }")),
            meta("x", Value::null_of(Type::String)),
        ]);
        assert_eq!(plan(Lesson::default(), &prior, &config).planned, prior);
        let created = plan(Lesson::default(), &Value::null(), &config).planned;
        assert!(created.get("meta").unwrap().get("b").unwrap().is_unknown());
    }

    #[test]
    fn lessons_replace_and_reopen() {
        let prior = object([("ami", Value::string("a")), ("arn", Value::string("arn:1"))]);
        let lesson = Lesson {
            replaced: BTreeMap::from([("ami".into(), 7)]),
            reopened: BTreeMap::from([("arn".into(), 7), ("ami".into(), 7)]),
            ..Lesson::default()
        };
        let changed = plan(lesson.clone(), &prior, &object([("ami", Value::string("b"))]));
        assert_eq!(changed.requires_replace, [ValuePath::attribute("ami")]);
        let keyed = plan(lesson, &prior, &object([("ami", Value::string("a")), ("key", Value::string("k"))]));
        assert!(keyed.requires_replace.is_empty() && keyed.planned.get("arn").unwrap().is_unknown());
        assert_eq!(keyed.planned.get("ami"), Some(Value::string("a")));
    }
}
