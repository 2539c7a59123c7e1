//! The graph of a configuration: what reads what, over all module calls, before anything is evaluated.

use crate::engine::module::declared::{ItemId, Need};
use crate::engine::module::tree::{Child, Config};
use crate::model::address::{ModuleAddress, ResourceAddress};
use crate::model::diagnostic::Diagnostic;

/// An item of a node of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Vertex {
    /// The node.
    pub node: usize,
    /// The item.
    pub item: ItemId,
}

/// All items in an order in which everything comes after what it reads.
#[derive(Debug)]
pub struct Graph {
    /// That order.
    pub order: Vec<Vertex>,
    /// For each vertex by its number, what it reads.
    edges: Vec<Vec<u32>>,
    vertices: Vec<Vertex>,
    bases: Vec<u32>,
    /// Items that read themselves in the end.
    pub cycles: Vec<Diagnostic>,
}

impl Graph {
    /// The graph of a configuration.
    pub fn new(config: &Config) -> Graph {
        let mut bases = Vec::with_capacity(config.nodes.len());
        let mut vertices = Vec::new();
        for (node, declared) in config.nodes.iter().enumerate() {
            bases.push(vertices.len() as u32);
            vertices.extend(declared.module.item_ids().map(|item| Vertex { node, item }));
        }
        let mut graph = Graph { order: Vec::new(), edges: Vec::new(), vertices, bases, cycles: Vec::new() };
        graph.edges = graph.vertices.iter().map(|vertex| graph.reads(config, *vertex)).collect();
        graph.sort(config);
        graph
    }

    /// The number of a vertex.
    pub fn number(&self, config: &Config, vertex: Vertex) -> u32 {
        self.bases[vertex.node] + config.nodes[vertex.node].module.item_index(vertex.item) as u32
    }

    /// The vertex with a number.
    pub fn vertex(&self, number: u32) -> Vertex {
        self.vertices[number as usize]
    }

    /// How many vertices there are.
    pub fn len(&self) -> usize {
        self.vertices.len()
    }

    /// What a vertex reads directly.
    pub fn edges(&self, number: u32) -> &[u32] {
        &self.edges[number as usize]
    }

    /// Everything that these read in the end, themselves included; by number.
    pub fn closure(&self, from: impl IntoIterator<Item = u32>) -> Vec<bool> {
        let mut reached = vec![false; self.vertices.len()];
        let mut open: Vec<u32> = from.into_iter().collect();
        while let Some(number) = open.pop() {
            if !std::mem::replace(&mut reached[number as usize], true) {
                open.extend_from_slice(&self.edges[number as usize]);
            }
        }
        reached
    }

    /// The modules that a vertex reads as a whole in the end, without keys.
    pub fn modules_below(&self, config: &Config, own: u32) -> Vec<ModuleAddress> {
        let reached = self.closure([own]);
        let mut found = Vec::new();
        for number in (0..self.len() as u32).filter(|number| reached[*number as usize]) {
            let vertex = self.vertex(number);
            let declared = &config.nodes[vertex.node];
            let mut add = |node: usize, need: &Need| {
                if let Need::Whole(call) | Need::Item(ItemId::Call(call)) = need
                    && let Some(Child::Node(child)) = config.nodes[node].children.get(*call as usize)
                {
                    found.push(config.nodes[*child].address.clone());
                }
            };
            let needs = &declared.module.links_of(vertex.item).needs;
            needs.iter().for_each(|need| add(vertex.node, need));
            if let (ItemId::Variable(variable), Some((parent, call))) = (vertex.item, declared.parent) {
                let name = &declared.module.variables[variable as usize].name;
                let arguments = config.nodes[parent].module.links_of(ItemId::Call(call as u32)).arguments.iter();
                arguments.filter(|(argument, _)| argument == name).flat_map(|(_, needs)| needs).for_each(|need| {
                    add(parent, need);
                });
            }
        }
        found
    }

    /// All resources that a vertex reads in the end.
    pub fn resources_below(&self, config: &Config, own: u32) -> Vec<ResourceAddress> {
        let reached = self.closure([own]);
        let below = (0..self.len() as u32).filter(|number| reached[*number as usize] && *number != own);
        let of = |number: u32| {
            let vertex = self.vertex(number);
            let ItemId::Resource(at) = vertex.item else { return None };
            let node = &config.nodes[vertex.node];
            let resource = &node.module.resources[at as usize];
            Some(ResourceAddress {
                module: node.address.clone(),
                mode: resource.mode,
                type_name: resource.type_name.clone(),
                name: resource.name.clone(),
            })
        };
        let mut found: Vec<ResourceAddress> = below.filter_map(of).collect();
        found.sort_by_cached_key(ToString::to_string);
        found
    }

