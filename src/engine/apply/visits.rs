//! What is evaluated between the steps: outputs, validations, checks, and conditions of objects that nothing happens
//! to; and what the state says about them in the end.

use std::rc::Rc;

use crate::engine::apply::carry::Carry;
use crate::engine::apply::steps::Node;
use crate::engine::apply::verdicts;
use crate::engine::module::declared::ItemId;
use crate::engine::options::PlanMode;
use crate::engine::plan::body::Frame;
use crate::engine::plan::conditions;
use crate::engine::query::scope::Scope;
use crate::engine::query::session::InstanceAt;
use crate::model::address::{ResourceInstanceAddress, ResourceMode};
use crate::model::state::OutputState;
use crate::model::value::{Str, Value};

impl Carry<'_, '_> {
    /// Everything before a barrier is done: evaluates what waited for it. Whether what comes after may go on.
    pub(super) fn visit(&mut self, node: Node) -> bool {
        let (number, closes) = match node {
            Node::Open(number) => (number, false),
            Node::Close(number) => (number, true),
            Node::Step(_) => return true,
        };
        if self.order.options.mode == PlanMode::Destroy {
            return true;
        }
        let vertex = self.planner.graph.vertex(number);
        let root_output = vertex.node == 0 && matches!(vertex.item, ItemId::Output(_));
        // Which root outputs are complete with targets, the plan says.
        if !root_output && !self.targets.include(number) {
            return true;
        }
        if let (ItemId::Output(at), true) = (vertex.item, root_output && !self.targets.everything()) {
            let root = &self.query.config.nodes[0].module;
            if !self.order.plan.outputs.contains_key(&root.outputs[at as usize].name) {
                return true;
            }
        }
        let module = &self.query.config.nodes[vertex.node].module;
        let concerns = match vertex.item {
            ItemId::Resource(at) => {
                let lifecycle = &module.resources[at as usize].lifecycle;
                closes && !(lifecycle.preconditions.is_empty() && lifecycle.postconditions.is_empty())
            }
            ItemId::Call(_) => false,
            ItemId::Local(_) | ItemId::Variable(_) | ItemId::Output(_) | ItemId::Check(_) => !closes,
        };
        if !concerns {
            return true;
        }
        let errors = self.query.error_count();
        for scope in self.query.scopes_of(vertex.node).iter() {
            match vertex.item {
                ItemId::Resource(at) => self.conditions_of_unchanged(scope, at as usize),
                ItemId::Variable(at) => {
                    self.query.variable(scope, at as usize);
                    if self.query.error_count() == errors {
                        conditions::variable(self.query, scope, at as usize);
                    }
                }
                ItemId::Local(at) => drop(self.query.local(scope, at as usize)),
                ItemId::Check(at) => conditions::check(self.query, scope, at as usize),
                ItemId::Output(at) if root_output => self.root_output(at as usize),
                ItemId::Output(at) => {
                    if conditions::output(self.query, scope, at as usize) {
                        self.query.output(scope, at as usize);
                    }
                }
                ItemId::Call(_) => {}
            }
        }
        let prefix = conditions::prefix(&self.query.config.nodes[vertex.node].address);
        self.reached.insert(Str::from(format!("{prefix}{}", module.item_name(vertex.item))));
        let good = self.query.error_count() == errors;
        self.failed |= !good;
        good
    }

    fn root_output(&mut self, at: usize) {
        let root = self.query.root();
        let output = &self.query.module(&root).outputs[at];
        let name = &output.name;
        if !conditions::output(self.query, &root, at) {
            return;
        }
        let value = self.query.output(&root, at).unmark_deep();
        if value.is_null() {
            self.state.outputs.remove(name);
        } else {
            // What nobody can say even now is nothing.
            let value = if value.is_wholly_known() { value } else { without_unknowns(&value) };
            // What a plan knew comes out of it, and a plan does not keep the sign of a zero.
            let planned = self.order.plan.outputs.get(name).is_some_and(|change| change.after.is_wholly_known());
            let value = if planned { without_signs_of_zeros(&value) } else { value };
            self.state.outputs.insert(name.clone(), OutputState { value, sensitive: output.sensitive });
        }
    }

    /// Pre- and postconditions of the instances that no step is about.
    fn conditions_of_unchanged(&self, scope: &Rc<Scope>, position: usize) {
        let resource = self.query.resource(scope, position);
        if resource.mode != ResourceMode::Managed {
            return;
        }
        for each in self.query.expansion(scope, position).known() {
            let at = InstanceAt { scope, position, each };
            let address = self.query.instance_address(&at);
            if self.stepped.contains(&address) || !self.is_there(&address) {
                continue;
            }
            let frame = Frame::new(self.query, scope, each);
            if !conditions::before(self.query, &at, &address, &frame.reader()) {
                continue;
            }
            let this = self.query.objects.object(self.query, &at);
            let frame = Frame { this: Some(this), ..frame };
            conditions::after(self.query, &at, &address, &frame.reader());
        }
    }

    fn is_there(&self, address: &ResourceInstanceAddress) -> bool {
        self.live.objects.borrow().current(&address.resource, address.key.as_ref()).is_some()
    }

    /// What is left to note after everything is done, and the last state.
    pub(super) fn finish(&mut self) {
        let whole = !self.failed && !self.stopped && self.targets.everything();
        if whole && self.order.options.mode == PlanMode::Destroy {
            self.state.outputs.clear();
            let mut objects = self.live.objects.borrow_mut();
            let data = objects.addresses();
            for address in data.iter().filter(|address| address.resource.mode == ResourceMode::Data) {
                objects.take(address);
            }
        }
        self.state.checks = verdicts::results(self.planner, self.order, &self.reached);
        if !self.unwritten {
            self.persist();
        }
    }
}

/// A value with null for what is unknown.
fn without_unknowns(value: &Value) -> Value {
    match value.as_unknown() {
        Some(unknown) => Value::null_of(unknown.ty.clone()),
        None => value.map_children(&without_unknowns),
    }
}

fn without_signs_of_zeros(value: &Value) -> Value {
    match value.as_number() {
        Some(number) if number.is_zero() => Value::int(0),
        _ => value.map_children(&without_signs_of_zeros),
    }
}
