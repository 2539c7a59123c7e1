//! What an operation says while it works, and to whom.

use crate::engine::ApplyEvent;
use crate::model::environment::Verification;
use crate::model::place::RepoPath;

/// Something that a person may want to see as it happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// Something to know: a lock taken over, checks skipped, a stack left out.
    Notice(String),
    /// A stack got somewhere.
    Stack {
        /// Which.
        stack: RepoPath,
        /// Where.
        phase: StackPhase,
    },
    /// Something happens to an object.
    Object {
        /// In which stack.
        stack: RepoPath,
        /// What.
        event: ApplyEvent,
    },
    /// Something happens to a process.
    Process {
        /// Its name in the Procfile.
        name: String,
        /// What, in words.
        message: String,
    },
    /// Something was verified.
    Verified(Verification),
}

/// Where a stack is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StackPhase {
    /// It is planned.
    Planning,
    /// It is applied or destroyed.
    Applying,
    /// Nothing was to be done.
    UpToDate,
    /// It is done.
    Done,
}

/// Whom an operation tells, and who may ask it to stop.
pub trait Watcher: Sync {
    /// Something happened.
    fn progress(&self, progress: Progress);

    /// Whether to begin nothing more.
    fn cancelled(&self) -> bool;
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watcher for Unwatched {
    fn progress(&self, _progress: Progress) {}

    fn cancelled(&self) -> bool {
        false
    }
}
