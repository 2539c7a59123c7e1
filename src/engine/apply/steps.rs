//! The steps of a plan and the order between them: dependencies first when making, last when destroying.

use std::collections::HashMap;

use crate::engine::apply::schedule::Schedule;
use crate::engine::module::declared::ItemId;
use crate::engine::module::tree::Config;
use crate::engine::plan::prior::Prior;
use crate::engine::query::graph::{Graph, Vertex};
use crate::model::action::Action;
use crate::model::address::{ResourceAddress, ResourceInstanceAddress};
use crate::model::plan::{Plan, ResourceChange};
use crate::model::value::Str;

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Creates or updates the current object. The flag says that the one before is put aside first.
    Write {
        /// The object before is deposed.
        depose: bool,
    },
    /// Destroys the current object, or the one put aside under this key.
    Destroy {
        /// Which deposed object; `None` for the current one.
        deposed: Option<Str>,
    },
    /// Destroys the object that this plan's own replacement put aside.
    DestroyReplaced,
    /// Reads a data source.
    Read,
    /// Drops the object from the state.
    Forget,
}

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// Which object.
    pub address: ResourceInstanceAddress,
    /// What to do.
    pub work: Work,
    /// What people call it.
    pub action: Action,
}

impl Step {
    /// Whether it ends an object.
    pub fn destroys(&self) -> bool {
        matches!(self.work, Work::Destroy { .. } | Work::DestroyReplaced)
    }
}

/// The steps of a plan and their order. Nodes of the schedule below `steps.len()` are steps, the others barriers.
pub struct Steps {
    /// The steps.
    pub steps: Vec<Step>,
    /// Their order.
    pub schedule: Schedule,
}

/// What a node of the schedule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    /// A step.
    Step(usize),
    /// Everything that a vertex reads is as it will be.
    Open(u32),
    /// A vertex is as it will be.
    Close(u32),
}

/// What a node is in a schedule of so many steps.
pub fn node(steps: usize, node: usize) -> Node {
    match node.checked_sub(steps) {
        None => Node::Step(node),
        Some(barrier) if barrier % 2 == 0 => Node::Open((barrier / 2) as u32),
        Some(barrier) => Node::Close((barrier / 2) as u32),
    }
}

/// Lays out the steps of a plan.
pub fn lay_out(config: &Config, graph: &Graph, plan: &Plan, prior: &Prior) -> Steps {
    let mut layout = Layout { steps: Vec::new(), writes: HashMap::new(), destroys: HashMap::new(), pairs: Vec::new() };
    for row in &plan.changes {
        layout.row(row);
    }
    let count = layout.steps.len();
    let mut schedule = Schedule::new(count + 2 * graph.len());
    let (open, close) = (|v: u32| count + 2 * v as usize, |v: u32| count + 2 * v as usize + 1);
    for number in 0..graph.len() as u32 {
        schedule.wait(close(number), open(number));
        for read in graph.edges(number) {
            schedule.wait(open(number), close(*read));
        }
    }
    let vertex_of = |address: &ResourceAddress| -> Option<u32> {
        let node = config.node(&address.module)?;
        let at = config.nodes[node].module.resource(address.mode, &address.type_name, &address.name)?;
        Some(graph.number(config, Vertex { node, item: ItemId::Resource(at as u32) }))
    };
    for (resource, steps) in &layout.writes {
        if let Some(vertex) = vertex_of(resource) {
            for step in steps {
                schedule.wait(*step, open(vertex));
                schedule.wait(close(vertex), *step);
            }
        }
    }
    for (later, earlier) in &layout.pairs {
        schedule.wait(*later, *earlier);
    }
    layout.order_destroys(prior, &mut schedule);
    for (at, step) in layout.steps.iter().enumerate() {
        if step.work == Work::DestroyReplaced
            && let Some(vertex) = vertex_of(&step.address.resource.without_keys())
        {
            for user in users(graph, vertex) {
                schedule.wait(at, close(user));
            }
        }
    }
    Steps { steps: layout.steps, schedule }
}

