//! Units brought up to date: recalled when nothing that they read changed, computed otherwise.

use std::rc::Rc;
use std::sync::Arc;

use crate::engine::module::declared::{ItemId, Output};
use crate::engine::module::delta::same_written;
use crate::engine::query::memory::{Dep, Held, Trace, Unit, UnitId, What, same_each};
use crate::engine::query::planned::PlannedInstance;
use crate::engine::query::scope::{Each, Expansion, Instances, Scope};
use crate::engine::query::session::{InstanceAt, Query};
use crate::engine::reads::Read;
use crate::model::plan::ResourceChange;
use crate::model::value::identical::identical;
use crate::model::value::{Marks, Type, Value};

impl Query<'_> {
    /// Brings a unit up to date; `false` when it is being computed already, or is no more.
    pub(super) fn touch(&self, id: UnitId) -> bool {
        let scope = {
            let mut memory = self.memory.borrow_mut();
            let run = memory.run;
            let unit = &mut memory.units[id as usize];
            if unit.verified == run {
                return true;
            }
            if unit.busy || unit.what == What::Gone {
                return false;
            }
            let live = self.live.borrow();
            let Some(Some(scope)) = live.get(unit.scope as usize) else { return false };
            unit.busy = true;
            scope.clone()
        };
        if self.is_reusable(id, &scope) {
            self.recall(id, &scope);
        } else {
            self.compute(id, &scope);
        }
        let mut memory = self.memory.borrow_mut();
        let run = memory.run;
        let unit = &mut memory.units[id as usize];
        unit.busy = false;
        unit.verified = run;
        true
    }

    fn is_reusable(&self, id: UnitId, scope: &Rc<Scope>) -> bool {
        let what = {
            let memory = self.memory.borrow();
            let unit = &memory.units[id as usize];
            if unit.verified == 0 || unit.verified + 1 != memory.run || unit.volatile {
                return false;
            }
            unit.what
        };
        self.says_the_same(scope, what) && self.reads_the_same(id)
    }

    /// Whether the text behind a unit, and what comes to it from outside the configuration, is what it was.
    fn says_the_same(&self, scope: &Rc<Scope>, what: What) -> bool {
        let sameness = |item: ItemId| scope.delta.as_ref().map(|delta| delta.same[self.module(scope).item_index(item)]);
        match what {
            What::Item(item @ ItemId::Variable(at)) => {
                sameness(item).is_none_or(|same| same.value) && self.is_given_the_same(scope, at as usize)
            }
            What::Item(item @ ItemId::Check(_)) | What::Conditions(item) => {
                sameness(item).is_none_or(|same| same.conditions)
            }
            What::Item(item) => sameness(item).is_none_or(|same| same.value),
            What::Whole(_) => true,
            What::Instance(position, at) => {
                sameness(ItemId::Resource(position)).is_none_or(|same| same.body)
                    && self.exists_as_before(scope, position as usize, at as usize)
            }
            What::Gone => false,
        }
    }

    /// Whether a variable gets its value in the same way as before.
    fn is_given_the_same(&self, scope: &Rc<Scope>, at: usize) -> bool {
        let name = &self.module(scope).variables[at].name;
        let Some((parent, call)) = &scope.parent else {
            let memory = self.memory.borrow();
            return match (memory.given.get(name), self.given.get(name)) {
                (None, None) => true,
                (Some(a), Some(b)) => identical(&a.value, &b.value),
                _ => false,
            };
        };
        if !scope.same_each {
            return false;
        }
        let Some(delta) = &parent.delta else { return true };
        let module = self.module(parent);
        let Some(was) = delta.old.call(&module.calls[*call].name) else { return false };
        let (old, new) = (&delta.old.calls[was].arguments, &module.calls[*call].arguments);
        match (old.get(name), new.get(name)) {
            (None, None) => true,
            (Some(a), Some(b)) => same_written(a, b),
            _ => false,
        }
    }

    fn exists_as_before(&self, scope: &Rc<Scope>, position: usize, at: usize) -> bool {
        let each = {
            let memory = self.memory.borrow();
            let (expansion, _) = &memory.scopes[scope.id as usize].instances[position];
            expansion.as_ref().and_then(|expansion| expansion.known().get(at)).cloned()
        };
        each.is_some_and(|each| self.objects.is_as_before(self, &InstanceAt { scope, position, each: &each }))
    }

    /// Whether everything that a unit read is since then what it was.
    fn reads_the_same(&self, id: UnitId) -> bool {
        let mut next = 0;
        loop {
            let dep = {
                let memory = self.memory.borrow();
                match memory.units[id as usize].deps.get(next) {
                    None => return true,
                    Some(Dep::Unit(read, since)) => {
                        let unit = &memory.units[*read as usize];
                        if unit.verified == memory.run {
                            if unit.changed != *since {
                                return false;
                            }
                            next += 1;
                            continue;
                        }
                        Dep::Unit(*read, *since)
                    }
                    Some(dep) => dep.clone(),
                }
            };
            next += 1;
            let same = match dep {
                Dep::Unit(read, since) => {
                    self.touch(read) && self.memory.borrow().units[read as usize].changed == since
                }
                Dep::Outputs(scope, since) => {
                    let memory = self.memory.borrow();
                    let scope = &memory.scopes[scope as usize];
                    scope.run == memory.run && scope.outputs_since == since
                }
                Dep::Look(look) => self.looks.look(&look.0) == look.1,
                Dep::Moment => self.memory.borrow().moment == Some(self.setting.now),
            };
            if !same {
                return false;
            }
        }
    }

    /// Takes a unit over from the last run: what it noted is noted again, and its row gets the place of its block.
    fn recall(&self, id: UnitId, scope: &Rc<Scope>) {
        let mut memory = self.memory.borrow_mut();
        let unit = &mut memory.units[id as usize];
        for note in &unit.notes {
            self.objects.note(note);
        }
        if let What::Instance(position, _) = unit.what
            && !self.stands_as_before(scope, position as usize)
        {
            put_in_place(unit, self.resource(scope, position as usize).content.header.place());
        }
    }

    /// Brings all instances of a resource up to date. Of those that are recalled nothing is asked twice: what is the
    /// same for the whole block is found out once.
    pub fn plan_all(&self, scope: &Rc<Scope>, position: usize, expansion: &Arc<Expansion>) {
        let quick = self.is_block_as_before(scope, position);
        let units = {
            let mut memory = self.memory.borrow_mut();
            memory.instance_units(scope.id, position, expansion);
            memory.scopes[scope.id as usize].instances[position].1.clone()
        };
        let mut left = Vec::new();
        if quick {
            let mut memory = self.memory.borrow_mut();
            left.extend(units.into_iter().filter(|unit| !memory.take_over(*unit)));
        } else {
            left = units;
        }
        for unit in left {
            self.touch(unit);
        }
    }

    /// Whether a resource's instances can be what they were, as far as its block and the objects that exist tell: then
    /// only what they read decides. So it is not when their rows have to get another place.
    fn is_block_as_before(&self, scope: &Scope, position: usize) -> bool {
        let Some(delta) = &scope.delta else { return self.objects.are_all_as_before() };
        let item = self.module(scope).item_index(ItemId::Resource(position as u32));
        delta.same[item].body && self.objects.are_all_as_before() && self.stands_as_before(scope, position)
    }

    /// Whether a resource's block stands where it stood.
    fn stands_as_before(&self, scope: &Scope, position: usize) -> bool {
        let Some(delta) = &scope.delta else { return true };
        let module = self.module(scope);
        let was = delta.was[module.item_index(ItemId::Resource(position as u32))];
        let old = was.and_then(|was| match delta.old.item_at(was) {
            ItemId::Resource(at) => delta.old.resources.get(at as usize),
            _ => None,
        });
        let new = &module.resources[position].content.header;
        old.is_some_and(|old| delta.same_place(&old.content.header, new))
    }

    fn compute(&self, id: UnitId, scope: &Rc<Scope>) {
        self.traces.borrow_mut().push(Trace::default());
        let what = self.memory.borrow().units[id as usize].what;
        let held = self.evaluated(scope, what);
        let trace = self.traces.borrow_mut().pop().unwrap_or_default();
        let mut memory = self.memory.borrow_mut();
        let run = memory.run;
        memory.computed += 1;
        let mut regrouped = false;
        let unit = &mut memory.units[id as usize];
        match (&unit.held, &held) {
            (Held::Value(old), Held::Value(new)) if identical(old, new) => {}
            (Held::Planned(old), Held::Planned(new)) if old.is_same(new) => unit.held = held,
            (Held::Expansion(old), Held::Expansion(new)) if same_group(old, new) => {
                if !old.known().iter().zip(new.known()).all(|(a, b)| same_each(a, b)) {
                    unit.held = Held::Expansion(shared(old, new));
                }
            }
            (Held::Expansion(old), Held::Expansion(new)) => {
                unit.held = Held::Expansion(shared(old, new));
                unit.changed = run;
                regrouped = true;
            }
            _ => {
                regrouped = matches!(held, Held::Expansion(_));
                unit.held = held;
                unit.changed = run;
            }
        }
        unit.deps = trace.deps.into_boxed_slice();
        unit.notes = trace.notes.into_boxed_slice();
        unit.volatile = trace.volatile;
        if regrouped {
            memory.regrouped = run;
        }
        let unit = &memory.units[id as usize];
        if let (What::Item(ItemId::Resource(at)), Held::Expansion(expansion)) = (unit.what, &unit.held) {
            let expansion = expansion.clone();
            memory.instance_units(scope.id, at as usize, &expansion);
        }
    }

    fn evaluated(&self, scope: &Rc<Scope>, what: What) -> Held {
        let module = self.module(scope);
        match what {
            What::Item(ItemId::Variable(at)) => Held::Value(self.rules.variable(self, scope, at as usize)),
            What::Item(ItemId::Local(at)) => {
                Held::Value(self.rules.evaluate(self, scope, &module.locals[at as usize].value))
            }
            What::Item(ItemId::Output(at)) => Held::Value(self.evaluated_output(scope, at as usize)),
            What::Item(ItemId::Resource(at)) => {
                let resource = &module.resources[at as usize];
                Held::Expansion(self.rules.expand(self, scope, &resource.repetition, &resource.label()))
            }
            What::Item(ItemId::Call(at)) => {
                let call = &module.calls[at as usize];
                let label = format!("module.{}", call.name);
                Held::Expansion(self.rules.expand(self, scope, &call.repetition, &label))
            }
            What::Item(item @ ItemId::Check(_)) | What::Conditions(item) => {
                Held::Value(Value::bool(self.objects.conditions(self, scope, item)))
            }
            What::Whole(position) => Held::Value(self.whole_resource(scope, position as usize)),
            What::Instance(position, at) => self.planned_instance(scope, position as usize, at as usize),
            What::Gone => Held::Nothing,
        }
    }

    fn evaluated_output(&self, scope: &Rc<Scope>, at: usize) -> Value {
        let output = &self.module(scope).outputs[at];
        if let Some(replaced) = self.objects.replaced_outputs(&scope.address) {
            return kept_secret(scope, output, replaced.get(&output.name).unwrap_or_else(Value::null));
        }
        let Some(written) = &output.value else { return Value::unknown(Type::Dynamic) };
        let value = self.rules.evaluate(self, scope, written);
        self.judge_ephemeral(scope, output, written, &value);
        let value = kept_secret(scope, output, value);
        if output.ephemeral { value.mark(Marks::EPHEMERAL) } else { value }
    }

    fn planned_instance(&self, scope: &Rc<Scope>, position: usize, at: usize) -> Held {
        let expansion = self.memory.borrow().scopes[scope.id as usize].instances[position].0.clone();
        match expansion.as_ref().and_then(|expansion| expansion.known().get(at)) {
            Some(each) => Held::Planned(Arc::new(self.objects.plan(self, &InstanceAt { scope, position, each }))),
            None => Held::Nothing,
        }
    }

    /// Notes that a file was read, a directory listed, or looked whether something stands there.
    pub(super) fn read_look(&self, read: Read) {
        if let Some(trace) = self.traces.borrow_mut().last_mut() {
            let hash = self.looks.look(&read);
            trace.read(Dep::Look(Box::new((read, hash))));
        }
    }

    /// Notes that the moment was asked for.
    pub(super) fn read_moment(&self) {
        if let Some(trace) = self.traces.borrow_mut().last_mut() {
            trace.read(Dep::Moment);
        }
    }
}

