//! Test environments: a commit applied for real, with its own checkout, state, lock, journal and processes, verified
//! and destroyed again.
//!
//! Every operation is a blocking function on an [`Environment`], tells a [`Watcher`] what it does, and leaves the disk
//! whole wherever it is interrupted. Computing plans is the engine's business, asking git `repo`'s.

pub mod apply;
pub mod commits;
pub mod destroy;
pub mod drift;
pub mod event;
pub mod fault;
pub mod goss;
pub mod journal;
pub mod layout;
pub mod lock;
pub mod order;
pub mod plans;
pub mod prepare;
pub mod processes;
pub mod procfile;
pub mod record;
mod stack_apply;
pub mod state_lock;
pub mod states;
pub mod status;
pub mod supervise;
#[cfg(test)]
mod tests;
pub mod variables;
pub mod verify;
pub mod works;
pub mod world;

pub use event::{Progress, StackPhase, Unwatched, Watcher};
pub use fault::{EnvironmentFault, Refusal};
pub use layout::Layout;
pub use world::{Commits, Environment, World};
