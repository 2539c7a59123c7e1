//! The tree of module calls below a root module: which directory each call leads to.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::engine::looks::Looks;
use crate::engine::module::declared::{Call, Module, ProviderReference, Spot};
use crate::engine::module::library::Library;
use crate::engine::module::version::TERRAFORM_VERSION;
use crate::model::address::{ModuleAddress, ModuleStep};
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::place::Place;
use crate::model::value::Str;
use crate::sys::files::normal;

/// Deeper calls are taken for a module that calls itself.
const MAX_DEPTH: usize = 64;

/// A configuration: the root module and all modules called below it.
#[derive(Debug)]
pub struct Config {
    /// The root first; children after their parents.
    pub nodes: Vec<Node>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// One call of a module, as written (not as instances).
#[derive(Debug)]
pub struct Node {
    /// What the module declares.
    pub module: Arc<Module>,
    /// The calls that lead to it, without keys.
    pub address: ModuleAddress,
    /// The calling node and the position of the call there.
    pub parent: Option<(usize, usize)>,
    /// For each of the module's calls, where it leads.
    pub children: Vec<Child>,
    /// `path.module`
    pub path: Str,
}

/// Where a call leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Child {
    /// To a node.
    Node(usize),
    /// To a module that is not here; why, and what would bring it.
    Absent,
    /// Nowhere: a diagnostic says why.
    Broken,
}

impl Config {
    /// Reads a root module and all it calls; `None` when there is no such directory.
    pub fn load(shelf: &Library, looks: &Looks) -> Option<Config> {
        let root_directory = normal(&looks.source().directory);
        Config::load_at(shelf, looks, &root_directory, Str::from("."))
    }

    /// Reads a module in another directory as the root: what a test's `module` block asks for.
    pub fn load_at(shelf: &Library, looks: &Looks, directory: &Path, path: Str) -> Option<Config> {
        let root = shelf.module(looks, directory)?;
        let node = Node { module: root, address: ModuleAddress::root(), parent: None, children: Vec::new(), path };
        let mut config = Config { nodes: vec![node], diagnostics: Vec::new() };
        let mut ground = Ground { shelf, looks, installed: Installed::read(looks), found: HashMap::new() };
        let (mut at, mut broken) = (0, false);
        let mut seen: HashMap<*const Module, ()> = HashMap::new();
        while at < config.nodes.len() {
            let module = config.nodes[at].module.clone();
            let first = seen.insert(Arc::as_ptr(&module), ()).is_none();
            let unsupported = config.unsupported(at);
            // Nothing is told of the modules that a broken root calls.
            let told = at == 0 || !broken;
            match unsupported.is_empty() {
                // Whatever else is wrong may be because of the version.
                false => config.diagnostics.extend(unsupported),
                true if first && told => config.diagnostics.extend(module.diagnostics.iter().cloned()),
                true => {}
            }
            for position in 0..module.calls.len() {
                let child = config.child(&mut ground, at, position);
                config.nodes[at].children.push(child);
            }
            broken |= at == 0 && has_errors(&config.diagnostics);
            at += 1;
        }
        Some(config)
    }

    /// terraform's words for a module that asks for another version of it.
    fn unsupported(&self, at: usize) -> Vec<Diagnostic> {
        let node = &self.nodes[at];
        if node.module.unsupported.is_empty() {
            return Vec::new();
        }
        let who = match node.parent {
            None => "This configuration".to_owned(),
            Some((parent, call)) => {
                let source = self.nodes[parent].module.calls[call].source.clone().unwrap_or_default();
                format!("Module {} (from {source})", node.address)
            }
        };
        let detail = format!(
            "{who} does not support Terraform version {TERRAFORM_VERSION}. To proceed, either choose another supported Terraform version or update this version constraint. Version constraints are normally set for good reason, so updating the constraint may lead to other errors or unexpected behavior."
        );
        let said = |place: &Place| Diagnostic::error("Unsupported Terraform Core version", &*detail).at(place.clone());
        node.module.unsupported.iter().map(said).collect()
    }

    fn child(&mut self, ground: &mut Ground<'_>, at: usize, position: usize) -> Child {
        let parent = &self.nodes[at];
        let call = &parent.module.calls[position];
        let mut address = parent.address.clone();
        address.0.push(ModuleStep { name: call.name.clone(), key: None });
        let Some(source) = &call.source else { return Child::Broken };
        let directory =
            if source.starts_with("./") || source.starts_with("../") || &**source == "." || &**source == ".." {
                normal(&parent.module.directory.join(&**source))
            } else {
                match ground.installed.directory(&address) {
                    Some(directory) => ground.looks.resolve(directory),
                    None => return Child::Absent,
                }
            };
        if address.0.len() > MAX_DEPTH {
            self.diagnostics.push(endless(call));
            return Child::Broken;
        }
        let Some((module, path)) = ground.module(&directory) else {
            self.diagnostics.push(unreadable(call, source, &ground.looks.display(&directory).to_string()));
            return Child::Broken;
        };
        self.nodes.push(Node { module, address, parent: Some((at, position)), children: Vec::new(), path });
        Child::Node(self.nodes.len() - 1)
    }

    /// The node at a module address, keys ignored.
    pub fn node(&self, address: &ModuleAddress) -> Option<usize> {
        let mut at = 0;
        for step in &address.0 {
            let position = self.nodes[at].module.call(&step.name)?;
            match self.nodes[at].children.get(position)? {
                Child::Node(child) => at = *child,
                Child::Absent | Child::Broken => return None,
            }
        }
        Some(at)
    }

