//! Applying a commit to an environment: stack by stack, then its processes, then a second plan that must be empty.
//!
//! Whatever interrupts it, the states on the disk are whole, the journal says what was interrupted, and applying again
//! completes it.

use std::time::Duration;

use super::event::{Progress, Watcher};
use super::fault::{EnvironmentFault, Refusal};
use super::journal::{self, Journal, Step};
use super::plans::{self, StackPlan};
use super::prepare::{self, Prepared, begin, short};
use super::processes;
use super::record::{self, Deed};
use super::stack_apply::{Site, second_plan};
use super::world::Environment;
use crate::engine::PlanMode;
use crate::model::action::Action;
use crate::model::environment::{EnvironmentStack, Verification, VerifyOutcome};
use crate::model::place::RepoPath;
use crate::model::plan::ChangeSummary;

/// What was agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    /// The plans as they were shown. A plan that turns out to destroy something else ends the apply there.
    Shown,
    /// Whatever the plans turn out to be (`--auto-approve`).
    Anything,
}

/// How an apply went.
#[derive(Debug, Clone, PartialEq)]
pub struct ApplyReport {
    /// What was done, over all stacks.
    pub summary: ChangeSummary,
    /// The second plans, and the processes as they started.
    pub verifications: Vec<Verification>,
    /// How long it took.
    pub took: Duration,
}

impl ApplyReport {
    /// `3 added, 1 changed, 0 destroyed`
    pub fn line(&self) -> String {
        counted(&self.summary)
    }

    /// Whether every second plan was empty and every process started.
    pub fn is_green(&self) -> bool {
        self.verifications.iter().all(|verification| verification.outcome == VerifyOutcome::Passed)
    }
}

/// `3 added, 1 changed, 0 destroyed`
pub fn counted(summary: &ChangeSummary) -> String {
    format!("{} added, {} changed, {} destroyed", summary.add, summary.change, summary.remove)
}

/// Adds up.
pub fn add(total: &mut ChangeSummary, more: &ChangeSummary) {
    total.add += more.add;
    total.change += more.change;
    total.remove += more.remove;
    total.replace += more.replace;
    total.import += more.import;
    total.moved += more.moved;
    total.forget += more.forget;
    total.read += more.read;
    total.outputs += more.outputs;
    total.undecided += more.undecided;
}

/// Applies what was prepared.
///
/// # Errors
/// [`EnvironmentFault`]; what was done until then stays done and recorded.
pub fn apply(
    environment: &Environment,
    prepared: &Prepared,
    approval: Approval,
    watcher: &dyn Watcher,
) -> Result<ApplyReport, EnvironmentFault> {
    refuse(environment, prepared)?;
    let world = &environment.world;
    let (files, layout) = (environment.files(), &environment.layout);
    let began = world.clock.elapsed();
    let operation = format!("apply {}", short(&prepared.commit));
    let (lock, ballast) = begin(environment, &operation, watcher)?;
    if let Some(unfinished) = journal::unfinished(files, &layout.journal()) {
        watcher.progress(Progress::Notice(unfinished.to_string()));
    }
    let journal = Journal::begin(&world.files, world.clock.as_ref(), &layout.journal(), "apply", &prepared.commit)?;
    let site = Site { environment, journal: &journal, ballast: &ballast, watcher, operation: &operation };
    let mut total = ChangeSummary::default();
    let outcome = carry_out(&site, prepared, approval, &mut total);
    ballast.release();
    let line = counted(&total);
    let deed = |summary: String, success| Deed {
        at: world.clock.now(),
        operation: "apply".to_owned(),
        commit: prepared.commit.clone(),
        user: world.user.clone(),
        summary,
        success,
    };
    match outcome {
        Ok(verifications) => {
            record::update(files, layout, |record| record.applied = Some(world.clock.now()))?;
            record::add_deed(files, layout, &deed(line, true))?;
            journal.complete()?;
            drop(lock);
            let took = world.clock.elapsed().saturating_sub(began);
            Ok(ApplyReport { summary: total, verifications, took })
        }
        Err(fault) => {
            journal.fail(&fault.to_string());
            let _ = record::add_deed(files, layout, &deed(format!("{line}, then: {fault}"), false));
            Err(fault)
        }
    }
}

