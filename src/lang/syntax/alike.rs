//! Whether two trees say the same, wherever they stand and however they are laid out: spans are not compared.

use std::sync::Arc;

use super::ast::{Block, Expr, ExprKind, ForExpr, Item, Name, Step, StepKind, Template, TemplatePart, Traversal};
use crate::model::value::identical::identical;

/// Whether two lists hold the same in the same order.
pub fn all_alike<T>(a: &[T], b: &[T], alike: impl Fn(&T, &T) -> bool) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b))
}

/// Whether both are missing, or there and the same.
pub fn both_alike<T>(a: Option<&T>, b: Option<&T>, alike: impl Fn(&T, &T) -> bool) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => alike(a, b),
        _ => false,
    }
}

/// Whether two items of a body say the same.
pub fn items_alike(a: &Item, b: &Item) -> bool {
    match (a, b) {
        (Item::Attribute(a), Item::Attribute(b)) => {
            names_alike(&a.name, &b.name) && (Arc::ptr_eq(&a.expr, &b.expr) || alike(&a.expr, &b.expr))
        }
        (Item::Block(a), Item::Block(b)) => Arc::ptr_eq(a, b) || blocks_alike(a, b),
        _ => false,
    }
}

/// Whether two blocks say the same.
pub fn blocks_alike(a: &Arc<Block>, b: &Arc<Block>) -> bool {
    Arc::ptr_eq(a, b)
        || (names_alike(&a.kind, &b.kind)
            && all_alike(&a.labels, &b.labels, names_alike)
            && all_alike(&a.body.items, &b.body.items, items_alike))
}

/// Whether two expressions say the same.
pub fn alike(a: &Expr, b: &Expr) -> bool {
    match (&a.kind, &b.kind) {
        (ExprKind::Literal(a), ExprKind::Literal(b)) => identical(a, b),
        (ExprKind::Template(a), ExprKind::Template(b)) => templates_alike(a, b),
        (ExprKind::Tuple(a), ExprKind::Tuple(b)) => all_alike(a, b, alike),
        (ExprKind::Object(a), ExprKind::Object(b)) => {
            all_alike(a, b, |a, b| alike(&a.key, &b.key) && alike(&a.value, &b.value))
        }
        (ExprKind::Traversal(a), ExprKind::Traversal(b)) => traversals_alike(a, b),
        (ExprKind::Relative { source: a, steps: s }, ExprKind::Relative { source: b, steps: t }) => {
            alike(a, b) && all_alike(s, t, steps_alike)
        }
        (ExprKind::Index { collection: a, key: k }, ExprKind::Index { collection: b, key: l }) => {
            alike(a, b) && alike(k, l)
        }
        (ExprKind::Splat { source: a, full: f, each: e, .. }, ExprKind::Splat { source: b, full: g, each: d, .. }) => {
            f == g && alike(a, b) && alike(e, d)
        }
        (ExprKind::SplatElement, ExprKind::SplatElement) => true,
        (ExprKind::Call { name: m, args: a, expand: e }, ExprKind::Call { name: n, args: b, expand: f }) => {
            e == f && names_alike(m, n) && all_alike(a, b, alike)
        }
        (
            ExprKind::Conditional { condition: a, yes: y, no: n },
            ExprKind::Conditional { condition: b, yes: z, no: o },
        ) => alike(a, b) && alike(y, z) && alike(n, o),
        (ExprKind::Binary { operator: o, left: a, right: b }, ExprKind::Binary { operator: p, left: c, right: d }) => {
            o == p && alike(a, c) && alike(b, d)
        }
        (ExprKind::Unary { operator: o, operand: a }, ExprKind::Unary { operator: p, operand: b }) => {
            o == p && alike(a, b)
        }
        (ExprKind::Parens(a), ExprKind::Parens(b)) => alike(a, b),
        (ExprKind::For(a), ExprKind::For(b)) => loops_alike(a, b),
        _ => false,
    }
}

