//! What an evaluation leaves for the next one: every value with what it was computed from.
//!
//! A *unit* is one thing that is computed: a variable, a local, an output, the instances of a block, one instance of a
//! resource. It remembers which units it read and since which run those are what they are; when none of them changed
//! and its own text says the same, the next run takes it over as it is. A unit that is computed anew and comes out the
//! same does not count as changed, so what reads it is not computed again (early cutoff). Units that said anything to
//! the person, or asked the world, are always computed anew.
//!
//! The algorithm is that of salsa and rustc's red-green marking; `docs/decisions/0005` says why it is our own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use crate::engine::module::declared::{ItemId, Module};
use crate::engine::module::delta::Delta;
use crate::engine::query::given::Given;
use crate::engine::query::planned::{CheckNote, PlannedInstance};
use crate::engine::query::scope::{Each, Expansion};
use crate::engine::reads::Read;
use crate::model::id::ContentHash;
use crate::model::value::identical::identical;
use crate::model::value::{Str, Value};

/// A unit's number.
pub type UnitId = u32;
/// A run's number; 0 is before the first.
pub type Run = u32;

/// What a unit is of its module instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The value of a variable, a local or an output; the instances of a resource or a call; a check's conditions.
    Item(ItemId),
    /// The value of a resource block as a whole.
    Whole(u32),
    /// The conditions of a variable or an output.
    Conditions(ItemId),
    /// One instance of a resource: its position in the module and its place among the block's instances.
    Instance(u32, u32),
    /// Nothing any more: what it was is gone from the configuration.
    Gone,
}

/// What a unit came out as.
#[derive(Debug, Clone, Default)]
pub enum Held {
    /// Not computed yet.
    #[default]
    Nothing,
    /// A value.
    Value(Value),
    /// The instances of a block.
    Expansion(Arc<Expansion>),
    /// An instance's plan; `None` inside is never held.
    Planned(Arc<PlannedInstance>),
}

/// Something that a unit read.
#[derive(Debug, Clone)]
pub enum Dep {
    /// Another unit, as it is since a run.
    Unit(UnitId, Run),
    /// Which outputs a module instance has, as they are since a run.
    Outputs(u32, Run),
    /// A file, a directory, or whether something stands there.
    Look(Box<(Read, ContentHash)>),
    /// The moment.
    Moment,
}

/// One thing that is computed.
#[derive(Debug)]
pub struct Unit {
    /// What came out last.
    pub held: Held,
    /// What it read for that, in order.
    pub deps: Box<[Dep]>,
    /// How conditions within it came out.
    pub notes: Box<[CheckNote]>,
    /// What it is.
    pub what: What,
    /// Its module instance.
    pub scope: u32,
    /// The run since which it is what it is.
    pub changed: Run,
    /// The last run in which it was found to be right.
    pub verified: Run,
    /// It has to be computed anew in every run.
    pub volatile: bool,
    /// It is being computed or looked at: asking for it again is a cycle.
    pub busy: bool,
}

/// What is noted while a unit is computed.
#[derive(Debug, Default)]
pub struct Trace {
    /// What was read so far.
    pub deps: Vec<Dep>,
    /// How conditions came out.
    pub notes: Vec<CheckNote>,
    /// Something was said or asked that the next run has to say or ask again.
    pub volatile: bool,
}

impl Trace {
    /// More are not looked through for the same one.
    const RECENT: usize = 16;

    /// Notes that something was read, once.
    pub fn read(&mut self, dep: Dep) {
        let known = match &dep {
            Dep::Unit(id, _) => self.recent().any(|other| matches!(other, Dep::Unit(other, _) if other == id)),
            Dep::Outputs(id, _) => self.recent().any(|other| matches!(other, Dep::Outputs(other, _) if other == id)),
            Dep::Look(_) => false,
            Dep::Moment => self.recent().any(|other| matches!(other, Dep::Moment)),
        };
        if !known {
            self.deps.push(dep);
        }
    }

    fn recent(&self) -> impl Iterator<Item = &Dep> {
        self.deps.iter().rev().take(Self::RECENT)
    }
}

/// What is remembered of one module instance.
#[derive(Debug)]
pub struct ScopeMemory {
    /// The module it was an instance of.
    pub module: Arc<Module>,
    /// Its `path.module`.
    pub path: Str,
    /// What `each` and `count` were in the call.
    pub each: Arc<Each>,
    /// The last run that had it.
    pub run: Run,
    /// The run since which its outputs' names are what they are.
    pub outputs_since: Run,
    /// Its units in the order of [`Slots`].
    pub slots: Vec<UnitId>,
    /// For each resource, its instances as they were last and their units.
    pub instances: Vec<(Option<Arc<Expansion>>, Vec<UnitId>)>,
    /// For each call, its instances as they were last and their module instances.
    pub children: Vec<(Option<Arc<Expansion>>, Vec<u32>)>,
}

/// Where a module's units stand among each other.
pub struct Slots;

