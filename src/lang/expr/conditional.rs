//! `condition ? yes : no`: both sides are looked at, one is taken, and both must have a type in common.

use std::cmp::Ordering;

use super::evaluator::{Evaluator, nothing};
use super::scope::Scope;
use crate::lang::syntax::ast::Expr;
use crate::lang::types::{convert, unify};
use crate::lang::value::{definitely_not_null, length_bounds, number_bounds, quote, unknown_because};
use crate::model::diagnostic::Diagnostic;
use crate::model::place::Span;
use crate::model::value::{Refinement, Type, Value};

/// One side of a conditional, evaluated.
pub(super) struct Branch {
    pub(super) value: Value,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) span: Span,
}

impl Evaluator<'_> {
    pub(super) fn conditional(
        &mut self,
        expr: &Expr,
        condition: &Expr,
        yes: &Expr,
        no: &Expr,
        scope: &Scope<'_>,
    ) -> Value {
        let (value, diagnostics) = self.eval_apart(yes, scope);
        let yes = Branch { value, diagnostics, span: yes.span };
        let (value, diagnostics) = self.eval_apart(no, scope);
        let no = Branch { value, diagnostics, span: no.span };
        self.choose(expr.span, condition, yes, no, scope)
    }

    /// The rest of a conditional, shared with the `%{ if }` of templates.
    pub(super) fn choose(
        &mut self,
        whole: Span,
        condition: &Expr,
        yes: Branch,
        no: Branch,
        scope: &Scope<'_>,
    ) -> Value {
        let Some(ty) = common_type(&yes.value, &no.value) else {
            let detail = format!(
                "The true and false result expressions must have consistent types. {}.",
                describe_mismatch(&yes.value.ty(), &no.value.ty())
            );
            self.error_within("Inconsistent conditional result types", detail, yes.span.to(no.span), whole);
            return nothing();
        };
        let chosen = self.eval(condition, scope);
        if chosen.is_null() {
            let detail = "The condition value is null. Conditions must either be true or false.";
            self.error_within("Null condition", detail, condition.span, whole);
            return Value::unknown(ty);
        }
        // Either side's marks show: which side was taken would tell something about the condition.
        let marks = chosen.marks.union(yes.value.marks).union(no.value.marks);
        if chosen.is_unknown() {
            return undecided(&chosen, &yes.value, &no.value, ty);
        }
        let Some(is_true) = convert(&chosen, &Type::Bool).ok().and_then(|chosen| chosen.as_bool()) else {
            let detail = "The condition expression must be of type bool.";
            self.error_within("Incorrect condition type", detail, condition.span, whole);
            return Value::unknown(ty);
        };
        let (branch, name) = if is_true { (yes, "true") } else { (no, "false") };
        self.diagnostics.extend(branch.diagnostics);
        match convert(&branch.value, &ty) {
            Ok(value) => value.mark(marks),
            Err(error) => {
                let detail = format!("The {name} result value has the wrong type: {error}.");
                self.error_within("Inconsistent conditional result types", detail, branch.span, whole);
                Value::unknown(ty)
            }
        }
    }
}

fn is_bare_null(value: &Value) -> bool {
    value.is_null() && value.marks.is_empty() && value.ty() == Type::Dynamic
}

fn common_type(yes: &Value, no: &Value) -> Option<Type> {
    let (yes_type, no_type) = (yes.ty(), no.ty());
    if is_bare_null(yes) {
        Some(no_type)
    } else if is_bare_null(no) || yes_type == no_type {
        Some(yes_type)
    } else if yes_type == Type::Dynamic || no_type == Type::Dynamic {
        Some(Type::Dynamic)
    } else {
        unify(&[yes_type, no_type])
    }
}

/// What is certain although the condition is not known. Why it is unknown is the condition's reason alone.
fn undecided(condition: &Value, yes: &Value, no: &Value, ty: Type) -> Value {
    let marks = condition.marks.union(yes.marks).union(no.marks);
    if yes.is_null() && no.is_null() {
        return Value::null_of(ty).mark(marks);
    }
    let mut refinement = Refinement::default();
    if definitely_not_null(yes) && definitely_not_null(no) && ty != Type::Dynamic {
        refinement.not_null = true;
    }
    let (yes_type, no_type) = (yes.ty(), no.ty());
    if !yes.is_null() && !no.is_null() {
        if yes_type == Type::Number && no_type == Type::Number {
            refine_numbers(yes, no, &mut refinement);
        } else if yes_type.is_collection() && yes_type == no_type {
            refine_lengths(yes, no, &mut refinement);
        }
    }
    unknown_because(ty, refinement, [condition]).mark(marks)
}

