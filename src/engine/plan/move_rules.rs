//! What is wrong with `moved` and `removed` blocks, as far as only the expanded configuration tells it.

use std::collections::BTreeMap;

use crate::engine::module::declared::{Moved, Repetition};
use crate::engine::module::lifecycle::reference;
use crate::engine::module::refactoring::{Endpoint, endpoint};
use crate::engine::module::tree::Config;
use crate::engine::query::scope::Shape;
use crate::engine::query::session::Query;
use crate::model::address::{ModuleAddress, ResourceAddress};
use crate::model::diagnostic::Diagnostic;
use crate::model::place::Place;

/// Says what is wrong with the moves and removals of a configuration.
pub fn judge(query: &Query<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut chains = Vec::new();
    for (node, declared) in query.config.nodes.iter().enumerate() {
        removals(query, node, &mut found);
        let mut rules = Rules { query, node, sources: BTreeMap::new(), targets: BTreeMap::new() };
        for moved in &declared.module.moved {
            if let (Some(from), Some(to)) = (endpoint(&moved.from), endpoint(&moved.to)) {
                rules.one(moved, &from, &to, &mut found);
                chains.push((moved, absolute(&declared.address, &from), absolute(&declared.address, &to)));
            }
        }
    }
    if found.is_empty() {
        found.extend(circle(&chains));
    }
    found
}

struct Rules<'q> {
    query: &'q Query<'q>,
    node: usize,
    /// By where a move starts, where it goes and the block that says so.
    sources: BTreeMap<String, (String, Place)>,
    /// By where a move goes, where it starts.
    targets: BTreeMap<String, (String, Place)>,
}

/// What a move starts from, in terraform's words, long and short.
fn nouns(from: &Endpoint) -> (&'static str, &'static str) {
    match from {
        Endpoint::Module(module) if module.0.last().is_some_and(|step| step.key.is_some()) => {
            ("module instance", "instance")
        }
        Endpoint::Module(_) => ("module call", "call"),
        Endpoint::Resource { key: Some(_), .. } => ("resource instance", "instance"),
        Endpoint::Resource { .. } => ("resource", "resource"),
    }
}

fn absolute(base: &ModuleAddress, endpoint: &Endpoint) -> String {
    let below = |module: &ModuleAddress| ModuleAddress(base.0.iter().chain(&module.0).cloned().collect());
    match endpoint {
        Endpoint::Module(module) => below(module).to_string(),
        Endpoint::Resource { module, mode, type_name, name, key } => {
            let module = below(module);
            let resource = ResourceAddress { module, mode: *mode, type_name: type_name.clone(), name: name.clone() };
            resource.instance(key.clone()).to_string()
        }
    }
}

/// Where something begins, without where it ends.
fn start(place: &Place) -> String {
    format!("{}:{},{}", place.path, place.start.line, place.start.column)
}

impl Rules<'_> {
    fn one(&mut self, moved: &Moved, from: &Endpoint, to: &Endpoint, found: &mut Vec<Diagnostic>) {
        let place = moved.header.place();
        let base = &self.query.config.nodes[self.node].address;
        let (from_text, to_text) = (absolute(base, from), absolute(base, to));
        if from_text == to_text {
            let detail = format!(
                "This statement declares a move from {from_text} to the same address, which is the same as not declaring this move at all."
            );
            found.push(Diagnostic::error("Redundant move statement", detail).at(place));
            return;
        }
        let (noun, short) = nouns(from);
        if let Some(declared) = still_declared(self.query, self.node, from) {
            let detail = format!(
                "This statement declares a move from {from_text}, but that {noun} is still declared at {}.\n\nChange your configuration so that this {short} will be declared as {to_text} instead.",
                start(&declared)
            );
            found.push(Diagnostic::error("Moved object still exists", detail).at(place.clone()));
        }
        if is_imported(self.query, self.node, from) {
            let detail = format!(
                "This statement declares a move from {from_text}, but that {noun} is still declared.\n\nChange your configuration so that this {short} will be declared as {to_text} instead."
            );
            found.push(Diagnostic::error("Moved object still exists", detail).at(place.clone()));
        }
        if let Some((other, at)) = self.sources.get(&from_text).filter(|(other, _)| *other != to_text) {
            let detail = format!(
                "A statement at {} declared that {from_text} moved to {other}, but this statement instead declares that it moved to {to_text}.\n\nEach {noun} can move to only one destination {short}.",
                start(at)
            );
            found.push(Diagnostic::error("Ambiguous move statements", detail).at(place.clone()));
        }
        if let Some((other, at)) = self.targets.get(&to_text).filter(|(other, _)| *other != from_text) {
            let detail = format!(
                "A statement at {} declared that {other} moved to {to_text}, but this statement instead declares that {from_text} moved there.\n\nEach {noun} can have moved from only one source {short}.",
                start(at)
            );
            found.push(Diagnostic::error("Ambiguous move statements", detail).at(place.clone()));
        }
        self.sources.entry(from_text.clone()).or_insert_with(|| (to_text.clone(), place.clone()));
        self.targets.entry(to_text).or_insert((from_text, place));
    }
}

