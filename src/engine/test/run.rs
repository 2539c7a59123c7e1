//! Runs test files: each run plans or applies in memory, with the states that earlier runs of its file left.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::engine::apply::carry::{self, Order};
use crate::engine::apply_sink::{ApplyEvent, ApplySink};
use crate::engine::loaded::{Loaded, load};
use crate::engine::looks::Looks;
use crate::engine::module::declared::Written;
use crate::engine::module::library::Library;
use crate::engine::options::{ApplyOptions, PlanOptions, TestOptions, VariableInput};
use crate::engine::outcome::Tested;
use crate::engine::preview::{Depth, plan_with};
use crate::engine::provider::registry::Providers;
use crate::engine::query::evaluate::evaluate;
use crate::engine::query::session::Query;
use crate::engine::reads::Reads;
use crate::engine::source::Source;
use crate::engine::surroundings::Surroundings;
use crate::engine::test::file::{Run, TestFile, decode};
use crate::engine::test::layer::Layer;
use crate::engine::test::verdict;
use crate::lang::inputs::{InputEntry, InputKind, Inputs, Resolved};
use crate::lang::syntax::ast::Traversal;
use crate::model::address::ResourceInstanceAddress;
use crate::model::check::CheckResult;
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::state::StateSnapshot;
use crate::model::test::{TestCase, TestStatus, TestSuite};
use crate::model::value::{Str, Value};

/// Runs a stack's tests.
pub fn test(
    providers: &Providers,
    shelf: &Library,
    source: &Source,
    options: &TestOptions,
    surroundings: &Surroundings,
) -> Tested {
    let looks = Looks::new(source);
    let bench = Bench { providers, shelf, source, options, surroundings, reads: RefCell::default() };
    let mut suites = Vec::new();
    for (name, path) in files(&looks) {
        if !options.files.is_empty() && !options.files.contains(&name) {
            continue;
        }
        suites.push(bench.suite(&looks, name, &path));
    }
    let mut reads = bench.reads.into_inner();
    reads.extend(&looks.reads());
    Tested { suites, diagnostics: Vec::new(), reads }
}

/// The test files of a root module, by their names from there.
fn files(looks: &Looks) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for directory in [".", "tests"] {
        let path = looks.resolve(directory);
        for entry in looks.list(&path).unwrap_or_default() {
            if !entry.is_directory && [".tftest.hcl", ".tftest.json"].iter().any(|end| entry.name.ends_with(end)) {
                let name = if directory == "." { entry.name.clone() } else { format!("tests/{}", entry.name) };
                found.push((name, path.join(&entry.name)));
            }
        }
    }
    found.sort();
    found
}

struct Bench<'a> {
    providers: &'a Providers,
    shelf: &'a Library,
    source: &'a Source,
    options: &'a TestOptions,
    surroundings: &'a Surroundings,
    reads: RefCell<Reads>,
}

/// What earlier runs of a file left.
struct Left {
    layer: Arc<Layer>,
    states: HashMap<String, Arc<StateSnapshot>>,
    outputs: BTreeMap<Str, Value>,
}

/// How a run came out.
struct Came {
    status: TestStatus,
    diagnostics: Vec<Diagnostic>,
    /// The runs after it are not reached.
    stops: bool,
}

impl Came {
    fn error(diagnostics: Vec<Diagnostic>) -> Self {
        Came { status: TestStatus::Error, diagnostics, stops: true }
    }
}

