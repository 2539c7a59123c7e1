//! What a state keeps beside an object because of the configuration: its provider, what it depends on, and whether its
//! replacement comes first. Told from the configuration alone, before anything is evaluated.

use std::collections::HashMap;
use std::sync::Arc;

use crate::engine::module::declared::ItemId;
use crate::engine::module::references::keys_read;
use crate::engine::module::tree::Config;
use crate::engine::plan::planner::Planner;
use crate::engine::query::graph::{Graph, Vertex};
use crate::model::action::Action;
use crate::model::address::{InstanceKey, ResourceAddress, ResourceInstanceAddress};
use crate::model::plan::Plan;
use crate::model::value::{Str, Value};

/// What a state keeps beside each object of a resource.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The provider configuration as states write it.
    pub provider: Str,
    /// The resources that it depends on, without keys, in terraform's order.
    pub dependencies: Arc<[ResourceAddress]>,
    /// Whether its replacement is created before it is destroyed.
    pub create_first: bool,
}

/// The standings of resources, each found once.
pub struct Standings<'p, 'a> {
    planner: &'p Planner<'a>,
    known: HashMap<u32, Standing>,
    /// By vertex number, what is created before it is destroyed, and what that needs, as far as something happens to it.
    acting: Vec<bool>,
}

impl<'p, 'a> Standings<'p, 'a> {
    /// None found yet.
    pub fn new(planner: &'p Planner<'a>, plan: &Plan) -> Self {
        Standings { planner, known: HashMap::new(), acting: acting(planner, plan) }
    }

    /// Whether an object that is made now is created before what comes after it is destroyed. Of instances that are named
    /// by keys, only the named ones are.
    pub fn created_first(&self, address: &ResourceInstanceAddress) -> bool {
        let (config, graph) = (self.planner.config, self.planner.graph);
        let Some(vertex) = vertex_of(config, &address.resource) else { return false };
        let own = graph.number(config, vertex);
        if !self.acting[own as usize] {
            return false;
        }
        let readers = (0..graph.len() as u32).filter(|number| *number != own && self.acting[*number as usize]);
        says_so(config, vertex)
            || readers.filter(|number| graph.edges(*number).contains(&own)).any(|number| {
                let reader = graph.vertex(number);
                let keys = named_keys(config, reader, vertex);
                keys.is_none_or(|keys| keys.iter().any(|key| address.key.as_ref() == instance_key(key).as_ref()))
            })
    }

    /// The standing of a resource; `None` when the configuration does not have it.
    pub fn of(&mut self, address: &ResourceAddress) -> Option<Standing> {
        let (config, graph) = (self.planner.config, self.planner.graph);
        let vertex = vertex_of(config, address)?;
        let own = graph.number(config, vertex);
        if let Some(known) = self.known.get(&own) {
            return Some(known.clone());
        }
        let ItemId::Resource(position) = vertex.item else { return None };
        let resource = &config.nodes[vertex.node].module.resources[position as usize];
        let standing = Standing {
            provider: config.provider(vertex.node, &resource.provider).state_address(config),
            dependencies: dependencies(config, graph, own).into(),
            create_first: self.planner.create_first[own as usize],
        };
        self.known.insert(own, standing.clone());
        Some(standing)
    }
}

fn says_so(config: &Config, vertex: Vertex) -> bool {
    let ItemId::Resource(at) = vertex.item else { return false };
    config.nodes[vertex.node].module.resources[at as usize].lifecycle.create_before_destroy == Some(true)
}

/// What an apply creates before it destroys: resources that say so and to which something happens, or which have
/// conditions to judge; with everything that they need.
fn acting(planner: &Planner<'_>, plan: &Plan) -> Vec<bool> {
    let (config, graph) = (planner.config, planner.graph);
    let mut first = Vec::new();
    for row in &plan.changes {
        let Some(vertex) = vertex_of(config, &row.address.resource) else { continue };
        let number = graph.number(config, vertex);
        if !planner.create_first[number as usize] || !says_so(config, vertex) || first.contains(&number) {
            continue;
        }
        let ItemId::Resource(at) = vertex.item else { continue };
        let lifecycle = &config.nodes[vertex.node].module.resources[at as usize].lifecycle;
        let judged = !lifecycle.preconditions.is_empty() || !lifecycle.postconditions.is_empty();
        if row.change.action != Action::NoOp || judged {
            first.push(number);
        }
    }
    if first.is_empty() { vec![false; graph.len()] } else { graph.closure(first) }
}

/// The keys by which a reader names instances of a resource.
fn named_keys(config: &Config, reader: Vertex, resource: Vertex) -> Option<Vec<Value>> {
    let node = &config.nodes[reader.node];
    if reader.node == resource.node {
        return keys_read(&node.module, reader.item, None, resource.item);
    }
    match (reader.item, node.parent) {
        (ItemId::Variable(at), Some((parent, call))) if parent == resource.node => {
            let name = &node.module.variables[at as usize].name;
            keys_read(&config.nodes[parent].module, ItemId::Call(call as u32), Some(name), resource.item)
        }
        _ => None,
    }
}

fn instance_key(value: &Value) -> Option<InstanceKey> {
    match (value.as_str(), value.as_number()) {
        (Some(text), _) => Some(InstanceKey::String(Str::from(text))),
        (None, Some(number)) => number.to_i64().map(InstanceKey::Int),
        (None, None) => None,
    }
}

/// The objects that a resource needs and the configuration no longer has: they are in modules that it reads as a whole.
pub fn lost_dependencies(
    config: &Config,
    graph: &Graph,
    own: &ResourceAddress,
    lost: &[ResourceAddress],
) -> Vec<ResourceAddress> {
    let Some(vertex) = vertex_of(config, own).filter(|_| !lost.is_empty()) else { return Vec::new() };
    let modules = graph.modules_below(config, graph.number(config, vertex));
    let is_below = |address: &&ResourceAddress| modules.iter().any(|module| address.module.0.starts_with(&module.0));
    lost.iter().filter(is_below).cloned().collect()
}

/// The vertex of a resource, keys ignored.
pub fn vertex_of(config: &Config, address: &ResourceAddress) -> Option<Vertex> {
    let node = config.node(&address.module)?;
    let at = config.nodes[node].module.resource(address.mode, &address.type_name, &address.name)?;
    Some(Vertex { node, item: ItemId::Resource(at as u32) })
}

/// All resources that a vertex reads in the end.
fn dependencies(config: &Config, graph: &Graph, own: u32) -> Vec<ResourceAddress> {
    let reached = graph.closure([own]);
    let mut found: Vec<ResourceAddress> = (0..graph.len() as u32)
        .filter(|number| reached[*number as usize] && *number != own)
        .filter_map(|number| {
            let vertex = graph.vertex(number);
            let ItemId::Resource(at) = vertex.item else { return None };
            let node = &config.nodes[vertex.node];
            let resource = &node.module.resources[at as usize];
            Some(ResourceAddress {
                module: node.address.clone(),
                mode: resource.mode,
                type_name: resource.type_name.clone(),
                name: resource.name.clone(),
            })
        })
        .collect();
    found.sort_by_cached_key(ToString::to_string);
    found
}