    /// All vertices of a node and of the nodes below it.
    pub fn subtree(&self, config: &Config, node: usize) -> Vec<u32> {
        let mut nodes = vec![node];
        let mut found = Vec::new();
        while let Some(node) = nodes.pop() {
            let count = config.nodes[node].module.item_count() as u32;
            found.extend(self.bases[node]..self.bases[node] + count);
            nodes.extend(config.nodes[node].children.iter().filter_map(|child| match child {
                Child::Node(child) => Some(*child),
                Child::Absent | Child::Broken => None,
            }));
        }
        found
    }

    /// The numbers that a need within a node leads to.
    pub fn resolve(&self, config: &Config, node: usize, need: Need, found: &mut Vec<u32>) {
        let declared = &config.nodes[node];
        let own = |item: ItemId| self.number(config, Vertex { node, item });
        match need {
            // To terraform, what is asked for as a whole is there when everything in it is.
            Need::Item(ItemId::Call(call)) | Need::Whole(call) => {
                found.push(own(ItemId::Call(call)));
                if let Some(Child::Node(child)) = declared.children.get(call as usize) {
                    found.extend(self.subtree(config, *child));
                }
            }
            Need::Item(item) => found.push(own(item)),
            Need::Output(call, name) => {
                found.push(own(ItemId::Call(call)));
                if let Some(Child::Node(child)) = declared.children.get(call as usize) {
                    let output = config.nodes[*child].module.output(&declared.module.needed_outputs[name as usize]);
                    let of = |n: usize| self.number(config, Vertex { node: *child, item: ItemId::Output(n as u32) });
                    found.extend(output.map(of));
                }
            }
        }
    }

    fn reads(&self, config: &Config, vertex: Vertex) -> Vec<u32> {
        let declared = &config.nodes[vertex.node];
        let mut found = Vec::new();
        for need in &declared.module.links_of(vertex.item).needs {
            self.resolve(config, vertex.node, *need, &mut found);
        }
        if let Some((parent, call)) = declared.parent {
            found.push(self.number(config, Vertex { node: parent, item: ItemId::Call(call as u32) }));
            if let ItemId::Variable(variable) = vertex.item {
                let name = &declared.module.variables[variable as usize].name;
                let arguments = &config.nodes[parent].module.links_of(ItemId::Call(call as u32)).arguments;
                if let Ok(at) = arguments.binary_search_by(|(argument, _)| argument.cmp(name)) {
                    arguments[at].1.iter().for_each(|need| self.resolve(config, parent, *need, &mut found));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Depth first without recursion; what is met again on the way down closes a cycle.
    fn sort(&mut self, config: &Config) {
        const NEW: u8 = 0;
        const OPEN: u8 = 1;
        const DONE: u8 = 2;
        let mut marks = vec![NEW; self.vertices.len()];
        let mut order = Vec::with_capacity(self.vertices.len());
        let mut cycles = Vec::new();
        let mut path: Vec<(u32, usize)> = Vec::new();
        for start in 0..self.vertices.len() as u32 {
            if marks[start as usize] != NEW {
                continue;
            }
            marks[start as usize] = OPEN;
            path.push((start, 0));
            while let Some((number, next)) = path.last_mut() {
                let number = *number;
                let Some(read) = self.edges[number as usize].get(*next).copied() else {
                    marks[number as usize] = DONE;
                    order.push(self.vertices[number as usize]);
                    path.pop();
                    continue;
                };
                *next += 1;
                match marks[read as usize] {
                    NEW => {
                        marks[read as usize] = OPEN;
                        path.push((read, 0));
                    }
                    OPEN => {
                        let from = path.iter().position(|(on_path, _)| *on_path == read).unwrap_or(0);
                        let members: Vec<u32> = path[from..].iter().map(|(on_path, _)| *on_path).collect();
                        cycles.push(self.cycle(config, &members));
                    }
                    _ => {}
                }
            }
        }
        self.order = order;
        self.cycles = cycles;
    }

    fn cycle(&self, config: &Config, members: &[u32]) -> Diagnostic {
        let names: Vec<String> = members.iter().map(|number| self.name(config, *number)).collect();
        if let [only] = names.as_slice() {
            let detail = format!("The configuration of {only} refers to itself, directly or through `self`.");
            return Diagnostic::error("Self-referential block", detail);
        }
        // Terraform marks what it expands by itself.
        let marked = members.iter().zip(&names).map(|(number, name)| match self.vertex(*number).item {
            ItemId::Resource(_) => name.clone(),
            ItemId::Call(_) | ItemId::Check(_) | ItemId::Variable(_) | ItemId::Local(_) | ItemId::Output(_) => {
                format!("{name} (expand)")
            }
        });
        Diagnostic::error(format!("Cycle: {}", marked.collect::<Vec<_>>().join(", ")), "")
    }

    /// How people name a vertex: `module.site.local.x`.
    pub fn name(&self, config: &Config, number: u32) -> String {
        let vertex = self.vertex(number);
        let node = &config.nodes[vertex.node];
        let item = node.module.item_name(vertex.item);
        if node.address.is_root() { item } else { format!("{}.{item}", node.address) }
    }
}
