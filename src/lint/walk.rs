//! A walk over every expression of a body, with the names that are in scope and the argument it belongs to.

use crate::lang::syntax::ast::{
    Attribute, Block, Body, Expr, ExprKind, ForExpr, Item, Template, TemplatePart, Traversal,
};
use crate::model::value::Str;

/// Where an expression stands.
#[derive(Default)]
pub(super) struct Context<'a> {
    /// The blocks around it, outermost first.
    pub(super) blocks: Vec<&'a Block>,
    /// The argument that it is part of.
    pub(super) attribute: Option<&'a Attribute>,
    /// Variables of `for` and iterators of `dynamic` that are visible.
    pub(super) locals: Vec<Str>,
}

impl Context<'_> {
    /// The kind of the outermost block.
    pub(super) fn outer_kind(&self) -> &str {
        self.blocks.first().map_or("", |block| &block.kind.text)
    }

    /// The kind of the innermost block.
    pub(super) fn inner_kind(&self) -> &str {
        self.blocks.last().map_or("", |block| &block.kind.text)
    }

    /// The name of the argument.
    pub(super) fn argument(&self) -> &str {
        self.attribute.map_or("", |attribute| &attribute.name.text)
    }

    /// Whether a root name is a variable of the expression itself.
    pub(super) fn is_local(&self, name: &str) -> bool {
        self.locals.iter().any(|local| &**local == name)
    }

    /// Whether what stands here is read without being evaluated: type constraints, provider references, keywords.
    pub(super) fn is_static(&self) -> bool {
        matches!(
            (self.outer_kind(), self.inner_kind(), self.argument()),
            ("variable", "variable", "type")
                | ("terraform" | "moved" | "removed", ..)
                | ("import", _, "to" | "provider")
                | (_, "resource" | "data" | "ephemeral", "provider")
                | ("module", "module", "providers")
                | (_, "lifecycle", "ignore_changes")
                | (_, "provisioner", "when" | "on_failure")
                | (_, "dynamic", "iterator")
        )
    }
}

/// Visits every expression of a body, outer ones first. A bare word that is the key of an object is none.
pub(super) fn expressions<'a>(body: &'a Body, visit: &mut dyn FnMut(&'a Expr, &Context<'a>)) {
    Walk { context: Context::default(), visit }.body(body);
}

/// Visits every traversal whose root is not a local name.
pub(super) fn references<'a>(body: &'a Body, visit: &mut dyn FnMut(&'a Traversal, &'a Expr, &Context<'a>)) {
    expressions(body, &mut |expr, context| {
        if let ExprKind::Traversal(traversal) = &expr.kind
            && !context.is_local(&traversal.root.text)
        {
            visit(traversal, expr, context);
        }
    });
}

struct Walk<'a, 'v> {
    context: Context<'a>,
    visit: &'v mut dyn FnMut(&'a Expr, &Context<'a>),
}

impl<'a> Walk<'a, '_> {
    fn body(&mut self, body: &'a Body) {
        for item in &body.items {
            match item {
                Item::Attribute(attribute) => {
                    self.context.attribute = Some(attribute);
                    self.expr(&attribute.expr);
                    self.context.attribute = None;
                }
                Item::Block(block) => self.block(block),
            }
        }
    }

    fn block(&mut self, block: &'a Block) {
        self.context.blocks.push(block);
        let depth = self.context.locals.len();
        if &*block.kind.text == "dynamic" {
            // The iterator is visible in the content only, but its own for_each cannot mean anything else by it.
            let named = block.body.attribute("iterator").and_then(|it| it.expr.bare_word().cloned());
            let iterator = named.or_else(|| block.labels.first().map(|label| label.text.clone()));
            self.context.locals.extend(iterator);
        }
        self.body(&block.body);
        self.context.locals.truncate(depth);
        self.context.blocks.pop();
    }

    fn all(&mut self, exprs: impl IntoIterator<Item = &'a Expr>) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    fn expr(&mut self, expr: &'a Expr) {
        (self.visit)(expr, &self.context);
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::Traversal(_) | ExprKind::SplatElement => {}
            ExprKind::Template(template) => self.template(template),
            ExprKind::Tuple(items) => self.all(items),
            ExprKind::Object(items) => {
                for item in items {
                    if item.key.bare_word().is_none() {
                        self.expr(&item.key);
                    }
                    self.expr(&item.value);
                }
            }
            ExprKind::Relative { source, .. } => self.expr(source),
            ExprKind::Index { collection, key } => self.all([&**collection, &**key]),
            ExprKind::Splat { source, each, .. } => self.all([&**source, &**each]),
            ExprKind::Call { args, .. } => self.all(args),
            ExprKind::Conditional { condition, yes, no } => self.all([&**condition, &**yes, &**no]),
            ExprKind::Binary { left, right, .. } => self.all([&**left, &**right]),
            ExprKind::Unary { operand, .. } => self.expr(operand),
            ExprKind::Parens(inner) => self.expr(inner),
            ExprKind::For(parts) => self.for_expr(parts),
        }
    }

    fn for_expr(&mut self, parts: &'a ForExpr) {
        self.expr(&parts.collection);
        let depth = self.context.locals.len();
        self.context.locals.extend(parts.key_variable.iter().map(|name| name.text.clone()));
        self.context.locals.push(parts.value_variable.text.clone());
        self.all(parts.key.iter().chain([&parts.value]).chain(&parts.condition));
        self.context.locals.truncate(depth);
    }

    fn template(&mut self, template: &'a Template) {
        self.parts(&template.parts);
    }

    fn parts(&mut self, parts: &'a [TemplatePart]) {
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
                    let depth = self.context.locals.len();
                    self.context.locals.extend(key_variable.iter().map(|name| name.text.clone()));
                    self.context.locals.push(value_variable.text.clone());
                    self.parts(body);
                    self.context.locals.truncate(depth);
                }
            }
        }
    }
}
