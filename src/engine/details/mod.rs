//! What a plan's JSON tells besides the plan: the configuration as it is written, and which attributes the planned values
//! lean on.

mod configuration;
mod named;
mod refreshed;
mod relevant;

use std::sync::Arc;

use crate::engine::loaded::load;
use crate::engine::module::library::Library;
use crate::engine::outcome::Planned;
use crate::engine::provider::registry::Providers;
use crate::engine::source::Source;
use crate::model::configuration::{Configuration, RelevantAttribute};
use crate::model::plan::Plan;

/// The details of a plan.
#[derive(Debug, Clone, Default)]
pub struct Details {
    /// The configuration; `None` when it cannot be read.
    pub configuration: Option<Configuration>,
    /// The attributes that the plan leans on.
    pub relevant: Vec<RelevantAttribute>,
    /// The plan with the state before it as a refresh leaves it.
    pub plan: Arc<Plan>,
}

/// The details of a plan of a source.
pub fn details(providers: &Providers, shelf: &Library, source: &Source, planned: &Planned) -> Details {
    let Ok(loaded) = load(shelf, source, &planned.options.variables, None) else {
        return Details { plan: planned.plan.clone(), ..Details::default() };
    };
    let config = &loaded.config;
    Details {
        configuration: Some(configuration::configuration(providers, config)),
        relevant: relevant::relevant(&loaded, planned),
        plan: refreshed::refreshed(&loaded, planned),
    }
}
