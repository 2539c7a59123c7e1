//! Plans: what was asked, from the files of a configuration to a [`Planned`].

use std::sync::Arc;

use crate::engine::loaded::{Loaded, load};
use crate::engine::looks::Looks;
use crate::engine::module::library::Library;
use crate::engine::options::{PlanMode, PlanOptions};
use crate::engine::outcome::Planned;
use crate::engine::plan::kinds::KINDS;
use crate::engine::plan::planner::Planner;
use crate::engine::plan::prior::Prior;
use crate::engine::plan::targets::Targets;
use crate::engine::plan::{conditions, imports, moves, walk};
use crate::engine::provider::registry::Providers;
use crate::engine::query::session::{Phase, Query};
use crate::engine::source::Source;
use crate::engine::surroundings::Surroundings;
use crate::engine::world::Reach;
use crate::model::diagnostic::Diagnostic;
use crate::model::plan::Plan;

/// Whether only configurations are compared: then nothing is asked of providers that would need the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Against a state.
    State,
    /// The configuration by itself.
    Configuration,
}

/// Plans a source.
pub fn plan(
    providers: &Providers,
    shelf: &Library,
    source: &Source,
    options: &PlanOptions,
    surroundings: &Surroundings,
    depth: Depth,
) -> Planned {
    let errored = || Plan { errored: true, ..Plan::default() };
    let answer = |plan: Plan, diagnostics, looks: &Looks| Planned {
        plan: Arc::new(plan),
        diagnostics,
        reads: looks.reads(),
        options: options.clone(),
    };
    match load(shelf, source, &options.variables, None) {
        Ok(loaded) => {
            let (plan, diagnostics) = plan_loaded(providers, shelf, &loaded, options, surroundings, depth);
            answer(plan, diagnostics, &loaded.looks)
        }
        Err(unloaded) => answer(errored(), unloaded.diagnostics.clone(), &unloaded.looks),
    }
}

/// Plans a configuration that was read.
pub fn plan_loaded(
    providers: &Providers,
    shelf: &Library,
    loaded: &Loaded,
    options: &PlanOptions,
    surroundings: &Surroundings,
    depth: Depth,
) -> (Plan, Vec<Diagnostic>) {
    plan_with(providers, shelf, loaded, options, surroundings, depth, &|_, _| {})
}

/// The same; afterwards `then` may ask the evaluation for more.
pub fn plan_with(
    providers: &Providers,
    shelf: &Library,
    loaded: &Loaded,
    options: &PlanOptions,
    surroundings: &Surroundings,
    depth: Depth,
    then: &dyn Fn(&Query<'_>, &Plan),
) -> (Plan, Vec<Diagnostic>) {
    let mut diagnostics = loaded.diagnostics.clone();
    let targets = match Targets::new(&loaded.config, &loaded.graph, &options.targets) {
        Ok(targets) => targets,
        Err(faults) => {
            diagnostics.extend(faults);
            return (Plan { errored: true, ..Plan::default() }, diagnostics);
        }
    };
    let mut prior = options.state.as_deref().map(Prior::new).unwrap_or_default();
    diagnostics.extend(moves::apply(&loaded.config, &mut prior));
    let reach = Reach::reading(loaded.looks.source(), surroundings);
    let mut planner = Planner::new(providers, &loaded.config, &loaded.graph, options, prior, reach, KINDS);
    planner.configuration_only = depth == Depth::Configuration;
    let random = |buffer: &mut [u8]| (surroundings.random)(buffer);
    let query = loaded.query(shelf, Phase::Plan, &options.workspace, surroundings, &planner, &random);
    conditions::declare(&planner);
    if options.mode != PlanMode::Destroy {
        imports::gather(&planner, &query);
    }
    walk::visit(&planner, &query, &targets);
    let mut plan = walk::assemble(&planner, &query, &targets);
    diagnostics.extend(query.take_diagnostics());
    plan.errored = diagnostics.iter().any(Diagnostic::is_error);
    plan.applyable &= !plan.errored;
    plan.complete &= !plan.errored;
    then(&query, &plan);
    loaded.looks.note(&planner.reach.reads());
    (plan, diagnostics)
}
