//! What only `terraform console` knows: `type(…)`.

use super::evaluator::{Evaluation, Evaluator, evaluate, nothing};
use super::scope::Scope;
use crate::lang::inputs::Inputs;
use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::{Expr, ExprKind};
use crate::model::value::{Type, Value};

/// What the console shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A value, or what is wrong.
    Value(Evaluation),
    /// The type that `type(…)` found, as the console writes it.
    Type(String),
}

/// The answer to an expression in the console.
pub fn evaluate_for_console(expr: &Expr, source: &SourceFile, inputs: &dyn Inputs) -> Answer {
    match &expr.kind {
        ExprKind::Call { name, args, expand: false } if &*name.text == "type" && args.len() == 1 => {
            let mut evaluator = Evaluator::new(source, inputs);
            let value = evaluator.eval(&args[0], &Scope::OPEN);
            let evaluation = evaluator.finish(value);
            if evaluation.has_errors() {
                return Answer::Value(evaluation);
            }
            Answer::Type(type_text(&evaluation.value))
        }
        _ if calls_type(expr) => {
            let mut evaluator = Evaluator::new(source, inputs);
            evaluator.error(
                "Invalid use of type function",
                "The console-only \"type\" function cannot be used as part of an expression.",
                expr.span,
            );
            Answer::Value(evaluator.finish(nothing()))
        }
        _ => Answer::Value(evaluate(expr, source, inputs)),
    }
}

fn calls_type(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call { name, args, .. } => &*name.text == "type" || args.iter().any(calls_type),
        ExprKind::Tuple(items) => items.iter().any(calls_type),
        ExprKind::Object(items) => items.iter().any(|item| calls_type(&item.key) || calls_type(&item.value)),
        ExprKind::Parens(inner) | ExprKind::Relative { source: inner, .. } => calls_type(inner),
        ExprKind::Index { collection, key } => calls_type(collection) || calls_type(key),
        ExprKind::Splat { source, .. } => calls_type(source),
        ExprKind::Conditional { condition, yes, no } => [condition, yes, no].into_iter().any(|part| calls_type(part)),
        ExprKind::Binary { left, right, .. } => calls_type(left) || calls_type(right),
        ExprKind::Unary { operand, .. } => calls_type(operand),
        _ => false,
    }
}

/// The type of a value as the console spreads it over lines.
fn type_text(value: &Value) -> String {
    let mut out = String::new();
    write_type(&value.ty(), 0, &mut out);
    out
}

fn write_type(ty: &Type, indent: usize, out: &mut String) {
    let line = |indent: usize, out: &mut String| {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', indent));
    };
    let wrapped = |name: &str, element: &Type, out: &mut String| {
        out.push_str(name);
        out.push('(');
        write_type(element, indent, out);
        out.push(')');
    };
    match ty {
        Type::Dynamic => out.push_str("dynamic"),
        Type::List(element) => wrapped("list", element, out),
        Type::Set(element) => wrapped("set", element, out),
        Type::Map(element) => wrapped("map", element, out),
        Type::Tuple(elements) if elements.is_empty() => out.push_str("tuple([])"),
        Type::Tuple(elements) => {
            out.push_str("tuple([");
            for element in elements.iter() {
                line(indent + 4, out);
                write_type(element, indent + 4, out);
                out.push(',');
            }
            line(indent, out);
            out.push_str("])");
        }
        Type::Object(object) if object.attributes.is_empty() => out.push_str("object({})"),
        Type::Object(object) => {
            out.push_str("object({");
            for (name, ty) in &object.attributes {
                line(indent + 4, out);
                out.push_str(name);
                out.push_str(": ");
                write_type(ty, indent + 4, out);
                out.push(',');
            }
            line(indent, out);
            out.push_str("})");
        }
        primitive => out.push_str(&primitive.friendly_name()),
    }
}
