//! The configuration as terraform's plan JSON shows it: expressions as constants or as what they refer to.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::details::named;
use crate::engine::module::declared::{Call, Content, Import, Module, Repetition, Resource, Written, WrittenReference};
use crate::engine::module::lifecycle::reference;
use crate::engine::module::refactoring::{Endpoint, endpoint};
use crate::engine::module::references::{Met, walk};
use crate::engine::module::tree::{Child, Config};
use crate::engine::provider::registry::Providers;
use crate::lang::expr::{evaluate, references};
use crate::lang::inputs::NoInputs;
use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::{Body, Expr, Item};
use crate::lang::types::convert;
use crate::lang::value::json_decode;
use crate::model::address::{ModuleAddress, ResourceMode};
use crate::model::configuration::{
    BodyEntry, CallEntry, Configuration, ExpressionEntry, ItemEntry, ModuleEntry, OutputEntry, ProviderEntry,
    ResourceEntry, VariableEntry,
};
use crate::model::schema::{BlockSchema, Nesting};
use crate::model::value::Str;

/// The configuration with its provider configurations.
pub fn configuration(providers: &Providers, config: &Config) -> Configuration {
    let mut keys = Keys::default();
    keys.gather(config, 0);
    let root = module(providers, config, &keys, 0);
    let entries = keys.entries.into_iter().filter(|(_, known)| known.parent.is_empty());
    Configuration { providers: entries.map(|(key, known)| (key, known.entry)).collect(), root }
}

/// All provider configurations by key.
#[derive(Default)]
struct Keys {
    entries: BTreeMap<String, Known>,
}

/// A provider configuration and the key of the one that it stands for.
struct Known {
    entry: ProviderEntry,
    parent: String,
}

fn key_of(name: &str, module: &ModuleAddress) -> String {
    if module.is_root() { name.to_owned() } else { format!("{module}:{name}") }
}

fn with_alias(name: &str, alias: Option<&Str>) -> String {
    alias.map_or_else(|| name.to_owned(), |alias| format!("{name}.{alias}"))
}

impl Keys {
    fn put(&mut self, config: &Config, node: usize, (key, name, source): (&str, &str, &Str), parent: Option<String>) {
        let module = &config.nodes[node].address;
        let key = key_of(key, module);
        let parent = parent.map_or_else(String::new, |start| self.origin(&start, source));
        let entry = ProviderEntry {
            name: Str::from(name),
            source: source.clone(),
            alias: None,
            module: module.clone(),
            expressions: BodyEntry::default(),
        };
        self.entries.entry(key).or_insert(Known { entry, parent });
    }

    /// The key of the configuration that a chain of handing down begins with.
    fn origin(&self, start: &str, source: &Str) -> String {
        let (mut found, mut key) = (String::new(), start.to_owned());
        while let Some(known) = self.entries.get(&key).filter(|known| known.entry.source == *source) {
            found.clone_from(&key);
            key.clone_from(&known.parent);
        }
        found
    }

    fn gather(&mut self, config: &Config, node: usize) {
        let module = &config.nodes[node].module;
        let here = &config.nodes[node].address;
        for provider in &module.providers {
            let reference = &provider.reference;
            let source = module.provider_source(&reference.local_name);
            let key = key_of(&with_alias(&reference.local_name, reference.alias.as_ref()), here);
            let entry = ProviderEntry {
                name: reference.local_name.clone(),
                source,
                alias: reference.alias.clone(),
                module: here.clone(),
                expressions: body(&provider.content, None),
            };
            self.entries.insert(key, Known { entry, parent: String::new() });
        }
        for required in &module.required_providers {
            for alias in &required.aliases {
                let key = with_alias(&alias.local_name, alias.alias.as_ref());
                self.put(config, node, (&key, &required.local_name, &required.source), None);
            }
            self.put(config, node, (&required.local_name, &required.local_name, &required.source), None);
        }
        let parent = config.nodes[node].parent.map(|(parent, _)| &config.nodes[parent].address);
        for source in used(module).into_iter().chain(imported(module)) {
            let name = source.rsplit('/').next().unwrap_or(&source).to_owned();
            let above = parent.map(|parent| key_of(&name, parent));
            self.put(config, node, (&name, &name, &source), above);
        }
        for (position, call) in module.calls.iter().enumerate() {
            let Some(Child::Node(child)) = config.nodes[node].children.get(position) else { continue };
            for (in_child, ours) in &call.providers {
                let name = with_alias(&in_child.local_name, in_child.alias.as_ref());
                let source = config.nodes[*child].module.provider_source(&in_child.local_name);
                let above = key_of(&with_alias(&ours.local_name, ours.alias.as_ref()), here);
                self.put(config, *child, (&name, &name, &source), Some(above));
            }
            self.gather(config, *child);
        }
    }

