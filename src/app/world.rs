//! What the workbench knows of the world: the newest report of everything. Results of an older generation are dropped
//! here; what is selected or open is not known here.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::app::event::{ApplyEnd, ApplyPhase, ApplyProgress, DiffReport, DriftReport, StackList, VerifyReport};
use crate::model::environment::EnvironmentStatus;
use crate::model::mutation::{CoverageReport, MutationReport};
use crate::model::place::RepoPath;
use crate::model::report::{LintReport, PlanReport, Provenance, TestReport};
use crate::model::run::Run;
use crate::model::snapshot::{DiffSide, RepoSnapshot};
use crate::model::stack::Stack;

/// The newest of everything.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct World {
    /// The repo.
    pub repo: Option<Arc<RepoSnapshot>>,
    /// The stacks; `None` until they were looked for.
    pub stacks: Option<StackList>,
    /// Plans by stack.
    pub plans: BTreeMap<RepoPath, Arc<PlanReport>>,
    /// Findings by stack or directory.
    pub lints: BTreeMap<RepoPath, Arc<LintReport>>,
    /// Test outcomes by stack.
    pub tests: BTreeMap<RepoPath, Arc<TestReport>>,
    /// What tests notice, by stack.
    pub mutations: BTreeMap<RepoPath, Arc<MutationReport>>,
    /// What assertions depend on, by stack.
    pub coverage: BTreeMap<RepoPath, Arc<CoverageReport>>,
    /// The diffs of the selected file.
    pub diffs: BTreeMap<(RepoPath, DiffSide), DiffReport>,
    /// Runs of the checks by commit.
    pub runs: BTreeMap<String, Arc<Run>>,
    /// Environments by name.
    pub environments: BTreeMap<String, Arc<EnvironmentStatus>>,
    /// The last verification of each environment.
    pub verified: BTreeMap<String, VerifyReport>,
    /// The last look for drift in each environment.
    pub drifted: BTreeMap<String, DriftReport>,
    /// The objects of the apply, rebuild or destroy that runs or ran last, in the order they appeared.
    pub applying: Vec<ApplyProgress>,
    /// How it ended.
    pub applied: Option<ApplyEnd>,
    /// This repo may execute what it brings.
    pub trusted: bool,
    /// What `u` would take back.
    pub undo: Option<String>,
}

/// Whether a report replaces the one that is held.
fn is_newer(held: Option<&Provenance>, new: &Provenance) -> bool {
    held.is_none_or(|held| {
        if new.remembered && !held.remembered { false } else { new.generation >= held.generation || held.remembered }
    })
}

impl World {
    /// The stacks, none before they were looked for.
    pub fn stack_list(&self) -> &[Stack] {
        self.stacks.as_ref().map_or(&[], |list| &list.stacks)
    }

    /// A stack by its path.
    pub fn stack(&self, path: &RepoPath) -> Option<&Stack> {
        self.stack_list().iter().find(|stack| stack.path == *path)
    }

    /// Takes a plan in; false when it came too late. A lower rung does not displace a higher one of the same inputs.
    pub fn take_plan(&mut self, report: Arc<PlanReport>) -> bool {
        let held = self.plans.get(&report.stack);
        let climbed_down = held.is_some_and(|held| {
            held.provenance.generation == report.provenance.generation
                && held.prior == report.prior
                && held.fidelity > report.fidelity
                && !held.stale
        });
        let newer = is_newer(held.map(|held| &held.provenance), &report.provenance) && !climbed_down;
        if newer {
            self.plans.insert(report.stack.clone(), report);
        }
        newer
    }

    /// Takes findings in; false when they came too late.
    pub fn take_lint(&mut self, report: Arc<LintReport>) -> bool {
        let newer = is_newer(self.lints.get(&report.stack).map(|held| &held.provenance), &report.provenance);
        if newer {
            self.lints.insert(report.stack.clone(), report);
        }
        newer
    }

    /// Takes test outcomes in; false when they came too late.
    pub fn take_tests(&mut self, report: Arc<TestReport>) -> bool {
        let newer = is_newer(self.tests.get(&report.stack).map(|held| &held.provenance), &report.provenance);
        if newer {
            self.tests.insert(report.stack.clone(), report);
        }
        newer
    }

