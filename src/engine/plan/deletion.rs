//! Objects that the configuration no longer has: destroyed or forgotten, with the reason.

use std::rc::Rc;

use crate::engine::module::declared::{Removed, Repetition, Spot};
use crate::engine::module::refactoring::{Endpoint, endpoint};
use crate::engine::module::tree::{Child, Config};
use crate::engine::plan::instance::prevented;
use crate::engine::plan::marks::schema_marks;
use crate::engine::plan::planner::Planner;
use crate::engine::plan::prior::PriorObject;
use crate::engine::query::scope::{Instances, Scope};
use crate::engine::query::session::Query;
use crate::model::action::{Action, ActionReason};
use crate::model::address::{InstanceKey, ModuleAddress, ResourceAddress, ResourceInstanceAddress, ResourceMode};
use crate::model::plan::{Change, Knowledge, ResourceChange};
use crate::model::value::marked::mark_at;
use crate::model::value::stored::from_stored;
use crate::model::value::{Marks, Str, Type, Value};

/// What becomes of an object that exists.
enum Fate {
    /// The configuration has it.
    Kept,
    /// Nobody can say yet.
    Open,
    /// The configuration does not have it.
    Gone(ActionReason),
}

/// The rows of all objects that the configuration does not have.
pub fn orphans(planner: &Planner<'_>, query: &Query<'_>) -> Vec<ResourceChange> {
    let mut rows = Vec::new();
    for (address, resource) in planner.prior.iter().filter(|(address, _)| address.mode == ResourceMode::Managed) {
        let declared = declaration(planner.config, address);
        for (key, object) in &resource.current {
            if let Fate::Gone(reason) = fate(query, address, key.as_ref(), object) {
                let instance = address.instance(key.clone());
                let forgotten = declared.is_none() && is_forgotten(planner.config, address);
                let action = if forgotten { Action::Forget } else { Action::Delete };
                if let (Action::Delete, Some((_, Some(_)))) = (action, &declared) {
                    refuse(query, &instance, declared.as_ref());
                }
                rows.push(row(planner, &instance, object, action, Some(reason), declared.as_ref()));
            }
        }
        for ((key, _), object) in &resource.deposed {
            rows.push(row(planner, &address.instance(key.clone()), object, Action::Delete, None, declared.as_ref()));
        }
    }
    rows
}

/// Says which objects of a resource may not be destroyed although there is no instance of it for them: what reads the
/// resource is not looked at then.
pub fn refuse_orphans(planner: &Planner<'_>, query: &Query<'_>, scope: &Rc<Scope>, position: usize) {
    let resource = query.resource(scope, position);
    let expansion = query.expansion(scope, position);
    if resource.lifecycle.prevent_destroy.is_none() || !matches!(expansion.instances, Instances::Known(_)) {
        return;
    }
    let address = query.resource_address(scope, position);
    let Some(prior) = planner.prior.resource(&address) else { return };
    for key in prior.current.keys().filter(|key| expansion.find(key.as_ref()).is_none()) {
        refuse(query, &address.instance(key.clone()), declaration(planner.config, &address).as_ref());
    }
}

fn refuse(query: &Query<'_>, instance: &ResourceInstanceAddress, declared: Option<&(Spot, Option<Spot>)>) {
    let diagnostic = prevented(instance).about(instance.to_string());
    query.report([match declared {
        Some((header, _)) => diagnostic.at(header.place()),
        None => diagnostic,
    }]);
}

/// Where a resource is declared, and where it says that it must not be destroyed.
pub fn declaration(config: &Config, address: &ResourceAddress) -> Option<(Spot, Option<Spot>)> {
    let module = &config.nodes[config.node(&address.module)?].module;
    let at = module.resource(address.mode, &address.type_name, &address.name)?;
    let resource = &module.resources[at];
    Some((resource.content.header.clone(), resource.lifecycle.prevent_destroy.clone()))
}

/// The row of an object that goes away.
pub fn row(
    planner: &Planner<'_>,
    address: &ResourceInstanceAddress,
    object: &PriorObject,
    action: Action,
    reason: Option<ActionReason>,
    declared: Option<&(Spot, Option<Spot>)>,
) -> ResourceChange {
    let source = provider_source(&object.provider);
    let mut knowledge = Knowledge::ProviderDecides;
    let mut marks: Vec<_> = object.state.sensitive_paths.iter().map(|p| (p.clone(), Marks::SENSITIVE)).collect();
    let mut before = object.state.attributes.clone();
    let mut ty = Type::Dynamic;
    if let Ok(Some(supported)) = planner.supported(&source, address.resource.mode, &address.resource.type_name) {
        knowledge = supported.knowledge;
        ty = supported.schema.block.implied_type();
        if let Ok(typed) = from_stored(&before, &ty) {
            before = typed;
        }
        marks.extend(schema_marks(&supported.schema.block, &before));
    }
    ResourceChange {
        address: address.clone(),
        previous_address: object.previous.clone(),
        deposed: object.state.deposed.clone(),
        provider: source,
        change: Change {
            action,
            before: mark_at(&before, &marks),
            after: Value::null_of(ty),
            replace_paths: Vec::new(),
            importing: None,
        },
        reason,
        place: declared.map(|(header, _)| header.place()),
        knowledge,
    }
}

