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
use crate::engine::plan::{conditions, imports, move_rules, moves, provider_rules, walk};
use crate::engine::provider::registry::Providers;
use crate::engine::query::session::{Phase, Query};
use crate::engine::soundness::{self, Grounds};
use crate::engine::source::Source;
use crate::engine::surroundings::Surroundings;
use crate::engine::world::Reach;
use crate::model::address::ResourceInstanceAddress;
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::plan::Plan;
use crate::model::state::StateSnapshot;

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
    let targets = match Targets::new(&loaded.config, &loaded.graph, &options.targets) {
        Ok(targets) => targets,
        Err(faults) => {
            let diagnostics = loaded.diagnostics.iter().cloned().chain(faults).collect();
            return (Plan { errored: true, ..Plan::default() }, diagnostics);
        }
    };
    let mut prior = options.state.as_deref().map(Prior::new).unwrap_or_default();
    let mut moved = moves::apply(&loaded.config, &mut prior);
    let reach = Reach::reading(loaded.looks.source(), surroundings);
    let mut planner = Planner::new(providers, &loaded.config, &loaded.graph, options, prior, reach, KINDS);
    planner.configuration_only = depth == Depth::Configuration;
    let random = |buffer: &mut [u8]| (surroundings.random)(buffer);
    let query = loaded.query(shelf, Phase::Plan, &options.workspace, surroundings, &planner, &random);
    conditions::declare(&planner);
    if options.mode != PlanMode::Destroy {
        imports::gather(&planner, &query);
    }
    // Destroying nothing needs no values.
    let nothing = options.mode == PlanMode::Destroy && options.state.as_deref().is_none_or(StateSnapshot::is_empty);
    if !nothing {
        walk::visit(&planner, &query, &targets);
        provider_rules::judge(&planner, &query);
        let misplaced = move_rules::judge(&query);
        if has_errors(&misplaced) {
            moved.retain(|known| known.summary != moves::UNRESOLVED);
        }
        query.report(misplaced);
        query.report(replacing(&query, options));
        imports::without_instance(&planner, &query);
    }
    let mut plan = walk::assemble(&planner, &query, &targets);
    let found: Vec<Diagnostic> = moved.into_iter().chain(query.take_diagnostics()).collect();
    let found = if options.mode == PlanMode::Destroy { of_destroying(found) } else { found };
    let all = vec![true; loaded.graph.len()];
    let unseen = if nothing { all } else { soundness::unseen(loaded, &query, &targets) };
    let diagnostics = soundness::told(&Grounds { providers, shelf, loaded, surroundings }, found, unseen);
    plan.errored = diagnostics.iter().any(Diagnostic::is_error);
    plan.applyable &= !plan.errored;
    plan.complete &= !plan.errored;
    then(&query, &plan);
    loaded.looks.note(&planner.reach.reads());
    (plan, diagnostics)
}

/// Before destroying, terraform plans in order to refresh: the warnings of that plan are not told.
fn of_destroying(found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let told =
        |diagnostic: &Diagnostic| diagnostic.is_error() || diagnostic.summary == "Resource targeting is in effect";
    found.into_iter().filter(told).collect()
}

/// Says which instances a request to replace may have meant that names none.
fn replacing(query: &Query<'_>, options: &PlanOptions) -> Vec<Diagnostic> {
    let of = |address: &ResourceInstanceAddress| {
        let scope = query.scope_at(&address.resource.module)?;
        let resource = &address.resource;
        let position = query.module(&scope).resource(resource.mode, &resource.type_name, &resource.name)?;
        let expansion = query.expansion(&scope, position);
        if address.key.is_some() || expansion.known().iter().all(|each| each.key.is_none()) {
            return None;
        }
        let options = expansion.known().iter().map(|each| {
            let text = resource.instance(each.key.clone()).to_string().replace('\\', "\\\\").replace('"', "\\\"");
            format!("\n  -replace=\"{text}\"")
        });
        let detail = format!(
            "Your force-replace request for {address} doesn't match any resource instances because it lacks an instance key.\n\nTo force replacement of particular instances, use one or more of the following options instead:{}",
            options.collect::<String>()
        );
        Some(Diagnostic::warning("Incompletely-matched force-replace resource instance", detail))
    };
    options.replace.iter().filter_map(of).collect()
}
