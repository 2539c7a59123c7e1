//! What every operation begins with: the configuration read, its graph, and values for its variables.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use crate::engine::lane::{Lane, Standing};
use crate::engine::looks::Looks;
use crate::engine::module::delta::Deltas;
use crate::engine::module::library::Library;
use crate::engine::module::tree::Config;
use crate::engine::options::VariableInput;
use crate::engine::query::given::Given;
use crate::engine::query::graph::Graph;
use crate::engine::query::memory::Memory;
use crate::engine::query::rules::Language;
use crate::engine::query::session::{Ground, Objects, Phase, Query, Setting};
use crate::engine::query::variables::gather;
use crate::engine::source::Source;
use crate::engine::surroundings::Surroundings;
use crate::model::diagnostic::Diagnostic;
use crate::model::value::Str;

/// A configuration that can be evaluated.
pub struct Loaded {
    /// The files.
    pub looks: Looks,
    /// The modules.
    pub config: Arc<Config>,
    /// What reads what.
    pub graph: Arc<Graph>,
    /// What changed in its modules since the last time.
    pub deltas: Deltas,
    /// How it stands to the configuration of the last time.
    pub standing: Standing,
    /// Values of root variables.
    pub given: BTreeMap<Str, Given>,
    /// Whether a file of values, or a value, cannot be read: then nothing else is told of variables.
    pub is_given_unread: bool,
    /// What is wrong so far.
    pub diagnostics: Vec<Diagnostic>,
}

/// A configuration that cannot be evaluated at all.
pub struct Unloaded {
    /// The files, as far as they were looked at.
    pub looks: Looks,
    /// Why not.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a configuration. `module` is another directory to take for the root: what a test's `module` block asks for.
///
/// # Errors
/// When there is no such directory, or things need themselves.
pub fn load(
    shelf: &Library,
    source: &Source,
    variables: &[VariableInput],
    module: Option<&Path>,
) -> Result<Loaded, Box<Unloaded>> {
    load_again(shelf, source, variables, module, &Lane::default())
}

/// The same, with what the last plan left.
///
/// # Errors
/// As for [`load`].
pub fn load_again(
    shelf: &Library,
    source: &Source,
    variables: &[VariableInput],
    module: Option<&Path>,
    lane: &Lane,
) -> Result<Loaded, Box<Unloaded>> {
    let looks = Looks::new(source);
    let config = match module {
        None => Config::load(shelf, &looks),
        Some(directory) => Config::load_at(shelf, &looks, directory, Str::from(directory.to_string_lossy())),
    };
    let Some(config) = config else {
        let detail = format!("There is no directory {}, or it cannot be read.", source.display);
        let diagnostics = vec![Diagnostic::error("Configuration directory cannot be read", detail)];
        return Err(Box::new(Unloaded { looks, diagnostics }));
    };
    let mut diagnostics = config.diagnostics.clone();
    diagnostics.extend(config.further.iter().cloned());
    let deltas = Deltas::default();
    let standing = lane.standing(&config, &deltas);
    let graph = match &lane.graph {
        Some(graph) if standing.same_graph => graph.clone(),
        _ => Arc::new(Graph::new(&config)),
    };
    if !graph.cycles.is_empty() {
        diagnostics.extend(graph.cycles.iter().cloned());
        return Err(Box::new(Unloaded { looks, diagnostics }));
    }
    let root = &config.nodes[0].module;
    // A module that takes the place of the root still gets its values from the root's directory.
    let directory = crate::sys::files::normal(&looks.source().directory);
    let given = gather(&looks, shelf, root, &directory, variables);
    diagnostics.extend(given.diagnostics);
    Ok(Loaded {
        looks,
        config: Arc::new(config),
        graph,
        deltas,
        standing,
        given: given.values,
        is_given_unread: !given.unread.is_empty(),
        diagnostics,
    })
}

impl Loaded {
    /// A configuration without values for its variables, and without anything before it.
    pub fn bare(looks: Looks, config: Config, graph: Graph) -> Loaded {
        Loaded {
            looks,
            config: Arc::new(config),
            graph: Arc::new(graph),
            deltas: Deltas::default(),
            standing: Standing::default(),
            given: BTreeMap::new(),
            is_given_unread: false,
            diagnostics: Vec::new(),
        }
    }

    /// An evaluation of it that begins from nothing.
    pub fn query<'a>(
        &'a self,
        shelf: &'a Library,
        phase: Phase,
        workspace: &str,
        surroundings: &'a Surroundings,
        objects: &'a dyn Objects,
        random: &'a dyn Fn(&mut [u8]),
    ) -> Query<'a> {
        self.query_again(shelf, phase, workspace, surroundings, objects, random, Memory::default())
    }

    /// An evaluation of it that goes on from what is remembered.
    #[allow(clippy::too_many_arguments, reason = "it is the one place where all of it comes together")]
    pub fn query_again<'a>(
        &'a self,
        shelf: &'a Library,
        phase: Phase,
        workspace: &str,
        surroundings: &'a Surroundings,
        objects: &'a dyn Objects,
        random: &'a dyn Fn(&mut [u8]),
        memory: Memory,
    ) -> Query<'a> {
        let setting = Setting {
            phase,
            workspace: Str::from(workspace),
            now: surroundings.now,
            home: surroundings.home.clone(),
            limits: surroundings.limits,
            tally: Rc::default(),
        };
        let ground = Ground {
            config: &self.config,
            looks: &self.looks,
            shelf,
            given: &self.given,
            objects,
            random,
            rules: &Language,
            deltas: &self.deltas,
        };
        Query::new(ground, setting, memory)
    }
}