    /// The key that a resource names its provider configuration by.
    fn of(&self, resource: &Resource, module: &ModuleAddress) -> String {
        let name = with_alias(&resource.provider.local_name, resource.provider.alias.as_ref());
        let key = key_of(&name, module);
        match self.entries.get(&key) {
            Some(known) if !known.parent.is_empty() => known.parent.clone(),
            _ => key,
        }
    }
}

/// The sources of the providers of what is imported without being declared.
fn imported(module: &Module) -> BTreeSet<Str> {
    let undeclared = |import: &Import| {
        let reference = reference(&import.to.expr, &import.to.file)?;
        match endpoint(&reference)? {
            Endpoint::Resource { module: within, mode, type_name, name, .. }
                if within.is_root() && module.resource(mode, &type_name, &name).is_none() =>
            {
                let local = type_name.split('_').next().unwrap_or(&type_name);
                // What terraform makes itself.
                let local = if &*type_name == "terraform_data" { "terraform" } else { local };
                Some(module.provider_source(&Str::from(local)))
            }
            _ => None,
        }
    };
    module.imports.iter().filter_map(undeclared).collect()
}

/// The sources of all providers that a module uses itself.
fn used(module: &Module) -> BTreeSet<Str> {
    let resources = module.resources.iter().map(|resource| module.provider_source(&resource.provider.local_name));
    let written = module.providers.iter().map(|provider| module.provider_source(&provider.reference.local_name));
    let required = module.required_providers.iter().map(|required| required.source.clone());
    resources.chain(written).chain(required).collect()
}

fn module(providers: &Providers, config: &Config, keys: &Keys, node: usize) -> ModuleEntry {
    let declared = &config.nodes[node];
    let module_here = &declared.module;
    let outputs = module_here.outputs.iter().map(|output| {
        let entry = OutputEntry {
            sensitive: output.sensitive,
            expression: output.value.as_ref().map(|value| expression(&value.expr, &value.file)).unwrap_or_default(),
            depends_on: names(&output.depends_on),
            description: output.description.clone(),
        };
        (output.name.clone(), entry)
    });
    let variables = module_here.variables.iter().map(|variable| {
        let default = variable.default.as_ref().and_then(|written| {
            let value = evaluate(&written.expr, &written.file, &NoInputs).value;
            convert(&variable.defaults.apply(&value), &variable.ty).ok().filter(|value| value.is_wholly_known())
        });
        let entry = VariableEntry { default, description: variable.description.clone(), sensitive: variable.sensitive };
        (variable.name.clone(), entry)
    });
    let calls = module_here.calls.iter().enumerate().map(|(position, call)| {
        let child = match declared.children.get(position) {
            Some(Child::Node(child)) => module(providers, config, keys, *child),
            _ => ModuleEntry::default(),
        };
        (call.name.clone(), called(call, child))
    });
    let resources = module_here.resources.iter();
    let resources = resources.map(|one| resource(providers, module_here, one, keys.of(one, &declared.address)));
    ModuleEntry {
        outputs: outputs.collect(),
        resources: resources.collect(),
        calls: calls.collect(),
        variables: variables.collect(),
    }
}

fn called(call: &Call, module: ModuleEntry) -> CallEntry {
    let (count, for_each) = repetition(&call.repetition);
    CallEntry {
        source: call.source.clone().unwrap_or_default(),
        expressions: body(&call.content, None),
        count,
        for_each,
        module,
        version: call.version.clone(),
        depends_on: names(&call.depends_on),
    }
}

