//! `for`: lists, objects and groups out of collections.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::evaluator::{Evaluator, nothing, open};
use super::scope::Scope;
use crate::lang::syntax::ast::{Expr, ForExpr};
use crate::lang::types::convert;
use crate::lang::value::{deep_source, quote};
use crate::model::diagnostic::has_errors;
use crate::model::place::Span;
use crate::model::value::{Marks, Number, Str, Type, UnknownSource, Value, ValueKind};

/// What a loop has found out so far.
struct Loop {
    marks: Marks,
    /// The first reason why the result cannot be known.
    unknown: Option<UnknownSource>,
    known: bool,
}

impl Loop {
    fn give_up(&mut self, because: Option<&Value>) {
        self.known = false;
        if let Some(source) = because.and_then(deep_source) {
            self.unknown = Some(match self.unknown.take() {
                Some(other) => other.combine(&source),
                None => source,
            });
        }
    }
}

impl Evaluator<'_> {
    pub(super) fn for_expr(&mut self, expr: &Expr, for_expr: &ForExpr, scope: &Scope<'_>) -> Value {
        let collection = self.eval(&for_expr.collection, scope);
        let Some(entries) = self.entries(&collection, for_expr.collection.span, expr.span) else {
            self.check_body(for_expr, scope);
            let source = deep_source(&collection);
            // Terraform keeps no marks of what it does not even know the type of.
            let mut marks = if collection.ty() == Type::Dynamic { Marks::NONE } else { collection.marks };
            if collection.is_unknown()
                && !matches!(collection.ty(), Type::Dynamic | Type::String | Type::Number | Type::Bool)
                && let Some(condition) = &for_expr.condition
            {
                match self.tried_condition(condition, for_expr, expr.span, scope) {
                    Some(tried) => marks = marks.union(tried),
                    None => return nothing(),
                }
            }
            return if collection.is_unknown() { open(source, marks) } else { nothing() };
        };
        if entries.is_empty() {
            self.check_body(for_expr, scope);
        }
        if let Some(condition) = &for_expr.condition
            && self.tried_condition(condition, for_expr, expr.span, scope).is_none()
        {
            return nothing();
        }
        let state = Loop { marks: collection.marks, unknown: None, known: true };
        match &for_expr.key {
            Some(key) => self.for_object(expr.span, for_expr, key, entries, state, scope),
            None => self.for_tuple(expr.span, for_expr, entries, state, scope),
        }
    }

    /// Keys and elements of what is iterated over; `None` when there is nothing (yet) to iterate over.
    pub(super) fn entries(&mut self, collection: &Value, at: Span, whole: Span) -> Option<Vec<(Value, Value)>> {
        let numbered = |items: &[Value]| {
            items.iter().enumerate().map(|(at, item)| (Value::number(Number::from(at)), item.clone())).collect()
        };
        match &collection.kind {
            ValueKind::List(list) => Some(numbered(&list.items)),
            ValueKind::Tuple(items) => Some(numbered(items)),
            ValueKind::Set(set) => Some(set.items.iter().map(|item| (item.clone(), item.clone())).collect()),
            ValueKind::Map(_) | ValueKind::Object(_) => Some(
                collection
                    .as_entries()
                    .into_iter()
                    .flatten()
                    .map(|(key, item)| (Value::string(key.clone()), item.clone()))
                    .collect(),
            ),
            ValueKind::Null(_) => {
                let detail = "A null value cannot be used as the collection in a 'for' expression.";
                self.error_within("Iteration over null value", detail, at, whole);
                None
            }
            ValueKind::Unknown(unknown) if !unknown.ty.is_primitive() => None,
            _ => {
                let detail = format!(
                    "A value of type {} cannot be used as the collection in a 'for' expression.",
                    collection.ty().friendly_name()
                );
                self.error_within("Iteration over non-iterable value", detail, at, whole);
                None
            }
        }
    }

    fn check_body(&mut self, for_expr: &ForExpr, scope: &Scope<'_>) {
        let mut bound: Vec<&Str> = vec![&for_expr.value_variable.text];
        bound.extend(for_expr.key_variable.as_ref().map(|name| &name.text));
        for part in for_expr.key.iter().chain([&for_expr.value]).chain(&for_expr.condition) {
            self.check_references(part, &bound, scope);
        }
    }

    /// Tried once with unknown variables, so that a condition of the wrong type is told once and not per element. Gives
    /// the marks that the condition has whatever the element; `None` when it is no good.
    fn tried_condition(
        &mut self,
        condition: &Expr,
        for_expr: &ForExpr,
        whole: Span,
        scope: &Scope<'_>,
    ) -> Option<Marks> {
        let names = bind(for_expr, nothing(), nothing());
        let (value, failed) = self.eval_checked(condition, &scope.with(&names));
        if failed {
            return None;
        }
        if value.is_null() {
            let detail = "The value of the 'if' clause must not be null.";
            self.error_within("Condition is null", detail, condition.span, whole);
            return None;
        }
        match convert(&value, &Type::Bool) {
            Ok(_) => Some(value.marks),
            Err(error) => {
                let detail = format!("The 'if' clause value is invalid: {error}.");
                self.error_within("Invalid 'for' condition", detail, condition.span, whole);
                None
            }
        }
    }

    /// Whether an element is taken.
    fn is_included(&mut self, condition: &Expr, whole: Span, state: &mut Loop, scope: &Scope<'_>) -> bool {
        let value = self.eval(condition, scope);
        if value.is_unknown() {
            state.marks = state.marks.union(value.marks);
            state.give_up(Some(&value));
            return false;
        }
        let problem = if value.is_null() {
            "The value of the 'if' clause must not be null.".to_owned()
        } else {
            match convert(&value, &Type::Bool) {
                Ok(included) => {
                    state.marks = state.marks.union(included.marks);
                    return included.as_bool() == Some(true);
                }
                Err(error) => format!("The 'if' clause value is invalid: {error}."),
            }
        };
        if state.known {
            self.error_within("Invalid 'for' condition", problem, condition.span, whole);
        }
        state.give_up(None);
        false
    }

    fn for_tuple(
        &mut self,
        whole: Span,
        for_expr: &ForExpr,
        entries: Vec<(Value, Value)>,
        mut state: Loop,
        scope: &Scope<'_>,
    ) -> Value {
        let mut items = Vec::with_capacity(entries.len());
        let faults = self.faults();
        for (key, value) in entries {
            if !self.loop_may_go_on(faults, whole) {
                return nothing();
            }
            let names = bind(for_expr, key, value);
            let inner = scope.with(&names);
            if let Some(condition) = &for_expr.condition
                && !self.is_included(condition, whole, &mut state, &inner)
            {
                continue;
            }
            items.push(self.eval(&for_expr.value, &inner));
        }
        if !state.known {
            return open(state.unknown, state.marks);
        }
        Value::tuple(items).mark(state.marks)
    }

    fn for_object(
        &mut self,
        whole: Span,
        for_expr: &ForExpr,
        key_expr: &Expr,
        entries: Vec<(Value, Value)>,
        mut state: Loop,
        scope: &Scope<'_>,
    ) -> Value {
        let mut groups: BTreeMap<Str, Vec<Value>> = BTreeMap::new();
        let faults = self.faults();
        let mut attributes: BTreeMap<Str, Value> = BTreeMap::new();
        for (key, value) in entries {
            if !self.loop_may_go_on(faults, whole) {
                return nothing();
            }
            let names = bind(for_expr, key, value);
            let inner = scope.with(&names);
            if let Some(condition) = &for_expr.condition
                && !self.is_included(condition, whole, &mut state, &inner)
            {
                continue;
            }
            let Some(key) = self.for_key(key_expr, whole, &mut state, &inner) else {
                continue;
            };
            let value = self.eval(&for_expr.value, &inner);
            if for_expr.group {
                groups.entry(key).or_default().push(value);
                continue;
            }
            let key = match attributes.entry(key) {
                Entry::Vacant(free) => {
                    free.insert(value);
                    continue;
                }
                Entry::Occupied(taken) => taken.key().clone(),
            };
            let detail = format!(
                "Two different items produced the key {} in this 'for' expression. If duplicates are expected, use the \
                 ellipsis (...) after the value expression to enable grouping by key.",
                quote(&key)
            );
            self.error_within("Duplicate object key", detail, key_expr.span, whole);
        }
        if !state.known {
            return open(state.unknown, state.marks);
        }
        attributes.extend(groups.into_iter().map(|(key, group)| (key, Value::tuple(group))));
        Value { kind: ValueKind::Object(Arc::new(attributes)), marks: state.marks }
    }

    fn for_key(&mut self, key_expr: &Expr, whole: Span, state: &mut Loop, scope: &Scope<'_>) -> Option<Str> {
        let before = self.diagnostics.len();
        let value = self.eval(key_expr, scope);
        if value.is_unknown() {
            state.marks = state.marks.union(value.marks);
            let failed = has_errors(&self.diagnostics[before..]);
            state.give_up((!failed).then_some(&value));
            return None;
        }
        let problem = if value.is_null() {
            "Key expression in 'for' expression must not produce a null value.".to_owned()
        } else {
            match convert(&value, &Type::String) {
                Ok(key) => {
                    state.marks = state.marks.union(key.marks);
                    if let ValueKind::String(text) = key.kind {
                        return Some(text);
                    }
                    "The key expression produced an invalid result: string required.".to_owned()
                }
                Err(error) => format!("The key expression produced an invalid result: {error}."),
            }
        };
        if state.known {
            self.error_within("Invalid object key", problem, key_expr.span, whole);
        }
        state.give_up(None);
        None
    }
}

fn bind(for_expr: &ForExpr, key: Value, value: Value) -> Vec<(Str, Value)> {
    let mut names = Vec::with_capacity(2);
    // The value's name wins when both are the same, as in terraform.
    names.push((for_expr.value_variable.text.clone(), value));
    if let Some(name) = &for_expr.key_variable {
        names.push((name.text.clone(), key));
    }
    names
}
