//! The objects as they are when an apply begins: the state, with everything that the plan found out taken in as
//! terraform does, and nothing done yet.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::engine::apply::order::Order;
use crate::engine::apply::standing::{Standings, lost_dependencies, vertex_of};
use crate::engine::options::PlanMode;
use crate::engine::plan::planner::Planner;
use crate::engine::plan::prior::{Prior, PriorObject};
use crate::model::action::Action;
use crate::model::address::{ResourceAddress, ResourceInstanceAddress, ResourceMode};
use crate::model::diagnostic::Diagnostic;
use crate::model::plan::ResourceChange;
use crate::model::state::{InstanceState, OutputState, StateSnapshot};
use crate::model::value::marked::unmark_with_paths;
use crate::model::value::stored::to_stored;
use crate::model::value::{Marks, Str, Type, Value, ValuePath};

/// Takes what the plan found out into the objects.
pub fn take_in(order: &Order<'_>, planner: &Planner<'_>, standings: &mut Standings<'_, '_>, prior: &mut Prior) {
    drifted(order, planner, prior);
    imported(order, planner, standings, prior);
    stand(order, standings, prior);
    read(order, planner, standings, prior);
}

/// What a refresh found.
fn drifted(order: &Order<'_>, planner: &Planner<'_>, prior: &mut Prior) {
    for row in &order.plan.drift {
        if row.change.after.is_null() {
            prior.take(&row.address);
            continue;
        }
        let Some(mut object) = prior.take(&row.address) else { continue };
        let ty = row.change.after.ty();
        let schema = planner.supported(&row.provider, row.address.resource.mode, &row.address.resource.type_name);
        let ty = schema.ok().flatten().map_or(ty, |supported| supported.schema.block.implied_type());
        Arc::make_mut(&mut object.state).attributes = to_stored(&row.change.after.unmark_deep(), &ty);
        prior.put(row.address.clone(), object);
    }
}

/// What is imported.
fn imported(order: &Order<'_>, planner: &Planner<'_>, standings: &mut Standings<'_, '_>, prior: &mut Prior) {
    for row in order.plan.changes.iter().filter(|row| row.change.importing.is_some()) {
        put(planner, standings, prior, row, &row.change.before);
    }
}

fn put(
    planner: &Planner<'_>,
    standings: &mut Standings<'_, '_>,
    prior: &mut Prior,
    row: &ResourceChange,
    value: &Value,
) {
    let resource = &row.address.resource;
    let Ok(Some(supported)) = planner.supported(&row.provider, resource.mode, &resource.type_name) else { return };
    let Some(standing) = standings.of(resource) else { return };
    let (plain, sensitive_paths) = stored(value, &supported.schema.block.implied_type());
    let state = InstanceState {
        key: row.address.key.clone(),
        deposed: None,
        tainted: false,
        schema_version: supported.schema.version,
        attributes: plain,
        sensitive_paths,
        private: None,
        dependencies: standing.dependencies.clone(),
        create_before_destroy: standing.create_first,
    };
    let object = PriorObject { state: Arc::new(state), provider: standing.provider, previous: None };
    prior.put(row.address.clone(), object);
}

/// A value as a state holds it, and where it is sensitive.
fn stored(value: &Value, ty: &Type) -> (Value, Vec<ValuePath>) {
    let (plain, marks) = unmark_with_paths(value);
    let sensitive = marks.into_iter().filter(|(_, marks)| marks.contains(Marks::SENSITIVE)).map(|(path, _)| path);
    (to_stored(&plain, ty), sensitive.collect())
}

/// What objects depend on follows the configuration even where nothing else about them changes.
fn stand(order: &Order<'_>, standings: &mut Standings<'_, '_>, prior: &mut Prior) {
    if order.options.mode == PlanMode::Destroy {
        return;
    }
    let lost = lost(order, prior);
    for row in order.plan.changes.iter().filter(|row| row.deposed.is_none()) {
        let managed = row.address.resource.mode == ResourceMode::Managed;
        if !managed || matches!(row.change.action, Action::Delete | Action::Forget | Action::Create) {
            continue;
        }
        let Some(standing) = standings.of(&row.address.resource) else { continue };
        let Some(mut object) = prior.take(&row.address) else { continue };
        let mut dependencies = standing.dependencies.to_vec();
        let configured = dependencies.len();
        if row.change.action != Action::NoOp {
            // Until the change is carried out, what it depended on counts as well.
            dependencies.extend(object.state.dependencies.iter().cloned());
        }
        let (config, graph) = (&order.loaded.config, &order.loaded.graph);
        dependencies.extend(lost_dependencies(config, graph, &row.address.resource, &lost));
        if dependencies.len() > configured {
            dependencies.sort_by_cached_key(ToString::to_string);
            dependencies.dedup();
        }
        let now = &object.state;
        if *now.dependencies != dependencies || now.create_before_destroy != standing.create_first {
            let state = Arc::make_mut(&mut object.state);
            state.dependencies = dependencies.into();
            state.create_before_destroy = standing.create_first;
        }
        object.provider = standing.provider;
        prior.put(row.address.clone(), object);
    }
}

