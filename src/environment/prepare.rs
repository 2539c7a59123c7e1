//! Before an apply: whether it may be done, and exactly what it would do.

use std::path::PathBuf;

use super::event::{Progress, Watcher};
use super::fault::{EnvironmentFault, Refusal, first_error};
use super::lock;
use super::plans::{self, LeftOut, StackPlan, plan_all};
use super::record;
use super::state_lock;
use super::states::{self, Ballast};
use super::world::Environment;
use crate::engine::Source;
use crate::model::place::RepoPath;
use crate::model::run::Verdict;

/// What stands between a commit and the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gate {
    /// How the checks of this commit came out; `None` when they were not run.
    pub checks: Option<Verdict>,
    /// Apply without green checks. Said loudly.
    pub skip_checks: bool,
}

/// What an apply would do.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The full id of the commit.
    pub commit: String,
    /// HEAD when this was prepared.
    pub head: Option<String>,
    /// The plan of each stack, in the order of applying.
    pub plans: Vec<StackPlan>,
    /// Stacks that are not applied here.
    pub left_out: Vec<LeftOut>,
    /// Why it cannot be done; empty when it can.
    pub refusals: Vec<Refusal>,
    /// What else to know.
    pub notices: Vec<String>,
}

/// Works out what applying `commit` would do. The commit is checked out in the environment, nothing else is changed.
///
/// # Errors
/// [`EnvironmentFault`] when it cannot even be worked out. Reasons not to do it stand in [`Prepared::refusals`].
pub fn prepare(
    environment: &Environment,
    commit: &str,
    gate: Gate,
    watcher: &dyn Watcher,
) -> Result<Prepared, EnvironmentFault> {
    let world = &environment.world;
    let mut prepared = Prepared {
        commit: commit.to_owned(),
        head: world.commits.head(),
        plans: Vec::new(),
        left_out: Vec::new(),
        refusals: Vec::new(),
        notices: Vec::new(),
    };
    match (refused_by_checks(commit, gate.checks), gate.skip_checks) {
        (Some(refusal), false) => {
            prepared.refusals.push(refusal);
            return Ok(prepared);
        }
        (Some(refusal), true) => {
            prepared
                .notices
                .push(format!("CHECKS SKIPPED: {}, and you asked to apply it all the same", refusal.reason));
        }
        (None, _) => {}
    }
    let operation = format!("prepare apply of {}", short(commit));
    let lock = match lock::take(&world.files, world.clock.as_ref(), &environment.layout.lock(), &world.user, &operation)
    {
        Ok(lock) => lock,
        Err(EnvironmentFault::Locked(holder)) => {
            prepared
                .refusals
                .push(Refusal::new(format!("the environment is locked: {holder}"), "wait until it is done"));
            return Ok(prepared);
        }
        Err(other) => return Err(other),
    };
    prepared.notices.extend(lock.taken_over.clone());
    let known = record::read(environment.files(), &environment.layout).stacks.into_iter().map(|known| known.stack);
    let before = places(environment, known);
    prepared.refusals.extend(refused_by_tracked_states(environment, commit, &before)?);
    if !prepared.refusals.is_empty() {
        return Ok(prepared);
    }
    check_out(environment, commit)?;
    let now = places(environment, plans::stacks(environment)?.into_iter().map(|stack| stack.path));
    prepared.refusals.extend(refused_by_tracked_states(environment, commit, &now)?);
    if !prepared.refusals.is_empty() {
        return Ok(prepared);
    }
    let plans = plan_all(environment, true, watcher)?;
    prepared.left_out = plans.left_out;
    prepared.plans = plans.stacks;
    prepared.refusals.extend(refused_by_plans(&prepared));
    for plan in &prepared.plans {
        prepared.refusals.extend(hindrances(environment, &plans::source(environment, &plan.stack), plan));
    }
    prepared
        .notices
        .extend(prepared.plans.iter().filter_map(|plan| Some(format!("{}: {}", plan.stack, plan.notice.as_ref()?))));
    for left_out in &prepared.left_out {
        watcher.progress(Progress::Notice(format!("{} is left out: {}", left_out.stack, left_out.reason)));
    }
    Ok(prepared)
}

fn refused_by_checks(commit: &str, checks: Option<Verdict>) -> Option<Refusal> {
    let (reason, hint) = match checks {
        Some(Verdict::Green) => return None,
        None => ("have not been run", "run them first (`x`, or `kilter ci`)"),
        Some(Verdict::Running) => ("are still running", "wait for them"),
        Some(Verdict::Red) => ("are red", "see what they found, and commit what mends it"),
        Some(Verdict::Broken) => ("could not be carried out", "see their log"),
        Some(Verdict::Cancelled) => ("were cancelled", "run them again (`x`, or `kilter ci`)"),
    };
    Some(Refusal::new(format!("the checks of {} {reason}", short(commit)), hint))
}

/// A state that came with the commit would be taken for the environment's own, and replace it.
fn refused_by_tracked_states(
    environment: &Environment,
    commit: &str,
    own: &[PathBuf],
) -> Result<Option<Refusal>, EnvironmentFault> {
    let tracked = environment.world.commits.tracked_states(commit);
    let tracked = tracked.map_err(|reason| EnvironmentFault::Checkout { commit: short(commit).to_owned(), reason })?;
    let checkout = environment.layout.checkout();
    let is_own = |path: &&RepoPath| {
        path.file_name() == "terraform.tfstate" || own.iter().any(|own| *own == checkout.join(path.as_str()))
    };
    let Some(first) = tracked.iter().find(is_own) else { return Ok(None) };
    Ok(Some(Refusal::new(
        format!("{first} is committed, and an environment keeps its own state there"),
        format!("take it out of git: git rm --cached {first}, and ignore it"),
    )))
}

