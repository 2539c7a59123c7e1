//! Plans of an environment's stacks in the order of applying, each seeing what the ones before it would output.
//!
//! A stack that only other programs can apply is left out with its reason, and so is one whose blocks cannot be listed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::event::{Progress, StackPhase, Watcher};
use super::fault::{EnvironmentFault, Refusal};
use super::order::ordered;
use super::states;
use super::world::Environment;
use crate::engine::{PlanMode, PlanOptions, Planned, Source};
use crate::format::state_json;
use crate::model::action::Action;
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::place::RepoPath;
use crate::model::plan::Plan;
use crate::model::stack::{Stack, StackKind};
use crate::model::state::{OutputState, StateSnapshot};
use crate::sys::files::{OverlayFiles, ReadFiles};

/// The plan of one stack.
#[derive(Debug, Clone)]
pub struct StackPlan {
    /// Which.
    pub stack: RepoPath,
    /// What would happen, and what is wrong.
    pub planned: Planned,
    /// The state it was compared with.
    pub state: Option<Arc<StateSnapshot>>,
    /// What it could not know yet.
    pub notice: Option<String>,
}

impl StackPlan {
    /// Whether it cannot be applied.
    pub fn is_broken(&self) -> bool {
        self.planned.plan.errored || has_errors(&self.planned.diagnostics)
    }
}

/// A stack that is not applied here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Which.
    pub stack: RepoPath,
    /// Why.
    pub reason: String,
}

/// The plans of all stacks.
#[derive(Debug, Clone, Default)]
pub struct Plans {
    /// In the order of applying.
    pub stacks: Vec<StackPlan>,
    /// Those that are not applied here.
    pub left_out: Vec<LeftOut>,
}

/// The Terraform stacks of the checkout in the order of applying.
///
/// # Errors
/// [`EnvironmentFault::Refused`] when they read each other in a circle.
pub fn stacks(environment: &Environment) -> Result<Vec<Stack>, EnvironmentFault> {
    let mut found = environment.world.works.stacks(&environment.layout.checkout());
    found.retain(|stack| stack.kind == StackKind::Terraform);
    let wanted = &environment.settings.apply_order;
    if !wanted.is_empty() {
        let of = |path: &RepoPath| found.iter().find(|stack| stack.path == *path).cloned();
        return Ok(wanted.iter().filter_map(of).collect());
    }
    ordered(&found).map_err(|circle| {
        let names: Vec<String> = circle.iter().map(RepoPath::to_string).collect();
        EnvironmentFault::Refused(vec![Refusal::new(
            format!("the stacks read each other's outputs in a circle ({})", names.join(" → ")),
            "take one of these terraform_remote_state references out",
        )])
    })
}

/// Plans all stacks, looking at the real objects. With `foresee`, a stack sees the outputs that the plans before it
/// will leave behind where these are known.
///
/// # Errors
/// [`EnvironmentFault`] when a state cannot be read or the person asked to stop; what is wrong with a plan stands in it.
pub fn plan_all(environment: &Environment, foresee: bool, watcher: &dyn Watcher) -> Result<Plans, EnvironmentFault> {
    let mut plans = Plans::default();
    let mut foreseen = Foreseen::new(environment);
    for stack in stacks(environment)? {
        if watcher.cancelled() {
            return Err(EnvironmentFault::Cancelled);
        }
        if environment.settings.exclude.contains(&stack.path) {
            plans.left_out.push(LeftOut { stack: stack.path, reason: "the settings exclude it".to_owned() });
            continue;
        }
        watcher.progress(Progress::Stack { stack: stack.path.clone(), phase: StackPhase::Planning });
        let state = states::load(environment.files(), &environment.layout, &stack.path)?;
        let source = foreseen.source(&stack.path);
        let planned = plan(environment, &source, &stack.path, state.clone(), PlanMode::Normal);
        if let Some(reason) = left_out(environment, &planned, state.as_deref()) {
            plans.left_out.push(LeftOut { stack: stack.path, reason });
            continue;
        }
        let notice = foreseen.notice(&stack);
        if foresee {
            foreseen.remember(&stack.path, &planned.plan, state.as_deref());
        }
        plans.stacks.push(StackPlan { stack: stack.path, planned, state, notice });
    }
    Ok(plans)
}

/// Plans one stack through `source`.
pub fn plan(
    environment: &Environment,
    source: &Source,
    stack: &RepoPath,
    state: Option<Arc<StateSnapshot>>,
    mode: PlanMode,
) -> Planned {
    let variables = environment.variables_of(stack);
    let options = PlanOptions { variables, state, mode, refresh: true, ..PlanOptions::default() };
    let mut planned = environment.world.works.plan(source, &options);
    // One file of values serves all stacks of an environment: what one of them does not declare is for another.
    planned.diagnostics.retain(|diagnostic| !is_about_undeclared(diagnostic));
    planned
}