impl Bench<'_> {
    fn suite(&self, looks: &Looks, name: String, path: &Path) -> TestSuite {
        let seen = match looks.read(path) {
            Ok(seen) => seen,
            Err(error) => {
                let detail = format!("The test file {name} could not be read: {error}.");
                let diagnostics = vec![Diagnostic::error("Failed to read file", detail)];
                return TestSuite { name, cases: Vec::new(), diagnostics };
            }
        };
        let parsed = self.shelf.parse(looks.display(path), &seen.bytes, seen.hash);
        let mut file = decode(&parsed.body, &parsed.file);
        let mut diagnostics = parsed.diagnostics.clone();
        diagnostics.append(&mut file.diagnostics);
        let mut left = Left {
            layer: Arc::new(Layer::over(self.source.files.clone())),
            states: HashMap::new(),
            outputs: BTreeMap::new(),
        };
        let mut skipping = has_errors(&diagnostics);
        let mut cases = Vec::new();
        let last = self.last_wanted(&file);
        for (at, run) in file.runs.iter().enumerate() {
            if at > last {
                break;
            }
            let came = if skipping {
                Came { status: TestStatus::Skipped, diagnostics: Vec::new(), stops: true }
            } else {
                self.run(&file, run, &mut left)
            };
            skipping |= came.stops;
            let wanted = self.options.run.as_ref().is_none_or(|part| run.name.contains(part.as_str()));
            if wanted {
                cases.push(TestCase {
                    name: run.name.to_string(),
                    status: came.status,
                    took: Duration::ZERO,
                    diagnostics: came.diagnostics,
                    place: Some(run.header.place()),
                });
            }
        }
        TestSuite { name, cases, diagnostics }
    }

    /// The last run that somebody wants to see; earlier ones may be read by it.
    fn last_wanted(&self, file: &TestFile) -> usize {
        let wanted = |run: &Run| self.options.run.as_ref().is_none_or(|part| run.name.contains(part.as_str()));
        file.runs.iter().rposition(wanted).unwrap_or(0)
    }

    fn run(&self, file: &TestFile, run: &Run, left: &mut Left) -> Came {
        let source = Source { files: left.layer.clone(), ..self.source.clone() };
        let module = match &run.module {
            None => None,
            Some(path) if path.starts_with('.') => Some(crate::sys::files::normal(&source.directory.join(&**path))),
            Some(path) => {
                let detail = format!(
                    "The module \"{path}\" of run \"{}\" is not local, and downloaded modules of tests are not looked for. Run it with terraform test.",
                    run.name
                );
                return Came::error(vec![Diagnostic::error("Module not here", detail).at(run.header.place())]);
            }
        };
        let variables = match self.variables(file, run, left) {
            Ok(variables) => variables,
            Err(diagnostics) => return Came::error(diagnostics),
        };
        let loaded = match load(self.shelf, &source, &variables, module.as_deref()) {
            Ok(loaded) => loaded,
            Err(unloaded) => return Came::error(unloaded.diagnostics),
        };
        let key = match (&run.state_key, &run.module) {
            (Some(key), _) => format!("key {key}"),
            (None, Some(module)) => format!("module {module}"),
            (None, None) => String::new(),
        };
        let options = PlanOptions {
            variables,
            state: left.states.get(&key).cloned(),
            mode: run.mode,
            refresh: false,
            targets: run.targets.clone(),
            replace: run.replace.iter().filter_map(|text| ResourceInstanceAddress::parse(text).ok()).collect(),
            ..PlanOptions::default()
        };
        let mut surroundings = self.surroundings.clone();
        surroundings.files = Some(left.layer.clone());
        let came = if run.plan_only {
            self.plan_run(run, &loaded, &options, &surroundings, left)
        } else {
            self.apply_run(run, &loaded, &options, &surroundings, (&key, left))
        };
        self.reads.borrow_mut().extend(&loaded.looks.reads());
        came
    }

    fn plan_run(
        &self,
        run: &Run,
        loaded: &Loaded,
        options: &PlanOptions,
        surroundings: &Surroundings,
        left: &mut Left,
    ) -> Came {
        let judged = RefCell::new((TestStatus::Passed, Vec::new(), Value::empty_object()));
        let earlier = left.outputs.clone();
        let then = |query: &Query<'_>, _: &crate::model::plan::Plan| {
            let outputs = outputs(query);
            let names = [run_name(&earlier), (Str::from("output"), outputs.clone())];
            let (status, diagnostics) = verdict::assertions(query, &run.asserts, &names, true);
            *judged.borrow_mut() = (status, diagnostics, outputs);
        };
        let (plan, diagnostics) =
            plan_with(self.providers, self.shelf, loaded, options, surroundings, Depth::State, &then);
        let (status, asserted, outputs) = judged.into_inner();
        left.outputs.insert(run.name.clone(), outputs);
        conclude(run, diagnostics, &plan.checks, status, asserted)
    }

    fn apply_run(
        &self,
        run: &Run,
        loaded: &Loaded,
        options: &PlanOptions,
        surroundings: &Surroundings,
        (key, left): (&str, &mut Left),
    ) -> Came {
        let (plan, diagnostics) =
            plan_with(self.providers, self.shelf, loaded, options, surroundings, Depth::State, &|_, _| {});
        let expected = verdict::names(&run.expected);
        if plan.errored {
            let rest = verdict::sift(diagnostics.clone(), &expected);
            if !has_errors(&rest) {
                let mut faults = diagnostics;
                let detail = format!(
                    "A custom condition within {} failed during the planning stage and prevented the requested apply operation. While this was an expected failure, the apply operation could not be executed and so the overall test case will be marked as a failure and the original diagnostic included in the test report.",
                    expected.join(", ")
                );
                faults.push(Diagnostic::error("Expected failure while planning", detail).at(run.header.place()));
                return Came::error(faults);
            }
            return Came::error(rest);
        }
        let judged = RefCell::new((TestStatus::Passed, Vec::new(), Value::empty_object()));
        let earlier = left.outputs.clone();
        let then = |query: &Query<'_>, _: &StateSnapshot| {
            let outputs = outputs(query);
            let names = [run_name(&earlier), (Str::from("output"), outputs.clone())];
            let (status, diagnostics) = verdict::assertions(query, &run.asserts, &names, false);
            *judged.borrow_mut() = (status, diagnostics, outputs);
        };
        let order = Order {
            providers: self.providers,
            shelf: self.shelf,
            loaded,
            plan: &plan,
            options,
            how: &ApplyOptions::default(),
            surroundings,
            sink: &Quiet,
        };
        let applied = carry::apply(&order, &then);
        left.states.insert(key.to_owned(), applied.state);
        let (status, asserted, outputs) = judged.into_inner();
        left.outputs.insert(run.name.clone(), outputs);
        conclude(run, applied.diagnostics, &applied.checks, status, asserted)
    }

    /// All values for a run: from the command line, from the file, from the run, in this order.
    fn variables(&self, file: &TestFile, run: &Run, left: &Left) -> Result<Vec<VariableInput>, Vec<Diagnostic>> {
        let mut given = self.options.variables.clone();
        let mut known: BTreeMap<Str, Value> = BTreeMap::new();
        for input in &given {
            if let VariableInput::Argument { name, text } | VariableInput::Environment { name, text } = input {
                known.insert(name.clone(), Value::string(text.as_str()));
            }
        }
        let mut diagnostics = Vec::new();
        for written in [&file.variables, &run.variables] {
            let scope = TestInputs { run: run_name(&left.outputs).1, variables: Value::object(known.clone()) };
            let mut values: Vec<(Str, Value)> = Vec::new();
            for (name, written) in written {
                if let Some(value) = scope.value(written, &mut diagnostics) {
                    values.push((name.clone(), value));
                }
            }
            for (name, value) in values {
                known.insert(name.clone(), value.clone());
                given.push(VariableInput::Value { name, value, place: None });
            }
        }
        if has_errors(&diagnostics) { Err(diagnostics) } else { Ok(given) }
    }
}