/// Where the states of stacks lie as the checkout is now.
fn places(environment: &Environment, stacks: impl IntoIterator<Item = RepoPath>) -> Vec<PathBuf> {
    let place = |stack: RepoPath| states::place(environment.files(), &environment.layout, &stack);
    stacks.into_iter().map(place).collect()
}

fn refused_by_plans(prepared: &Prepared) -> Vec<Refusal> {
    let broken = prepared.plans.iter().filter(|plan| plan.is_broken()).map(|plan| {
        let why = first_error(&plan.planned.diagnostics);
        Refusal::new(format!("{} cannot be planned: {why}", plan.stack), "mend it and commit")
    });
    let mut refusals: Vec<Refusal> = broken.collect();
    if prepared.plans.is_empty() {
        let reason = match prepared.left_out.as_slice() {
            [] => "this commit has no Terraform stack".to_owned(),
            left_out => {
                let each = left_out.iter().map(|left| format!("{}: {}", left.stack, left.reason));
                format!("no stack of this commit can be applied here ({})", each.collect::<Vec<_>>().join("; "))
            }
        };
        refusals.push(Refusal::new(reason, "a test environment applies stacks of built-in providers"));
    }
    refusals
}

/// Why a plan may not be begun although nothing is wrong with it: somebody else is at work on the state, or it would run
/// what may not be run.
pub fn hindrances(environment: &Environment, source: &Source, plan: &StackPlan) -> Vec<Refusal> {
    let files = environment.files();
    let mut refusals = Vec::new();
    let state = states::place(files, &environment.layout, &plan.stack);
    if let Err(EnvironmentFault::StateLocked { stack, holder }) = state_lock::probe(files, &plan.stack, &state) {
        refusals.push(Refusal::new(format!("the state of {stack} is locked: {holder}"), "wait until it is done"));
    }
    let trusted = environment.world.trusted;
    for hindrance in environment.world.works.hindrances(source, &plan.planned, trusted) {
        let place = hindrance.subject.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
        let reason = format!("{place}{}: {}", hindrance.summary, hindrance.detail);
        let hint = if trusted { "see `terraform apply`" } else { "kilter trust" };
        refusals.push(Refusal::new(reason.trim_end_matches('.'), hint));
    }
    refusals
}

/// Makes the environment's checkout hold `commit`. Interrupted, it is not taken for either commit.
///
/// # Errors
/// [`EnvironmentFault::Checkout`], [`EnvironmentFault::Files`]
pub fn check_out(environment: &Environment, commit: &str) -> Result<(), EnvironmentFault> {
    let (files, layout) = (environment.files(), &environment.layout);
    let before: Vec<(RepoPath, PathBuf)> = record::read(files, layout)
        .stacks
        .into_iter()
        .map(|known| (known.stack.clone(), states::place(files, layout, &known.stack)))
        .filter(|(_, state)| files.is_file(state))
        .collect();
    record::update(files, layout, |record| record.checked_out = None)?;
    let checked_out = environment.world.commits.checkout(commit, &layout.checkout());
    checked_out.map_err(|reason| EnvironmentFault::Checkout { commit: short(commit).to_owned(), reason })?;
    for (stack, old) in before {
        // The commit keeps its state in another place: what is there goes along.
        let new = states::place(files, layout, &stack);
        if new != old && !files.is_file(&new) {
            let moved = new.parent().map_or(Ok(()), |directory| files.create_directory(directory));
            let moved = moved.and_then(|()| files.rename(&old, &new));
            moved.map_err(EnvironmentFault::files("moving the state to its new place", &new))?;
        }
    }
    record::update(files, layout, |record| record.checked_out = Some(commit.to_owned()))
}

/// Makes sure that the checkout holds the commit that is applied, also when another one was only looked at.
///
/// # Errors
/// [`EnvironmentFault::Absent`] when nothing is applied, otherwise as [`check_out`].
pub fn check_out_applied(environment: &Environment) -> Result<String, EnvironmentFault> {
    let record = record::read(environment.files(), &environment.layout);
    let commit = record.commit.ok_or_else(|| EnvironmentFault::Absent(environment.name.clone()))?;
    if record.checked_out.as_ref() != Some(&commit) {
        check_out(environment, &commit)?;
    }
    Ok(commit)
}

/// Takes lock and ballast for an operation that changes the environment.
///
/// # Errors
/// [`EnvironmentFault::Locked`], [`EnvironmentFault::Files`]
pub fn begin(
    environment: &Environment,
    operation: &str,
    watcher: &dyn Watcher,
) -> Result<(lock::Lock, Ballast), EnvironmentFault> {
    let world = &environment.world;
    let path = environment.layout.lock();
    let lock = lock::take(&world.files, world.clock.as_ref(), &path, &world.user, operation)?;
    lock.tell(watcher);
    let ballast = Ballast::take(&world.files, &environment.layout)?;
    Ok((lock, ballast))
}

/// The first seven letters of a commit's id.
pub fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}
