//! The tree of module calls below a root module: which directory each call leads to.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::engine::looks::Looks;
use crate::engine::module::declared::{Call, Module, ProviderReference, Resource, Spot};
use crate::engine::module::library::Library;
use crate::engine::module::lifecycle::reference;
use crate::engine::module::refactoring::{Endpoint, endpoint};
use crate::engine::module::sources::{missing_argument, unsupported_argument};
use crate::engine::module::version::TERRAFORM_VERSION;
use crate::lang::syntax::ast::Item;
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
    /// What else is wrong where terraform has stopped reading.
    pub further: Vec<Diagnostic>,
    /// What keeps a configuration that can be read from being looked at: plugins, arguments of modules and providers that
    /// there are not.
    pub unsound: Vec<Diagnostic>,
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
        let mut config =
            Config { nodes: vec![node], diagnostics: Vec::new(), further: Vec::new(), unsound: Vec::new() };
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
                true if first && told => {
                    config.diagnostics.extend(module.diagnostics.iter().cloned());
                    config.further.extend(module.further.iter().cloned());
                }
                true => {}
            }
            for position in 0..module.calls.len() {
                let child = config.child(&mut ground, at, position);
                config.nodes[at].children.push(child);
            }
            broken |= at == 0 && has_errors(&config.diagnostics);
            at += 1;
        }
        config.judge_imports();
        config.judge_provider_aliases();
        config.judge_soundness();
        Some(config)
    }

    /// Imports into modules that are not there.
    fn judge_imports(&mut self) {
        let mut found = Vec::new();
        for import in &self.nodes[0].module.imports {
            let target = reference(&import.to.expr, &import.to.file).and_then(|reference| endpoint(&reference));
            let Some(Endpoint::Resource { module, type_name, name, .. }) = target else { continue };
            if !module.is_root() && self.node(&module.without_keys()).is_none() {
                let detail = format!(
                    "The configuration for the given import target {module}.{type_name}.{name} does not exist. All target instances must have an associated configuration to be imported."
                );
                let summary = "Configuration for import target does not exist";
                found.push(Diagnostic::error(summary, detail).at(import.to.place()));
            }
        }
        self.diagnostics.extend(found);
    }

    /// What terraform finds before it looks at anything: the first sort of fault hides the others.
    fn judge_soundness(&mut self) {
        for sort in [Config::missing_provisioners, Config::wrong_arguments, Config::missing_configurations] {
            if self.unsound.is_empty() {
                self.unsound = sort(self);
            }
        }
    }

    /// Provisioners that there are not.
    fn missing_provisioners(&self) -> Vec<Diagnostic> {
        let resources = self.nodes.iter().flat_map(|node| &node.module.resources);
        let all = resources.flat_map(|resource| &resource.provisioners);
        let missing = all.filter(|one| !matches!(&*one.kind, "local-exec" | "remote-exec" | "file"));
        missing
            .map(|provisioner| {
                let detail = format!(
                    "This configuration requires provisioner plugin \"{}\", which isn't available. If you're intending to use an external provisioner plugin, you must install it manually into one of the plugin search directories before running Terraform.",
                    provisioner.kind
                );
                Diagnostic::error("Missing required provisioner plugin", detail)
            })
            .collect()
    }

    /// Arguments that modules want and are not given, or are given and do not want.
    fn wrong_arguments(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for node in &self.nodes {
            let Some((parent, position)) = node.parent else { continue };
            let call = &self.nodes[parent].module.calls[position];
            for variable in &node.module.variables {
                if variable.default.is_none() && !call.arguments.contains_key(&variable.name) {
                    found.push(missing_argument(&variable.name, &call.content));
                }
            }
            for piece in &call.content.pieces {
                if let Item::Attribute(attribute) = &piece.item
                    && node.module.variable(&attribute.name.text).is_none()
                {
                    let place = piece.file.place(attribute.name.span);
                    found.push(unsupported_argument(&attribute.name.text).at(place));
                }
            }
        }
        found
    }

    /// Provider configurations that nobody wrote.
    fn missing_configurations(&self) -> Vec<Diagnostic> {
        let nodes = self.nodes.iter().enumerate();
        let resources = nodes.flat_map(|(at, node)| node.module.resources.iter().map(move |resource| (at, resource)));
        resources.filter_map(|(at, resource)| self.missing_configuration(at, resource)).collect()
    }

    fn missing_configuration(&self, at: usize, resource: &Resource) -> Option<Diagnostic> {
        resource.provider.alias.as_ref()?;
        let provider = self.provider(at, &resource.provider);
        let alias = provider.alias.as_ref()?;
        let declared = &self.nodes[provider.node].module;
        let written = declared.providers.iter().any(|known| known.reference.alias.as_ref() == Some(alias));
        // A root that is a module for others wants it handed to it.
        let wanted =
            declared.required_providers.iter().any(|r| r.aliases.iter().any(|a| a.alias.as_ref() == Some(alias)));
        if written || wanted {
            return None;
        }
        let here = &self.nodes[at].address;
        let name = if here.is_root() { resource.label() } else { format!("{here}.{}", resource.label()) };
        let detail = format!(
            "To work with {name} its original provider configuration at {} is required, but it has been removed. This occurs when a provider configuration is removed while objects created by that provider still exist in the state. Re-add the provider configuration to destroy {name}, after which you can remove the provider configuration again.",
            provider.state_address(self)
        );
        Some(Diagnostic::error("Provider configuration not present", detail))
    }

    /// Configurations of providers that a module wants to be handed and is not.
    fn judge_provider_aliases(&mut self) {
        let mut found = Vec::new();
        for node in &self.nodes {
            let Some((parent, position)) = node.parent else { continue };
            let call = &self.nodes[parent].module.calls[position];
            for required in &node.module.required_providers {
                for alias in &required.aliases {
                    if call.providers.iter().any(|(child, _)| child == alias) {
                        continue;
                    }
                    let name = format!("{}.{}", alias.local_name, alias.alias.clone().unwrap_or_default());
                    let detail = format!(
                        "The child module requires an additional configuration for provider {}, with the local name \"{name}\".\n\nRefer to the module's documentation to understand the intended purpose of this additional provider configuration, and then add an entry for {name} in the \"providers\" meta-argument in the module block to choose which provider configuration the module should use for that purpose.",
                        short_source(&required.source)
                    );
                    let summary = "Missing required provider configuration";
                    found.push(Diagnostic::error(summary, detail).at(call.content.header.place()));
                }
            }
            found.extend(node.module.providers.iter().filter(|provider| provider.content.pieces.is_empty()).map(
                |provider| redundant(&node.address, &provider.reference.local_name).at(provider.content.header.place()),
            ));
        }
        self.diagnostics.extend(found);
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

/// A source as terraform names it to people: without its own registry.
fn short_source(source: &str) -> &str {
    source.strip_prefix("registry.terraform.io/").unwrap_or(source)
}

/// terraform's words for an empty provider block in a module that is called.
fn redundant(module: &ModuleAddress, name: &str) -> Diagnostic {
    let detail = format!(
        "Earlier versions of Terraform used empty provider blocks (\"proxy provider configurations\") for child modules to declare their need to be passed a provider configuration by their callers. That approach was ambiguous and is now deprecated.\n\nIf you control this module, you can migrate to the new declaration syntax by removing all of the empty provider \"{name}\" blocks and then adding or updating an entry like the following to the required_providers block of {module}:\n    {name} = {{\n      source = \"hashicorp/{name}\"\n    }}"
    );
    Diagnostic::warning("Redundant empty provider block", detail)
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
