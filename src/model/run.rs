//! Runs of the CI-style checks: a `Run` of a commit has `Step`s, each a `Job` on one stack or on the repo.

use std::time::{Duration, SystemTime};

use super::place::RepoPath;

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepKind {
    /// The clean checkout of the commit.
    Checkout,
    /// Formatting.
    Format,
    /// Validity of the configuration.
    Validate,
    /// Lint rules.
    Lint,
    /// A plan from nothing or against what the commit is compared with.
    Plan,
    /// The tests the repo brings.
    Test,
}

impl StepKind {
    /// The word in JSON and on the screen.
    pub fn word(self) -> &'static str {
        match self {
            StepKind::Checkout => "checkout",
            StepKind::Format => "format",
            StepKind::Validate => "validate",
            StepKind::Lint => "lint",
            StepKind::Plan => "plan",
            StepKind::Test => "test",
        }
    }
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobState {
    /// Its predecessors are not done.
    Waiting,
    /// At work.
    Running,
    /// Done and fine.
    Passed,
    /// Done and not fine: a finding, a failed test.
    Failed,
    /// It could not be carried out.
    Broken,
    /// A predecessor failed, or there is nothing to do.
    Skipped,
    /// Interrupted.
    Cancelled,
}

impl JobState {
    /// The word in JSON and on the screen.
    pub fn word(self) -> &'static str {
        match self {
            JobState::Waiting => "waiting",
            JobState::Running => "running",
            JobState::Passed => "passed",
            JobState::Failed => "failed",
            JobState::Broken => "broken",
            JobState::Skipped => "skipped",
            JobState::Cancelled => "cancelled",
        }
    }

    /// Whether it will not change any more.
    pub fn is_done(self) -> bool {
        !matches!(self, JobState::Waiting | JobState::Running)
    }
}

/// One job of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// What it does.
    pub step: StepKind,
    /// On which stack; `None` for the whole repo.
    pub stack: Option<RepoPath>,
    /// Where it stands.
    pub state: JobState,
    /// How long it took, once done.
    pub took: Duration,
    /// One line that says how it came out.
    pub summary: String,
    /// Everything it said.
    pub log: Vec<String>,
    /// The result was known from identical content and not computed again.
    pub cached: bool,
    /// Indices of the jobs that must pass first.
    pub after: Vec<usize>,
}

/// A run of all checks on one commit (or on the working tree, when `commit` is `None`).
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The full id of the commit.
    pub commit: Option<String>,
    /// When it began.
    pub started: SystemTime,
    /// How long it took, once done.
    pub took: Duration,
    /// Its jobs; the order is the order of display.
    pub jobs: Vec<Job>,
}

/// How a whole run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Jobs are waiting or running.
    Running,
    /// Every job passed or had nothing to do.
    Green,
    /// A job failed.
    Red,
    /// A job could not be carried out, none failed.
    Broken,
    /// Interrupted.
    Cancelled,
}

impl Run {
    /// How it stands.
    pub fn verdict(&self) -> Verdict {
        let any = |state| self.jobs.iter().any(|job| job.state == state);
        if self.jobs.iter().any(|job| !job.state.is_done()) {
            Verdict::Running
        } else if any(JobState::Failed) {
            Verdict::Red
        } else if any(JobState::Broken) {
            Verdict::Broken
        } else if any(JobState::Cancelled) {
            Verdict::Cancelled
        } else {
            Verdict::Green
        }
    }
}