impl Slots {
    /// How many there are.
    pub fn count(module: &Module) -> usize {
        module.item_count() + module.resources.len() + module.variables.len() + module.outputs.len()
    }

    /// The place of one of them; `None` for instances, which are listed by themselves.
    pub fn place(module: &Module, what: What) -> Option<usize> {
        let items = module.item_count();
        let wholes = items + module.resources.len();
        match what {
            What::Item(id) => Some(module.item_index(id)),
            What::Whole(at) => Some(items + at as usize),
            What::Conditions(ItemId::Variable(at)) => Some(wholes + at as usize),
            What::Conditions(ItemId::Output(at)) => Some(wholes + module.variables.len() + at as usize),
            What::Conditions(_) | What::Instance(..) | What::Gone => None,
        }
    }

    /// All of them in order.
    pub fn all(module: &Module) -> impl Iterator<Item = What> {
        let count = |n: usize| 0..n as u32;
        let variables = count(module.variables.len()).map(|at| What::Conditions(ItemId::Variable(at)));
        let outputs = count(module.outputs.len()).map(|at| What::Conditions(ItemId::Output(at)));
        let wholes = count(module.resources.len()).map(What::Whole);
        module.item_ids().map(What::Item).chain(wholes).chain(variables).chain(outputs)
    }
}

/// Everything that is remembered between the runs of one configuration.
#[derive(Debug, Default)]
pub struct Memory {
    /// The number of the run that is under way.
    pub run: Run,
    /// All units, those that are gone among them.
    pub units: Vec<Unit>,
    /// All module instances, those that are gone among them. The root comes first.
    pub scopes: Vec<ScopeMemory>,
    /// Values of root variables in the last run.
    pub given: BTreeMap<Str, Given>,
    /// The moment of the last run.
    pub moment: Option<SystemTime>,
    /// The last run in which some block got other instances than it had.
    pub regrouped: Run,
    /// How many units were computed in this run: for tests and figures.
    pub computed: u64,
}

impl Memory {
    /// Begins a run.
    pub fn begin(&mut self) {
        self.run += 1;
        self.computed = 0;
    }

    /// A new unit.
    pub fn add(&mut self, scope: u32, what: What) -> UnitId {
        self.units.push(Unit {
            held: Held::Nothing,
            deps: Box::default(),
            notes: Box::default(),
            what,
            scope,
            changed: 0,
            verified: 0,
            volatile: false,
            busy: false,
        });
        (self.units.len() - 1) as UnitId
    }

    /// A unit's place is no more.
    pub fn drop_unit(&mut self, id: UnitId) {
        let unit = &mut self.units[id as usize];
        unit.what = What::Gone;
        unit.held = Held::Nothing;
        unit.deps = Box::default();
        unit.notes = Box::default();
        unit.verified = 0;
    }

    /// A module instance that nothing is known of.
    pub fn add_scope(&mut self, module: &Arc<Module>, path: Str, each: Arc<Each>) -> u32 {
        let id = self.scopes.len() as u32;
        let slots = Slots::all(module).map(|what| self.add(id, what)).collect();
        self.scopes.push(ScopeMemory {
            module: module.clone(),
            path,
            each,
            run: self.run,
            outputs_since: self.run,
            slots,
            instances: vec![(None, Vec::new()); module.resources.len()],
            children: vec![(None, Vec::new()); module.calls.len()],
        });
        id
    }

    /// Takes a module instance of the last run over into this one.
    pub fn keep_scope(&mut self, id: u32, module: &Arc<Module>, each: Arc<Each>, delta: Option<&Delta>) {
        if let Some(delta) = delta {
            if !delta.same_layout {
                self.lay_out(id, module, delta);
            }
            if !delta.same_outputs {
                self.scopes[id as usize].outputs_since = self.run;
            }
        }
        let scope = &mut self.scopes[id as usize];
        scope.module = module.clone();
        scope.each = each;
        scope.run = self.run;
    }