/// Resources that the state holds and the configuration no longer has, without keys.
fn lost(order: &Order<'_>, prior: &Prior) -> Vec<ResourceAddress> {
    let is_lost = |address: &ResourceAddress| {
        address.mode == ResourceMode::Managed && vertex_of(&order.loaded.config, address).is_none()
    };
    let all = prior.iter().map(|(address, _)| address).filter(|address| is_lost(address));
    let mut found: Vec<ResourceAddress> = all.map(ResourceAddress::without_keys).collect();
    found.sort();
    found.dedup();
    found
}

/// Data sources that were read while planning; those that the configuration no longer has are gone.
fn read(order: &Order<'_>, planner: &Planner<'_>, standings: &mut Standings<'_, '_>, prior: &mut Prior) {
    let rows = order.plan.changes.iter().filter(|row| row.change.action == Action::Read);
    let pending: HashSet<&ResourceInstanceAddress> = rows.map(|row| &row.address).collect();
    if order.options.targets.is_empty() {
        let gone: Vec<ResourceInstanceAddress> = prior
            .addresses()
            .into_iter()
            .filter(|address| address.resource.mode == ResourceMode::Data && !pending.contains(address))
            .collect();
        for address in gone {
            prior.take(&address);
        }
    }
    for read in &order.plan.data_read {
        if let Some(object) =
            data_object(planner, standings, &read.provider, &read.address.resource, &read.address, &read.value)
        {
            prior.put(read.address.clone(), object);
        }
    }
}

/// A data source that was read, as a state holds it; `None` while something about it is unknown.
pub fn data_object(
    planner: &Planner<'_>,
    standings: &mut Standings<'_, '_>,
    provider: &str,
    resource: &ResourceAddress,
    address: &ResourceInstanceAddress,
    value: &Value,
) -> Option<PriorObject> {
    let supported = planner.supported(provider, resource.mode, &resource.type_name).ok().flatten()?;
    let standing = standings.of(resource)?;
    if !value.unmark_deep().is_wholly_known() {
        return None;
    }
    let (attributes, sensitive_paths) = stored(value, &supported.schema.block.implied_type());
    let state = InstanceState {
        key: address.key.clone(),
        deposed: None,
        tainted: false,
        schema_version: supported.schema.version,
        attributes,
        sensitive_paths,
        private: None,
        dependencies: Arc::default(),
        create_before_destroy: false,
    };
    Some(PriorObject { state: Arc::new(state), provider: standing.provider, previous: None })
}

/// The outputs when an apply begins: those of the state, as far as the plan does not know better already.
pub fn outputs(order: &Order<'_>, before: &StateSnapshot) -> BTreeMap<Str, OutputState> {
    let mut outputs = before.outputs.clone();
    if order.options.mode == PlanMode::Destroy {
        return outputs;
    }
    let root = &order.loaded.config.nodes[0].module;
    for (name, change) in &order.plan.outputs {
        let value = change.after.unmark_deep();
        match root.output(name) {
            Some(at) if !value.is_null() => {
                if value.is_wholly_known() {
                    let sensitive = root.outputs[at].sensitive;
                    outputs.insert(name.clone(), OutputState { value, sensitive });
                }
            }
            _ => drop(outputs.remove(name)),
        }
    }
    outputs
}

/// Data sources that make a file when they are read were read by the plan, which writes nothing: they are read again.
pub fn write_what_was_read(order: &Order<'_>, planner: &Planner<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for read in &order.plan.data_read {
        let Some(provider) = order.providers.get(&read.provider).filter(|provider| provider.writes_when_read()) else {
            continue;
        };
        let (type_name, config) = (&read.address.resource.type_name, read.value.unmark_deep());
        let answer = planner.reach.with(|world| provider.read_data(type_name, &config, world));
        let about = |fault: Diagnostic| fault.about(read.address.to_string());
        found.extend(answer.err().into_iter().flatten().map(about));
    }
    found
}
