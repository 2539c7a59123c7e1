//! Whom an apply tells what it does, and who keeps the state safe meanwhile.

use std::sync::Arc;
use std::time::Duration;

use crate::model::action::Action;
use crate::model::address::ResourceInstanceAddress;
use crate::model::diagnostic::Diagnostic;
use crate::model::state::StateSnapshot;

/// What happens to one object.
#[derive(Debug, Clone, PartialEq)]
pub enum ApplyEvent {
    /// Work begins. A replacement is two: a delete and a create.
    Started {
        /// Which object.
        address: ResourceInstanceAddress,
        /// What is done to it.
        action: Action,
    },
    /// A provisioner printed a line.
    Progress {
        /// Which object.
        address: ResourceInstanceAddress,
        /// The line.
        line: String,
    },
    /// It is done.
    Done {
        /// Which object.
        address: ResourceInstanceAddress,
        /// What was done to it.
        action: Action,
        /// How long it took.
        took: Duration,
    },
    /// It failed.
    Failed {
        /// Which object.
        address: ResourceInstanceAddress,
        /// What was tried.
        action: Action,
        /// How long it took.
        took: Duration,
        /// Why.
        diagnostics: Vec<Diagnostic>,
    },
}

/// Watches an apply and keeps its state. Called from one thread at a time.
pub trait ApplySink: Sync {
    /// Something happened.
    fn event(&self, _event: ApplyEvent) {}

    /// The state changed: write down what `state` gives before anything else is begun. (It is made only when it is asked
    /// for: who keeps no state does not pay for one after every object.) When this fails, the apply begins nothing more
    /// and ends with the state whole.
    ///
    /// # Errors
    /// As the system says it.
    fn persist(&self, state: &dyn Fn() -> Arc<StateSnapshot>) -> std::io::Result<()>;

    /// Whether to begin nothing more.
    fn cancelled(&self) -> bool {
        false
    }

    /// Whether commands that run are to be interrupted as well.
    fn interrupted(&self) -> bool {
        self.cancelled()
    }

    /// Time since some fixed moment: for durations.
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

/// Nobody watches, nobody ends it, and the state is kept by whoever asked for the apply.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl ApplySink for Unwatched {
    fn persist(&self, _: &dyn Fn() -> Arc<StateSnapshot>) -> std::io::Result<()> {
        Ok(())
    }
}
