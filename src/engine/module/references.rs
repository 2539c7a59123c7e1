//! What the expressions of a module refer to: the edges of the graph, before anything is evaluated.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::module::declared::{Condition, Content, ItemId, Links, Module, Need, Resource, WrittenReference};
use crate::lang::syntax::alike::all_alike;
use crate::lang::syntax::ast::{Expr, ExprKind, Item, Step, StepKind, Template, TemplatePart, Traversal};
use crate::model::address::ResourceMode;
use crate::model::value::{Str, Value};

/// Something met on a walk through an expression.
pub enum Met<'e> {
    /// A name with its steps; loop variables are not met.
    Traversal(&'e Traversal),
    /// A call of the function with this name.
    Call(&'e str),
    /// Steps into something whose root the syntax does not tell: after an index, a splat, a call, a loop variable.
    Loose(&'e [Step]),
}

/// Walks an expression, meeting everything in it that refers to something.
pub fn walk<'e>(expr: &'e Expr, meet: &mut dyn FnMut(Met<'e>)) {
    Walk { bound: Vec::new(), meet }.expr(expr);
}

struct Walk<'e, 'm> {
    bound: Vec<&'e str>,
    meet: &'m mut dyn FnMut(Met<'e>),
}

impl<'e> Walk<'e, '_> {
    fn item(&mut self, item: &'e Item) {
        match item {
            Item::Attribute(attribute) => self.expr(&attribute.expr),
            Item::Block(block) => {
                let depth = self.bound.len();
                if &*block.kind.text == "dynamic" {
                    let named = block.body.attribute("iterator").and_then(|a| a.expr.bare_word());
                    let iterator = named.or_else(|| block.labels.first().map(|label| &label.text));
                    // `for_each` itself stands outside the iterator's scope; a name that hides a root name this way
                    // only adds no edge, and evaluation still reads it.
                    if let Some(for_each) = block.body.attribute("for_each") {
                        self.expr(&for_each.expr);
                    }
                    self.bound.extend(iterator.map(|name| &**name));
                    for item in &block.body.items {
                        match item {
                            Item::Attribute(a) if matches!(&*a.name.text, "for_each" | "iterator") => {}
                            item => self.item(item),
                        }
                    }
                } else {
                    block.body.items.iter().for_each(|item| self.item(item));
                }
                self.bound.truncate(depth);
            }
        }
    }

    fn expr(&mut self, expr: &'e Expr) {
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::SplatElement => {}
            ExprKind::Template(template) => self.template(template),
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
                if self.bound.iter().any(|name| *name == &*traversal.root.text) {
                    (self.meet)(Met::Loose(&traversal.steps));
                } else {
                    (self.meet)(Met::Traversal(traversal));
                }
            }
            ExprKind::Relative { source, steps } => {
                self.expr(source);
                (self.meet)(Met::Loose(steps));
            }
            ExprKind::Index { collection, key } => {
                self.expr(collection);
                self.expr(key);
            }
            ExprKind::Splat { source, each, .. } => {
                self.expr(source);
                self.expr(each);
            }
            ExprKind::Call { name, args, .. } => {
                (self.meet)(Met::Call(&name.text));
                args.iter().for_each(|arg| self.expr(arg));
            }
            ExprKind::Conditional { condition, yes, no } => [condition, yes, no].into_iter().for_each(|e| self.expr(e)),
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Unary { operand, .. } => self.expr(operand),
            ExprKind::Parens(inner) => self.expr(inner),
            ExprKind::For(each) => {
                self.expr(&each.collection);
                let depth = self.bound.len();
                self.bound.extend(each.key_variable.iter().chain([&each.value_variable]).map(|name| &*name.text));
                [each.key.as_ref(), Some(&each.value), each.condition.as_ref()]
                    .into_iter()
                    .flatten()
                    .for_each(|e| self.expr(e));
                self.bound.truncate(depth);
            }
        }
    }

    fn template(&mut self, template: &'e Template) {
        self.parts(&template.parts);
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
                    let depth = self.bound.len();
                    self.bound.extend(key_variable.iter().chain([value_variable]).map(|name| &*name.text));
                    self.parts(body);
                    self.bound.truncate(depth);
                }
            }
        }
    }
}

