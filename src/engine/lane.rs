//! What one kind of plan of one configuration leaves for the next one: values, the graph, the state by address, and the
//! parts of the plan that nothing touched.
//!
//! Whatever is taken over is taken over because its inputs were compared, never because time was short: a lane may be
//! forgotten at any moment, and the next plan only takes longer.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::lore::Lore;
use crate::engine::module::delta::Deltas;
use crate::engine::module::tree::{Child, Config, Node};
use crate::engine::options::{PlanMode, PlanOptions};
use crate::engine::plan::prior::Prior;
use crate::engine::query::graph::Graph;
use crate::engine::query::memory::{Memory, UnitId};
use crate::engine::source::Source;
use crate::engine::surroundings::Surroundings;
use crate::model::address::ModuleAddress;
use crate::model::plan::{OutputChange, ResourceChange};
use crate::model::state::StateSnapshot;
use crate::model::value::Str;

/// What is left by the last plan.
#[derive(Debug, Default)]
pub struct Lane {
    /// Values.
    pub memory: Memory,
    /// What validating left, and of which configuration.
    pub sound: (RefCell<Memory>, Option<Arc<Config>>),
    /// The configuration.
    pub config: Option<Arc<Config>>,
    /// Its graph.
    pub graph: Option<Arc<Graph>>,
    /// What was known about others' providers.
    pub lore: Option<Arc<Lore>>,
    /// The state it was compared with.
    pub state: Option<Arc<StateSnapshot>>,
    /// That state by address.
    pub base: Arc<Prior>,
    /// The same after moves.
    pub prior: Arc<Prior>,
    /// Some objects were created before others were destroyed.
    pub ordered: bool,
    /// Parts of the plan.
    pub parts: Parts,
}

/// Parts of a plan that may be taken over.
#[derive(Debug, Default)]
pub struct Parts {
    /// The units of all instances, module instance by module instance.
    pub units: Vec<UnitId>,
    /// For each row of the plan, which of them it is.
    pub order: Vec<u32>,
    /// What changes about each output.
    pub outputs: BTreeMap<Str, KnownOutput>,
    /// Whether all outputs changed as they did in the last plan.
    pub same_outputs: bool,
    /// The rows of objects that the configuration does not have; `None` when they have to be found anew.
    pub orphans: Option<Vec<Arc<ResourceChange>>>,
    /// The state that the plan shows as its prior one.
    pub prior_state: Option<Arc<StateSnapshot>>,
}

/// What changes about an output.
#[derive(Debug)]
pub struct KnownOutput {
    /// The run since which its value is what it is.
    pub since: u32,
    /// Whether it is declared sensitive.
    pub declared: bool,
    /// What changes.
    pub change: OutputChange,
}

/// How a configuration stands to the one that a lane was left by.
#[derive(Debug, Clone, Copy, Default)]
pub struct Standing {
    /// Values may be taken over.
    pub comparable: bool,
    /// The same modules are called, and what reads what is the same.
    pub same_graph: bool,
    /// Objects move as they did: not at all.
    pub same_moves: bool,
}

impl Lane {
    /// Compares a configuration with the one before.
    pub fn standing(&self, config: &Config, deltas: &Deltas) -> Standing {
        let Some(old) = &self.config else { return Standing::default() };
        let same_tree = old.nodes.len() == config.nodes.len()
            && old.nodes.iter().zip(&config.nodes).all(|(a, b)| a.address == b.address && a.children == b.children);
        let by_address: HashMap<&ModuleAddress, &Node> = match same_tree {
            true => HashMap::new(),
            false => old.nodes.iter().map(|node| (&node.address, node)).collect(),
        };
        let mut standing = Standing { comparable: true, same_graph: same_tree, same_moves: same_tree };
        for (at, node) in config.nodes.iter().enumerate() {
            let before = if same_tree { Some(&old.nodes[at]) } else { by_address.get(&node.address).copied() };
            let Some(before) = before else { continue };
            standing.comparable &= same_tree || same_children(before, node);
            match deltas.of(&before.module, &node.module) {
                None => standing.same_moves &= is_quiet(node),
                Some(delta) => {
                    standing.comparable &= delta.same_structure;
                    standing.same_graph &= delta.same_graph;
                    standing.same_moves &= delta.same_moves;
                }
            }
        }
        standing
    }

    /// Forgets everything but what costs nothing to compare.
    pub fn clear(&mut self) {
        *self = Lane::default();
    }
}

