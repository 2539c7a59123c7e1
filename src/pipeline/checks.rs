//! A whole run of the checks: of a commit in a clean checkout of its own, or of the working tree.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::cache::Cache;
use super::native::{LoreOf, NativeWork, VariablesOf};
use super::runner::Runner;
use super::schedule::{Ended, Schedule, Task, tasks};
use crate::engine::Engine;
use crate::engine::stacks::{Discovery, discover};
use crate::lint::LintOptions;
use crate::model::finding::Level;
use crate::model::place::RepoPath;
use crate::model::run::{JobState, Run, StepKind};
use crate::sys::clock::Clock;
use crate::sys::files::{Files, ReadFiles};
use crate::sys::living;

/// What the checks are made of and how they run.
pub struct Checks<'a> {
    /// Plans and tests.
    pub engine: &'a Engine,
    /// The disk.
    pub files: Arc<dyn Files>,
    /// The moment.
    pub clock: &'a dyn Clock,
    /// Where checkouts and known outcomes lie: `.git/kilter/checks`.
    pub directory: PathBuf,
    /// Which rules are on.
    pub lint: LintOptions,
    /// Findings of this level and above make lint red.
    pub threshold: Level,
    /// How many jobs run at the same time; 0 for as many as there are processors.
    pub parallel: usize,
    /// Steps that are left out.
    pub skip: Vec<StepKind>,
    /// Values for variables.
    pub variables: VariablesOf<'a>,
    /// What mocks of others' providers need to know.
    pub lore: LoreOf<'a>,
    /// What is left out of the tree, as the settings say.
    pub ignored: &'a (dyn Fn(&RepoPath, bool) -> bool + Sync),
}

/// Why there is no run at all.
#[derive(Debug, thiserror::Error)]
pub enum ChecksFault {
    /// The directory for checkouts cannot be used.
    #[error("{}: {source}", path.display())]
    Files {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Told at each step.
pub type Tell<'a> = &'a (dyn Fn(&Run) + Sync);
/// Whether to begin nothing more.
pub type Cancelled<'a> = &'a (dyn Fn() -> bool + Sync);

impl Checks<'_> {
    /// Runs the checks on a commit. `check_out` lays its files out in a directory. The checkout is removed afterwards.
    ///
    /// # Errors
    /// [`ChecksFault`]; a commit that cannot be checked out is a broken job and no fault.
    pub fn run_commit(
        &self,
        commit: &str,
        check_out: &dyn Fn(&Path) -> Result<(), String>,
        only: Option<StepKind>,
        tell: Tell<'_>,
        cancelled: Cancelled<'_>,
    ) -> Result<Run, ChecksFault> {
        self.clear_left_behind();
        let began = self.clock.elapsed();
        let short = commit.get(..12).unwrap_or(commit);
        let root = self.directory.join(format!("{short}-{}", std::process::id()));
        let mut schedule = Schedule::new(Some(commit.to_owned()), self.clock.now());
        schedule.extend(vec![Task { step: StepKind::Checkout, stack: None, after: Vec::new() }]);
        schedule.begin();
        tell(schedule.run());
        self.remove(&root)?;
        let made = self.files.create_directory(&root);
        made.map_err(|source| ChecksFault::Files { path: root.clone(), source })?;
        let checked_out = check_out(&root);
        let (state, summary) = match &checked_out {
            Ok(()) => (JobState::Passed, format!("{short} is checked out")),
            Err(why) => (JobState::Broken, why.clone()),
        };
        let ended = Ended { state, summary, log: Vec::new(), cached: false };
        schedule.ended(0, ended, self.clock.elapsed().saturating_sub(began));
        let run = match checked_out {
            Ok(()) => self.run_jobs(schedule, &root, Some(0), only, tell, cancelled),
            Err(_) => schedule,
        };
        self.remove(&root)?;
        let run = run.finish(self.clock.elapsed().saturating_sub(began));
        tell(&run);
        Ok(run)
    }

    /// Runs the checks on the working tree at `root`, as it is.
    pub fn run_tree(&self, root: &Path, only: Option<StepKind>, tell: Tell<'_>, cancelled: Cancelled<'_>) -> Run {
        let began = self.clock.elapsed();
        let schedule = Schedule::new(None, self.clock.now());
        let run = self.run_jobs(schedule, root, None, only, tell, cancelled);
        let run = run.finish(self.clock.elapsed().saturating_sub(began));
        tell(&run);
        run
    }

    fn run_jobs(
        &self,
        mut schedule: Schedule,
        root: &Path,
        first: Option<usize>,
        only: Option<StepKind>,
        tell: Tell<'_>,
        cancelled: Cancelled<'_>,
    ) -> Schedule {
        let files: Arc<dyn ReadFiles> = self.files.clone();
        let stacks =
            discover(&Discovery { files: files.as_ref(), root, ignored: &|path, dir| (self.ignored)(path, dir) });
        schedule.extend(tasks(&stacks, first, schedule.run().jobs.len(), only, &self.skip));
        tell(schedule.run());
        let work = NativeWork {
            engine: self.engine,
            files: files.clone(),
            root: root.to_owned(),
            stacks,
            clock: self.clock,
            lint: &self.lint,
            threshold: self.threshold,
            variables: self.variables,
            lore: self.lore,
            ignored: self.ignored,
        };
        let cache = Cache::new(self.files.as_ref(), &self.directory.join("known"));
        let parallel = match self.parallel {
            0 => std::thread::available_parallelism().map_or(2, std::num::NonZero::get),
            given => given,
        };
        let runner = Runner {
            work: &work,
            cache: &cache,
            root,
            files: files.as_ref(),
            clock: self.clock,
            parallel,
            tell,
            cancelled,
        };
        runner.run(schedule)
    }

    fn remove(&self, root: &Path) -> Result<(), ChecksFault> {
        // The list of its files lies beside a checkout.
        let list = root.with_file_name(format!("{}.files", root.file_name().unwrap_or_default().to_string_lossy()));
        let _ = self.files.remove_file(&list);
        match self.files.remove_tree(root) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(ChecksFault::Files { path: root.to_owned(), source })
            }
            _ => Ok(()),
        }
    }

    /// Removes the checkouts of runs that were killed.
    fn clear_left_behind(&self) {
        let dead = |name: &str| {
            let pid = name.trim_end_matches(".files").rsplit_once('-').and_then(|(_, pid)| pid.parse::<u32>().ok());
            pid.is_some_and(|pid| pid != std::process::id() && living::find(pid).is_none())
        };
        for entry in self.files.list(&self.directory).unwrap_or_default() {
            if entry.is_directory && dead(&entry.name) {
                let _ = self.remove(&self.directory.join(&entry.name));
            }
        }
    }
}