/// The source address in a provider configuration as states write it.
pub fn provider_source(provider: &str) -> Str {
    let inner = provider.split("provider[\"").nth(1).unwrap_or(provider);
    Str::from(inner.split('"').next().unwrap_or(inner))
}

fn fate(query: &Query<'_>, address: &ResourceAddress, key: Option<&InstanceKey>, object: &PriorObject) -> Fate {
    let config = query.config;
    let undeclared = if object.previous.is_some() {
        ActionReason::DeleteBecauseNoMoveTarget
    } else {
        ActionReason::DeleteBecauseNoResourceConfig
    };
    let (node, absent) = match deepest(config, &address.module) {
        Reached::Node(node) => (node, false),
        Reached::Absent => (0, true),
        Reached::Nothing => return Fate::Gone(undeclared),
    };
    if absent {
        return Fate::Open;
    }
    let module = &config.nodes[node].module;
    let Some(position) = module.resource(address.mode, &address.type_name, &address.name) else {
        // Somebody is typing in its block.
        let lost = module.is_lost("resource", &[&address.type_name, &address.name]);
        return if lost { Fate::Open } else { Fate::Gone(undeclared) };
    };
    let scope = match scope(query, &address.module) {
        Ok(Some(scope)) => scope,
        Ok(None) => return Fate::Gone(ActionReason::DeleteBecauseNoModule),
        Err(()) => return Fate::Open,
    };
    let expansion = query.expansion(&scope, position);
    match &expansion.instances {
        Instances::Known(_) => {}
        Instances::Undecided(_) | Instances::Failed => return Fate::Open,
    }
    if expansion.find(key).is_some() {
        return Fate::Kept;
    }
    let repetition = &module.resources[position].repetition;
    Fate::Gone(match (key, repetition) {
        (Some(InstanceKey::Int(_)), Repetition::Count(_)) => ActionReason::DeleteBecauseCountIndex,
        (Some(InstanceKey::String(_)), Repetition::ForEach(_)) => ActionReason::DeleteBecauseEachKey,
        _ => ActionReason::DeleteBecauseWrongRepetition,
    })
}

enum Reached {
    Node(usize),
    /// A module that is not downloaded.
    Absent,
    Nothing,
}

fn deepest(config: &Config, address: &ModuleAddress) -> Reached {
    let mut at = 0;
    for step in &address.0 {
        let module = &config.nodes[at].module;
        let Some(call) = module.call(&step.name) else {
            return if module.is_lost("module", &[&step.name]) { Reached::Absent } else { Reached::Nothing };
        };
        match config.nodes[at].children.get(call) {
            Some(Child::Node(child)) => at = *child,
            Some(Child::Absent | Child::Broken) => return Reached::Absent,
            None => return Reached::Nothing,
        }
    }
    Reached::Node(at)
}

/// The module instance at an address: none when the configuration does not expand to it, an error when nobody can say.
fn scope(query: &Query<'_>, address: &ModuleAddress) -> Result<Option<Rc<Scope>>, ()> {
    let mut scope = query.root();
    for step in &address.0 {
        let Some(call) = query.module(&scope).call(&step.name) else { return Ok(None) };
        let (expansion, scopes) = query.call(&scope, call);
        if !matches!(expansion.instances, Instances::Known(_)) {
            return Err(());
        }
        let Some(each) = expansion.find(step.key.as_ref()) else { return Ok(None) };
        match scopes.get(each.at) {
            Some(child) if query.objects.replaced_outputs(&child.address).is_some() => return Ok(None),
            Some(child) => {
                let child = child.clone();
                scope = child;
            }
            None => return Err(()),
        }
    }
    Ok(Some(scope))
}

/// Whether a `removed` block lets go of a resource without destroying it.
fn is_forgotten(config: &Config, address: &ResourceAddress) -> bool {
    removed(config, address).any(|(_, removed)| !removed.destroy)
}

/// The `removed` blocks about a resource, each with the node it stands in.
pub fn removed<'c>(config: &'c Config, address: &'c ResourceAddress) -> impl Iterator<Item = (usize, &'c Removed)> {
    config.nodes.iter().enumerate().flat_map(move |(at, node)| {
        let about = move |removed: &&Removed| {
            let Some(below) = below(&node.address, &address.module) else { return false };
            match endpoint(&removed.from) {
                Some(Endpoint::Module(module)) => {
                    module.0.len() <= below.len() && module.0.iter().zip(&below).all(|(a, b)| a.name == *b)
                }
                Some(Endpoint::Resource { module, mode, type_name, name, .. }) => {
                    module.0.len() == below.len()
                        && module.0.iter().zip(&below).all(|(a, b)| a.name == *b)
                        && (mode, &type_name, &name) == (address.mode, &address.type_name, &address.name)
                }
                None => false,
            }
        };
        node.module.removed.iter().filter(about).map(move |removed| (at, removed))
    })
}

fn below(node: &ModuleAddress, module: &ModuleAddress) -> Option<Vec<Str>> {
    let names: Vec<Str> = module.0.iter().map(|step| step.name.clone()).collect();
    let starts = names.len() >= node.0.len() && node.0.iter().zip(&names).all(|(a, b)| a.name == *b);
    starts.then(|| names[node.0.len()..].to_vec())
}
