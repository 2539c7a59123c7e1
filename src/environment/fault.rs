//! Why an environment's operation did not succeed, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use crate::environment::supervise::client::SuperviseError;
use crate::model::diagnostic::Diagnostic;
use crate::model::place::RepoPath;

/// One reason why something cannot be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why not.
    pub reason: String,
    /// What to do about it.
    pub hint: String,
}

impl Refusal {
    /// A reason with its way out.
    pub fn new(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Refusal { reason: reason.into(), hint: hint.into() }
    }
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentFault {
    /// It may not be done now.
    #[error("{}", .0.iter().map(|refusal| format!("{}: {}", refusal.reason, refusal.hint)).collect::<Vec<_>>().join("; "))]
    Refused(Vec<Refusal>),
    /// Somebody else is at work on it.
    #[error("the environment is locked: {0}")]
    Locked(String),
    /// Nothing was ever applied to it.
    #[error("nothing is applied to the environment {0}: `kilter apply --env {0}` does")]
    Absent(String),
    /// A file could not be read or written.
    #[error("{doing}: {}: {source}", path.display())]
    Files {
        /// What was being done.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A state file cannot be used; it is untouched.
    #[error("the state of {stack} cannot be used: {reason}")]
    State {
        /// Whose.
        stack: RepoPath,
        /// What is wrong with it.
        reason: String,
    },
    /// Somebody has a stack's state locked: terraform, or another Kilter.
    #[error("the state of {stack} is locked: {holder}; wait until it is done, then apply again")]
    StateLocked {
        /// Whose.
        stack: RepoPath,
        /// Who, and since when.
        holder: String,
    },
    /// The commit could not be checked out.
    #[error("commit {commit} could not be checked out: {reason}")]
    Checkout {
        /// The commit.
        commit: String,
        /// Why.
        reason: String,
    },
    /// A stack could not be planned or applied.
    #[error("{stack}: {}", first_error(diagnostics))]
    Stack {
        /// Which.
        stack: RepoPath,
        /// What is wrong.
        diagnostics: Vec<Diagnostic>,
    },
    /// The plan is not the one that was shown and agreed to.
    #[error("the plan of {stack} is not the one that was shown: {what}; look at the new plan and apply again")]
    PlanChanged {
        /// Which stack.
        stack: RepoPath,
        /// What is different.
        what: String,
    },
    /// The person asked to stop.
    #[error("interrupted; applying again completes it")]
    Cancelled,
    /// Its processes could not be started or ended.
    #[error("processes: {0}")]
    Processes(#[from] SuperviseError),
    /// Something is left that should be gone.
    #[error("something is left: {}", .0.join(", "))]
    Left(Vec<String>),
}

impl EnvironmentFault {
    /// Turns what the system said into a fault that says what was being done.
    pub fn files(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| EnvironmentFault::Files { doing, path, source }
    }

    /// Everything that is wrong in detail.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            EnvironmentFault::Stack { diagnostics, .. } => diagnostics,
            _ => &[],
        }
    }

    /// Whether it is a refusal: nothing was begun.
    pub fn is_refusal(&self) -> bool {
        matches!(self, EnvironmentFault::Refused(_) | EnvironmentFault::Locked(_) | EnvironmentFault::Absent(_))
    }
}

/// The first error in one line: summary, then the first sentence that adds something.
pub fn first_error(diagnostics: &[Diagnostic]) -> String {
    let first = diagnostics.iter().find(|diagnostic| diagnostic.is_error()).or(diagnostics.first());
    let Some(first) = first else { return "it failed without a word".to_owned() };
    let place = first.subject.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
    let detail = first.detail.lines().next().unwrap_or_default();
    if detail.is_empty() { format!("{place}{}", first.summary) } else { format!("{place}{}: {detail}", first.summary) }
}
