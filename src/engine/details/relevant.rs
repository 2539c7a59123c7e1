//! Which attributes of which resources the changes of a plan were made from: terraform's heuristic, which walks backwards
//! through everything that has a name.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::engine::details::named;
use crate::engine::loaded::Loaded;
use crate::engine::module::declared::{ItemId, Module, Repetition};
use crate::engine::module::references::target;
use crate::engine::module::tree::Config;
use crate::engine::options::PlanMode;
use crate::engine::outcome::Planned;
use crate::engine::plan::targets::Targets;
use crate::engine::query::graph::{Graph, Vertex};
use crate::lang::expr::references;
use crate::lang::syntax::ast::{Expr, Item, Traversal};
use crate::model::action::{Action, ActionReason};
use crate::model::address::{ModuleAddress, ResourceAddress};
use crate::model::configuration::RelevantAttribute;
use crate::model::plan::{Plan, ResourceChange};
use crate::model::value::{Str, ValuePath};

/// The attributes that a plan leans on.
pub fn relevant(loaded: &Loaded, planned: &Planned) -> Vec<RelevantAttribute> {
    let config = &loaded.config;
    let targets = Targets::new(config, &loaded.graph, &planned.options.targets).unwrap_or_default();
    let targets = (&targets, &*loaded.graph);
    let mut walk = Walk { config, seen: HashSet::new(), open: Vec::new(), found: Vec::new() };
    let plan = &planned.plan;
    for row in plan.changes.iter().filter(|row| row.change.action != Action::NoOp && row.deposed.is_none()) {
        walk.begin_at_resource(&row.address.resource.module, &row.address.resource);
    }
    for (name, _) in plan.outputs.iter().filter(|(_, output)| output.action != Action::NoOp) {
        walk.begin_at_output(&ModuleAddress::root(), name);
    }
    // What a module gives out is in no state: to terraform it is always new.
    if planned.options.mode != PlanMode::Destroy {
        for instance in &instances(config, plan) {
            for name in walk.outputs(instance, targets) {
                walk.begin_at_output(instance, &name);
            }
        }
    }
    walk.finish()
}

/// The module instances that there will be, as far as a plan tells: those of what it keeps, makes and reads, those that
/// lose only some of what they have, and modules called once in these.
fn instances(config: &Config, plan: &Plan) -> BTreeSet<ModuleAddress> {
    let is_there = |row: &&Arc<ResourceChange>| {
        !matches!(row.change.action, Action::Delete | Action::Forget)
            || matches!(
                row.reason,
                Some(
                    ActionReason::DeleteBecauseCountIndex
                        | ActionReason::DeleteBecauseEachKey
                        | ActionReason::DeleteBecauseWrongRepetition
                )
            )
    };
    let rows = plan.changes.iter().filter(is_there).map(|row| &row.address);
    let mut found: BTreeSet<ModuleAddress> = BTreeSet::from([ModuleAddress::root()]);
    let modules = rows.chain(plan.data_read.iter().map(|read| &read.address)).map(|address| &address.resource.module);
    // A plan that only refreshes has no rows.
    let kept = plan.prior_state.iter().flat_map(|state| &state.resources).map(|resource| &resource.address.module);
    for module in modules.chain(kept.filter(|_| plan.changes.is_empty())) {
        let mut above = Some(module.clone());
        while let Some(module) = above.filter(|module| !found.contains(module)) {
            above = module.parent();
            found.insert(module);
        }
    }
    let mut open: Vec<ModuleAddress> = found.iter().cloned().collect();
    while let Some(module) = open.pop() {
        let Some(node) = config.node(&module) else { continue };
        let calls = config.nodes[node].module.calls.iter();
        for call in calls.filter(|call| matches!(call.repetition, Repetition::Single)) {
            let child = module.child(&call.name, None);
            if config.node(&child).is_some() && found.insert(child.clone()) {
                open.push(child);
            }
        }
    }
    found.remove(&ModuleAddress::root());
    found
}

/// A reference in a module instance, within a resource of it or not.
#[derive(Clone)]
struct Met<'c> {
    module: ModuleAddress,
    holder: Option<usize>,
    traversal: &'c Traversal,
}

struct Walk<'c> {
    config: &'c Config,
    seen: HashSet<String>,
    open: Vec<Met<'c>>,
    found: Vec<RelevantAttribute>,
}