    /// The source address of the provider that a configuration reference within a node means, and the reference as the
    /// node that configures it knows it, with that node.
    pub fn provider(&self, node: usize, reference: &ProviderReference) -> ProviderAt {
        let source = self.nodes[node].module.provider_source(&reference.local_name);
        let (mut at, mut here) = (node, reference.clone());
        loop {
            let configures = self.nodes[at].module.providers.iter().any(|p| p.reference == here);
            let Some((parent, position)) = self.nodes[at].parent.filter(|_| !configures) else { break };
            let call = &self.nodes[parent].module.calls[position];
            match call.providers.iter().find(|(child, _)| *child == here) {
                Some((_, ours)) => here = ours.clone(),
                // Default configurations are inherited under the name that the parent has for the same provider.
                None if here.alias.is_none() => {
                    let module = &self.nodes[parent].module;
                    let known = module.required_providers.iter().find(|p| p.source == source);
                    if let Some(known) = known {
                        here.local_name = known.local_name.clone();
                    }
                }
                None => break,
            }
            at = parent;
        }
        ProviderAt { source, node: at, alias: here.alias }
    }
}

/// Which provider, configured where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderAt {
    /// The source address.
    pub source: Str,
    /// The node that configures it.
    pub node: usize,
    /// Its alias there.
    pub alias: Option<Str>,
}

impl ProviderAt {
    /// As state files write it: `module.x.provider["registry.terraform.io/hashicorp/local"].alias`.
    pub fn state_address(&self, config: &Config) -> Str {
        let module = &config.nodes[self.node].address;
        let mut text = if module.is_root() { String::new() } else { format!("{module}.") };
        text.push_str(&format!("provider[\"{}\"]", self.source));
        if let Some(alias) = &self.alias {
            text.push('.');
            text.push_str(alias);
        }
        Str::from(text)
    }
}

/// Where `terraform init` put the module that a test's run names.
pub fn installed_for_test(looks: &Looks, file: &str, run: &str) -> Option<PathBuf> {
    let stem = file.trim_end_matches(".json").trim_end_matches(".hcl").trim_end_matches(".tftest");
    let key = format!("test.{}.{run}", stem.replace('/', "."));
    Installed::read(looks).directories.get(&key).map(|directory| looks.resolve(directory))
}

/// What a tree is read from, with the directories that were read already.
struct Ground<'a> {
    shelf: &'a Library,
    looks: &'a Looks,
    installed: Installed,
    found: HashMap<PathBuf, Option<(Arc<Module>, Str)>>,
}

impl Ground<'_> {
    /// The module in a directory and its `path.module`; `None` when there is none.
    fn module(&mut self, directory: &Path) -> Option<(Arc<Module>, Str)> {
        if let Some(known) = self.found.get(directory) {
            return known.clone();
        }
        let module = self.shelf.module(self.looks, directory).filter(|module| !module.files.is_empty());
        let found = module.map(|module| (module, relative(&self.looks.source().directory, directory)));
        self.found.insert(directory.to_path_buf(), found.clone());
        found
    }
}

/// `.terraform/modules/modules.json`: where downloaded modules lie.
struct Installed {
    directories: HashMap<String, PathBuf>,
}

impl Installed {
    fn read(looks: &Looks) -> Installed {
        let mut directories = HashMap::new();
        let path = looks.resolve(".terraform/modules/modules.json");
        let json =
            looks.read(&path).ok().and_then(|seen| serde_json::from_slice::<serde_json::Value>(&seen.bytes).ok());
        for entry in json.iter().flat_map(|json| json["Modules"].as_array()).flatten() {
            if let (Some(key), Some(directory)) = (entry["Key"].as_str(), entry["Dir"].as_str()) {
                directories.insert(key.to_owned(), PathBuf::from(directory));
            }
        }
        Installed { directories }
    }

    fn directory(&self, address: &ModuleAddress) -> Option<&PathBuf> {
        let key: Vec<&str> = address.0.iter().map(|step| &*step.name).collect();
        self.directories.get(&key.join("."))
    }
}

/// A directory as the root module would name it: `./modules/site` is `modules/site`.
pub fn relative(root: &Path, directory: &Path) -> Str {
    let (root, directory) = (normal(root), normal(directory));
    let mut up = String::new();
    for base in root.ancestors() {
        if let Ok(below) = directory.strip_prefix(base) {
            let text = format!("{up}{}", below.display());
            return Str::from(if text.is_empty() { "." } else { text.trim_end_matches('/') });
        }
        up.push_str("../");
    }
    Str::from(directory.display().to_string())
}

fn spot(call: &Call) -> Option<Spot> {
    call.source_spot.clone()
}

fn endless(call: &Call) -> Diagnostic {
    let detail = format!(
        "The module call \"{}\" is nested more than {MAX_DEPTH} levels deep. A module that calls itself never ends.",
        call.name
    );
    let diagnostic = Diagnostic::error("Module nesting too deep", detail);
    match spot(call) {
        Some(spot) => diagnostic.at(spot.place()),
        None => diagnostic,
    }
}

fn unreadable(call: &Call, source: &str, directory: &str) -> Diagnostic {
    let detail = format!(
        "Unable to evaluate directory symlink or read the module at {source}: there is no configuration in {directory}."
    );
    let diagnostic = Diagnostic::error("Unreadable module directory", detail);
    match spot(call) {
        Some(spot) => diagnostic.at(spot.place()),
        None => diagnostic,
    }
}
