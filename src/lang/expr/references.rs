//! What an expression refers to, found without evaluating it.

use crate::lang::syntax::ast::{Expr, ExprKind, Template, TemplatePart, Traversal};
use crate::model::value::Str;

/// All references in an expression, in the order they are written; loop variables are none.
pub fn references(expr: &Expr) -> Vec<&Traversal> {
    let mut collector = Collector::default();
    collector.expr(expr);
    collector.found
}

/// All references in a bare template.
pub fn template_references(template: &Template) -> Vec<&Traversal> {
    let mut collector = Collector::default();
    collector.parts(&template.parts);
    collector.found
}

/// All references in an expression below loops that bind `bound`.
pub(super) fn references_below<'e>(expr: &'e Expr, bound: &[&'e Str]) -> Vec<&'e Traversal> {
    let mut collector = Collector { bound: bound.to_vec(), found: Vec::new() };
    collector.expr(expr);
    collector.found
}

/// The same for the body of a template's `for`.
pub(super) fn part_references_below<'e>(parts: &'e [TemplatePart], bound: &[&'e Str]) -> Vec<&'e Traversal> {
    let mut collector = Collector { bound: bound.to_vec(), found: Vec::new() };
    collector.parts(parts);
    collector.found
}

#[derive(Default)]
struct Collector<'e> {
    bound: Vec<&'e Str>,
    found: Vec<&'e Traversal>,
}

impl<'e> Collector<'e> {
    fn expr(&mut self, expr: &'e Expr) {
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::SplatElement => {}
            ExprKind::Template(template) => self.parts(&template.parts),
            ExprKind::Tuple(items) => items.iter().for_each(|item| self.expr(item)),
            ExprKind::Object(items) => {
                for item in items {
                    if item.key.bare_word().is_none() {
                        self.expr(&item.key);
                    }
                    self.expr(&item.value);
                }
            }
            ExprKind::Traversal(traversal) => {
                if !self.bound.contains(&&traversal.root.text) {
                    self.found.push(traversal);
                }
            }
            ExprKind::Relative { source, .. } => self.expr(source),
            ExprKind::Index { collection, key } => {
                self.expr(collection);
                self.expr(key);
            }
            ExprKind::Splat { source, each, .. } => {
                self.expr(source);
                self.expr(each);
            }
            ExprKind::Call { args, .. } => args.iter().for_each(|arg| self.expr(arg)),
            ExprKind::Conditional { condition, yes, no } => {
                self.expr(condition);
                self.expr(yes);
                self.expr(no);
            }
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Unary { operand, .. } => self.expr(operand),
            ExprKind::Parens(inner) => self.expr(inner),
            ExprKind::For(for_expr) => {
                self.expr(&for_expr.collection);
                self.below(
                    for_expr.key_variable.as_ref().map(|name| &name.text),
                    &for_expr.value_variable.text,
                    |all| {
                        for_expr.key.iter().for_each(|key| all.expr(key));
                        all.expr(&for_expr.value);
                        for_expr.condition.iter().for_each(|condition| all.expr(condition));
                    },
                );
            }
        }
    }

    fn parts(&mut self, parts: &'e [TemplatePart]) {
        for part in parts {
            match part {
                TemplatePart::Text { .. } => {}
                TemplatePart::Interpolation { expr, .. } => self.expr(expr),
                TemplatePart::If { condition, yes, no, .. } => {
                    self.expr(condition);
                    self.parts(yes);
                    self.parts(no);
                }
                TemplatePart::For { key_variable, value_variable, collection, body, .. } => {
                    self.expr(collection);
                    self.below(key_variable.as_ref().map(|name| &name.text), &value_variable.text, |all| {
                        all.parts(body);
                    });
                }
            }
        }
    }

    fn below(&mut self, key: Option<&'e Str>, value: &'e Str, visit: impl FnOnce(&mut Self)) {
        let outside = self.bound.len();
        self.bound.extend(key);
        self.bound.push(value);
        visit(self);
        self.bound.truncate(outside);
    }
}
