//! Where terraform points when it points at the beginning of an expression.

use crate::lang::syntax::ast::{Expr, ExprKind, TemplatePart};
use crate::model::place::Span;

/// HCL's "start range": the opening bracket of a list, the name of a call, the first part of a template.
pub(super) fn start_of(expr: &Expr) -> Span {
    let first = |length: u32| Span::new(expr.span.start, expr.span.start + length);
    match &expr.kind {
        ExprKind::Tuple(_) | ExprKind::Object(_) | ExprKind::For(_) => first(1),
        ExprKind::Call { name, .. } => Span::new(name.span.start, name.span.end + 1),
        ExprKind::Conditional { condition, .. } => start_of(condition),
        ExprKind::Binary { left, .. } => start_of(left),
        ExprKind::Unary { .. } => first(1),
        ExprKind::Parens(inner) => start_of(inner),
        ExprKind::Splat { marker, .. } => *marker,
        ExprKind::Template(template) => match template.parts.first() {
            Some(TemplatePart::Text { span, .. }) => *span,
            Some(TemplatePart::Interpolation { expr: inner, .. }) if template.parts.len() > 1 => start_of(inner),
            _ => expr.span,
        },
        _ => expr.span,
    }
}
