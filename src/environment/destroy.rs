//! Destroying an environment so that nothing is left: processes, objects, checkout, state, lock, proven at the end.

use std::path::Path;
use std::time::Duration;

use super::apply::{add, counted};
use super::event::{Progress, Watcher};
use super::fault::{EnvironmentFault, Refusal};
use super::journal::{Journal, Step};
use super::order::ordered;
use super::plans;
use super::prepare::{self, begin, check_out_applied};
use super::processes;
use super::record;
use super::stack_apply::Site;
use super::states;
use super::world::Environment;
use crate::engine::PlanMode;
use crate::model::place::RepoPath;
use crate::model::plan::ChangeSummary;
use crate::sys::files::Files;

/// How a destroy went.
#[derive(Debug, Clone, PartialEq)]
pub struct DestroyReport {
    /// What was destroyed.
    pub summary: ChangeSummary,
    /// How long it took.
    pub took: Duration,
}

impl DestroyReport {
    /// `0 added, 0 changed, 7 destroyed`
    pub fn line(&self) -> String {
        counted(&self.summary)
    }
}

/// Destroys the environment. `typed` is its name as the person typed it.
///
/// # Errors
/// [`EnvironmentFault::Refused`] when the name is another one; [`EnvironmentFault::Left`] when something could not be
/// removed. What was destroyed until then stays destroyed; destroying again completes it.
pub fn destroy(
    environment: &Environment,
    typed: &str,
    watcher: &dyn Watcher,
) -> Result<DestroyReport, EnvironmentFault> {
    if typed != environment.name {
        let reason = format!("\"{typed}\" is not the name of the environment {}", environment.name);
        return Err(EnvironmentFault::Refused(vec![Refusal::new(reason, "type its name to destroy it")]));
    }
    let world = &environment.world;
    let layout = &environment.layout;
    // What a destroy left that was interrupted at its very end.
    clear(environment.files(), &layout.gone())?;
    if !world.files.is_directory(layout.root()) {
        return Err(EnvironmentFault::Absent(environment.name.clone()));
    }
    let clock = world.clock.as_ref();
    let began = clock.elapsed();
    let (lock, ballast) = begin(environment, "destroy", watcher)?;
    let commit = record::read(environment.files(), layout).commit.unwrap_or_default();
    let journal = Journal::begin(&world.files, clock, &layout.journal(), "destroy", &commit)?;
    let site = Site { environment, journal: &journal, ballast: &ballast, watcher, operation: "destroy" };
    let mut total = ChangeSummary::default();
    match carry_out(&site, &mut total) {
        Ok(()) => {
            // The directory went, and lock, ballast and journal with it.
            drop((ballast, lock));
            prove(environment)?;
            Ok(DestroyReport { summary: total, took: clock.elapsed().saturating_sub(began) })
        }
        Err(fault) => {
            journal.fail(&fault.to_string());
            Err(fault)
        }
    }
}

fn carry_out(site: &Site<'_>, total: &mut ChangeSummary) -> Result<(), EnvironmentFault> {
    let environment = site.environment;
    let (files, layout) = (environment.files(), &environment.layout);
    let mut stacks: Vec<RepoPath> = Vec::new();
    for stack in known_stacks(environment)? {
        // What holds nothing needs no configuration to be destroyed, and may have none any more.
        match states::load(files, layout, &stack)? {
            Some(state) if !state.is_empty() => stacks.push(stack),
            _ => {}
        }
    }
    if !stacks.is_empty() {
        site.journal.note(&Step::Checkout)?;
        check_out_applied(environment)?;
        refuse(environment, &stacks)?;
    }
    site.journal.note(&Step::Processes)?;
    processes::take_down(environment)?;
    for stack in stacks.iter().rev() {
        add(total, &site.apply(stack, PlanMode::Destroy, &|_| Ok(()))?);
        let objects = states::objects(states::load(files, layout, stack)?.as_deref());
        if objects > 0 {
            return Err(EnvironmentFault::Left(vec![format!("{objects} objects of {stack}")]));
        }
    }
    site.journal.note(&Step::Remove)?;
    site.watcher.progress(Progress::Notice("removing the checkout and the states".to_owned()));
    // In one step, so that no half of it is ever taken for an environment.
    let (root, gone) = (layout.root(), layout.gone());
    clear(files, &gone)?;
    files.rename(root, &gone).map_err(EnvironmentFault::files("removing the environment", root))?;
    clear(files, &gone)
}

/// Refuses before anything is touched when a state is locked, or when something would have to be run on the way that may
/// not be run.
fn refuse(environment: &Environment, stacks: &[RepoPath]) -> Result<(), EnvironmentFault> {
    let mut refusals = Vec::new();
    for stack in stacks {
        let state = states::load(environment.files(), &environment.layout, stack)?;
        let source = plans::source(environment, stack);
        let planned = plans::plan(environment, &source, stack, state.clone(), PlanMode::Destroy);
        let plan = plans::StackPlan { stack: stack.clone(), planned, state, notice: None };
        refusals.extend(prepare::hindrances(environment, &source, &plan));
    }
    if refusals.is_empty() { Ok(()) } else { Err(EnvironmentFault::Refused(refusals)) }
}

fn clear(files: &dyn Files, directory: &Path) -> Result<(), EnvironmentFault> {
    match files.remove_tree(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(EnvironmentFault::files("removing the environment", directory)(error))
        }
        _ => Ok(()),
    }
}

/// All stacks that may hold objects, in the order of applying: those that were applied, and those of the checkout.
fn known_stacks(environment: &Environment) -> Result<Vec<RepoPath>, EnvironmentFault> {
    let mut known: Vec<RepoPath> =
        record::read(environment.files(), &environment.layout).stacks.into_iter().map(|stack| stack.stack).collect();
    let found = environment.world.works.stacks(&environment.layout.checkout());
    // A circle that a later commit brought must not keep anybody from destroying.
    let found = ordered(&found).unwrap_or(found);
    for stack in found {
        if !known.contains(&stack.path)
            && environment.files().is_file(&states::place(environment.files(), &environment.layout, &stack.path))
        {
            known.push(stack.path);
        }
    }
    Ok(known)
}

/// Looks that nothing is left.
fn prove(environment: &Environment) -> Result<(), EnvironmentFault> {
    let places = [environment.layout.root().to_owned(), environment.layout.gone()];
    let there = places.iter().filter(|place| environment.files().metadata(place).is_ok());
    let mut left: Vec<String> = there.map(|place| place.display().to_string()).collect();
    let running = processes::supervisor(environment).look();
    left.extend(running.processes.iter().filter_map(|p| Some(format!("process {} ({})", p.pid?, p.name))));
    if left.is_empty() { Ok(()) } else { Err(EnvironmentFault::Left(left)) }
}
