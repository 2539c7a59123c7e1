//! Plans: what was asked, from the files of a configuration to a [`Planned`].

use std::sync::Arc;

use crate::engine::lane::{Lane, Parts};
use crate::engine::loaded::{Loaded, load_again};
use crate::engine::looks::Looks;
use crate::engine::module::library::Library;
use crate::engine::module::tree::Config;
use crate::engine::options::{PlanMode, PlanOptions};
use crate::engine::outcome::Planned;
use crate::engine::plan::instance::PREVENTED;
use crate::engine::plan::kinds::KINDS;
use crate::engine::plan::planner::Planner;
use crate::engine::plan::prior::Prior;
use crate::engine::plan::targets::Targets;
use crate::engine::plan::{conditions, imports, move_rules, moves, provider_rules, walk};
use crate::engine::provider::registry::Providers;
use crate::engine::query::memory::Memory;
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

/// Plans a source, going on from what the last plan of the lane left.
pub fn plan(
    providers: &Providers,
    shelf: &Library,
    lane: &mut Lane,
    source: &Source,
    options: &PlanOptions,
    surroundings: &Surroundings,
) -> Planned {
    let errored = || Plan { errored: true, ..Plan::default() };
    let answer = |plan: Plan, diagnostics, looks: &Looks| Planned {
        plan: Arc::new(plan),
        diagnostics,
        reads: looks.reads(),
        options: options.clone(),
    };
    match load_again(shelf, source, &options.variables, None, lane) {
        Ok(loaded) => {
            let asked = Asked { providers, shelf, options, surroundings, depth: Depth::State };
            let (plan, diagnostics) = plan_again(&asked, &loaded, lane, &|_, _| {});
            answer(plan, diagnostics, &loaded.looks)
        }
        Err(unloaded) => answer(errored(), unloaded.diagnostics.clone(), &unloaded.looks),
    }
}

/// Plans a configuration that was read; afterwards `then` may ask the evaluation for more.
pub fn plan_with(
    providers: &Providers,
    shelf: &Library,
    loaded: &Loaded,
    options: &PlanOptions,
    surroundings: &Surroundings,
    depth: Depth,
    then: &dyn Fn(&Query<'_>, &Plan),
) -> (Plan, Vec<Diagnostic>) {
    let asked = Asked { providers, shelf, options, surroundings, depth };
    plan_again(&asked, loaded, &mut Lane::default(), then)
}

/// What a plan is made with.
pub struct Asked<'a> {
    /// The providers at hand.
    pub providers: &'a Providers,
    /// Parsed files.
    pub shelf: &'a Library,
    /// What is asked.
    pub options: &'a PlanOptions,
    /// What may be reached.
    pub surroundings: &'a Surroundings,
    /// Against a state, or by itself.
    pub depth: Depth,
}