/// Whether two expansions have the same instances, whatever their values.
fn same_group(old: &Expansion, new: &Expansion) -> bool {
    old.shape == new.shape
        && match (&old.instances, &new.instances) {
            (Instances::Known(a), Instances::Known(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.key == b.key)
            }
            (Instances::Undecided(a), Instances::Undecided(b)) => a == b,
            (Instances::Failed, Instances::Failed) => true,
            _ => false,
        }
}

/// The new expansion, with instances that are as they were taken over as they are.
fn shared(old: &Expansion, new: &Arc<Expansion>) -> Arc<Expansion> {
    let take = |each: &Arc<Each>| match old.find_like(each) {
        Some(was) if was.at == each.at && same_each(was, each) => was.clone(),
        _ => each.clone(),
    };
    match &new.instances {
        Instances::Known(all) => {
            Arc::new(Expansion { shape: new.shape, instances: Instances::Known(all.iter().map(take).collect()) })
        }
        Instances::Undecided(_) | Instances::Failed => new.clone(),
    }
}

fn put_in_place(unit: &mut Unit, place: crate::model::place::Place) {
    let Held::Planned(planned) = &unit.held else { return };
    let Some(row) = &planned.change else { return };
    let row = ResourceChange { place: Some(place), ..(**row).clone() };
    unit.held = Held::Planned(Arc::new(PlannedInstance { change: Some(Arc::new(row)), ..(**planned).clone() }));
}

/// What is declared sensitive is kept secret where the root gives it out. To the caller of a module it says nothing in
/// terraform 1.11: only what is sensitive by itself stays so.
fn kept_secret(scope: &Scope, output: &Output, value: Value) -> Value {
    if output.sensitive && scope.address.is_root() { value.mark(Marks::SENSITIVE) } else { value }
}
