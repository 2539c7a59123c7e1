//! What a state keeps beside an object because of the configuration: its provider, what it depends on, and whether its
//! replacement comes first. Told from the configuration alone, before anything is evaluated.

use std::collections::HashMap;
use std::sync::Arc;

use crate::engine::module::declared::ItemId;
use crate::engine::module::tree::Config;
use crate::engine::plan::planner::Planner;
use crate::engine::query::graph::{Graph, Vertex};
use crate::model::address::ResourceAddress;
use crate::model::value::Str;

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
}

impl<'p, 'a> Standings<'p, 'a> {
    /// None found yet.
    pub fn new(planner: &'p Planner<'a>) -> Self {
        Standings { planner, known: HashMap::new() }
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