/// Whether what a move starts from is imported without being declared: to terraform that declares it.
fn is_imported(query: &Query<'_>, node: usize, from: &Endpoint) -> bool {
    let Endpoint::Resource { module, mode, type_name, name, key: None } = from else { return false };
    let root = &query.config.nodes[0].module;
    let undeclared = node == 0 && module.is_root() && root.resource(*mode, type_name, name).is_none();
    undeclared
        && root.imports.iter().any(|import| {
            reference(&import.to.expr, &import.to.file).and_then(|to| endpoint(&to)).is_some_and(|to| to == *from)
        })
}

/// Where what a move starts from is declared, when it still is.
fn still_declared(query: &Query<'_>, node: usize, from: &Endpoint) -> Option<Place> {
    let base = &query.config.nodes[node].address;
    let below = |module: &[crate::model::address::ModuleStep]| {
        ModuleAddress(base.0.iter().chain(module).cloned().collect()).without_keys()
    };
    match from {
        Endpoint::Module(module) => {
            let (last, above) = module.0.split_last()?;
            let parent = query.config.node(&below(above))?;
            let at = query.config.nodes[parent].module.call(&last.name)?;
            let call = &query.config.nodes[parent].module.calls[at];
            let there = last.key.is_none()
                || query
                    .scopes_of(parent)
                    .iter()
                    .any(|scope| query.call(scope, at).0.find(last.key.as_ref()).is_some());
            there.then(|| declared_at(&call.repetition, last.key.is_some(), call.content.header.place()))
        }
        Endpoint::Resource { module, mode, type_name, name, key } => {
            let node = query.config.node(&below(&module.0))?;
            let declared = &query.config.nodes[node].module;
            let position = declared.resource(*mode, type_name, name)?;
            let there = query.scopes_of(node).iter().any(|scope| {
                let expansion = query.expansion(scope, position);
                match key {
                    Some(key) => expansion.find(Some(key)).is_some(),
                    None => expansion.shape == Shape::Single || !expansion.known().is_empty(),
                }
            });
            let resource = &declared.resources[position];
            there.then(|| declared_at(&resource.repetition, key.is_some(), resource.content.header.place()))
        }
    }
}

/// What declares an instance is what repeats its block.
fn declared_at(repetition: &Repetition, is_instance: bool, header: Place) -> Place {
    match repetition.expression() {
        Some(written) if is_instance => written.place(),
        _ => header,
    }
}

fn removals(query: &Query<'_>, node: usize, found: &mut Vec<Diagnostic>) {
    let config: &Config = query.config;
    let declared = &config.nodes[node];
    for removed in &declared.module.removed {
        let Some(from) = endpoint(&removed.from) else { continue };
        let Some(place) = still_declared(query, node, &from) else { continue };
        let what = if from.is_module() { "module" } else { "resource" };
        let detail = format!(
            "This statement declares that {} was removed, but it is still declared in configuration.",
            absolute(&declared.address, &from)
        );
        found.push(Diagnostic::error(format!("Removed {what} still exists"), detail).at(place));
    }
}

/// Moves that lead back to where they began.
fn circle(chains: &[(&Moved, String, String)]) -> Option<Diagnostic> {
    let next = |text: &String| chains.iter().position(|(_, from, _)| from == text);
    for begin in 0..chains.len() {
        let mut members = vec![begin];
        let mut at = begin;
        while let Some(follower) = next(&chains[at].2) {
            if follower == begin {
                return Some(said(chains, members));
            }
            if members.contains(&follower) {
                break;
            }
            members.push(follower);
            at = follower;
        }
    }
    None
}

fn said(chains: &[(&Moved, String, String)], mut members: Vec<usize>) -> Diagnostic {
    members.sort_unstable();
    let any = |moved: &Moved, text: &str| match endpoint(&moved.from) {
        Some(Endpoint::Resource { key: None, .. }) => format!("{text}[*]"),
        Some(Endpoint::Module(module)) if module.0.last().is_some_and(|step| step.key.is_none()) => {
            format!("{text}[*]")
        }
        _ => text.to_owned(),
    };
    let lines = members.into_iter().map(|at| {
        let (moved, from, to) = &chains[at];
        format!("\n  - {}: {} → {}", start(&moved.header.place()), any(moved, from), any(moved, to))
    });
    let detail = format!(
        "The following chained move statements form a cycle, and so there is no final location to move objects to:{}\n\nA chain of move statements must end with an address that doesn't appear in any other statements, and which typically also refers to an object still declared in the configuration.",
        lines.collect::<String>()
    );
    Diagnostic::error("Cyclic dependency in move statements", detail)
}
