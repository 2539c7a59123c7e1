//! `moved` blocks, and the moves that a changed `count` implies, applied to the prior objects.

use crate::engine::module::declared::Repetition;
use crate::engine::module::refactoring::{Endpoint, endpoint};
use crate::engine::module::tree::Config;
use crate::engine::plan::prior::Prior;
use crate::model::address::{InstanceKey, ModuleAddress, ModuleStep, ResourceAddress, ResourceInstanceAddress};
use crate::model::diagnostic::Diagnostic;

/// One move, as written in one module.
struct Move<'c> {
    within: &'c ModuleAddress,
    from: Endpoint,
    to: Endpoint,
}

/// Applies all moves; says which of them were blocked by an object that is already there.
pub fn apply(config: &Config, prior: &mut Prior) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let mut moves = Vec::new();
    for node in &config.nodes {
        for moved in &node.module.moved {
            match (endpoint(&moved.from), endpoint(&moved.to)) {
                (Some(from), Some(to)) if same_kind(&from, &to) => {
                    moves.push(Move { within: &node.address, from, to });
                }
                // Said when the module was read.
                _ => {}
            }
        }
    }
    let implied = implied(config, prior, &moves);
    let mut blocked = Vec::new();
    for index in order(&moves) {
        carry_out(&moves[index], prior, &mut blocked);
    }
    for (from, to) in implied {
        let free = prior.current(&to.resource, to.key.as_ref()).is_none();
        if free && prior.current(&from.resource, from.key.as_ref()).is_some() {
            prior.relocate(&from, &to);
        }
    }
    diagnostics.extend(unresolved(&blocked));
    diagnostics
}

fn same_kind(a: &Endpoint, b: &Endpoint) -> bool {
    a.is_module() == b.is_module()
}

/// An order in which a move that ends where another one begins comes first.
fn order(moves: &[Move<'_>]) -> Vec<usize> {
    let feeds = |a: &Move<'_>, b: &Move<'_>| a.within == b.within && overlaps(&a.to, &b.from);
    let mut ordered = Vec::with_capacity(moves.len());
    let mut done = vec![false; moves.len()];
    while ordered.len() < moves.len() {
        let ready = (0..moves.len()).find(|&at| {
            !done[at] && (0..moves.len()).all(|other| done[other] || other == at || !feeds(&moves[other], &moves[at]))
        });
        // Moves that feed each other in a circle are taken as they are written.
        let Some(next) = ready.or_else(|| done.iter().position(|done| !done)) else { break };
        done[next] = true;
        ordered.push(next);
    }
    ordered
}

fn overlaps(a: &Endpoint, b: &Endpoint) -> bool {
    match (a, b) {
        (Endpoint::Module(a), Endpoint::Module(b)) => starts_with(&a.0, &b.0) || starts_with(&b.0, &a.0),
        (Endpoint::Resource { module, .. }, Endpoint::Module(other)) => starts_with(&module.0, &other.0),
        (Endpoint::Module(other), Endpoint::Resource { module, .. }) => starts_with(&module.0, &other.0),
        (
            Endpoint::Resource { module, mode, type_name, name, .. },
            Endpoint::Resource { module: m, mode: o, type_name: t, name: n, .. },
        ) => (module, mode, type_name, name) == (m, o, t, n),
    }
}

fn starts_with(path: &[ModuleStep], prefix: &[ModuleStep]) -> bool {
    path.len() >= prefix.len() && path.iter().zip(prefix).all(|(a, b)| a.name == b.name)
}

/// The title of what says that objects could not move.
pub const UNRESOLVED: &str = "Unresolved resource instance address changes";

/// Says which objects could not move because another one is there.
fn unresolved(blocked: &[Step]) -> Option<Diagnostic> {
    if blocked.is_empty() {
        return None;
    }
    let mut blocked: Vec<&Step> = blocked.iter().collect();
    blocked.sort();
    let list: String = blocked.iter().map(|(from, to)| format!("\n  - {from} could not move to {to}")).collect();
    let detail = format!(
        "Terraform tried to adjust resource instance addresses in the prior state based on change information recorded in the configuration, but some adjustments did not succeed due to existing objects already at the intended addresses:{list}\n\nTerraform has planned to destroy these objects. If Terraform's proposed changes aren't appropriate, you must first resolve the conflicts using the \"terraform state\" subcommands and then create a new plan."
    );
    Some(Diagnostic::warning(UNRESOLVED, detail))
}

/// From where to where one object goes.
type Step = (ResourceInstanceAddress, ResourceInstanceAddress);

fn carry_out(one: &Move<'_>, prior: &mut Prior, blocked: &mut Vec<Step>) {
    let mut addresses = prior.addresses();
    addresses.sort();
    for from in addresses {
        let Some(to) = one.target(&from) else { continue };
        if to == from {
            continue;
        }
        if prior.current(&to.resource, to.key.as_ref()).is_some() {
            blocked.push((from, to));
            continue;
        }
        prior.relocate(&from, &to);
    }
}

impl Move<'_> {
    /// Whether one of its ends is this resource, an instance of it, or a module that it is in.
    fn is_about(&self, resource: &ResourceAddress) -> bool {
        let steps = &resource.module.0;
        if !starts_with(steps, &self.within.0) {
            return false;
        }
        let below = &steps[self.within.0.len()..];
        let selects =
            |step: &ModuleStep, own: &ModuleStep| step.name == own.name && (step.key.is_none() || step.key == own.key);
        [&self.from, &self.to].into_iter().any(|end| match end {
            Endpoint::Module(module) => {
                module.0.len() <= below.len() && module.0.iter().zip(below).all(|(step, own)| selects(step, own))
            }
            Endpoint::Resource { module, mode, type_name, name, .. } => {
                module.0.len() == below.len()
                    && module.0.iter().zip(below).all(|(step, own)| selects(step, own))
                    && (*mode, type_name, name) == (resource.mode, &resource.type_name, &resource.name)
            }
        })
    }

    /// Where this move takes an object; `None` when it does not concern it.
    fn target(&self, address: &ResourceInstanceAddress) -> Option<ResourceInstanceAddress> {
        let depth = self.within.0.len();
        let steps = &address.resource.module.0;
        if !starts_with(steps, &self.within.0) {
            return None;
        }
        let (base, below) = steps.split_at(depth);
        match (&self.from, &self.to) {
            (Endpoint::Module(from), Endpoint::Module(to)) => {
                let rest = match_module(below, from, to)?;
                let mut moved = address.clone();
                moved.resource.module.0 = base.iter().chain(&rest).cloned().collect();
                Some(moved)
            }
            (
                Endpoint::Resource { module, mode, type_name, name, key },
                Endpoint::Resource { module: to_module, mode: to_mode, type_name: to_type, name: to_name, key: to_key },
            ) => {
                let resource = &address.resource;
                let same = below == module.0.as_slice()
                    && (resource.mode, &resource.type_name, &resource.name) == (*mode, type_name, name);
                let whole = key.is_none() && to_key.is_none();
                if !same || (!whole && address.key != *key) {
                    return None;
                }
                let mut moved = address.clone();
                moved.resource.module.0 = base.iter().chain(&to_module.0).cloned().collect();
                moved.resource.mode = *to_mode;
                moved.resource.type_name = to_type.clone();
                moved.resource.name = to_name.clone();
                if !whole {
                    moved.key = to_key.clone();
                }
                Some(moved)
            }
            _ => None,
        }
    }
}

