//! Plans: what was asked, from the files of a configuration to a [`Planned`].

use std::sync::Arc;

use crate::engine::looks::Looks;
use crate::engine::module::library::Library;
use crate::engine::module::tree::Config;
use crate::engine::options::{PlanMode, PlanOptions};
use crate::engine::outcome::Planned;
use crate::engine::plan::planner::Planner;
use crate::engine::plan::prior::Prior;
use crate::engine::plan::targets::Targets;
use crate::engine::plan::{conditions, imports, moves, walk};
use crate::engine::provider::registry::Providers;
use crate::engine::query::graph::Graph;
use crate::engine::query::session::{Phase, Query, Setting};
use crate::engine::query::variables::gather;
use crate::engine::source::Source;
use crate::engine::surroundings::Surroundings;
use crate::engine::world::Reach;
use crate::model::diagnostic::Diagnostic;
use crate::model::plan::Plan;
use crate::model::value::Str;

/// Whether only configurations are compared: then nothing is asked of providers that would need the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Against a state.
    State,
    /// The configuration by itself.
    Configuration,
}

/// Plans a source.
pub fn plan(
    providers: &Providers,
    library: &Library,
    source: &Source,
    options: &PlanOptions,
    surroundings: &Surroundings,
    depth: Depth,
) -> Planned {
    let looks = Looks::new(source);
    let mut diagnostics = Vec::new();
    let plan = match Config::load(library, &looks) {
        Some(config) => {
            let scene = Scene { providers, library, looks: &looks, config: &config, options, surroundings, depth };
            scene.plan(&mut diagnostics)
        }
        None => {
            diagnostics.push(no_directory(source));
            Plan { errored: true, ..Plan::default() }
        }
    };
    Planned { plan: Arc::new(plan), diagnostics, reads: looks.reads(), options: options.clone() }
}

/// There is nothing to read.
pub fn no_directory(source: &Source) -> Diagnostic {
    Diagnostic::error(
        "Configuration directory cannot be read",
        format!("There is no directory {}, or it cannot be read.", source.display),
    )
}

struct Scene<'a> {
    providers: &'a Providers,
    library: &'a Library,
    looks: &'a Looks,
    config: &'a Config,
    options: &'a PlanOptions,
    surroundings: &'a Surroundings,
    depth: Depth,
}

impl Scene<'_> {
    fn plan(&self, diagnostics: &mut Vec<Diagnostic>) -> Plan {
        let config = self.config;
        diagnostics.extend(config.diagnostics.iter().cloned());
        let graph = Graph::new(config);
        if !graph.cycles.is_empty() {
            diagnostics.extend(graph.cycles.iter().cloned());
            return Plan { errored: true, ..Plan::default() };
        }
        let targets = match Targets::new(config, &graph, &self.options.targets) {
            Ok(targets) => targets,
            Err(faults) => {
                diagnostics.extend(faults);
                return Plan { errored: true, ..Plan::default() };
            }
        };
        let root = &config.nodes[0].module;
        let given = gather(self.looks, self.library, root, &root.directory, &self.options.variables);
        diagnostics.extend(given.diagnostics);
        let mut prior = self.options.state.as_deref().map(Prior::new).unwrap_or_default();
        diagnostics.extend(moves::apply(config, &mut prior));
        let reach = Reach::reading(self.looks.source(), self.surroundings);
        let mut planner = Planner::new(self.providers, config, &graph, self.options, prior, reach);
        planner.configuration_only = self.depth == Depth::Configuration;
        let random = |buffer: &mut [u8]| (self.surroundings.random)(buffer);
        let setting = Setting {
            phase: Phase::Plan,
            workspace: Str::from(self.options.workspace.as_str()),
            now: self.surroundings.now,
            home: self.surroundings.home.clone(),
        };
        let query = Query::new(config, self.looks, self.library, setting, &given.values, &planner, &random);
        conditions::declare(&planner);
        if self.options.mode != PlanMode::Destroy {
            imports::gather(&planner, &query);
        }
        walk::visit(&planner, &query, &targets);
        let mut plan = walk::assemble(&planner, &query, &targets);
        diagnostics.extend(query.take_diagnostics());
        plan.errored = diagnostics.iter().any(Diagnostic::is_error);
        plan.applyable &= !plan.errored;
        plan.complete &= !plan.errored;
        plan
    }
}
