//! Tuples and objects as they are written out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::evaluator::{Evaluator, open};
use super::scope::Scope;
use crate::lang::syntax::ast::{Expr, ExprKind, ObjectItem};
use crate::lang::types::convert;
use crate::lang::value::combine_sources;
use crate::model::value::{Marks, Str, Type, Value, ValueKind};

enum Key {
    Known(Str, Marks),
    Unknown(Value),
    Failed,
}

impl Evaluator<'_> {
    pub(super) fn tuple(&mut self, items: &[Expr], scope: &Scope<'_>) -> Value {
        Value::tuple(items.iter().map(|item| self.eval(item, scope)).collect::<Vec<_>>())
    }

    /// A key that is not known makes the whole object unknown: not even its type can be told.
    pub(super) fn object(&mut self, items: &[ObjectItem], scope: &Scope<'_>) -> Value {
        let mut attributes: BTreeMap<Str, Value> = BTreeMap::new();
        let mut marks = Marks::NONE;
        let mut unknown: Vec<Value> = Vec::new();
        let mut failed = false;
        for item in items {
            let key = self.object_key(item, scope);
            let value = self.eval(&item.value, scope);
            match key {
                Key::Known(key, key_marks) => {
                    marks = marks.union(key_marks);
                    attributes.insert(key, value);
                }
                Key::Unknown(key) => {
                    unknown.push(key);
                }
                Key::Failed => failed = true,
            }
        }
        if failed || !unknown.is_empty() {
            // To terraform, an object without known keys is no secret, whatever its keys are.
            return open(combine_sources(&unknown), Marks::NONE);
        }
        Value { kind: ValueKind::Object(Arc::new(attributes)), marks }
    }

    fn object_key(&mut self, item: &ObjectItem, scope: &Scope<'_>) -> Key {
        let value = match &item.key.kind {
            ExprKind::Traversal(traversal) if traversal.steps.is_empty() => {
                return Key::Known(traversal.root.text.clone(), Marks::NONE);
            }
            ExprKind::Literal(value) if value.is_null() => return Key::Known("null".into(), Marks::NONE),
            ExprKind::Literal(value) if value.as_bool().is_some() => {
                let word = if value.as_bool() == Some(true) { "true" } else { "false" };
                return Key::Known(word.into(), Marks::NONE);
            }
            ExprKind::Traversal(_) => {
                self.error(
                    "Ambiguous attribute key",
                    "If this expression is intended to be a reference, wrap it in parentheses. If it's instead intended \
                     as a literal name containing periods, wrap it in quotes to create a string literal.",
                    item.key.span,
                );
                self.check_references(&item.key, &[], scope);
                return Key::Failed;
            }
            _ => {
                let (value, failed) = self.eval_checked(&item.key, scope);
                if failed {
                    return Key::Failed;
                }
                value
            }
        };
        if value.is_null() {
            self.error("Null value as key", "Can't use a null value as a key.", item.value.span);
            return Key::Failed;
        }
        match convert(&value, &Type::String) {
            Err(error) => {
                self.error("Incorrect key type", format!("Can't use this value as a key: {error}."), item.key.span);
                Key::Failed
            }
            Ok(key) => match &key.kind {
                ValueKind::String(text) => Key::Known(text.clone(), key.marks),
                _ => Key::Unknown(key),
            },
        }
    }
}
