//! `source[*].a` and `source.*.a`.

use super::evaluator::{Evaluator, nothing, open};
use super::scope::Scope;
use crate::lang::syntax::ast::Expr;
use crate::lang::value::{combine_sources, deep_source, definitely_not_null, settle, unknown_like};
use crate::model::place::Span;
use crate::model::value::{Refinement, Type, Unknown, UnknownSource, Value, ValueKind};

impl Evaluator<'_> {
    pub(super) fn splat(&mut self, source: &Expr, each: &Expr, marker: Span, scope: &Scope<'_>) -> Value {
        let (value, failed) = self.eval_checked(source, scope);
        if failed {
            return nothing();
        }
        let ty = value.ty();
        let is_sequence = matches!(ty, Type::Tuple(_) | Type::List(_) | Type::Set(_));
        if value.is_null() {
            if !is_sequence {
                return Value::tuple([]).mark(value.marks);
            }
            let detail = "Splat expressions (with the * symbol) cannot be applied to null sequences.";
            self.error_within("Splat of null value", detail, source.span, source.span.to(marker));
            return nothing();
        }
        if ty == Type::Dynamic {
            return open(deep_source(&value), value.marks);
        }
        if !is_sequence {
            return self.splat_single(value, each, scope);
        }
        if value.is_unknown() {
            return self.splat_unknown(&value, &ty, each, scope);
        }
        let items = value.as_items().unwrap_or_default();
        let mut results = Vec::with_capacity(items.len());
        let mut any_failed = false;
        let faults = self.faults();
        for item in items {
            if !self.loop_may_go_on(faults, marker) {
                return nothing();
            }
            let (result, failed) = self.eval_checked(each, &scope.with_element(item));
            any_failed |= failed;
            results.push(result);
        }
        if any_failed {
            return self.splat_failed(&value, &ty, each, scope);
        }
        let element = match &ty {
            Type::List(element) | Type::Set(element) => element,
            _ => return Value::tuple(results).mark(value.marks),
        };
        if results.is_empty() {
            let found = self.type_of_each(element, &value, each, scope);
            return Value::list(found, results).mark(value.marks);
        }
        list_of(results).mark(value.marks)
    }

    /// Anything that is no sequence is a tuple of itself, or of nothing when it may be null.
    fn splat_single(&mut self, value: Value, each: &Expr, scope: &Scope<'_>) -> Value {
        let may_vanish = value.is_unknown() && !definitely_not_null(&value);
        let marks = value.marks;
        let value = value.unmark();
        let (result, failed) = self.eval_checked(each, &scope.with_element(&value));
        if may_vanish {
            return open(deep_source(&value), marks);
        }
        if failed {
            let ty = Type::tuple([value.ty()]);
            return self.splat_failed(&value, &ty, each, scope).mark(marks);
        }
        Value::tuple([result]).mark(marks)
    }

    /// What a splat would be if its elements had not failed, so that what is around it can be checked all the same.
    fn splat_failed(&mut self, value: &Value, ty: &Type, each: &Expr, scope: &Scope<'_>) -> Value {
        let before = self.diagnostics.len();
        let result = self.splat_unknown(value, ty, each, scope);
        self.diagnostics.truncate(before);
        Value::unknown(result.ty()).mark(value.marks)
    }

    fn splat_unknown(&mut self, value: &Value, ty: &Type, each: &Expr, scope: &Scope<'_>) -> Value {
        let result = match ty {
            Type::Tuple(types) => {
                Type::tuple(types.iter().map(|ty| self.type_of_each(ty, value, each, scope)).collect::<Vec<_>>())
            }
            Type::List(element) | Type::Set(element) => Type::list(self.type_of_each(element, value, each, scope)),
            _ => return nothing(),
        };
        let mut refinement = Refinement::not_null();
        if let (Type::List(_), Some(unknown)) = (&result, value.as_unknown()) {
            refinement.length_minimum = unknown.refinement.length_minimum;
            refinement.length_maximum = unknown.refinement.length_maximum;
        }
        let source = deep_source(value).unwrap_or(UnknownSource::AfterApply);
        settle(Unknown { ty: result, source, refinement }).mark(value.marks)
    }

    fn type_of_each(&mut self, element: &Type, like: &Value, each: &Expr, scope: &Scope<'_>) -> Type {
        let unknown = unknown_like(like, element.clone()).unmark();
        self.eval(each, &scope.with_element(&unknown)).ty()
    }
}

/// The list of these; elements whose type is still open take the type of the others.
fn list_of(items: Vec<Value>) -> Value {
    let types: Vec<Type> = items.iter().map(Value::ty).collect();
    let element = types.iter().find(|ty| **ty != Type::Dynamic).cloned().unwrap_or(Type::Dynamic);
    if types.iter().all(|ty| *ty == element) {
        return Value::list(element, items);
    }
    if types.iter().any(|ty| *ty != element && *ty != Type::Dynamic) {
        return Value::tuple(items);
    }
    if items.iter().any(|item| matches!(item.kind, ValueKind::Unknown(_)) && item.ty() == Type::Dynamic) {
        let source = combine_sources(&items).unwrap_or(UnknownSource::AfterApply);
        return settle(Unknown { ty: Type::list(Type::Dynamic), source, refinement: Refinement::not_null() });
    }
    let items = items.into_iter().map(|item| match &item.kind {
        ValueKind::Null(_) => Value::null_of(element.clone()).mark(item.marks),
        _ => item,
    });
    let items = items.collect();
    Value::list(element, items)
}