fn refine_numbers(yes: &Value, no: &Value, refinement: &mut Refinement) {
    let (Some(a), Some(b)) = (yes.as_number(), no.as_number()) else {
        let ((yes_low, yes_high), (no_low, no_high)) = (number_bounds(yes), number_bounds(no));
        let apart = |high: &Option<(_, bool)>, low: &Option<(_, bool)>| matches!((high, low), (Some((high, _)), Some((low, _))) if crate::model::value::Number::compare(high, low) == Ordering::Less);
        if apart(&yes_high, &no_low) {
            (refinement.minimum, refinement.maximum, refinement.not_null) = (yes_low, no_high, true);
        } else if apart(&no_high, &yes_low) {
            (refinement.minimum, refinement.maximum, refinement.not_null) = (no_low, yes_high, true);
        }
        return;
    };
    let (low, high) = if a.compare(b) == Ordering::Greater { (b, a) } else { (a, b) };
    refinement.minimum = Some((low.clone(), true));
    refinement.maximum = Some((high.clone(), true));
    refinement.not_null = true;
}

fn refine_lengths(yes: &Value, no: &Value, refinement: &mut Refinement) {
    let ((a, a_most), (b, b_most)) = (length_bounds(yes), length_bounds(no));
    if a_most == Some(a) && b_most == Some(b) {
        refinement.length_minimum = a.min(b);
        refinement.length_maximum = Some(a.max(b));
        refinement.not_null = true;
    }
}

/// How the types of both sides differ, as far in as it helps.
fn describe_mismatch(yes: &Type, no: &Type) -> String {
    match (yes, no) {
        (Type::Object(a), Type::Object(b)) => {
            for (name, ty) in &a.attributes {
                match b.attributes.get(name) {
                    None => {
                        return format!(
                            "The 'true' value includes object attribute {}, which is absent in the 'false' value",
                            quote(name)
                        );
                    }
                    Some(other) if other != ty => {
                        let inner = describe_mismatch(ty, other);
                        return format!("Type mismatch for object attribute {}: {inner}", quote(name));
                    }
                    Some(_) => {}
                }
            }
            if let Some(name) = b.attributes.keys().find(|name| !a.attributes.contains_key(*name)) {
                return format!(
                    "The 'false' value includes object attribute {}, which is absent in the 'true' value",
                    quote(name)
                );
            }
        }
        (Type::Tuple(a), Type::Tuple(b)) => {
            if a.len() != b.len() {
                return format!(
                    "The 'true' tuple has length {}, but the 'false' tuple has length {}",
                    a.len(),
                    b.len()
                );
            }
            if let Some((at, (a, b))) = a.iter().zip(b.iter()).enumerate().find(|(_, (a, b))| a != b) {
                return format!("Type mismatch for tuple element {at}: {}", describe_mismatch(a, b));
            }
        }
        (Type::List(a), Type::List(b)) if both_structural(a, b) => {
            return format!("Mismatched list element types: {}", describe_mismatch(a, b));
        }
        (Type::Set(a), Type::Set(b)) if both_structural(a, b) => {
            return format!("Mismatched set element types: {}", describe_mismatch(a, b));
        }
        (Type::Map(a), Type::Map(b)) if both_structural(a, b) => {
            return format!("Mismatched map element types: {}", describe_mismatch(a, b));
        }
        _ => {}
    }
    let (yes, no) = (yes.friendly_name(), no.friendly_name());
    if yes == no {
        return "At least one deeply-nested attribute or element is not compatible across both the 'true' and the 'false' value"
            .to_owned();
    }
    format!("The 'true' value is {yes}, but the 'false' value is {no}")
}

fn both_structural(a: &Type, b: &Type) -> bool {
    matches!((a, b), (Type::Object(_), Type::Object(_)) | (Type::Tuple(_), Type::Tuple(_)))
}