/// Whether two references lead the same way.
pub fn traversals_alike(a: &Traversal, b: &Traversal) -> bool {
    names_alike(&a.root, &b.root) && all_alike(&a.steps, &b.steps, steps_alike)
}

fn steps_alike(a: &Step, b: &Step) -> bool {
    match (&a.kind, &b.kind) {
        (StepKind::Attribute(a), StepKind::Attribute(b)) => a == b,
        (StepKind::Index(a), StepKind::Index(b)) => identical(a, b),
        _ => false,
    }
}

fn names_alike(a: &Name, b: &Name) -> bool {
    a.text == b.text
}

fn loops_alike(a: &ForExpr, b: &ForExpr) -> bool {
    a.group == b.group
        && both_alike(a.key_variable.as_ref(), b.key_variable.as_ref(), names_alike)
        && names_alike(&a.value_variable, &b.value_variable)
        && alike(&a.collection, &b.collection)
        && both_alike(a.key.as_ref(), b.key.as_ref(), alike)
        && alike(&a.value, &b.value)
        && both_alike(a.condition.as_ref(), b.condition.as_ref(), alike)
}

fn templates_alike(a: &Template, b: &Template) -> bool {
    a.heredoc == b.heredoc && all_alike(&a.parts, &b.parts, parts_alike)
}

fn parts_alike(a: &TemplatePart, b: &TemplatePart) -> bool {
    match (a, b) {
        (TemplatePart::Text { text: a, .. }, TemplatePart::Text { text: b, .. }) => a == b,
        (TemplatePart::Interpolation { expr: a, .. }, TemplatePart::Interpolation { expr: b, .. }) => alike(a, b),
        (
            TemplatePart::If { condition: a, yes: y, no: n, .. },
            TemplatePart::If { condition: b, yes: z, no: o, .. },
        ) => alike(a, b) && all_alike(y, z, parts_alike) && all_alike(n, o, parts_alike),
        (
            TemplatePart::For { key_variable: k, value_variable: v, collection: a, body: m, .. },
            TemplatePart::For { key_variable: l, value_variable: w, collection: b, body: n, .. },
        ) => {
            both_alike(k.as_ref(), l.as_ref(), names_alike)
                && names_alike(v, w)
                && alike(a, b)
                && all_alike(m, n, parts_alike)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::syntax::{SourceFile, parse_expression};
    use crate::model::place::RepoPath;

    fn parse(text: &str) -> Expr {
        let parsed = parse_expression(&SourceFile::new(RepoPath::new("a.tf"), text));
        assert!(parsed.diagnostics.is_empty(), "{text}: {:?}", parsed.diagnostics);
        parsed.tree
    }

    #[test]
    fn layout_does_not_count_and_everything_else_does() {
        let same = [
            ("[for k, v in var.x : upper(v) if k != \"a\"]", "[ for k,v in var.x:upper(v)if k!=\"a\" ]"),
            ("{ a = 1, \"b\" = local.y[0].c }", "{\n  a = 1\n  \"b\" = local.y[0].c # why\n}"),
            ("a ? \"x-${b}\" : c[*].d", "a?\"x-${ b }\":c[*].d"),
        ];
        for (a, b) in same {
            assert!(alike(&parse(a), &parse(b)), "{a} and {b}");
        }
        let different = [
            ("a.b", "a.c"),
            ("a[0]", "a[1]"),
            ("1", "1.5"),
            ("f(a, b...)", "f(a, b)"),
            ("a + b", "a - b"),
            ("(a)", "a"),
            ("[for v in x : v]", "[for w in x : w]"),
            ("x.*.a", "x[*].a"),
            ("\"a\"", "\"b\""),
            ("{ a = 1 }", "{ (a) = 1 }"),
        ];
        for (a, b) in different {
            assert!(!alike(&parse(a), &parse(b)), "{a} and {b}");
        }
    }
}
