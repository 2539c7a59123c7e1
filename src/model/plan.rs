//! A plan: what would happen to which object, as terraform's plan JSON 1.2 describes it.
//!
//! Computing one is `engine`'s business, its wire form `format`'s.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::action::{Action, ActionReason};
use super::address::{ModuleAddress, ResourceInstanceAddress};
use super::check::CheckResult;
use super::place::Place;
use super::state::StateSnapshot;
use super::value::{Str, Value, ValuePath};

/// What applying a configuration would do. Values carry their sensitive marks and unknowns inside.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// The version of the terraform language it speaks for (`1.11.4`).
    pub terraform_version: Str,
    /// The root module's variables as given or defaulted.
    pub variables: BTreeMap<Str, Value>,
    /// One entry per resource instance that exists before or after, including those without change, in terraform's
    /// order (by address). Data sources appear only when they are read during apply.
    pub changes: Vec<Arc<ResourceChange>>,
    /// Differences that a refresh found between the state and the real objects.
    pub drift: Vec<Arc<ResourceChange>>,
    /// The root module's outputs.
    pub outputs: BTreeMap<Str, OutputChange>,
    /// `check` blocks, conditions and validations.
    pub checks: Vec<CheckResult>,
    /// The state it was compared with, after moves and refresh; `None` when there was none.
    pub prior_state: Option<Arc<StateSnapshot>>,
    /// Data sources that were read while planning, with what they gave (part of `prior_state` in the JSON).
    pub data_read: Vec<DataRead>,
    /// Planning met an error; the plan must not be applied.
    pub errored: bool,
    /// Applying it would do something.
    pub applyable: bool,
    /// Nothing was left out by targets or deferral.
    pub complete: bool,
    /// RFC 3339, when the plan was made; empty when it does not matter.
    pub timestamp: Str,
    /// Things the preview could not expand: one row each, with what decides them.
    pub undecided: Vec<Undecided>,
}

/// A data source instance read during planning.
#[derive(Debug, Clone, PartialEq)]
pub struct DataRead {
    /// Its address.
    pub address: ResourceInstanceAddress,
    /// The provider's source address.
    pub provider: Str,
    /// All its attributes.
    pub value: Value,
}

/// One resource instance's change.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceChange {
    /// Where it will be.
    pub address: ResourceInstanceAddress,
    /// Where it was, when a `moved` block moved it.
    pub previous_address: Option<ResourceInstanceAddress>,
    /// The key of a deposed object.
    pub deposed: Option<Str>,
    /// The provider's source address: `registry.terraform.io/hashicorp/local`.
    pub provider: Str,
    /// What changes.
    pub change: Change,
    /// Why this action, where there is a reason to give.
    pub reason: Option<ActionReason>,
    /// The resource block's header in the configuration.
    pub place: Option<Place>,
    /// Where the knowledge comes from.
    pub knowledge: Knowledge,
}

/// Before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What happens.
    pub action: Action,
    /// The object before; null when there is none.
    pub before: Value,
    /// The object after, with unknowns; null when there is none.
    pub after: Value,
    /// The attributes that force the replacement.
    pub replace_paths: Vec<ValuePath>,
    /// The id it is imported from.
    pub importing: Option<Str>,
}

/// How sure a change is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Knowledge {
    /// As terraform itself would say it: a built-in provider, or terraform's own plan.
    #[default]
    Exact,
    /// The configured arguments are exact; computed ones follow a cached provider schema.
    FromSchema,
    /// The configured arguments are exact; what is not configured only the provider decides.
    ProviderDecides,
    /// As a plan of the real tool showed it for such a change: with the day of that plan.
    Learned(Str),
    /// Compared with the configuration at a revision, not with a state.
    FromConfiguration,
}

/// A root output's change.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputChange {
    /// Create, update, delete or no-op.
    pub action: Action,
    /// Before; null when there is none.
    pub before: Value,
    /// After.
    pub after: Value,
    /// Declared `sensitive`.
    pub sensitive: bool,
}

/// A block whose instances a preview cannot list: one row, never an error.
#[derive(Debug, Clone, PartialEq)]
pub struct Undecided {
    /// The module instance that holds it.
    pub module: ModuleAddress,
    /// The block: `aws_instance.web` or `module.vpc`.
    pub block: Str,
    /// What decides it: `data.aws_availability_zones.here`, `a module that is not downloaded`.
    pub decided_by: Str,
    /// What would unlock the rest: `terraform init`.
    pub unlock: Str,
    /// Where the block stands.
    pub place: Option<Place>,
}

/// How many of each; what titles and `summary` objects show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChangeSummary {
    /// New objects (a replacement counts here and under `remove`, as terraform counts).
    pub add: usize,
    /// Changed in place.
    pub change: usize,
    /// Destroyed.
    pub remove: usize,
    /// Of the above, replacements.
    pub replace: usize,
    /// Imported.
    pub import: usize,
    /// Moved to another address.
    pub moved: usize,
    /// Dropped from the state without being destroyed.
    pub forget: usize,
    /// Data sources read during apply.
    pub read: usize,
    /// Root outputs that change.
    pub outputs: usize,
    /// Blocks whose instances are not decided.
    pub undecided: usize,
}

impl ChangeSummary {
    /// Whether nothing at all would happen.
    pub fn is_empty(&self) -> bool {
        *self == ChangeSummary::default()
    }
}

impl ResourceChange {
    /// Whether it does something to the infrastructure or its state. A data source that a check reads anew each time does
    /// not: a plan with nothing else in it has nothing to do.
    pub fn is_effective(&self) -> bool {
        self.change.action != Action::NoOp && self.reason != Some(ActionReason::ReadBecauseCheckNested)
    }
}

impl Plan {
    /// Counts the changes.
    pub fn summary(&self) -> ChangeSummary {
        let mut summary = ChangeSummary { undecided: self.undecided.len(), ..ChangeSummary::default() };
        for resource in &self.changes {
            match resource.change.action {
                Action::NoOp => {}
                Action::Create => summary.add += 1,
                Action::Read => summary.read += usize::from(resource.is_effective()),
                Action::Update => summary.change += 1,
                Action::Delete => summary.remove += 1,
                Action::Forget => summary.forget += 1,
                Action::DeleteThenCreate | Action::CreateThenDelete => {
                    summary.add += 1;
                    summary.remove += 1;
                    summary.replace += 1;
                }
            }
            summary.import += usize::from(resource.change.importing.is_some());
            summary.moved += usize::from(resource.previous_address.is_some());
        }
        summary.outputs = self.outputs.values().filter(|output| output.action != Action::NoOp).count();
        summary
    }
}
