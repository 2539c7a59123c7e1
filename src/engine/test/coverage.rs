//! What assertions depend on: from each condition and each expected failure along references, through locals, modules
//! and outputs, to everything that they read in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::engine::looks::Looks;
use crate::engine::module::declared::{ItemId, Module, Need, WrittenReference};
use crate::engine::module::library::Library;
use crate::engine::module::references::{self, Met, step_name, walk};
use crate::engine::module::tree::Config;
use crate::engine::outcome::Coverage;
use crate::engine::query::graph::{Graph, Vertex};
use crate::engine::source::Source;
use crate::engine::test::bench::directory;
use crate::engine::test::file::{Run, TestFile};
use crate::engine::test::read::{files, read};
use crate::lang::syntax::ast::{StepKind, Traversal};
use crate::model::address::ResourceMode;
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::mutation::{Covered, CoveredKind};
use crate::model::place::Place;
use crate::model::value::Str;
use crate::sys::files::normal;

/// A configuration under test and what reads what in it.
struct Tested {
    config: Config,
    graph: Graph,
}

impl Tested {
    fn new(config: Config) -> Tested {
        let graph = Graph::new(&config);
        Tested { config, graph }
    }
}

/// What is covered: modules by directory, and in each the names of items.
type Reached = BTreeSet<(PathBuf, String)>;

/// What the assertions of a stack's tests depend on.
pub fn coverage(shelf: &Library, source: &Source) -> Coverage {
    let looks = Looks::new(source);
    let mut found = Coverage::default();
    let Some(config) = Config::load(shelf, &looks) else {
        let detail = format!("There is no directory {}, or it cannot be read.", source.display);
        found.diagnostics.push(Diagnostic::error("Configuration directory cannot be read", detail));
        return found;
    };
    let root = Tested::new(config);
    let mut reached = Reached::new();
    let mut others: BTreeMap<PathBuf, Tested> = BTreeMap::new();
    for (name, path) in files(&looks) {
        let (file, faults) = read(&looks, shelf, &name, &path);
        if has_errors(&faults) {
            found.diagnostics.extend(faults);
            continue;
        }
        for run in &file.runs {
            if let Some(directory) = module_of(&looks, &name, run)
                && !others.contains_key(&directory)
                && let Some(config) = Config::load_at(shelf, &looks, &directory, Str::from(""))
            {
                others.insert(directory, Tested::new(config));
            }
        }
        reach(&looks, &name, &file, &root, &others, &mut reached);
    }
    let mut listed = BTreeSet::new();
    for tested in std::iter::once(&root).chain(others.values()) {
        for node in &tested.config.nodes {
            let directory = normal(&node.module.directory);
            if !directory.components().any(|part| part.as_os_str() == ".terraform") && listed.insert(directory) {
                things(&looks, &node.module, &reached, &mut found.things);
            }
        }
    }
    found.things.sort_by(|a, b| (&a.module, a.kind, &a.name).cmp(&(&b.module, b.kind, &b.name)));
    found.reads = looks.reads();
    found
}

fn module_of(looks: &Looks, file: &str, run: &Run) -> Option<PathBuf> {
    let (source, _) = run.module.as_ref()?;
    directory(looks, file, &run.name, source)
}

/// Follows everything that the runs of a file depend on.
fn reach(
    looks: &Looks,
    name: &str,
    file: &TestFile,
    root: &Tested,
    others: &BTreeMap<PathBuf, Tested>,
    reached: &mut Reached,
) {
    let under_test = |run: &Run| match module_of(looks, name, run) {
        Some(directory) => others.get(&directory),
        None => Some(root),
    };
    for run in &file.runs {
        let Some(tested) = under_test(run) else { continue };
        let mut seeds = Vec::new();
        let mut earlier: Vec<(Str, Str)> = Vec::new();
        for assert in &run.asserts {
            walk(&assert.condition.expr, &mut |met| {
                let Met::Traversal(traversal) = met else { return };
                match (&*traversal.root.text, step_name(traversal.steps.first()), step_name(traversal.steps.get(1))) {
                    ("run", Some(run), Some(output)) => earlier.push((Str::from(run), Str::from(output))),
                    _ => seeds.extend(seed(tested, traversal)),
                }
            });
        }
        seeds.extend(run.expected.iter().flat_map(|WrittenReference { traversal, .. }| seed(tested, traversal)));
        follow(tested, seeds, reached);
        for (run, output) in earlier {
            let Some(run) = file.runs.iter().find(|other| other.name == run) else { continue };
            let Some(tested) = under_test(run) else { continue };
            let at = tested.config.nodes[0].module.output(&output);
            follow(tested, at.map(|at| number(tested, ItemId::Output(at as u32))).into_iter().collect(), reached);
        }
    }
}

fn number(tested: &Tested, item: ItemId) -> u32 {
    tested.graph.number(&tested.config, Vertex { node: 0, item })
}

/// The vertices that a reference in an assertion leads to.
fn seed(tested: &Tested, traversal: &Traversal) -> Vec<u32> {
    let module = &tested.config.nodes[0].module;
    let Some(target) = references::target(module, traversal) else { return Vec::new() };
    let ItemId::Call(call) = target.item else { return vec![number(tested, target.item)] };
    let mut steps = traversal.steps[target.steps..].iter();
    let mut next = steps.next();
    if next.is_some_and(|step| matches!(step.kind, StepKind::Index(_))) {
        next = steps.next();
    }
    let mut found = Vec::new();
    tested.graph.resolve(&tested.config, 0, Need::Item(target.item), &mut found);
    // One output of the call, when the reference names it.
    if let (Some(name), Some(crate::engine::module::tree::Child::Node(child))) =
        (step_name(next), tested.config.nodes[0].children.get(call as usize))
        && let Some(output) = tested.config.nodes[*child].module.output(name)
    {
        let vertex = Vertex { node: *child, item: ItemId::Output(output as u32) };
        found = vec![number(tested, target.item), tested.graph.number(&tested.config, vertex)];
    }
    found
}

fn follow(tested: &Tested, seeds: Vec<u32>, reached: &mut Reached) {
    let closure = tested.graph.closure(seeds);
    for at in (0..tested.graph.len() as u32).filter(|at| closure[*at as usize]) {
        let vertex = tested.graph.vertex(at);
        let module = &tested.config.nodes[vertex.node].module;
        reached.insert((normal(&module.directory), module.item_name(vertex.item)));
    }
}

/// Everything that a module declares and that tests can be about.
fn things(looks: &Looks, module: &Module, reached: &Reached, out: &mut Vec<Covered>) {
    let directory = normal(&module.directory);
    let mut push = |kind: CoveredKind, name: String, place: Place| {
        let covered = reached.contains(&(directory.clone(), name.clone()));
        out.push(Covered { kind, module: looks.display(&directory), name, place, covered });
    };
    for resource in &module.resources {
        let kind = match resource.mode {
            ResourceMode::Managed => CoveredKind::Resource,
            ResourceMode::Data | ResourceMode::Ephemeral => CoveredKind::Data,
        };
        push(kind, resource.label(), resource.content.header.place());
    }
    for output in &module.outputs {
        push(CoveredKind::Output, format!("output.{}", output.name), output.header.place());
    }
    for variable in &module.variables {
        push(CoveredKind::Variable, format!("var.{}", variable.name), variable.header.place());
    }
    for check in &module.checks {
        let place =
            check.asserts.first().map_or_else(|| Place::top_of(looks.display(&directory)), |a| a.header.place());
        push(CoveredKind::Check, format!("check.{}", check.name), place);
    }
}
