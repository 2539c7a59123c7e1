//! Where a configuration can be changed: every argument, count, condition, check, reference, operator and constant that
//! is evaluated, in the order it is written. What names, types and providers are for is left alone.

use std::path::PathBuf;
use std::sync::Arc;

use crate::engine::module::declared::{Module, Resource};
use crate::engine::module::references::step_name;
use crate::engine::module::tree::{Child, Config};
use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::{
    Attribute, BinaryOperator, Block, Body, Expr, ExprKind, Item, StepKind, Template, TemplatePart, Traversal,
};
use crate::model::address::ResourceMode;
use crate::model::mutation::MutantKind;
use crate::model::place::Span;

/// A change that can be made.
#[derive(Debug, Clone)]
pub struct Site {
    /// What kind of change.
    pub kind: MutantKind,
    /// The file's path.
    pub path: PathBuf,
    /// The directory of the module it belongs to.
    pub directory: PathBuf,
    /// The file.
    pub file: Arc<SourceFile>,
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub text: String,
    /// What is changed, for people.
    pub subject: Span,
    /// The block it is in.
    pub block: String,
    /// Whether it is part of a condition, whose worth no plan shows.
    pub in_condition: bool,
}

/// Finds all sites of one file of a module.
pub fn of_file(config: &Config, node: usize, file: &Arc<SourceFile>, body: &Body, path: PathBuf) -> Vec<Site> {
    let module = &config.nodes[node].module;
    let directory = module.directory.clone();
    let mut finder = Finder {
        config,
        node,
        module,
        file,
        path,
        directory,
        block: String::new(),
        in_condition: false,
        found: Vec::new(),
    };
    for block in body.blocks() {
        finder.top(block);
    }
    finder.found.sort_by_key(|site| (site.subject.start, site.span.start, site.kind));
    finder.found
}

struct Finder<'a> {
    config: &'a Config,
    node: usize,
    module: &'a Module,
    file: &'a Arc<SourceFile>,
    path: PathBuf,
    directory: PathBuf,
    block: String,
    in_condition: bool,
    found: Vec<Site>,
}

/// Arguments of blocks that only name things.
const NAMING: [&str; 12] = [
    "provider",
    "providers",
    "depends_on",
    "source",
    "version",
    "type",
    "description",
    "sensitive",
    "nullable",
    "ephemeral",
    "error_message",
    "iterator",
];

impl<'a> Finder<'a> {
    fn top(&mut self, block: &'a Block) {
        let labels: Vec<&str> = block.labels.iter().map(|label| &*label.text).collect();
        self.block = match (&*block.kind.text, labels.as_slice()) {
            ("resource", [ty, name]) => format!("{ty}.{name}"),
            ("data", [ty, name]) => format!("data.{ty}.{name}"),
            ("variable", [name]) => format!("var.{name}"),
            ("output" | "module" | "check", [name]) => format!("{}.{name}", block.kind.text),
            ("locals", _) => "locals".to_owned(),
            _ => return,
        };
        let removable = matches!(&*block.kind.text, "resource" | "data" | "module");
        self.body(&block.body, removable);
    }

    fn body(&mut self, body: &'a Body, removable: bool) {
        for item in &body.items {
            match item {
                Item::Attribute(attribute) => self.attribute(attribute, removable),
                Item::Block(block) => self.nested(block, removable),
            }
        }
    }

    fn nested(&mut self, block: &'a Block, removable: bool) {
        match &*block.kind.text {
            "provisioner" | "connection" | "timeouts" => {}
            "validation" | "precondition" | "postcondition" | "assert" => {
                let Some(condition) = block.body.attribute("condition") else { return };
                self.in_condition = true;
                let text = format!("true || ({})", self.file.slice(condition.expr.span));
                self.push(MutantKind::Check, condition.expr.span, text, condition.expr.span);
                self.expr(&condition.expr);
                self.in_condition = false;
            }
            "lifecycle" => block.body.blocks().for_each(|inner| self.nested(inner, false)),
            "dynamic" => {
                if let Some(for_each) = block.body.attribute("for_each") {
                    self.push(MutantKind::Count, for_each.expr.span, "[]".to_owned(), for_each.span);
                    self.expr(&for_each.expr);
                }
                block.body.blocks_of("content").for_each(|content| self.body(&content.body, removable));
            }
            _ => self.body(&block.body, removable),
        }
    }