fn is_quiet(node: &Node) -> bool {
    let module = &node.module;
    module.moved.is_empty() && module.removed.is_empty() && module.imports.is_empty()
}

/// Whether the calls that both have lead to the same kind of place.
fn same_children(old: &Node, new: &Node) -> bool {
    let kind = |child: Option<&Child>| child.map(std::mem::discriminant);
    new.module.calls.iter().enumerate().all(|(at, call)| match old.module.call(&call.name) {
        Some(was) => kind(old.children.get(was)) == kind(new.children.get(at)),
        None => true,
    })
}

/// What tells lanes apart. Everything else that a plan reads is compared when values are taken over.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneKey {
    directory: PathBuf,
    display: String,
    role: Role,
    workspace: String,
    home: Option<String>,
}

/// Which of the plans of a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Against a state.
    Plan,
    /// The configuration before an edit, by itself.
    Before,
    /// The configuration after it.
    After,
}

impl LaneKey {
    /// The lane of a plan; `None` for plans that are not made again at each keystroke, or that read the world.
    pub fn of(source: &Source, options: &PlanOptions, surroundings: &Surroundings, role: Role) -> Option<LaneKey> {
        let plain = options.mode == PlanMode::Normal
            && !options.refresh
            && options.targets.is_empty()
            && options.replace.is_empty()
            && options.stand_ins.is_none();
        plain.then(|| LaneKey {
            directory: source.directory.clone(),
            display: source.display.to_string(),
            role,
            workspace: options.workspace.clone(),
            home: surroundings.home.clone(),
        })
    }
}

/// The lanes of an engine, the one used last at the end. Shared between threads: a lane is taken out while it is used,
/// and who comes meanwhile begins with an empty one.
#[derive(Debug, Default)]
pub struct Lanes {
    kept: Mutex<Vec<(LaneKey, Lane)>>,
}

/// More are not kept: each holds every value of a configuration.
const MAX_LANES: usize = 6;

impl Lanes {
    /// Uses a lane. Without a key an empty one that is dropped afterwards.
    pub fn with<T>(&self, key: Option<LaneKey>, work: impl FnOnce(&mut Lane) -> T) -> T {
        let mut lane = key.as_ref().and_then(|key| self.take(key)).unwrap_or_default();
        let done = work(&mut lane);
        if let Some(key) = key {
            if lane.memory.is_cluttered() {
                lane.clear();
            }
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.retain(|(known, _)| *known != key);
            if kept.len() == MAX_LANES {
                kept.remove(0);
            }
            kept.push((key, lane));
        }
        done
    }