/// Plans a configuration that was read with the same lane.
pub fn plan_again(
    asked: &Asked<'_>,
    loaded: &Loaded,
    lane: &mut Lane,
    then: &dyn Fn(&Query<'_>, &Plan),
) -> (Plan, Vec<Diagnostic>) {
    let Asked { providers, shelf, options, surroundings, depth } = *asked;
    let targets = match Targets::new(&loaded.config, &loaded.graph, &options.targets) {
        Ok(targets) => targets,
        Err(faults) => {
            let diagnostics = loaded.diagnostics.iter().cloned().chain(faults).collect();
            return (Plan { errored: true, ..Plan::default() }, diagnostics);
        }
    };
    let standing = loaded.standing;
    let earlier = lane.prior.clone();
    let moved = take_in_state(lane, loaded, options.state.as_ref());
    let reach = Reach::reading(loaded.looks.source(), surroundings);
    let (config, graph) = (&*loaded.config, &*loaded.graph);
    let excluded = targets.excluded(&lane.prior);
    if excluded.is_some() {
        let grounds = Grounds { providers, shelf, loaded, surroundings, memory: &lane.sound.0 };
        let found = std::iter::once(walk::targeting()).chain(excluded).collect();
        let diagnostics = soundness::told(&grounds, found, vec![true; graph.len()]);
        return (Plan { errored: true, ..Plan::default() }, diagnostics);
    }
    let mut planner = Planner::new(providers, config, graph, options, lane.prior.clone(), reach, KINDS);
    planner.configuration_only = depth == Depth::Configuration;
    if !targets.everything() {
        planner.create_first_only(&|number| targets.include(number));
    }
    // Which objects are created before others are destroyed is read off the whole graph.
    let same_order = standing.same_graph || !(lane.ordered || planner.create_first.contains(&true));
    lane.ordered = planner.create_first.contains(&true);
    let mut memory = std::mem::take(&mut lane.memory);
    // Imports that fail change what others see in ways that are not noted unit by unit.
    let has_imports = |config: &Config| !config.nodes[0].module.imports.is_empty();
    let imports = has_imports(config) || lane.config.as_deref().is_some_and(has_imports);
    let same_lore = match (&lane.lore, &options.lore) {
        (None, None) => true,
        (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a == b,
        _ => false,
    };
    lane.lore = options.lore.clone();
    if standing.comparable && same_order && same_lore && !imports {
        planner.earlier = Some(earlier);
    } else {
        memory = Memory::default();
        lane.parts = Parts::default();
        lane.sound.1 = None;
    }
    let last = |config: &Arc<Config>| lane.config.as_ref().is_some_and(|last| Arc::ptr_eq(last, config));
    if !lane.sound.1.as_ref().is_some_and(last) {
        lane.sound.0.take();
    }
    let random = |buffer: &mut [u8]| (surroundings.random)(buffer);
    let query = loaded.query_again(shelf, Phase::Plan, &options.workspace, surroundings, &planner, &random, memory);
    conditions::declare(planner.config, planner.graph, &mut planner.checks.borrow_mut());
    if options.mode != PlanMode::Destroy {
        imports::gather(&planner, &query);
    }
    let mut misplaced = Vec::new();
    // Destroying nothing needs no values.
    let nothing = options.mode == PlanMode::Destroy && options.state.as_deref().is_none_or(StateSnapshot::is_empty);
    if !nothing {
        walk::visit(&planner, &query, &targets);
        provider_rules::judge(&planner, &query);
        misplaced = move_rules::judge(&query);
        query.report(misplaced.iter().cloned());
        query.report(replacing(&query, options));
        imports::without_instance(&planner, &query, &targets);
    }
    let same_places = standing.same_graph && standing.same_moves;
    let mut plan = walk::assemble(&planner, &query, &targets, &mut lane.parts, same_places);
    let found: Vec<Diagnostic> = moved.into_iter().chain(query.take_diagnostics()).collect();
    // Whatever else is wrong may be because of moves that are.
    let found = if has_errors(&misplaced) { misplaced } else { found };
    let found = if options.mode == PlanMode::Destroy { of_destroying(found) } else { found };
    let found = match targets.everything() {
        true => found,
        false => std::iter::once(walk::targeting()).chain(found).collect(),
    };
    let all = vec![true; loaded.graph.len()];
    let unseen = if nothing { all } else { soundness::unseen(loaded, &query, &targets) };
    let diagnostics =
        soundness::told(&Grounds { providers, shelf, loaded, surroundings, memory: &lane.sound.0 }, found, unseen);
    let validated = lane.sound.0.borrow().run > 0;
    lane.sound.1 = validated.then(|| loaded.config.clone());
    plan.errored = diagnostics.iter().any(Diagnostic::is_error);
    plan.applyable &= !plan.errored;
    plan.complete &= !plan.errored;
    then(&query, &plan);
    loaded.looks.note(&planner.reach.reads());
    lane.memory = query.into_memory();
    lane.config = Some(loaded.config.clone());
    lane.graph = Some(loaded.graph.clone());
    (plan, diagnostics)
}

/// Before destroying, terraform plans in order to refresh: the warnings of that plan are not told.
fn of_destroying(found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    // Unless it failed: then there is no other plan.
    let prevented = |diagnostic: &Diagnostic| diagnostic.summary == PREVENTED;
    if found.iter().any(|diagnostic| diagnostic.is_error() && !prevented(diagnostic)) {
        return found.into_iter().filter(|diagnostic| !prevented(diagnostic)).collect();
    }
    found.into_iter().filter(Diagnostic::is_error).collect()
}

/// Brings the objects that exist up to date: the state by address, after moves.
fn take_in_state(lane: &mut Lane, loaded: &Loaded, state: Option<&Arc<StateSnapshot>>) -> Vec<Diagnostic> {
    let same_state = match (&lane.state, state) {
        (None, None) => lane.config.is_some(),
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        _ => false,
    };
    let standing = loaded.standing;
    if same_state && standing.comparable && standing.same_graph && standing.same_moves {
        return Vec::new();
    }
    if !same_state {
        lane.base = Arc::new(state.map(|state| Prior::new(state)).unwrap_or_default());
        lane.state = state.cloned();
        lane.parts.prior_state = None;
        lane.parts.outputs.clear();
    }
    lane.parts.orphans = None;
    let mut prior = (*lane.base).clone();
    let diagnostics = moves::apply(&loaded.config, &mut prior);
    lane.prior = Arc::new(prior);
    diagnostics
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
