//! What became different in an environment without anybody applying it: objects, and processes that are down.

use std::collections::BTreeSet;

use super::event::Watcher;
use super::fault::EnvironmentFault;
use super::lock;
use super::plans::{StackPlan, changes, plan_all};
use super::prepare::check_out_applied;
use super::processes;
use super::record;
use super::world::Environment;
use crate::model::action::Action;
use crate::model::environment::{Verification, VerifyOutcome};

/// What drifted.
#[derive(Debug, Clone)]
pub struct Drift {
    /// A refreshed plan per stack: its `drift` says what differs from the state, its changes what would put it right.
    pub plans: Vec<StackPlan>,
    /// Processes that do not run as they should.
    pub processes: Vec<Verification>,
    /// How many things drifted.
    pub count: usize,
}

/// Looks for drift and remembers how much there was.
///
/// # Errors
/// [`EnvironmentFault::Absent`], [`EnvironmentFault::Locked`], [`EnvironmentFault::Stack`] when a stack cannot be
/// planned.
pub fn drift(environment: &Environment, watcher: &dyn Watcher) -> Result<Drift, EnvironmentFault> {
    let world = &environment.world;
    let lock =
        lock::take(&world.files, world.clock.as_ref(), &environment.layout.lock(), &world.user, "look for drift")?;
    lock.tell(watcher);
    check_out_applied(environment)?;
    let plans = plan_all(environment, false, watcher)?.stacks;
    if let Some(broken) = plans.iter().find(|plan| plan.is_broken()) {
        let diagnostics = broken.planned.diagnostics.clone();
        return Err(EnvironmentFault::Stack { stack: broken.stack.clone(), diagnostics });
    }
    let mut processes = processes::verify(environment);
    processes.retain(|process| process.outcome == VerifyOutcome::Failed);
    let count = plans.iter().map(drifted).sum::<usize>() + processes.len();
    record::update(environment.files(), &environment.layout, |record| record.drift = Some(count))?;
    drop(lock);
    Ok(Drift { plans, processes, count })
}

/// How many things of one stack drifted: each object once, whether the refresh or the plan shows it.
fn drifted(plan: &StackPlan) -> usize {
    let plan = &plan.planned.plan;
    let moved = plan.drift.iter().filter(|change| change.change.action != Action::NoOp);
    let moved = moved.map(|change| change.address.to_string());
    moved.chain(changes(plan).into_iter().map(|(address, _)| address)).collect::<BTreeSet<_>>().len()
}
