//! A plan with the state before it as a refresh leaves it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::engine::loaded::Loaded;
use crate::engine::module::declared::ItemId;
use crate::engine::outcome::Planned;
use crate::engine::query::graph::Vertex;
use crate::model::action::Action;
use crate::model::address::ResourceInstanceAddress;
use crate::model::plan::Plan;

/// What a refresh writes into the state: the objects that each one needs, as the configuration has them now.
pub fn refreshed(loaded: &Loaded, planned: &Planned) -> Arc<Plan> {
    let Some(state) = planned.plan.prior_state.as_deref() else { return planned.plan.clone() };
    let mut state = state.clone();
    let current = planned.plan.changes.iter().filter(|row| row.deposed.is_none());
    let rows: HashMap<&ResourceInstanceAddress, _> = current.map(|row| (&row.address, row)).collect();
    for resource in &mut state.resources {
        let address = &resource.address;
        let Some(node) = loaded.config.node(&address.module) else { continue };
        let module = &loaded.config.nodes[node].module;
        let Some(at) = module.resource(address.mode, &address.type_name, &address.name) else { continue };
        let number = loaded.graph.number(&loaded.config, Vertex { node, item: ItemId::Resource(at as u32) });
        let configured = loaded.graph.resources_below(&loaded.config, number);
        for instance in &mut resource.instances {
            let Some(row) = rows.get(&address.instance(instance.key.clone())) else { continue };
            if instance.deposed.is_some() || row.change.action == Action::Delete {
                continue;
            }
            let mut dependencies = configured.clone();
            if row.change.action != Action::NoOp {
                dependencies.extend(instance.dependencies.iter().cloned());
                dependencies.sort_by_cached_key(ToString::to_string);
                dependencies.dedup();
            }
            Arc::make_mut(instance).dependencies = dependencies.into();
        }
    }
    Arc::new(Plan { prior_state: Some(Arc::new(state)), ..(*planned.plan).clone() })
}