impl<'c> Walk<'c> {
    fn module(&self, address: &ModuleAddress) -> Option<&'c Module> {
        Some(&self.config.nodes[self.config.node(address)?].module)
    }

    /// The names of what a module instance gives out, as far as it is asked for.
    fn outputs(&self, instance: &ModuleAddress, (targets, graph): (&Targets, &Graph)) -> Vec<Str> {
        let Some(node) = self.config.node(instance) else { return Vec::new() };
        let outputs = self.config.nodes[node].module.outputs.iter().enumerate();
        let wanted = outputs.filter(|(at, _)| {
            let vertex = Vertex { node, item: ItemId::Output(*at as u32) };
            targets.include(graph.number(self.config, vertex))
        });
        wanted.map(|(_, output)| output.name.clone()).collect()
    }

    fn finish(mut self) -> Vec<RelevantAttribute> {
        while let Some(met) = self.open.pop() {
            self.follow(&met);
        }
        self.found
    }

    fn meet(&mut self, expr: &'c Expr, module: &ModuleAddress, holder: Option<usize>) {
        for traversal in references(expr) {
            let met = Met { module: module.clone(), holder, traversal };
            let Some(text) = named::texts(traversal).into_iter().next() else { continue };
            if !self.seen.insert(format!("{module} {} {text}", holder.map_or(-1, |at| at as i64))) {
                continue;
            }
            if let Some(attribute) = self.attribute(&met)
                && !self.found.contains(&attribute)
            {
                self.found.push(attribute);
            }
            self.open.push(met);
        }
    }

    /// The attribute of a resource that a reference names.
    fn attribute(&self, met: &Met<'_>) -> Option<RelevantAttribute> {
        let module = self.module(&met.module)?;
        let target = target(module, met.traversal)?;
        let ItemId::Resource(position) = target.item else { return None };
        let resource = &module.resources[position as usize];
        let address = ResourceAddress {
            module: met.module.clone(),
            mode: resource.mode,
            type_name: resource.type_name.clone(),
            name: resource.name.clone(),
        };
        let key = named::key(met.traversal, target.steps);
        let behind = target.steps + usize::from(key.is_some());
        let path = met.traversal.steps[behind..].iter().filter_map(named::path_step).collect();
        Some(RelevantAttribute { resource: address.instance(key), path: ValuePath(path) })
    }

    fn begin_at_resource(&mut self, module: &ModuleAddress, address: &ResourceAddress) {
        let Some(declared) = self.module(module) else { return };
        if let Some(position) = declared.resource(address.mode, &address.type_name, &address.name) {
            self.body(declared, position, None, module);
        }
    }

    fn begin_at_output(&mut self, module: &ModuleAddress, name: &str) {
        let Some(declared) = self.module(module) else { return };
        let output = declared.output(name).map(|at| &declared.outputs[at]);
        if let Some(value) = output.and_then(|output| output.value.as_ref()) {
            self.meet(&value.expr, module, None);
        }
    }

    /// What a resource's arguments refer to; only one of them when it is named.
    fn body(&mut self, module: &'c Module, position: usize, only: Option<&str>, here: &ModuleAddress) {
        for piece in &module.resources[position].content.pieces {
            let name = match &piece.item {
                Item::Attribute(attribute) => &attribute.name.text,
                Item::Block(block) => &block.kind.text,
            };
            if only.is_none_or(|only| **name == *only) {
                self.item(&piece.item, position, here);
            }
        }
    }

    fn item(&mut self, item: &'c Item, position: usize, here: &ModuleAddress) {
        match item {
            Item::Attribute(attribute) => self.meet(&attribute.expr, here, Some(position)),
            Item::Block(block) => block.body.items.iter().for_each(|item| self.item(item, position, here)),
        }
    }

    /// What a reference's target refers to in turn.
    fn follow(&mut self, met: &Met<'c>) {
        let Some(module) = self.module(&met.module) else { return };
        let traversal = met.traversal;
        if let ("each" | "count", Some(position)) = (&*traversal.root.text, met.holder) {
            if let Some(written) = module.resources[position].repetition.expression() {
                self.meet(&written.expr, &met.module, None);
            }
            return;
        }
        let Some(target) = target(module, traversal) else { return };
        match target.item {
            ItemId::Variable(at) => self.argument(&met.module, &module.variables[at as usize].name),
            ItemId::Local(at) => self.meet(&module.locals[at as usize].value.expr, &met.module, None),
            ItemId::Call(at) => {
                let key = named::key(traversal, target.steps);
                let output = named::step(traversal, target.steps + usize::from(key.is_some())).map(str::to_owned);
                let child = met.module.child(&module.calls[at as usize].name, key);
                match output {
                    Some(output) => self.begin_at_output(&child, &output),
                    None => {
                        let Some(inner) = self.module(&child) else { return };
                        inner.outputs.iter().for_each(|output| self.begin_at_output(&child, &output.name));
                    }
                }
            }
            ItemId::Resource(position) => {
                let keyed = usize::from(named::key(traversal, target.steps).is_some());
                let only = named::step(traversal, target.steps + keyed);
                self.body(module, position as usize, only, &met.module);
            }
            ItemId::Output(_) | ItemId::Check(_) => {}
        }
    }

    fn argument(&mut self, module: &ModuleAddress, name: &str) {
        let Some((parent, call)) = self.config.node(module).and_then(|node| self.config.nodes[node].parent) else {
            return;
        };
        let arguments = &self.config.nodes[parent].module.calls[call].arguments;
        if let (Some(written), Some(above)) = (arguments.get(name), module.parent()) {
            self.meet(&written.expr, &above, None);
        }
    }
}