/// The name that an attribute step or a string index takes.
pub fn step_name(step: Option<&Step>) -> Option<&str> {
    match &step?.kind {
        StepKind::Attribute(name) => Some(name),
        StepKind::Index(value) => value.as_str(),
    }
}

/// Names that are never a resource type.
pub const RESERVED_ROOTS: [&str; 12] =
    ["var", "local", "module", "data", "ephemeral", "each", "count", "self", "path", "terraform", "run", "resource"];

/// What a traversal of a module refers to: an item, and how many steps lead to it (not counting an instance key).
pub fn target(module: &Module, traversal: &Traversal) -> Option<Target> {
    let step = |at: usize| step_name(traversal.steps.get(at));
    match &*traversal.root.text {
        "var" => module.variable(step(0)?).map(|n| Target { item: ItemId::Variable(n as u32), steps: 1 }),
        "local" => module.local(step(0)?).map(|n| Target { item: ItemId::Local(n as u32), steps: 1 }),
        "output" => module.output(step(0)?).map(|n| Target { item: ItemId::Output(n as u32), steps: 1 }),
        "module" => module.call(step(0)?).map(|n| Target { item: ItemId::Call(n as u32), steps: 1 }),
        "check" => {
            let name = step(0)?;
            let at = module.checks.iter().position(|check| &*check.name == name)?;
            Some(Target { item: ItemId::Check(at as u32), steps: 1 })
        }
        "data" => resource_target(module, ResourceMode::Data, step(0)?, step(1)?, 2),
        "ephemeral" => resource_target(module, ResourceMode::Ephemeral, step(0)?, step(1)?, 2),
        "resource" => resource_target(module, ResourceMode::Managed, step(0)?, step(1)?, 2),
        root if RESERVED_ROOTS.contains(&root) => None,
        root => resource_target(module, ResourceMode::Managed, root, step(0)?, 1),
    }
}

/// An item that a traversal leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The item.
    pub item: ItemId,
    /// How many steps name it.
    pub steps: usize,
}

fn resource_target(module: &Module, mode: ResourceMode, ty: &str, name: &str, steps: usize) -> Option<Target> {
    module.resource(mode, ty, name).map(|n| Target { item: ItemId::Resource(n as u32), steps })
}

/// Fills in `links`, `needed_outputs` and `loose_attributes` of a decoded module. Where all names stand where they stood
/// in the module before, the links of blocks that were taken over from it are taken over as well.
pub fn link(module: &mut Module, before: Option<&Module>) {
    let before = before.filter(|before| has_names_of(module, before));
    let mut link = Link::new(module);
    link.needed_outputs = before.map(|before| before.needed_outputs.clone()).unwrap_or_default();
    let ids: Vec<ItemId> = link.module.item_ids().collect();
    let links: Vec<Arc<Links>> = ids.into_iter().map(|id| link.of(id, before)).collect();
    let needed_outputs = link.needed_outputs;
    let loose: BTreeSet<&Str> = links.iter().flat_map(|links| &links.loose).collect();
    module.loose_attributes = loose.into_iter().cloned().collect();
    module.needed_outputs = needed_outputs;
    module.links = links;
}

/// Whether two versions of a module declare the same names in the same order: then a link means the same in both.
fn has_names_of(new: &Module, old: &Module) -> bool {
    let resources = |a: &Arc<Resource>, b: &Arc<Resource>| Arc::ptr_eq(a, b) || a.has_name_of(b);
    all_alike(&new.resources, &old.resources, resources)
        && all_alike(&new.calls, &old.calls, |a, b| Arc::ptr_eq(a, b) || a.name == b.name)
        && all_alike(&new.variables, &old.variables, |a, b| a.name == b.name)
        && all_alike(&new.locals, &old.locals, |a, b| a.name == b.name)
        && all_alike(&new.outputs, &old.outputs, |a, b| a.name == b.name)
        && all_alike(&new.checks, &old.checks, |a, b| a.name == b.name)
}

