//! What an apply is given.

use crate::engine::apply_sink::ApplySink;
use crate::engine::loaded::Loaded;
use crate::engine::module::library::Library;
use crate::engine::options::{ApplyOptions, PlanOptions};
use crate::engine::provider::registry::Providers;
use crate::engine::surroundings::Surroundings;
use crate::model::plan::Plan;

/// What an apply is given.
pub struct Order<'a> {
    /// The providers at hand.
    pub providers: &'a Providers,
    /// Parsed files.
    pub shelf: &'a Library,
    /// The configuration.
    pub loaded: &'a Loaded,
    /// What was planned.
    pub plan: &'a Plan,
    /// With what it was planned.
    pub options: &'a PlanOptions,
    /// How to apply.
    pub how: &'a ApplyOptions,
    /// What may be reached.
    pub surroundings: &'a Surroundings,
    /// Who watches and keeps the state.
    pub sink: &'a dyn ApplySink,
}