    /// Takes in what tests notice; false when it came too late.
    pub fn take_mutations(&mut self, report: Arc<MutationReport>) -> bool {
        let newer = is_newer(self.mutations.get(&report.stack).map(|held| &held.provenance), &report.provenance);
        if newer {
            self.mutations.insert(report.stack.clone(), report);
        }
        newer
    }

    /// Forgets what is known about the tests of a stack: its sources changed.
    pub fn forget_survey(&mut self, stack: &RepoPath) {
        self.mutations.remove(stack);
        self.coverage.remove(stack);
    }

    /// Takes the stacks in; reports of stacks that are gone go with them. Lint reports stay: they also stand for
    /// directories outside all stacks.
    pub fn take_stacks(&mut self, list: StackList) {
        let lives = |path: &RepoPath| list.stacks.iter().any(|stack| stack.path == *path);
        self.plans.retain(|path, _| lives(path));
        self.tests.retain(|path, _| lives(path));
        self.mutations.retain(|path, _| lives(path));
        self.coverage.retain(|path, _| lives(path));
        self.stacks = Some(list);
    }

    /// Takes the progress of one object in; an object has one entry.
    pub fn take_progress(&mut self, progress: ApplyProgress) {
        if self.applied.take().is_some() {
            self.applying.clear();
        }
        let same = |held: &&mut ApplyProgress| {
            held.stack == progress.stack && held.subject == progress.subject && held.action == progress.action
        };
        // A line that a provisioner prints is about the object that is being made.
        let at_work = |held: &&mut ApplyProgress| {
            held.stack == progress.stack && held.subject == progress.subject && held.phase == ApplyPhase::Started
        };
        if let Some(held) = self.applying.iter_mut().find(same) {
            *held = progress;
        } else if let Some(held) = self.applying.iter_mut().find(at_work).filter(|_| progress.action.is_none()) {
            held.message = progress.message;
        } else {
            self.applying.push(progress);
        }
    }

    /// The run of HEAD's checks.
    pub fn head_run(&self) -> Option<&Arc<Run>> {
        self.runs.get(self.head()?)
    }

    /// The full id of HEAD's commit.
    pub fn head(&self) -> Option<&str> {
        self.repo.as_ref()?.head.as_deref()
    }

    /// Whether the working tree differs from HEAD.
    pub fn is_dirty(&self) -> bool {
        self.repo.as_ref().is_some_and(|repo| !repo.changes.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::Generation;
    use std::time::{Duration, SystemTime};

    fn lint(generation: u64, remembered: bool) -> Arc<LintReport> {
        Arc::new(LintReport {
            stack: RepoPath::new("web"),
            findings: Vec::new(),
            diagnostics: Vec::new(),
            provenance: Provenance {
                generation: Generation(generation),
                at: SystemTime::UNIX_EPOCH,
                took: Duration::ZERO,
                remembered,
            },
        })
    }

    #[test]
    fn what_a_provisioner_prints_is_about_the_object_that_is_being_made() {
        use crate::app::event::Operation;
        use crate::model::action::Action;
        let mut world = World::default();
        let mut tell = |action: Option<Action>, phase, message: &str| {
            world.take_progress(ApplyProgress {
                operation: Operation::Apply,
                environment: "test".to_owned(),
                stack: Some(RepoPath::new("web")),
                subject: "terraform_data.a".to_owned(),
                action,
                phase,
                took: Duration::ZERO,
                message: message.to_owned(),
            });
        };
        tell(Some(Action::Delete), ApplyPhase::Started, "");
        tell(Some(Action::Delete), ApplyPhase::Done, "");
        tell(Some(Action::Create), ApplyPhase::Started, "");
        tell(None, ApplyPhase::Started, "one");
        tell(None, ApplyPhase::Started, "two");
        let rows: Vec<_> = world.applying.iter().map(|row| (row.action, row.phase, row.message.as_str())).collect();
        let expected =
            [(Some(Action::Delete), ApplyPhase::Done, ""), (Some(Action::Create), ApplyPhase::Started, "two")];
        assert_eq!(rows, expected);
    }

    #[test]
    fn older_generations_are_dropped() {
        let mut world = World::default();
        assert!(world.take_lint(lint(7, true)));
        assert!(world.take_lint(lint(1, false)), "a session of its own beats memory");
        assert!(world.take_lint(lint(2, false)));
        assert!(!world.take_lint(lint(1, false)));
        assert!(!world.take_lint(lint(9, true)), "memory never beats what was computed");
    }
}