    fn attribute(&mut self, attribute: &'a Attribute, removable: bool) {
        let name = &*attribute.name.text;
        let span = attribute.expr.span;
        match name {
            _ if NAMING.contains(&name) => return,
            "count" => {
                let text = if self.file.slice(span).trim() == "0" { "1" } else { "0" };
                self.push(MutantKind::Count, span, text.to_owned(), attribute.span);
            }
            "for_each" => self.push(MutantKind::Count, span, "{}".to_owned(), attribute.span),
            _ if removable => {
                self.push(MutantKind::Argument, self.line_of(attribute.span), String::new(), attribute.span)
            }
            _ => {}
        }
        self.expr(&attribute.expr);
    }

    /// A whole line, when nothing else stands on it.
    fn line_of(&self, span: Span) -> Span {
        let text = self.file.text();
        let before = &text[..span.start as usize];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let end = text[span.end as usize..].find('\n').map_or(text.len(), |at| span.end as usize + at + 1);
        let alone =
            text[start..span.start as usize].trim().is_empty() && text[span.end as usize..end].trim().is_empty();
        if alone { Span::new(start as u32, end as u32) } else { span }
    }

    fn push(&mut self, kind: MutantKind, span: Span, text: String, subject: Span) {
        if self.file.slice(span) == text {
            return;
        }
        self.found.push(Site {
            kind,
            path: self.path.clone(),
            directory: self.directory.clone(),
            file: self.file.clone(),
            span,
            text,
            subject,
            block: self.block.clone(),
            in_condition: self.in_condition,
        });
    }

    fn expr(&mut self, expr: &'a Expr) {
        let mut all = Vec::new();
        expr.each_within(&mut |inner| all.push(inner));
        for inner in all {
            self.one(inner);
        }
    }

    fn one(&mut self, expr: &'a Expr) {
        let source = self.file.slice(expr.span);
        match &expr.kind {
            ExprKind::Literal(value) => {
                let text = match (value.as_bool(), value.as_number().and_then(crate::model::value::Number::to_i64)) {
                    (Some(truth), _) => (!truth).to_string(),
                    (None, Some(number)) => number.saturating_add(1).to_string(),
                    (None, None) => return,
                };
                self.push(MutantKind::Literal, expr.span, text, expr.span);
            }
            ExprKind::Template(template) => self.template(expr, template),
            ExprKind::Conditional { condition, .. } => self.turn(condition),
            ExprKind::For(each) => {
                if let Some(condition) = &each.condition {
                    self.turn(condition);
                }
            }
            ExprKind::Unary { operand, .. } => {
                let text = self.file.slice(operand.span).to_owned();
                self.push(MutantKind::Operator, expr.span, text, expr.span);
            }
            ExprKind::Binary { operator, left, right } => self.operator(*operator, left, right, expr.span),
            ExprKind::Traversal(traversal) => {
                if let Some((span, text)) = self.elsewhere(traversal) {
                    self.push(MutantKind::Reference, span, text, expr.span);
                }
            }
            _ => {
                let _ = source;
            }
        }
    }

    fn turn(&mut self, condition: &Expr) {
        let text = format!("!({})", self.file.slice(condition.span));
        self.push(MutantKind::Condition, condition.span, text, condition.span);
    }

    /// A quoted string without interpolation becomes another one; heredocs and templates keep their text.
    fn template(&mut self, expr: &Expr, template: &Template) {
        let source = self.file.slice(expr.span);
        if template.heredoc || !source.starts_with('"') {
            return;
        }
        let text = match template.parts.as_slice() {
            [] => "\"kilter\"".to_owned(),
            [TemplatePart::Text { .. }] => format!("{}-kilter\"", &source[..source.len() - 1]),
            _ => return,
        };
        self.push(MutantKind::Literal, expr.span, text, expr.span);
    }

