//! Operators: arithmetic, comparison, logic. None of them stops at its left side.

use std::cmp::Ordering;

use super::evaluator::{Evaluator, nothing};
use super::scope::Scope;
use crate::lang::syntax::ast::{BinaryOperator as Op, Expr, ExprKind, UnaryOperator};
use crate::lang::types::convert;
use crate::lang::value::{equals, number_bounds, unknown_because};
use crate::model::place::Span;
use crate::model::value::{Number, Refinement, Type, Value, ValueKind};

const NULL: &str = "argument must not be null";

impl Evaluator<'_> {
    /// Chains of operators lean to the left and can be long: they are walked, not recursed into.
    pub(super) fn binary(&mut self, expr: &Expr, scope: &Scope<'_>) -> Value {
        let mut chain = Vec::new();
        let mut leftmost = expr;
        while let ExprKind::Binary { operator, left, right } = &leftmost.kind {
            chain.push((*operator, leftmost.span, &**left, &**right));
            leftmost = left;
        }
        let (mut value, mut failed) = self.eval_checked(leftmost, scope);
        while let Some((operator, span, left, right)) = chain.pop() {
            if !self.may_go_on(span) {
                return nothing();
            }
            let (right_value, right_failed) = self.eval_checked(right, scope);
            let result =
                self.apply_binary(operator, span, (left, &value), (right, &right_value), failed || right_failed);
            failed = failed || right_failed || result.is_none();
            value = result.unwrap_or_else(|| Value::unknown(result_type(operator)));
        }
        value
    }

    fn apply_binary(
        &mut self,
        operator: Op,
        span: Span,
        (left, left_value): (&Expr, &Value),
        (right, right_value): (&Expr, &Value),
        failed: bool,
    ) -> Option<Value> {
        if matches!(operator, Op::Equal | Op::NotEqual) {
            return (!failed).then(|| equality(operator, left_value, right_value));
        }
        let operand = if matches!(operator, Op::And | Op::Or) { Type::Bool } else { Type::Number };
        let a = self.operand(left_value, &operand, "left", left.span, span);
        let b = self.operand(right_value, &operand, "right", right.span, span);
        let (a, b) = (a?, b?);
        if failed {
            return None;
        }
        match compute(operator, &a, &b) {
            // Terraform's logic forgets the marks of what it cannot decide yet.
            Ok(value) if value.is_unknown() && operand == Type::Bool => Some(value),
            Ok(value) => Some(value.mark(a.marks.union(b.marks))),
            Err(message) => {
                self.error("Operation failed", format!("Error during operation: {message}."), span);
                None
            }
        }
    }

    fn operand(&mut self, value: &Value, ty: &Type, side: &str, subject: Span, context: Span) -> Option<Value> {
        match convert(value, ty) {
            Ok(value) => Some(value),
            Err(error) => {
                let detail = format!("Unsuitable value for {side} operand: {error}.");
                self.error_within("Invalid operand", detail, subject, context);
                None
            }
        }
    }

    pub(super) fn unary(&mut self, expr: &Expr, operator: UnaryOperator, operand: &Expr, scope: &Scope<'_>) -> Value {
        let ty = match operator {
            UnaryOperator::Negate => Type::Number,
            UnaryOperator::Not => Type::Bool,
        };
        let (given, failed) = self.eval_checked(operand, scope);
        let Some(value) = self.operand(&given, &ty, "unary", operand.span, expr.span) else {
            return Value::unknown(ty);
        };
        if failed {
            return Value::unknown(ty);
        }
        let result = match &value.kind {
            ValueKind::Number(number) => Value::number(number.neg()),
            ValueKind::Bool(bool) => Value::bool(!bool),
            ValueKind::Null(_) => {
                self.error("Operation failed", format!("Error during operation: {NULL}."), expr.span);
                return Value::unknown(ty);
            }
            // As with `&&`: no marks on what is not known.
            _ => return unknown_because(ty, Refinement::not_null(), [&value]),
        };
        result.mark(value.marks)
    }
}

fn result_type(operator: Op) -> Type {
    match operator {
        Op::Add | Op::Subtract | Op::Multiply | Op::Divide | Op::Modulo => Type::Number,
        _ => Type::Bool,
    }
}

fn equality(operator: Op, a: &Value, b: &Value) -> Value {
    let equal = equals(a, b);
    match (operator, &equal.kind) {
        (Op::NotEqual, ValueKind::Bool(value)) => Value::bool(!value).mark(equal.marks),
        _ => equal,
    }
}

fn compute(operator: Op, a: &Value, b: &Value) -> Result<Value, &'static str> {
    if a.is_null() || b.is_null() {
        return Err(NULL);
    }
    match (&a.kind, &b.kind) {
        (ValueKind::Number(a), ValueKind::Number(b)) => compute_numbers(operator, a, b),
        (ValueKind::Bool(a), ValueKind::Bool(b)) => {
            Ok(Value::bool(if operator == Op::And { *a && *b } else { *a || *b }))
        }
        _ => match compare_bounds(operator, a, b) {
            Some(answer) => Ok(Value::bool(answer)),
            None => Ok(unknown_because(result_type(operator), Refinement::not_null(), [a, b])),
        },
    }
}

fn compute_numbers(operator: Op, a: &Number, b: &Number) -> Result<Value, &'static str> {
    let order = || a.compare(b);
    let (result, failure) = match operator {
        Op::Add => (a.add(b), "can't compute sum of opposing infinities"),
        Op::Subtract => (a.sub(b), "can't subtract infinity from itself"),
        Op::Multiply => (a.mul(b), "can't multiply zero by infinity"),
        Op::Divide => (a.div(b), "can't divide zero by zero or infinity by infinity"),
        Op::Modulo => (a.rem(b), "can't use modulo with zero and infinity"),
        Op::Less => return Ok(Value::bool(order() == Ordering::Less)),
        Op::Greater => return Ok(Value::bool(order() == Ordering::Greater)),
        Op::LessOrEqual => return Ok(Value::bool(order() == Ordering::Less || a == b)),
        Op::GreaterOrEqual => return Ok(Value::bool(order() == Ordering::Greater || a == b)),
        Op::And | Op::Or | Op::Equal | Op::NotEqual => return Ok(Value::bool(false)),
    };
    result.map(Value::number).map_err(|_| failure)
}

/// What the bounds of unknown numbers decide. cty takes every bound as exclusive, and `<=` as `<` or `==`.
fn compare_bounds(operator: Op, a: &Value, b: &Value) -> Option<bool> {
    let ((a_low, a_high), (b_low, b_high)) = (number_bounds(a), number_bounds(b));
    let below = |high: &Option<(Number, bool)>, low: &Option<(Number, bool)>| match (high, low) {
        (Some((high, _)), Some((low, _))) => high.compare(low) == Ordering::Less,
        _ => false,
    };
    let order = if below(&a_high, &b_low) {
        Ordering::Less
    } else if below(&b_high, &a_low) {
        Ordering::Greater
    } else {
        return None;
    };
    match operator {
        Op::Less => Some(order == Ordering::Less),
        Op::Greater => Some(order == Ordering::Greater),
        Op::LessOrEqual if equals(a, b).as_bool() == Some(false) => Some(order == Ordering::Less),
        Op::GreaterOrEqual if equals(a, b).as_bool() == Some(false) => Some(order == Ordering::Greater),
        _ => None,
    }
}