/// The keys by which an item names instances of a resource, or an argument of a call does; `None` when it may mean any.
pub fn keys_read(module: &Module, id: ItemId, argument: Option<&str>, resource: ItemId) -> Option<Vec<Value>> {
    let mut link = Link { watched: Some((resource, Some(Vec::new()))), ..Link::new(module) };
    match (id, argument) {
        (ItemId::Call(call), Some(name)) => {
            let written = module.calls[call as usize].arguments.get(name);
            written.iter().for_each(|written| link.expr(&written.expr, &mut BTreeSet::new()));
        }
        _ => drop(link.links_of(id)),
    }
    // What is read without being named is part of a module that is read as a whole.
    link.watched.and_then(|(_, keys)| keys).filter(|keys| !keys.is_empty())
}

struct Link<'m> {
    module: &'m Module,
    needed_outputs: Vec<Str>,
    /// What the item at hand takes of things of unknown shape.
    loose: BTreeSet<Str>,
    /// Whether the item at hand converts collections.
    converts: bool,
    /// A resource, and the keys by which its instances are named as long as only keys are.
    watched: Option<(ItemId, Option<Vec<Value>>)>,
}

impl<'m> Link<'m> {
    fn new(module: &'m Module) -> Self {
        Link { module, needed_outputs: Vec::new(), loose: BTreeSet::new(), converts: false, watched: None }
    }
}

