//! Where terraform points when it points at the beginning of an expression.

use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::{Expr, ExprKind, TemplatePart};
use crate::model::place::Span;

/// HCL's "start range": the opening bracket of a list, the name of a call, the first part of a template.
pub fn start_of(expr: &Expr, source: &SourceFile) -> Span {
    let first = |length: u32| Span::new(expr.span.start, expr.span.start + length);
    match &expr.kind {
        ExprKind::Tuple(_) | ExprKind::Object(_) | ExprKind::For(_) => first(1),
        ExprKind::Call { name, .. } => Span::new(name.span.start, name.span.end + 1),
        ExprKind::Conditional { condition, .. } => start_of(condition, source),
        ExprKind::Binary { left, .. } => start_of(left, source),
        ExprKind::Unary { .. } => first(1),
        ExprKind::Parens(inner) => start_of(inner, source),
        ExprKind::Splat { marker, .. } => *marker,
        // The opening bracket.
        ExprKind::Index { collection, .. } => Span::new(collection.span.end, collection.span.end + 1),
        ExprKind::Template(template) => match template.parts.first() {
            // HCL points behind the quotes of an empty string.
            None => Span::new(expr.span.end, expr.span.end + 1),
            Some(TemplatePart::Text { span, .. }) => *span,
            Some(TemplatePart::Interpolation { expr: inner, .. }) if template.parts.len() > 1 => {
                start_of(inner, source)
            }
            Some(TemplatePart::If { condition: head, span, .. } | TemplatePart::For { collection: head, span, .. }) => {
                directive(*span, head.span.end, source)
            }
            Some(TemplatePart::Interpolation { .. }) => expr.span,
        },
        _ => expr.span,
    }
}

/// The opening `%{ … }` of a directive whose last expression ends at `from`.
fn directive(whole: Span, from: u32, source: &SourceFile) -> Span {
    let rest = source.slice(Span::new(from, whole.end));
    let close = rest.find('}').map_or(whole.end, |at| from + at as u32 + 1);
    Span::new(whole.start, close)
}
