//! The CI-style checks of a commit in a clean checkout, or of the working tree.

use std::cell::RefCell;
use std::sync::Mutex;

use super::environments::variables_in;
use super::lore;
use super::scan::ignores;
use crate::lint::LintOptions;
use crate::model::place::RepoPath;
use crate::model::run::{Run, StepKind};
use crate::pipeline::checks::Checks;
use crate::runtime::world::World;

/// What to check and how.
#[derive(Debug, Clone, Default)]
pub struct ChecksAsk {
    /// The full id of the commit; the working tree when there is none.
    pub commit: Option<String>,
    /// Only this step and what it needs.
    pub only: Option<StepKind>,
    /// Known outcomes do not count.
    pub fresh: bool,
}

/// Runs the checks and remembers how they came out. A run of a single step does not stand for all of them.
///
/// # Errors
/// In words, when there can be no run at all.
pub fn run(
    world: &World,
    ask: &ChecksAsk,
    tell: &(dyn Fn(&Run) + Sync),
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Run, String> {
    let rules = Mutex::new(RefCell::new(ignores(world)));
    let ignored = |path: &RepoPath, is_directory: bool| {
        let rules = rules.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        rules.borrow_mut().is_ignored(&world.on_disk(path), is_directory)
    };
    let directory = world.kilter_directory().join("checks");
    if ask.fresh {
        forget(world, &directory.join("known"));
    }
    let checks = Checks {
        engine: &world.engine,
        files: world.files.clone(),
        clock: &*world.clock,
        directory,
        lint: LintOptions::from(&world.settings.lint),
        threshold: world.settings.lint.threshold,
        parallel: world.settings.checks.jobs,
        skip: world.settings.checks.skip.clone(),
        variables: &|root, stack| variables_in(world, root, &world.environment_name(), stack),
        lore: &|stack| lore::in_checks(world, stack),
        ignored: &ignored,
    };
    let run = match &ask.commit {
        None => checks.run_tree(world.root(), ask.only, tell, cancelled),
        Some(commit) => {
            let repo = world.repo().ok_or("there is no git repo, so there is no commit to check")?;
            let check_out = |into: &std::path::Path| {
                repo.checkout_commit(commit, into).map(drop).map_err(|fault| fault.to_string())
            };
            checks.run_commit(commit, &check_out, ask.only, tell, cancelled).map_err(|fault| fault.to_string())?
        }
    };
    if ask.only.is_none() {
        world.store.remember_run(&run).map_err(|error| format!("the outcome could not be remembered: {error}"))?;
    }
    Ok(run)
}

/// Known outcomes that are gone are computed again: that they cannot be removed changes nothing.
fn forget(world: &World, known: &std::path::Path) {
    let _ = world.files.remove_tree(known);
}
