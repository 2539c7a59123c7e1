//! The native planner, applier and test runner.
//!
//! Everything goes in as values ([`Source`], [`PlanOptions`], [`Surroundings`]) and comes out as values ([`Planned`],
//! [`Applied`], [`Tested`]); whatever is read or written is reached through what was given. Asking git, running tools,
//! reading and writing wire formats, and showing are other floors' business.

pub mod agreement;
mod apply;
pub mod apply_sink;
pub mod backend;
mod compare;
mod core;
mod details;
mod lane;
mod loaded;
mod look;
mod looks;
pub mod lore;
mod module;
pub mod options;
pub mod outcome;
mod plan;
mod preview;
pub mod provider;
mod query;
pub mod reads;
mod soundness;
pub mod source;
pub mod stacks;
pub mod stand_ins;
pub mod states;
pub mod surroundings;
mod test;
mod world;

pub use apply_sink::{ApplyEvent, ApplySink, Unwatched};
pub use core::Engine;
pub use details::Details;
pub use options::{ApplyOptions, MutationOptions, PlanMode, PlanOptions, Stop, TestOptions, VariableInput};
pub use outcome::{Applied, Checked, ConsoleAnswer, Coverage, Mutated, Planned, Tested, Validated};
pub use plan::walk::TERRAFORM_VERSION;
pub use provider::registry::Providers;
pub use reads::{Read, Reads};
pub use source::Source;
pub use surroundings::Surroundings;
pub use test::mutation::survey::SurveyWatch;