/// Everything that reads a vertex in the end, without itself.
fn users(graph: &Graph, vertex: u32) -> Vec<u32> {
    let mut readers: Vec<Vec<u32>> = vec![Vec::new(); graph.len()];
    for number in 0..graph.len() as u32 {
        for read in graph.edges(number) {
            readers[*read as usize].push(number);
        }
    }
    let mut reached = vec![false; graph.len()];
    let mut open = readers[vertex as usize].clone();
    let mut found = Vec::new();
    while let Some(number) = open.pop() {
        if !std::mem::replace(&mut reached[number as usize], true) {
            found.push(number);
            open.extend_from_slice(&readers[number as usize]);
        }
    }
    found
}

struct Layout {
    steps: Vec<Step>,
    /// Steps that make or read objects of a resource, by its address without keys.
    writes: HashMap<ResourceAddress, Vec<usize>>,
    /// Steps that destroy objects of a resource.
    destroys: HashMap<ResourceAddress, Vec<usize>>,
    /// A step and the one it waits for.
    pairs: Vec<(usize, usize)>,
}

impl Layout {
    fn row(&mut self, row: &ResourceChange) {
        match row.change.action {
            Action::NoOp => {}
            Action::Create | Action::Update => {
                self.write(row, Work::Write { depose: false }, row.change.action);
            }
            Action::Read => {
                self.write(row, Work::Read, Action::Read);
            }
            Action::Delete => {
                self.destroy(row, Work::Destroy { deposed: row.deposed.clone() });
            }
            Action::Forget => {
                let address = row.address.clone();
                self.steps.push(Step { address, work: Work::Forget, action: Action::Forget });
            }
            Action::DeleteThenCreate => {
                let destroy = self.destroy(row, Work::Destroy { deposed: None });
                let create = self.write(row, Work::Write { depose: false }, Action::Create);
                self.pairs.push((create, destroy));
            }
            Action::CreateThenDelete => {
                let create = self.write(row, Work::Write { depose: true }, Action::Create);
                let destroy = self.destroy(row, Work::DestroyReplaced);
                self.pairs.push((destroy, create));
            }
        }
    }

    fn write(&mut self, row: &ResourceChange, work: Work, action: Action) -> usize {
        let at = self.steps.len();
        self.steps.push(Step { address: row.address.clone(), work, action });
        self.writes.entry(row.address.resource.without_keys()).or_default().push(at);
        at
    }

    fn destroy(&mut self, row: &ResourceChange, work: Work) -> usize {
        let at = self.steps.len();
        self.steps.push(Step { address: row.address.clone(), work, action: Action::Delete });
        self.destroys.entry(row.address.resource.without_keys()).or_default().push(at);
        at
    }

    /// An object is destroyed after everything that was made after it, and after what used it was changed.
    fn order_destroys(&self, prior: &Prior, schedule: &mut Schedule) {
        for (at, step) in self.steps.iter().enumerate() {
            let destroys = matches!(step.work, Work::Destroy { .. } | Work::DestroyReplaced);
            let updates = step.action == Action::Update;
            if !destroys && !updates {
                continue;
            }
            let Some(resource) = prior.resource(&step.address.resource) else { continue };
            let object = match &step.work {
                Work::Destroy { deposed: Some(key) } => resource.deposed.get(&(step.address.key.clone(), key.clone())),
                _ => resource.current.get(&step.address.key),
            };
            let own = step.address.resource.without_keys();
            for dependency in object.iter().flat_map(|object| object.state.dependencies.iter()) {
                for other in self.destroys.get(dependency).into_iter().flatten() {
                    let pure = matches!(self.steps[*other].work, Work::Destroy { .. }) && !self.is_replaced(*other);
                    if *dependency != own && (destroys || pure) {
                        schedule.wait(*other, at);
                    }
                }
            }
        }
    }

    /// Whether a destroy is the first half of a replacement.
    fn is_replaced(&self, step: usize) -> bool {
        self.pairs.iter().any(|(_, earlier)| *earlier == step)
    }
}