/// The steps below `within` after a module moved, when these steps lie in it.
fn match_module(below: &[ModuleStep], from: &ModuleAddress, to: &ModuleAddress) -> Option<Vec<ModuleStep>> {
    let (from_last, from_before) = from.0.split_last()?;
    let (to_last, to_before) = to.0.split_last()?;
    let own = below.get(from_before.len())?;
    if below.get(..from_before.len())? != from_before || own.name != from_last.name {
        return None;
    }
    let whole = from_last.key.is_none() && to_last.key.is_none();
    if !whole && own.key != from_last.key {
        return None;
    }
    let key = if whole { own.key.clone() } else { to_last.key.clone() };
    let mut steps = to_before.to_vec();
    steps.push(ModuleStep { name: to_last.name.clone(), key });
    steps.extend_from_slice(&below[from_before.len() + 1..]);
    Some(steps)
}

/// `x` becomes `x[0]` when `count` is added, and the reverse when it is taken away. Only what is in the state before any
/// move is asked for counts.
fn implied(config: &Config, prior: &Prior, moves: &[Move<'_>]) -> Vec<Step> {
    let mut addresses = prior.addresses();
    addresses.sort();
    let step = |from: ResourceInstanceAddress| {
        let node = config.node(&from.resource.module)?;
        let (module, resource) = (&config.nodes[node].module, &from.resource);
        let position = module.resource(resource.mode, &resource.type_name, &resource.name)?;
        let key = match (&module.resources[position].repetition, &from.key) {
            (Repetition::Count(_), None) => Some(InstanceKey::Int(0)),
            (Repetition::Single, Some(InstanceKey::Int(0))) => None,
            _ => return None,
        };
        // Whoever wrote about this resource may want it elsewhere.
        if moves.iter().any(|one| one.is_about(resource)) {
            return None;
        }
        let to = from.resource.instance(key);
        Some((from, to))
    };
    addresses.into_iter().filter_map(step).collect()
}