    /// Gives every unit the place that it has in the newer module.
    fn lay_out(&mut self, id: u32, module: &Module, delta: &Delta) {
        let old = delta.old.clone();
        let old_slots = std::mem::take(&mut self.scopes[id as usize].slots);
        let mut left: Vec<Option<UnitId>> = old_slots.into_iter().map(Some).collect();
        let was = |item: ItemId| delta.was[module.item_index(item)].map(|at| old.item_at(at));
        let earlier = |what: What| -> Option<usize> {
            let there = match what {
                What::Item(item) => What::Item(was(item)?),
                What::Whole(at) => match was(ItemId::Resource(at))? {
                    ItemId::Resource(at) => What::Whole(at),
                    _ => return None,
                },
                What::Conditions(item) => What::Conditions(was(item)?),
                What::Instance(..) | What::Gone => return None,
            };
            Slots::place(&old, there)
        };
        let mut slots = Vec::with_capacity(Slots::count(module));
        for what in Slots::all(module) {
            let unit = match earlier(what).and_then(|at| left[at].take()) {
                Some(unit) => {
                    self.units[unit as usize].what = what;
                    unit
                }
                None => self.add(id, what),
            };
            slots.push(unit);
        }
        left.into_iter().flatten().for_each(|unit| self.drop_unit(unit));
        let position = |item: ItemId| match was(item) {
            Some(ItemId::Resource(at) | ItemId::Call(at)) => Some(at as usize),
            _ => None,
        };
        let mut instances = std::mem::take(&mut self.scopes[id as usize].instances);
        let mut children = std::mem::take(&mut self.scopes[id as usize].children);
        let moved: Vec<_> = (0..module.resources.len())
            .map(|at| position(ItemId::Resource(at as u32)).map(|was| std::mem::take(&mut instances[was])))
            .map(Option::unwrap_or_default)
            .collect();
        for (at, (_, units)) in moved.iter().enumerate() {
            for (place, unit) in units.iter().enumerate() {
                self.units[*unit as usize].what = What::Instance(at as u32, place as u32);
            }
        }
        instances.into_iter().flat_map(|(_, units)| units).for_each(|unit| self.drop_unit(unit));
        let calls = (0..module.calls.len())
            .map(|at| position(ItemId::Call(at as u32)).map(|was| std::mem::take(&mut children[was])))
            .map(Option::unwrap_or_default)
            .collect();
        let scope = &mut self.scopes[id as usize];
        scope.slots = slots;
        scope.instances = moved;
        scope.children = calls;
    }

    /// Takes over an instance about whose block everything is as it was; `false` when it has to be looked at: something
    /// that it read is not up to date, or changed, or it has notes to repeat.
    pub fn take_over(&mut self, id: UnitId) -> bool {
        let unit = &self.units[id as usize];
        if unit.verified == self.run {
            return true;
        }
        if unit.verified == 0 || unit.verified + 1 != self.run || unit.volatile || unit.busy || !unit.notes.is_empty() {
            return false;
        }
        let stands = |dep: &Dep| match dep {
            Dep::Unit(read, since) => {
                let read = &self.units[*read as usize];
                read.verified == self.run && read.changed == *since
            }
            Dep::Outputs(..) | Dep::Look(_) | Dep::Moment => false,
        };
        if !unit.deps.iter().all(stands) {
            return false;
        }
        self.units[id as usize].verified = self.run;
        true
    }

    /// Whether so much of what is kept is gone from the configuration that it is better to begin anew.
    pub fn is_cluttered(&self) -> bool {
        let live = self.units.iter().filter(|unit| unit.verified == self.run).count();
        self.units.len() > 4 * live + 10_000
    }

    /// The units of a resource's instances, each with its older self where it has one.
    pub fn instance_units(&mut self, scope: u32, position: usize, expansion: &Arc<Expansion>) {
        let (known, units) = &mut self.scopes[scope as usize].instances[position];
        if known.as_ref().is_some_and(|known| Arc::ptr_eq(known, expansion)) {
            return;
        }
        let old = known.take();
        let mut left: Vec<Option<UnitId>> = std::mem::take(units).into_iter().map(Some).collect();
        let mut placed = Vec::with_capacity(expansion.known().len());
        for each in expansion.known() {
            let earlier = old.as_ref().and_then(|old| old.find_like(each));
            let what = What::Instance(position as u32, each.at as u32);
            let unit = match earlier.and_then(|was| Some((left.get_mut(was.at)?.take()?, was))) {
                Some((unit, was)) => {
                    let moved = &mut self.units[unit as usize];
                    moved.what = what;
                    if !same_each(was, each) {
                        moved.verified = 0;
                    }
                    unit
                }
                None => self.add(scope, what),
            };
            placed.push(unit);
        }
        left.into_iter().flatten().for_each(|unit| self.drop_unit(unit));
        self.scopes[scope as usize].instances[position] = (Some(expansion.clone()), placed);
    }

    /// The module instances that a call made the last time, for each of its instances now.
    pub fn earlier_children(&self, scope: u32, call: usize, expansion: &Expansion) -> Vec<Option<u32>> {
        let (known, children) = &self.scopes[scope as usize].children[call];
        let earlier = |each: &Arc<Each>| {
            let was = known.as_ref()?.find_like(each)?;
            children.get(was.at).copied()
        };
        expansion.known().iter().map(earlier).collect()
    }
}

/// Whether two instances of a block have the same key and the same value.
pub fn same_each(a: &Arc<Each>, b: &Arc<Each>) -> bool {
    let same = |a: &Option<Value>, b: &Option<Value>| match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => identical(a, b),
        _ => false,
    };
    Arc::ptr_eq(a, b)
        || (a.key == b.key
            && same(&a.index, &b.index)
            && match (&a.pair, &b.pair) {
                (None, None) => true,
                (Some(a), Some(b)) => identical(&a.0, &b.0) && identical(&a.1, &b.1),
                _ => false,
            })
}
