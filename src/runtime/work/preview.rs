//! The native preview of a stack as a report.

use std::path::PathBuf;
use std::sync::Arc;

use super::lore;
use super::prior::{PriorSide, comparison, priors, read_state, remembered_state, state_path};
use crate::engine::reads::hash_bytes;
use crate::engine::{Details, PlanMode, PlanOptions, Planned, Reads, VariableInput};
use crate::model::address::ResourceInstanceAddress;
use crate::model::diagnostic::Diagnostic;
use crate::model::id::{ContentHash, Generation};
use crate::model::plan::Plan;
use crate::model::report::{Fidelity, PlanReport, Prior, Provenance};
use crate::model::stack::Stack;
use crate::runtime::shelf::LoreStamp;
use crate::runtime::world::World;

/// What is asked of a preview; the default is the first prior that exists.
#[derive(Debug, Clone, Default)]
pub struct PreviewAsk {
    /// Compare with this.
    pub prior: Option<Prior>,
    /// Compare with this state file.
    pub state: Option<PathBuf>,
    /// Values for variables, over those of the prior.
    pub variables: Vec<VariableInput>,
    /// What kind of plan.
    pub mode: PlanMode,
    /// Only these addresses and what they need.
    pub targets: Vec<String>,
    /// Replace these instances.
    pub replace: Vec<ResourceInstanceAddress>,
}

/// Previews a Terraform stack. Configuration that is broken gives a report with diagnostics and whatever still plans.
pub fn preview(world: &World, stack: &Stack, ask: &PreviewAsk, generation: Generation) -> (PlanReport, Reads) {
    let (at, begun) = (world.clock.now(), world.clock.elapsed());
    let known = priors(world, stack);
    let prior = ask.prior.clone().or_else(|| known.first().cloned()).unwrap_or(Prior::State);
    let prior = if ask.state.is_some() { Prior::State } else { prior };
    let planned = planned(world, stack, ask, &prior);
    let took = world.clock.elapsed().saturating_sub(begun);
    let (plan, diagnostics, reads) = match planned {
        Ok(mut planned) => {
            planned.diagnostics.retain(|diagnostic| !is_about_an_open_check(diagnostic));
            (planned.plan, planned.diagnostics, planned.reads)
        }
        Err(diagnostic) => (Arc::new(Plan { errored: true, ..Plan::default() }), vec![*diagnostic], Reads::default()),
    };
    let rates = lore::rates(world, lore::lore(world, stack).as_deref(), &plan);
    let report = PlanReport {
        stack: stack.path.clone(),
        fidelity: Fidelity::Previewed,
        prior,
        priors: known,
        plan,
        stale: false,
        diagnostics,
        provenance: Provenance { generation, at, took, remembered: false },
        disagreements: Vec::new(),
        rates,
        raw: Vec::new(),
    };
    (report, reads)
}

/// What the JSON of a preview tells besides the plan; `None` when it is no plan against a state.
pub fn details(world: &World, stack: &Stack, ask: &PreviewAsk, prior: &Prior) -> Option<Details> {
    let source = comparison(world, stack, prior).ok()?.source;
    let planned = planned(world, stack, ask, prior).ok()?;
    Some(world.engine.details(&source, &planned)).filter(|_| !matches!(prior, Prior::Revision(_)))
}

/// That a check cannot be decided before the apply is no news in a preview, which asks nobody, nor in an offer to apply;
/// the plan's own list of checks says it.
pub fn is_about_an_open_check(diagnostic: &Diagnostic) -> bool {
    !diagnostic.is_error() && diagnostic.summary == "Check block assertion known after apply"
}

fn planned(world: &World, stack: &Stack, ask: &PreviewAsk, prior: &Prior) -> Result<Planned, Box<Diagnostic>> {
    let compared = comparison(world, stack, prior)?;
    let side = match &ask.state {
        Some(path) => PriorSide::State(read_state(world, path, &stack.path)?),
        None => compared.side,
    };
    let mut variables = environment_variables();
    variables.extend(compared.variables);
    variables.extend(ask.variables.iter().cloned());
    let mut options = PlanOptions {
        variables,
        mode: ask.mode,
        targets: ask.targets.clone(),
        replace: ask.replace.clone(),
        lore: lore::lore(world, stack),
        ..PlanOptions::default()
    };
    let surroundings = world.preview_surroundings();
    Ok(match side {
        PriorSide::State(state) => {
            options.state = state;
            world.engine.plan(&compared.source, &options, &surroundings)
        }
        PriorSide::Configuration(before) => world.engine.compare(&before, &compared.source, &options, &surroundings),
    })
}

/// What a preview depends on besides the files it reads: equal keys and equal reads give an equal plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewKey {
    prior: Prior,
    priors: Vec<Prior>,
    /// The commit of a revision, or the hash of the state's bytes.
    other_side: String,
    variables: Vec<(PathBuf, Option<ContentHash>)>,
    /// What is known about others' providers.
    lore: LoreStamp,
}

/// The key of a preview that would be made now.
pub fn preview_key(world: &World, stack: &Stack, ask: &PreviewAsk) -> PreviewKey {
    let known = priors(world, stack);
    let prior = ask.prior.clone().or_else(|| known.first().cloned()).unwrap_or(Prior::State);
    let other_side = match &prior {
        Prior::Revision(revision) => world.repo().and_then(|repo| repo.resolve(revision).ok()).unwrap_or_default(),
        Prior::Remembered => {
            remembered_state(world, &stack.path).map(|bytes| hash_bytes(&bytes).to_string()).unwrap_or_default()
        }
        Prior::State | Prior::Environment(_) => {
            let path = state_path(world, stack, &prior);
            let bytes = path.and_then(|path| world.files.read(&path).ok());
            bytes.map(|bytes| hash_bytes(&bytes).to_string()).unwrap_or_default()
        }
    };
    let files = match &prior {
        Prior::Environment(name) => super::environments::variable_files(world, name, &stack.path),
        _ => Vec::new(),
    };
    let hashed = |path: PathBuf| {
        let hash = world.files.read(&path).ok().map(|bytes| hash_bytes(&bytes));
        (path, hash)
    };
    let variables = files.into_iter().map(hashed).collect();
    PreviewKey { prior, priors: known, other_side, variables, lore: lore::stamp(world, stack) }
}

/// `TF_VAR_…` of Kilter's own environment, as terraform takes them.
pub fn environment_variables() -> Vec<VariableInput> {
    let named =
        std::env::vars_os().filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?)));
    let mut found: Vec<(String, String)> =
        named.filter_map(|(name, text)| Some((name.strip_prefix("TF_VAR_")?.to_owned(), text))).collect();
    found.sort();
    found.into_iter().map(|(name, text)| VariableInput::Environment { name: name.into(), text }).collect()
}