pub(super) fn is_about_undeclared(diagnostic: &Diagnostic) -> bool {
    let in_environments = |place: &crate::model::place::Place| place.path.parent().file_name() == "environments";
    !diagnostic.is_error()
        && diagnostic.summary.contains("undeclared variable")
        && diagnostic.subject.as_ref().is_none_or(in_environments)
}

/// A stack as it lies on the disk.
pub fn source(environment: &Environment, stack: &RepoPath) -> Source {
    let files: Arc<dyn ReadFiles> = environment.world.files.clone();
    Source::new(files, environment.layout.stack(stack), stack.clone())
}

/// Why a stack cannot be applied here; `None` when it can.
fn left_out(environment: &Environment, planned: &Planned, state: Option<&StateSnapshot>) -> Option<String> {
    let works = &environment.world.works;
    let in_plan = planned.plan.changes.iter().map(|change| change.provider.to_string());
    let in_state = state.into_iter().flat_map(|state| &state.resources).map(|r| r.provider_source().to_owned());
    let mut foreign: Vec<String> = in_plan.chain(in_state).filter(|provider| !works.is_built_in(provider)).collect();
    foreign.sort();
    foreign.dedup();
    if !foreign.is_empty() {
        let names: Vec<&str> = foreign.iter().map(|source| short(source)).collect();
        return Some(format!("only a real terraform can ask its provider {}", names.join(", ")));
    }
    let undecided = planned.plan.undecided.first()?;
    Some(format!(
        "{} is decided by {}, which is not at hand ({})",
        undecided.block, undecided.decided_by, undecided.unlock
    ))
}

/// `hashicorp/aws` of `registry.terraform.io/hashicorp/aws`.
fn short(source: &str) -> &str {
    source.strip_prefix("registry.terraform.io/").unwrap_or(source)
}

/// What a plan would do, one line per object that something happens to.
pub fn changes(plan: &Plan) -> Vec<(String, Action)> {
    let objects = plan.changes.iter().filter(|change| change.is_effective());
    let objects = objects.map(|change| (change.address.to_string(), change.change.action));
    let outputs = plan.outputs.iter().filter(|(_, output)| output.action != Action::NoOp);
    objects.chain(outputs.map(|(name, output)| (format!("output.{name}"), output.action))).collect()
}

/// The states that the plans so far will leave behind, laid over the ones on the disk.
struct Foreseen<'a> {
    environment: &'a Environment,
    instead: BTreeMap<PathBuf, PathBuf>,
    unknown: Vec<RepoPath>,
}

impl<'a> Foreseen<'a> {
    fn new(environment: &'a Environment) -> Self {
        Foreseen { environment, instead: BTreeMap::new(), unknown: Vec::new() }
    }

    fn source(&self, stack: &RepoPath) -> Source {
        let disk: Arc<dyn ReadFiles> = self.environment.world.files.clone();
        let files: Arc<dyn ReadFiles> = match self.instead.is_empty() {
            true => disk,
            false => Arc::new(OverlayFiles::new(disk.clone(), self.instead.clone(), disk)),
        };
        Source::new(files, self.environment.layout.stack(stack), stack.clone())
    }

    fn notice(&self, stack: &Stack) -> Option<String> {
        let waits: Vec<&str> =
            stack.reads.iter().filter(|read| self.unknown.contains(read)).map(RepoPath::as_str).collect();
        let outputs = waits.join(", ");
        (!waits.is_empty())
            .then(|| format!("what depends on outputs of {outputs} is decided once {outputs} is applied"))
    }

    /// Notes what a stack's outputs will be. Where one is not known before the apply, nothing is foreseen for it.
    fn remember(&mut self, stack: &RepoPath, plan: &Plan, state: Option<&StateSnapshot>) {
        if changes(plan).is_empty() || plan.errored {
            return;
        }
        let mut after = StateSnapshot { outputs: BTreeMap::new(), ..state.cloned().unwrap_or_default() };
        for (name, output) in plan.outputs.iter().filter(|(_, output)| output.action != Action::Delete) {
            let value = output.after.clone();
            after.outputs.insert(name.clone(), OutputState { value, sensitive: output.sensitive });
        }
        let path = self.environment.layout.foreseen().join(format!("{}.tfstate", stack.as_str().replace('/', "%")));
        let written =
            state_json::write(&after).ok().map(|bytes| self.environment.files().write_atomic(&path, &bytes, 0o600));
        match written {
            Some(Ok(())) => {
                let state = states::place(self.environment.files(), &self.environment.layout, stack);
                self.instead.insert(state, path);
            }
            // An unknown value has no place in a state, and a full disk no room for a guess.
            _ => self.unknown.push(stack.clone()),
        }
    }
}

impl Drop for Foreseen<'_> {
    fn drop(&mut self) {
        let _ = self.environment.files().remove_tree(&self.environment.layout.foreseen());
    }
}