fn resource(providers: &Providers, module: &Module, resource: &Resource, provider_key: String) -> ResourceEntry {
    let source = module.provider_source(&resource.provider.local_name);
    let schema = providers.get(&source).and_then(|provider| {
        let schema = provider.schema();
        let types = if resource.mode == ResourceMode::Managed { &schema.resources } else { &schema.data_sources };
        types.get(&resource.type_name).cloned()
    });
    let (count, for_each) = repetition(&resource.repetition);
    ResourceEntry {
        mode: resource.mode,
        type_name: resource.type_name.clone(),
        name: resource.name.clone(),
        provider_key,
        provisioners: resource.provisioners.iter().map(|p| (p.kind.clone(), body(&p.content, None))).collect(),
        expressions: body(&resource.content, schema.as_ref().map(|schema| &schema.block)),
        schema_version: schema.map(|schema| schema.version),
        count,
        for_each,
        depends_on: names(&resource.depends_on),
    }
}

fn repetition(repetition: &Repetition) -> (Option<ExpressionEntry>, Option<ExpressionEntry>) {
    // What is neither a constant nor refers to anything is not shown.
    let of = |written: &Written| {
        let entry = expression(&written.expr, &written.file);
        (entry.constant.is_some() || !entry.references.is_empty()).then_some(entry)
    };
    match repetition {
        Repetition::Single => (None, None),
        Repetition::Count(written) => (of(written), None),
        Repetition::ForEach(written) => (None, of(written)),
    }
}

fn names(references: &[WrittenReference]) -> Vec<String> {
    references.iter().filter_map(|reference| named::subject_text(&reference.traversal)).collect()
}

/// The arguments and blocks of a body; those that a schema knows, when there is one.
fn body(content: &Content, schema: Option<&BlockSchema>) -> BodyEntry {
    items(content.pieces.iter().map(|piece| (&piece.item, &*piece.file)), schema)
}

fn items<'i>(items: impl Iterator<Item = (&'i Item, &'i SourceFile)>, schema: Option<&BlockSchema>) -> BodyEntry {
    let mut entry = BodyEntry::default();
    for (item, file) in items {
        match item {
            Item::Attribute(attribute) => {
                let name = &attribute.name.text;
                if schema.is_none_or(|schema| schema.attributes.contains_key(name)) {
                    let expression = ItemEntry::Expression(expression(&attribute.expr, file));
                    entry.0.insert(name.clone(), expression);
                }
            }
            Item::Block(block) => {
                let kind = &block.kind.text;
                let nested = schema.map(|schema| schema.blocks.get(kind));
                if let Some(None) = nested {
                    continue;
                }
                let inner = below(&block.body, file, nested.flatten().map(|nested| &nested.block));
                let nesting = nested.flatten().map_or(Nesting::List, |nested| nested.nesting);
                let label = block.labels.first().map(|label| label.text.clone()).unwrap_or_default();
                add_block(&mut entry, kind, nesting, label, inner);
            }
        }
    }
    entry
}

fn below(body: &Body, file: &SourceFile, schema: Option<&BlockSchema>) -> BodyEntry {
    items(body.items.iter().map(|item| (item, file)), schema)
}

fn add_block(entry: &mut BodyEntry, kind: &Str, nesting: Nesting, label: Str, inner: BodyEntry) {
    match (nesting, entry.0.get_mut(kind)) {
        (Nesting::Single | Nesting::Group, _) => drop(entry.0.insert(kind.clone(), ItemEntry::Block(inner))),
        (_, Some(ItemEntry::Blocks(all))) => all.push(inner),
        (_, Some(ItemEntry::Labelled(all))) => drop(all.insert(label, inner)),
        (Nesting::Map, _) => {
            entry.0.insert(kind.clone(), ItemEntry::Labelled(BTreeMap::from([(label, inner)])));
        }
        (Nesting::List | Nesting::Set, _) => {
            entry.0.insert(kind.clone(), ItemEntry::Blocks(vec![inner]));
        }
    }
}

fn expression(expr: &Expr, file: &SourceFile) -> ExpressionEntry {
    let references = references(expr).into_iter().flat_map(named::texts).collect();
    ExpressionEntry { constant: constant(expr, file), references }
}

/// The value of an expression that needs nothing but itself. Of JSON terraform shows what is written.
fn constant(expr: &Expr, file: &SourceFile) -> Option<crate::model::value::Value> {
    if file.path().as_str().ends_with(".json") {
        return json_decode(file.slice(expr.span)).ok();
    }
    let mut needs = false;
    walk(expr, &mut |met| needs |= !matches!(met, Met::Loose(_)));
    if needs {
        return None;
    }
    let evaluation = evaluate(expr, file, &NoInputs);
    let sound = !evaluation.has_errors() && evaluation.value.is_wholly_known();
    sound.then(|| evaluation.value.unmark_deep())
}
