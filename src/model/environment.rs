//! Test environments as they stand: what was applied, what runs there, what verification said.

use std::time::{Duration, SystemTime};

use super::place::RepoPath;

/// How an environment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Health {
    /// Nothing was ever applied, or it was destroyed.
    Absent,
    /// Applied, not verified since.
    Applied,
    /// Applied and the last verification was green.
    Healthy,
    /// The last verification was red, or a process is down.
    Unhealthy,
    /// An apply or destroy was interrupted; applying again completes it.
    Interrupted,
    /// An apply, verify or destroy is at work.
    Busy,
}

impl Health {
    /// The word in JSON and on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Health::Absent => "absent",
            Health::Applied => "applied",
            Health::Healthy => "healthy",
            Health::Unhealthy => "unhealthy",
            Health::Interrupted => "interrupted",
            Health::Busy => "busy",
        }
    }
}

/// Everything the screen and `status` say about one environment.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentStatus {
    /// Its name: `test`.
    pub name: String,
    /// How it is.
    pub health: Health,
    /// The commit that is applied.
    pub commit: Option<String>,
    /// How many commits HEAD is ahead of it.
    pub behind: Option<usize>,
    /// When the last apply succeeded.
    pub applied: Option<SystemTime>,
    /// When the last verification was green.
    pub verified: Option<SystemTime>,
    /// How many objects drifted at the last look; `None` when nobody looked.
    pub drift: Option<usize>,
    /// Its stacks in the order of applying.
    pub stacks: Vec<EnvironmentStack>,
    /// Its processes.
    pub processes: Vec<ProcessStatus>,
    /// Who holds the lock, in words.
    pub lock: Option<String>,
    /// What happened that a person should know (an interrupted apply, a lock of a dead process).
    pub notice: Option<String>,
}

/// One stack in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentStack {
    /// Which stack.
    pub stack: RepoPath,
    /// How many objects its state holds.
    pub objects: usize,
}

/// A supervised process of the `Procfile`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessStatus {
    /// Its name in the Procfile.
    pub name: String,
    /// Its command line.
    pub command: String,
    /// Its process id when it runs.
    pub pid: Option<u32>,
    /// When the supervisor started it last.
    pub since: Option<SystemTime>,
    /// How often it was restarted.
    pub restarts: u32,
    /// How it ended last, in words.
    pub last_exit: Option<String>,
}

/// One thing that verification looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Verification {
    /// Where it comes from: `check.web_answers`, `goss http http://…`, `process web`, `plan network`.
    pub subject: String,
    /// How it came out.
    pub outcome: VerifyOutcome,
    /// What was found, in one line.
    pub message: String,
    /// How long it took.
    pub took: Duration,
}

/// How a verification came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VerifyOutcome {
    /// As it should be.
    Passed,
    /// Not as it should be.
    Failed,
    /// It could not be looked at.
    Error,
    /// Kilter does not know this kind of resource.
    Unsupported,
}

impl VerifyOutcome {
    /// The word in JSON and on the screen.
    pub fn word(self) -> &'static str {
        match self {
            VerifyOutcome::Passed => "passed",
            VerifyOutcome::Failed => "failed",
            VerifyOutcome::Error => "error",
            VerifyOutcome::Unsupported => "unsupported",
        }
    }
}