fn refuse(environment: &Environment, prepared: &Prepared) -> Result<(), EnvironmentFault> {
    if !prepared.refusals.is_empty() {
        return Err(EnvironmentFault::Refused(prepared.refusals.clone()));
    }
    let head = environment.world.commits.head();
    if head != prepared.head {
        let name = |head: &Option<String>| head.as_deref().map_or("nothing".to_owned(), |head| short(head).to_owned());
        return Err(EnvironmentFault::Refused(vec![Refusal::new(
            format!("HEAD moved from {} to {} since the plan was made", name(&prepared.head), name(&head)),
            "look at the new plan",
        )]));
    }
    Ok(())
}

fn carry_out(
    site: &Site<'_>,
    prepared: &Prepared,
    approval: Approval,
    total: &mut ChangeSummary,
) -> Result<Vec<Verification>, EnvironmentFault> {
    let environment = site.environment;
    site.journal.note(&Step::Checkout)?;
    prepare::check_out(environment, &prepared.commit)?;
    record::update(environment.files(), &environment.layout, |record| {
        record.commit = Some(prepared.commit.clone());
        record.green = None;
        record.drift = None;
        let known = std::mem::take(&mut record.stacks);
        let objects =
            |stack: &RepoPath| known.iter().find(|known| known.stack == *stack).map_or(0, |known| known.objects);
        let of = |plan: &StackPlan| EnvironmentStack { stack: plan.stack.clone(), objects: objects(&plan.stack) };
        record.stacks = prepared.plans.iter().map(of).collect();
        // A stack that this commit no longer has still owns its objects, until the environment is destroyed.
        let gone =
            known.iter().filter(|known| known.objects > 0 && !prepared.plans.iter().any(|p| p.stack == known.stack));
        record.stacks.extend(gone.cloned());
    })?;
    for shown in &prepared.plans {
        let agreed = |now: &StackPlan| match approval {
            Approval::Anything => Ok(()),
            Approval::Shown => as_shown(shown, now),
        };
        add(total, &site.apply(&shown.stack, PlanMode::Normal, &agreed)?);
    }
    site.journal.note(&Step::Processes)?;
    let changed = *total != ChangeSummary::default();
    let mut verifications = processes::bring_up(environment, changed, site.watcher)?;
    verifications.extend(prepared.plans.iter().map(|plan| second_plan(environment, &plan.stack)));
    for verification in &verifications {
        site.watcher.progress(Progress::Verified(verification.clone()));
    }
    Ok(verifications)
}

/// Agrees to a plan that destroys nothing that was not shown, and does what was shown. Only a stack that could not
/// know everything when it was shown may turn out to create or change more.
fn as_shown(shown: &StackPlan, now: &StackPlan) -> Result<(), EnvironmentFault> {
    let expected = plans::changes(&shown.planned.plan);
    let found = plans::changes(&now.planned.plan);
    let destroys = |action: Action| action.destroys();
    let known = |item: &(String, Action)| expected.contains(item);
    let surprise = found.iter().find(|item| !known(item) && (destroys(item.1) || shown.notice.is_none()));
    let gone = expected.iter().find(|item| shown.notice.is_none() && !found.contains(item));
    let what = match (surprise, gone) {
        (Some((address, action)), _) => format!("{address} is now to be: {}", action.word()),
        (None, Some((address, action))) => format!("{address} is no longer to be: {}", action.word()),
        (None, None) => return Ok(()),
    };
    Err(EnvironmentFault::PlanChanged { stack: now.stack.clone(), what })
}