    fn operator(&mut self, operator: BinaryOperator, left: &Expr, right: &Expr, whole: Span) {
        let (ours, other) = match operator {
            BinaryOperator::Or => ("||", "&&"),
            BinaryOperator::And => ("&&", "||"),
            BinaryOperator::Equal => ("==", "!="),
            BinaryOperator::NotEqual => ("!=", "=="),
            BinaryOperator::Less => ("<", "<="),
            BinaryOperator::LessOrEqual => ("<=", "<"),
            BinaryOperator::Greater => (">", ">="),
            BinaryOperator::GreaterOrEqual => (">=", ">"),
            BinaryOperator::Add => ("+", "-"),
            BinaryOperator::Subtract => ("-", "+"),
            BinaryOperator::Multiply => ("*", "/"),
            BinaryOperator::Divide => ("/", "*"),
            BinaryOperator::Modulo => ("%", "*"),
        };
        let between = Span::new(left.span.end, right.span.start);
        let text = self.file.slice(between);
        let Some(at) = text.find(ours) else { return };
        let start = between.start + at as u32;
        self.push(MutantKind::Operator, Span::new(start, start + ours.len() as u32), other.to_owned(), whole);
    }

    /// Another thing of the same kind: the next one by name.
    fn elsewhere(&self, traversal: &Traversal) -> Option<(Span, String)> {
        let first = step_name(traversal.steps.first());
        match &*traversal.root.text {
            "var" => {
                let at = self.module.variable(first?)?;
                let ty = &self.module.variables[at].ty;
                let names = self.module.variables.iter().filter(|other| other.ty == *ty).map(|other| &*other.name);
                self.step(traversal, 0, next(names, first?)?)
            }
            "local" => {
                self.module.local(first?)?;
                let names = self.module.locals.iter().map(|local| &*local.name);
                self.step(traversal, 0, next(names, first?)?)
            }
            "module" => self.other_output(traversal, first?),
            "data" => self.other_resource(traversal, ResourceMode::Data, first?, 1),
            root => self.other_resource(traversal, ResourceMode::Managed, root, 0),
        }
    }

    fn other_resource(
        &self,
        traversal: &Traversal,
        mode: ResourceMode,
        ty: &str,
        named: usize,
    ) -> Option<(Span, String)> {
        let name = step_name(traversal.steps.get(named))?;
        let at = self.module.resource(mode, ty, name)?;
        let shape = |resource: &Resource| std::mem::discriminant(&resource.repetition);
        let ours = shape(&self.module.resources[at]);
        // A thing that would read itself is no other thing.
        let own = self.block.rsplit('.').next().unwrap_or_default();
        let alike = |other: &&Arc<Resource>| other.mode == mode && *other.type_name == *ty && shape(other) == ours;
        let names = self.module.resources.iter().filter(alike).map(|other| &*other.name);
        let names = names.filter(|other| *other == name || *other != own);
        self.step(traversal, named, next(names, name)?)
    }

    fn other_output(&self, traversal: &Traversal, call: &str) -> Option<(Span, String)> {
        let call = self.module.call(call)?;
        let Child::Node(child) = self.config.nodes[self.node].children.get(call)? else { return None };
        let keyed = matches!(traversal.steps.get(1)?.kind, StepKind::Index(_));
        let at = if keyed { 2 } else { 1 };
        let name = step_name(traversal.steps.get(at))?;
        let names = self.config.nodes[*child].module.outputs.iter().map(|output| &*output.name);
        self.step(traversal, at, next(names, name)?)
    }

    fn step(&self, traversal: &Traversal, at: usize, name: &str) -> Option<(Span, String)> {
        let step = traversal.steps.get(at)?;
        matches!(step.kind, StepKind::Attribute(_)).then(|| (step.span, format!(".{name}")))
    }
}

/// The name after one in a list, the first after the last; `None` when there is no other.
fn next<'n>(names: impl Iterator<Item = &'n str>, name: &str) -> Option<&'n str> {
    let names: Vec<&str> = names.collect();
    let at = names.iter().position(|other| *other == name)?;
    let other = names[(at + 1) % names.len()];
    (other != name).then_some(other)
}