/// Puts a run's outcome together.
fn conclude(
    run: &Run,
    diagnostics: Vec<Diagnostic>,
    checks: &[CheckResult],
    asserted: TestStatus,
    assertions: Vec<Diagnostic>,
) -> Came {
    let mut kept = verdict::sift(diagnostics, &verdict::names(&run.expected));
    let missing = verdict::missing(&run.expected, checks);
    let broken = has_errors(&kept) || asserted == TestStatus::Error;
    // After a failure that did not happen terraform judges no assertion and reaches no further run.
    let in_vain = !missing.is_empty();
    let status = match () {
        () if broken => TestStatus::Error,
        () if in_vain => TestStatus::Failed,
        () => asserted,
    };
    kept.extend(missing);
    if !in_vain {
        kept.extend(assertions);
    }
    Came { status, diagnostics: kept, stops: broken || in_vain }
}

/// All root outputs as one object.
fn outputs(query: &Query<'_>) -> Value {
    let root = query.root();
    let all = query.module(&root).outputs.iter().enumerate();
    Value::object(all.map(|(at, output)| (output.name.clone(), query.output(&root, at))))
}

fn run_name(outputs: &BTreeMap<Str, Value>) -> (Str, Value) {
    (Str::from("run"), Value::object(outputs.clone()))
}

/// What variables in a test file may refer to.
struct TestInputs {
    run: Value,
    variables: Value,
}

impl TestInputs {
    fn value(&self, written: &Written, diagnostics: &mut Vec<Diagnostic>) -> Option<Value> {
        let evaluated = evaluate(written, self);
        let failed = evaluated.failed();
        diagnostics.extend(evaluated.diagnostics);
        (!failed).then_some(evaluated.value)
    }
}

impl Inputs for TestInputs {
    fn reference(&self, traversal: &Traversal) -> Result<Resolved, Box<Diagnostic>> {
        match &*traversal.root.text {
            "run" => Ok(Resolved { value: self.run.clone(), consumed: 0 }),
            "var" => Ok(Resolved { value: self.variables.clone(), consumed: 0 }),
            root => Err(Box::new(Diagnostic::error(
                "Invalid reference",
                format!(
                    "You can only reference earlier run blocks, file level, and global variables when defining variables from inside a run block, not \"{root}\"."
                ),
            ))),
        }
    }

    fn read_file(&self, _: &str) -> std::io::Result<Arc<[u8]>> {
        Err(std::io::ErrorKind::NotFound.into())
    }

    fn kind_of(&self, _: &str) -> InputKind {
        InputKind::Absent
    }

    fn list(&self, _: &str) -> std::io::Result<Vec<InputEntry>> {
        Err(std::io::ErrorKind::NotFound.into())
    }

    fn working_directory(&self) -> String {
        String::from("/")
    }

    fn home_directory(&self) -> Option<String> {
        None
    }

    fn now(&self) -> Option<std::time::SystemTime> {
        None
    }

    fn plan_time(&self) -> Option<std::time::SystemTime> {
        None
    }

    fn random(&self) -> Option<[u8; 16]> {
        None
    }
}

/// Nobody watches, and the state is kept by the file's runs.
struct Quiet;

impl ApplySink for Quiet {
    fn event(&self, _: ApplyEvent) {}

    fn persist(&self, _: &Arc<StateSnapshot>) -> std::io::Result<()> {
        Ok(())
    }

    fn cancelled(&self) -> bool {
        false
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}
