//! The signs that answer "am I fine?": four for every stack, one for everything else that has an outcome.

use crate::app::world::World;
use crate::model::diagnostic::has_errors;
use crate::model::environment::{Health, VerifyOutcome};
use crate::model::finding::Level;
use crate::model::place::RepoPath;
use crate::model::run::JobState;
use crate::model::stack::StackKind;
use crate::model::test::{TestCounts, TestStatus};

/// What a sign says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// Nothing to do.
    Same,
    /// There are changes.
    Changes,
    /// Fine.
    Ok,
    /// Something to look at.
    Warning,
    /// Not fine.
    Failed,
    /// It could not be found out.
    Error,
    /// Not known yet.
    Unknown,
    /// Waits.
    Waiting,
    /// At work.
    Running,
    /// Does not apply.
    Nothing,
}

impl Mark {
    /// One word, for those who do not know the sign.
    pub fn word(self) -> &'static str {
        match self {
            Mark::Same => "nothing to do",
            Mark::Changes => "changes",
            Mark::Ok => "ok",
            Mark::Warning => "warning",
            Mark::Failed => "failed",
            Mark::Error => "error",
            Mark::Unknown => "not known yet",
            Mark::Waiting => "waiting",
            Mark::Running => "running",
            Mark::Nothing => "not applicable",
        }
    }
}

/// The four marks of a stack: plan, lint, tests, environment.
pub fn of_stack(world: &World, path: &RepoPath, environment: &str) -> [Mark; 4] {
    [plan(world, path), lint(world, path), tests(world, path), environment_mark(world, path, environment)]
}

fn plan(world: &World, path: &RepoPath) -> Mark {
    match world.plans.get(path) {
        Some(report) if has_errors(&report.diagnostics) => Mark::Error,
        Some(report) if report.plan.summary().is_empty() => Mark::Same,
        Some(_) => Mark::Changes,
        None => Mark::Unknown,
    }
}

fn lint(world: &World, path: &RepoPath) -> Mark {
    let Some(report) = world.lints.get(path) else { return Mark::Unknown };
    if has_errors(&report.diagnostics) {
        return Mark::Error;
    }
    let open = report.findings.iter().filter(|finding| finding.suppressed.is_none());
    match open.map(|finding| finding.level).max() {
        Some(Level::Error) => Mark::Failed,
        Some(Level::Warning) => Mark::Warning,
        Some(Level::Note) | None => Mark::Ok,
    }
}

fn tests(world: &World, path: &RepoPath) -> Mark {
    let Some(report) = world.tests.get(path) else {
        let native = world.stack(path).is_some_and(|stack| stack.kind == StackKind::Terraform);
        return if native { Mark::Unknown } else { Mark::Nothing };
    };
    let counts = TestCounts::of(&report.suites);
    match () {
        () if counts.errors > 0 || has_errors(&report.diagnostics) => Mark::Error,
        () if counts.failed > 0 => Mark::Failed,
        () if counts.passed > 0 => Mark::Ok,
        () => Mark::Nothing,
    }
}

fn environment_mark(world: &World, path: &RepoPath, environment: &str) -> Mark {
    let Some(status) = world.environments.get(environment) else { return Mark::Waiting };
    if !status.stacks.iter().any(|stack| stack.stack == *path) {
        let known = world.stack(path).is_some_and(|stack| stack.kind == StackKind::Terraform);
        return if known { Mark::Waiting } else { Mark::Nothing };
    }
    of_health(status.health)
}

/// An environment's mark.
pub fn of_health(health: Health) -> Mark {
    match health {
        Health::Absent => Mark::Waiting,
        Health::Applied => Mark::Unknown,
        Health::Healthy => Mark::Ok,
        Health::Unhealthy => Mark::Failed,
        Health::Interrupted => Mark::Error,
        Health::Busy => Mark::Running,
    }
}

/// A job's mark.
pub fn of_job(state: JobState) -> Mark {
    match state {
        JobState::Waiting => Mark::Waiting,
        JobState::Running => Mark::Running,
        JobState::Passed => Mark::Ok,
        JobState::Failed => Mark::Failed,
        JobState::Broken => Mark::Error,
        JobState::Skipped => Mark::Nothing,
        JobState::Cancelled => Mark::Warning,
    }
}

/// A test's mark.
pub fn of_test(status: TestStatus) -> Mark {
    match status {
        TestStatus::Passed => Mark::Ok,
        TestStatus::Failed => Mark::Failed,
        TestStatus::Error => Mark::Error,
        TestStatus::Skipped => Mark::Nothing,
    }
}

/// A verification's mark.
pub fn of_verification(outcome: VerifyOutcome) -> Mark {
    match outcome {
        VerifyOutcome::Passed => Mark::Ok,
        VerifyOutcome::Failed => Mark::Failed,
        VerifyOutcome::Error => Mark::Error,
        VerifyOutcome::Unsupported => Mark::Nothing,
    }
}

/// A finding's mark.
pub fn of_level(level: Level) -> Mark {
    match level {
        Level::Error => Mark::Failed,
        Level::Warning => Mark::Warning,
        Level::Note => Mark::Nothing,
    }
}
