//! `-target`: only some objects, and what they need.

use crate::engine::module::declared::ItemId;
use crate::engine::module::tree::Config;
use crate::engine::plan::planner::Planner;
use crate::engine::plan::prior::Prior;
use crate::engine::query::graph::{Graph, Vertex};
use crate::model::address::{ModuleAddress, ResourceAddress, ResourceInstanceAddress};
use crate::model::diagnostic::Diagnostic;

/// What is asked for.
#[derive(Debug, Default)]
pub struct Targets {
    modules: Vec<ModuleAddress>,
    instances: Vec<ResourceInstanceAddress>,
    /// By vertex number, what is asked for itself.
    direct: Vec<bool>,
    /// By vertex number, what is asked for or needed.
    needed: Vec<bool>,
    /// Only what is in `needed`.
    chosen: bool,
}

impl Targets {
    /// Only these, by vertex number.
    pub fn chosen(needed: Vec<bool>) -> Targets {
        Targets { direct: vec![false; needed.len()], needed, chosen: true, ..Targets::default() }
    }

    /// Reads addresses; everything is included when there are none.
    ///
    /// # Errors
    /// A diagnostic for each text that is no address.
    pub fn new(config: &Config, graph: &Graph, texts: &[String]) -> Result<Targets, Vec<Diagnostic>> {
        let mut targets = Targets::default();
        if texts.is_empty() {
            return Ok(targets);
        }
        let mut faults = Vec::new();
        for text in texts {
            if let Ok(instance) = ResourceInstanceAddress::parse(text) {
                targets.instances.push(instance);
            } else if let Ok(module) = ModuleAddress::parse(text) {
                targets.modules.push(module);
            } else {
                let detail = match text.contains('.') {
                    false => "Resource specification must include a resource type and name.".to_owned(),
                    true => {
                        "A target is the address of a resource or of a module: `local_file.x[\"key\"]`, `module.m`."
                            .to_owned()
                    }
                };
                faults.push(Diagnostic::error(format!("Invalid target \"{text}\""), detail));
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        targets.direct = (0..graph.len() as u32).map(|n| targets.names_vertex(config, graph.vertex(n))).collect();
        let direct = (0..graph.len() as u32).filter(|n| targets.direct[*n as usize]);
        targets.needed = graph.closure(direct);
        targets.add_outputs(config, graph);
        Ok(targets)
    }

    /// Outputs of the root that hang on nothing but what is asked for come along.
    fn add_outputs(&mut self, config: &Config, graph: &Graph) {
        for at in 0..config.nodes[0].module.outputs.len() {
            let number = graph.number(config, Vertex { node: 0, item: ItemId::Output(at as u32) });
            let reached = graph.closure([number]);
            let is_resource = |n: &u32| matches!(graph.vertex(*n).item, ItemId::Resource(_));
            let mut resources = (0..graph.len() as u32).filter(|n| reached[*n as usize]).filter(is_resource).peekable();
            if resources.peek().is_some() && resources.all(|n| self.needed[n as usize]) {
                let all = self.needed.iter_mut().zip(&reached);
                all.for_each(|(needed, reached)| *needed |= *reached);
            }
        }
    }

    /// Whether nothing is left out.
    pub fn everything(&self) -> bool {
        self.modules.is_empty() && self.instances.is_empty() && !self.chosen
    }

    fn names_vertex(&self, config: &Config, vertex: Vertex) -> bool {
        let node = &config.nodes[vertex.node];
        let ItemId::Resource(at) = vertex.item else { return false };
        let resource = &node.module.resources[at as usize];
        let address = ResourceAddress {
            module: node.address.clone(),
            mode: resource.mode,
            type_name: resource.type_name.clone(),
            name: resource.name.clone(),
        };
        self.modules.iter().any(|module| is_below(&address.module, &module.without_keys()))
            || self.instances.iter().any(|instance| instance.resource.without_keys() == address)
    }

    /// Whether an item is wanted at all.
    pub fn include(&self, number: u32) -> bool {
        self.everything() || self.needed[number as usize]
    }

    /// Whether a resource that the configuration may have is wanted.
    pub fn include_resource(&self, planner: &Planner<'_>, address: &ResourceAddress) -> bool {
        let (config, graph) = (planner.config, planner.graph);
        let found = config.node(&address.module).and_then(|node| {
            let at = config.nodes[node].module.resource(address.mode, &address.type_name, &address.name)?;
            Some(graph.number(config, Vertex { node, item: ItemId::Resource(at as u32) }))
        });
        match found {
            Some(number) => self.include(number),
            None => self.include_orphan(&address.instance(None)),
        }
    }

    /// Whether an instance of a wanted item is wanted.
    pub fn include_instance(&self, number: u32, address: &ResourceInstanceAddress) -> bool {
        self.everything() || (self.needed[number as usize] && (!self.direct[number as usize] || self.names(address)))
    }

    fn names(&self, address: &ResourceInstanceAddress) -> bool {
        self.modules.iter().any(|module| is_below(&address.resource.module, module))
            || self.instances.iter().any(|instance| {
                instance.resource == address.resource && (instance.key.is_none() || instance.key == address.key)
            })
    }

    /// Says which objects moved while only one end of the move is asked for.
    pub fn excluded(&self, prior: &Prior) -> Option<Diagnostic> {
        if self.everything() || self.chosen {
            return None;
        }
        let mut left_out: Vec<ResourceAddress> = Vec::new();
        for (address, resource) in prior.iter() {
            for (key, object) in &resource.current {
                let Some(from) = &object.previous else { continue };
                let to = address.instance(key.clone());
                left_out.extend([from, &to].into_iter().filter(|end| !self.names(end)).map(|end| end.resource.clone()));
            }
        }
        left_out.sort();
        left_out.dedup();
        if left_out.is_empty() {
            return None;
        }
        let options: String = left_out
            .iter()
            .map(|address| format!("\n  -target=\"{}\"", address.to_string().replace('"', "\\\"")))
            .collect();
        let detail = format!(
            "Resource instances in your current state have moved to new addresses in the latest configuration. Terraform must include those resource instances while planning in order to ensure a correct result, but your -target=... options do not fully cover all of those resource instances.\n\nTo create a valid plan, either remove your -target=... options altogether or add the following additional target options:{options}\n\nNote that adding these options may include further additional resource instances in your plan, in order to respect object dependencies."
        );
        Some(Diagnostic::error("Moved resource instances excluded by targeting", detail))
    }

    /// Whether an object that the configuration does not have is wanted.
    pub fn include_orphan(&self, address: &ResourceInstanceAddress) -> bool {
        self.everything() || self.names(address)
    }

    /// Whether an object is destroyed: asked for, or in need of something that is asked for.
    pub fn include_for_destroy(&self, planner: &Planner<'_>, address: &ResourceInstanceAddress) -> bool {
        if self.everything() || self.names(address) {
            return true;
        }
        let (config, graph) = (planner.config, planner.graph);
        let resource = &address.resource;
        let Some(node) = config.node(&resource.module) else { return false };
        let Some(at) = config.nodes[node].module.resource(resource.mode, &resource.type_name, &resource.name) else {
            return false;
        };
        let own = graph.number(config, Vertex { node, item: ItemId::Resource(at as u32) });
        let mut reached = graph.closure([own]);
        // Other instances of the same block do not need each other.
        reached[own as usize] = false;
        self.direct.iter().zip(&reached).any(|(direct, reached)| *direct && *reached)
    }
}

/// Whether a module is another one or lies in it; a step without key takes all instances.
fn is_below(module: &ModuleAddress, other: &ModuleAddress) -> bool {
    module.0.len() >= other.0.len()
        && module.0.iter().zip(&other.0).all(|(a, b)| a.name == b.name && (b.key.is_none() || a.key == b.key))
}
