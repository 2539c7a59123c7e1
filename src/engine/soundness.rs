//! Whether a configuration is sound by itself, and in which order what is wrong is told: terraform stops after reading,
//! after the values of variables, and after validating when something is wrong there, and says nothing of what
//! planning would find. Previews show what they can all the same; only what is said follows terraform.

use std::cell::RefCell;
use std::sync::Arc;

use crate::engine::loaded::Loaded;
use crate::engine::module::declared::ItemId;
use crate::engine::module::library::Library;
use crate::engine::options::PlanOptions;
use crate::engine::plan::imports;
use crate::engine::plan::kinds::KINDS;
use crate::engine::plan::planner::Planner;
use crate::engine::plan::targets::Targets;
use crate::engine::plan::{provider_rules, walk};
use crate::engine::provider::registry::Providers;
use crate::engine::query::graph::Vertex;
use crate::engine::query::memory::Memory;
use crate::engine::query::scope::Instances;
use crate::engine::query::session::{Phase, Query};
use crate::engine::surroundings::Surroundings;
use crate::engine::world::Reach;
use crate::model::diagnostic::{Diagnostic, has_errors};

/// Everything that is said about a plan or of a configuration needs these.
pub struct Grounds<'a> {
    /// All providers.
    pub providers: &'a Providers,
    /// What was parsed.
    pub shelf: &'a Library,
    /// The configuration.
    pub loaded: &'a Loaded,
    /// What may be reached.
    pub surroundings: &'a Surroundings,
    /// What the last validation left.
    pub memory: &'a RefCell<Memory>,
}

/// What is wrong with a configuration whatever its variables are. Reading it comes first: while something is wrong
/// there, nothing else is told.
pub fn validated(grounds: &Grounds<'_>) -> Vec<Diagnostic> {
    let diagnostics = grounds.loaded.config.diagnostics.clone();
    if has_errors(&diagnostics) {
        return diagnostics;
    }
    let unsound = &grounds.loaded.config.unsound;
    if !unsound.is_empty() {
        return diagnostics.into_iter().chain(unsound.iter().cloned()).collect();
    }
    diagnostics.into_iter().chain(visited(grounds, &Targets::default())).collect()
}

fn visited(grounds: &Grounds<'_>, targets: &Targets) -> Vec<Diagnostic> {
    let Grounds { providers, shelf, loaded, surroundings, memory } = grounds;
    let options = PlanOptions::default();
    let reach = Reach::reading(loaded.looks.source(), surroundings);
    let mut planner = Planner::new(providers, &loaded.config, &loaded.graph, &options, Arc::default(), reach, KINDS);
    // Nothing exists while validating, now as before.
    planner.earlier = Some(planner.prior.clone());
    let random = |buffer: &mut [u8]| buffer.fill(0);
    let left = memory.take();
    let query = loaded.query_again(shelf, Phase::Validate, "default", surroundings, &planner, &random, left);
    walk::visit(&planner, &query, targets);
    provider_rules::judge(&planner, &query);
    imports::sound(&planner, &query);
    let found = query.take_diagnostics();
    memory.replace(query.into_memory());
    found
}

/// By vertex number, what planning did not look at: it was not asked for, or there is no instance of it; and what it
/// judged more mildly than validating does.
pub fn unseen(loaded: &Loaded, query: &Query<'_>, targets: &Targets) -> Vec<bool> {
    let graph = &loaded.graph;
    let is_unseen = |number: u32| {
        if !targets.include(number) {
            return true;
        }
        let vertex = graph.vertex(number);
        if converts(loaded, vertex) {
            return true;
        }
        let scopes = query.scopes_of(vertex.node);
        let is_empty = |instances: &Instances| matches!(instances, Instances::Known(all) if all.is_empty());
        scopes.is_empty()
            || match vertex.item {
                ItemId::Resource(at) => scopes.iter().any(|s| is_empty(&query.expansion(s, at as usize).instances)),
                ItemId::Call(at) => scopes.iter().any(|s| is_empty(&query.call(s, at as usize).0.instances)),
                _ => false,
            }
    };
    (0..graph.len() as u32).map(is_unseen).collect()
}

/// Whether validating may find a conversion impossible that planning can do.
fn converts(loaded: &Loaded, vertex: Vertex) -> bool {
    let node = &loaded.config.nodes[vertex.node];
    let argument = match (vertex.item, node.parent) {
        (ItemId::Variable(_), Some((parent, call))) => {
            loaded.config.nodes[parent].module.links_of(ItemId::Call(call as u32)).converts
        }
        _ => false,
    };
    argument || node.module.links_of(vertex.item).converts
}

/// What is told of a plan's diagnostics.
pub fn told(grounds: &Grounds<'_>, planned: Vec<Diagnostic>, unseen: Vec<bool>) -> Vec<Diagnostic> {
    let loaded = grounds.loaded;
    if has_errors(&loaded.config.diagnostics) {
        return loaded.config.diagnostics.clone();
    }
    let is_missing = |diagnostic: &&Diagnostic| diagnostic.summary == "No value for required variable";
    let missing: Vec<Diagnostic> = planned.iter().filter(is_missing).cloned().collect();
    if loaded.is_given_unread {
        return loaded.diagnostics.clone();
    }
    if has_errors(&loaded.diagnostics) || !missing.is_empty() {
        return loaded.diagnostics.iter().cloned().chain(missing).collect();
    }
    if !loaded.config.unsound.is_empty() {
        return validated(grounds);
    }
    let has_imports = !loaded.config.nodes[0].module.imports.is_empty();
    let open = (has_imports || unseen.contains(&true)) && has_errors(&visited(grounds, &Targets::chosen(unseen)));
    if open || has_errors(&planned) {
        let faults = validated(grounds);
        if has_errors(&faults) {
            // What was said of the values of variables was said before.
            let earlier = loaded.diagnostics.iter().filter(|said| !said.is_error() && !faults.contains(said));
            return earlier.cloned().chain(faults.iter().cloned()).collect();
        }
    }
    loaded.diagnostics.iter().cloned().chain(planned).collect()
}