    fn take(&self, key: &LaneKey) -> Option<Lane> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(known, _)| known == key)?;
        Some(kept.remove(at).1)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::engine::module::library::Library;
    use crate::engine::preview::plan;
    use crate::engine::provider;
    use crate::model::place::RepoPath;
    use crate::sys::files::FakeFiles;

    /// Plans a directory again and again in one lane.
    struct Bench {
        files: Arc<FakeFiles>,
        shelf: Library,
        lane: Lane,
        options: PlanOptions,
    }

    impl Bench {
        fn new(files: &[(&str, &str)]) -> Bench {
            let files = Arc::new(FakeFiles::with(files.iter().copied()));
            Bench { files, shelf: Library::default(), lane: Lane::default(), options: PlanOptions::default() }
        }

        fn put(&self, path: &str, text: &str) {
            self.files.put(Path::new(path), text.as_bytes(), 0o644);
        }

        /// How many units this plan computed; its outputs.
        fn plan(&mut self) -> (u64, Vec<Str>) {
            let source = Source::new(self.files.clone(), "/s", RepoPath::root());
            let providers = provider::builtin();
            let around = Surroundings::none(UNIX_EPOCH);
            let planned = plan(&providers, &self.shelf, &mut self.lane, &source, &self.options, &around);
            assert_eq!(planned.diagnostics, Vec::new());
            let shown = planned.plan.outputs.values().map(|o| crate::lang::value::to_expression_text(&o.after));
            (self.lane.memory.computed, shown.map(Str::from).collect())
        }
    }

    const MAIN: &str = "locals {\n  a = 1\n  b = local.a + 1\n  c = local.a > 0\n}\nresource \"terraform_data\" \"r\" {\n  count = 10\n  input = local.b\n}\noutput \"b\" {\n  value = local.b\n}\noutput \"c\" {\n  value = local.c\n}\n";

    #[test]
    fn nothing_is_computed_when_nothing_changed() {
        let mut bench = Bench::new(&[("/s/main.tf", MAIN)]);
        let (first, _) = bench.plan();
        assert!(first >= 16, "3 locals, 2 outputs, an expansion, 10 instances: {first}");
        assert_eq!(bench.plan().0, 0);
    }

    #[test]
    fn layout_and_comments_compute_nothing() {
        let mut bench = Bench::new(&[("/s/main.tf", MAIN)]);
        bench.plan();
        bench.put("/s/main.tf", &format!("# why\n\n{}", MAIN.replace(" = ", "   =  ")));
        assert_eq!(bench.plan().0, 0);
    }

    #[test]
    fn an_edit_computes_what_reads_it_and_stops_where_nothing_changes() {
        let mut bench = Bench::new(&[("/s/main.tf", MAIN)]);
        bench.plan();
        // `c` comes out the same, so its output is not computed; `b` does not.
        bench.put("/s/main.tf", &MAIN.replace("a = 1", "a = 2"));
        let (computed, outputs) = bench.plan();
        assert_eq!(outputs, vec![Str::from("3"), Str::from("true")]);
        assert_eq!(computed, 3 + 10 + 1, "three locals, ten instances, one output");
        // A line that nobody reads concerns itself only.
        bench.put("/s/main.tf", &MAIN.replace("a = 1", "a = 2\n  d = 5"));
        assert_eq!(bench.plan().0, 1);
    }

    #[test]
    fn one_entry_of_many_computes_one_instance() {
        let text = |x: &str| {
            format!(
                "locals {{\n  all = {{ a = 1, b = {x}, c = 3 }}\n}}\nresource \"terraform_data\" \"r\" {{\n  for_each = local.all\n  input = each.value\n}}\n"
            )
        };
        let mut bench = Bench::new(&[("/s/main.tf", &text("2"))]);
        bench.plan();
        bench.put("/s/main.tf", &text("9"));
        assert_eq!(bench.plan().0, 1 + 1 + 1, "the local, the instances' keys, one instance");
        bench.put("/s/main.tf", &text("9, bb = 4"));
        assert_eq!(bench.plan().0, 1 + 1 + 1, "one more instance; the others only moved up");
    }

    #[test]
    fn an_argument_of_a_call_computes_that_module_instance() {
        let main = |x: &str| {
            format!(
                "module \"a\" {{\n  source = \"./m\"\n  x = {x}\n}}\nmodule \"b\" {{\n  source = \"./m\"\n  x = 2\n}}\n"
            )
        };
        let child = "variable \"x\" {}\nlocals {\n  y = \"${var.x}-y\"\n}\nresource \"terraform_data\" \"r\" {\n  count = 3\n  input = local.y\n}\n";
        let mut bench = Bench::new(&[("/s/main.tf", &main("1")), ("/s/m/main.tf", child)]);
        bench.plan();
        bench.put("/s/main.tf", &main("7"));
        assert_eq!(bench.plan().0, 1 + 1 + 3);
        // A module that is called twice counts twice.
        bench.put("/s/m/main.tf", &child.replace("-y", "-z"));
        assert_eq!(bench.plan().0, 2 * (1 + 3));
    }

    #[test]
    fn files_and_variables_are_read_again_when_they_change() {
        let main = "variable \"v\" {\n  default = 1\n}\noutput \"f\" {\n  value = \"${file(\"t.txt\")} ${length(fileset(\".\", \"*.txt\"))}\"\n}\noutput \"v\" {\n  value = var.v\n}\n";
        let mut bench = Bench::new(&[("/s/main.tf", main), ("/s/t.txt", "one")]);
        assert_eq!(bench.plan().1, vec![Str::from("\"one 1\""), Str::from("1")]);
        bench.put("/s/t.txt", "two");
        assert_eq!(bench.plan(), (1, vec![Str::from("\"two 1\""), Str::from("1")]));
        bench.put("/s/u.txt", "more");
        assert_eq!(bench.plan(), (1, vec![Str::from("\"two 2\""), Str::from("1")]));
        bench.put("/s/terraform.tfvars", "v = 4\n");
        // The variable and its output; and a new name in the directory that `fileset` lists.
        assert_eq!(bench.plan(), (3, vec![Str::from("\"two 2\""), Str::from("4")]));
    }
}