impl Link<'_> {
    fn of(&mut self, id: ItemId, before: Option<&Module>) -> Arc<Links> {
        match before.filter(|before| self.is_taken_over(id, before)) {
            Some(before) => before.links[before.item_index(id)].clone(),
            None => Arc::new(self.links_of(id)),
        }
    }

    /// Whether an item is the very one that it was. (What a provider block reads, its resources read.)
    fn is_taken_over(&self, id: ItemId, before: &Module) -> bool {
        let module = self.module;
        match id {
            ItemId::Resource(n) => {
                let plain = module.providers.is_empty() && before.providers.is_empty();
                plain && Arc::ptr_eq(&module.resources[n as usize], &before.resources[n as usize])
            }
            ItemId::Call(n) => Arc::ptr_eq(&module.calls[n as usize], &before.calls[n as usize]),
            ItemId::Variable(_) | ItemId::Local(_) | ItemId::Output(_) | ItemId::Check(_) => false,
        }
    }

    fn links_of(&mut self, id: ItemId) -> Links {
        let module = self.module;
        let mut needs = BTreeSet::new();
        self.converts = false;
        self.loose.clear();
        match id {
            ItemId::Variable(n) => self.conditions(&module.variables[n as usize].validations, &mut needs),
            ItemId::Local(n) => self.expr(&module.locals[n as usize].value.expr, &mut needs),
            ItemId::Output(n) => {
                let output = &module.outputs[n as usize];
                output.value.iter().for_each(|value| self.expr(&value.expr, &mut needs));
                self.conditions(&output.preconditions, &mut needs);
                self.named(&output.depends_on, &mut needs);
            }
            ItemId::Resource(n) => self.resource(n as usize, &mut needs),
            ItemId::Call(n) => {
                let call = &module.calls[n as usize];
                call.repetition.expression().iter().for_each(|e| self.expr(&e.expr, &mut needs));
                self.named(&call.depends_on, &mut needs);
            }
            ItemId::Check(n) => {
                let check = &module.checks[n as usize];
                self.conditions(&check.asserts, &mut needs);
                needs.extend(check.data.map(|at| Need::Item(ItemId::Resource(at as u32))));
            }
        }
        // A validation reads the variable itself, a postcondition its own resource through `self`.
        let itself = needs.remove(&Need::Item(id));
        let mut converts = self.converts && !needs.is_empty();
        let arguments = match id {
            ItemId::Call(at) => self.argument_needs(at as usize, &mut converts),
            _ => Vec::new(),
        };
        let loose = std::mem::take(&mut self.loose).into_iter().collect();
        Links { needs: needs.into_iter().collect(), arguments, loose, itself, converts }
    }

    fn resource(&mut self, at: usize, needs: &mut BTreeSet<Need>) {
        let resource = &self.module.resources[at];
        resource.repetition.expression().iter().for_each(|e| self.expr(&e.expr, needs));
        self.content(&resource.content, needs);
        resource.provisioners.iter().for_each(|p| self.content(&p.content, needs));
        self.named(&resource.depends_on, needs);
        resource.lifecycle.replace_triggered_by.iter().for_each(|e| self.expr(&e.expr, needs));
        self.conditions(&resource.lifecycle.preconditions, needs);
        self.conditions(&resource.lifecycle.postconditions, needs);
        let configured = self.module.providers.iter().find(|p| p.reference == resource.provider);
        if let Some(provider) = configured {
            self.content(&provider.content, needs);
        }
    }

    fn argument_needs(&mut self, call: usize, converts: &mut bool) -> Vec<(Str, Vec<Need>)> {
        let module = self.module;
        let attributes = module.calls[call].content.pieces.iter().filter_map(|piece| match &piece.item {
            Item::Attribute(attribute) => Some(attribute),
            Item::Block(_) => None,
        });
        let mut all: Vec<(Str, Vec<Need>)> = attributes
            .map(|attribute| {
                let mut needs = BTreeSet::new();
                self.converts = false;
                self.expr(&attribute.expr, &mut needs);
                *converts |= self.converts && !needs.is_empty();
                (attribute.name.text.clone(), needs.into_iter().collect())
            })
            .collect();
        all.sort();
        all
    }

    fn conditions(&mut self, conditions: &[Condition], needs: &mut BTreeSet<Need>) {
        for condition in conditions {
            self.expr(&condition.condition.expr, needs);
            condition.message.iter().for_each(|message| self.expr(&message.expr, needs));
        }
    }

    fn content(&mut self, content: &Content, needs: &mut BTreeSet<Need>) {
        for piece in &content.pieces {
            let mut walk = Walk { bound: Vec::new(), meet: &mut |met| self.met(&met, needs) };
            walk.item(&piece.item);
        }
    }

    fn named(&mut self, references: &[WrittenReference], needs: &mut BTreeSet<Need>) {
        for reference in references {
            match target(self.module, &reference.traversal) {
                Some(Target { item: ItemId::Call(call), .. }) => {
                    needs.insert(Need::Whole(call));
                }
                _ => self.met(&Met::Traversal(&reference.traversal), needs),
            }
        }
    }

    fn expr(&mut self, expr: &Expr, needs: &mut BTreeSet<Need>) {
        walk(expr, &mut |met| self.met(&met, needs));
    }

    fn met(&mut self, met: &Met<'_>, needs: &mut BTreeSet<Need>) {
        match met {
            Met::Traversal(traversal) => {
                let Some(target) = target(self.module, traversal) else { return };
                if let Some((_, keys)) = self.watched.as_mut().filter(|(item, _)| *item == target.item) {
                    match traversal.steps.get(target.steps).map(|step| &step.kind) {
                        Some(StepKind::Index(key)) => keys.iter_mut().for_each(|keys| keys.push(key.clone())),
                        _ => *keys = None,
                    }
                }
                let ItemId::Call(call) = target.item else {
                    needs.insert(Need::Item(target.item));
                    return;
                };
                let mut steps = traversal.steps[target.steps..].iter();
                let mut next = steps.next();
                if next.is_some_and(|step| matches!(step.kind, StepKind::Index(_))) {
                    next = steps.next();
                }
                match step_name(next) {
                    Some(name) => {
                        let name = self.output_name(name);
                        needs.insert(Need::Output(call, name));
                    }
                    None => {
                        needs.insert(Need::Item(target.item));
                    }
                }
            }
            Met::Call(name) => self.converts |= matches!(*name, "tolist" | "toset" | "tomap"),
            Met::Loose(steps) => {
                for step in *steps {
                    if let StepKind::Attribute(name) = &step.kind {
                        self.loose.insert(name.clone());
                    }
                }
            }
        }
    }

    fn output_name(&mut self, name: &str) -> u32 {
        let at = self.needed_outputs.iter().position(|known| &**known == name).unwrap_or_else(|| {
            self.needed_outputs.push(Str::from(name));
            self.needed_outputs.len() - 1
        });
        at as u32
    }
}
