//! One test file: each run plans or applies in memory, with the states that earlier runs of its file left.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use crate::engine::apply::carry;
use crate::engine::apply::order::Order;
use crate::engine::apply::provision::provisioners;
use crate::engine::apply_sink::ApplySink;
use crate::engine::loaded::Loaded;
use crate::engine::looks::Looks;
use crate::engine::module::declared::Module;
use crate::engine::module::sources::unsupported_argument;
use crate::engine::module::tree::{Config, relative};
use crate::engine::options::{ApplyOptions, PlanMode, PlanOptions, Stop, VariableInput};
use crate::engine::outcome::Applied;
use crate::engine::preview::{Depth, plan_with};
use crate::engine::query::graph::Graph;
use crate::engine::query::session::Query;
use crate::engine::query::variables::gather;
use crate::engine::source::Source;
use crate::engine::stand_ins::StandIns;
use crate::engine::surroundings::Surroundings;
use crate::engine::test::asserts::{self, Around};
use crate::engine::test::bench::{Bench, Deeds, Trace, directory};
use crate::engine::test::doubles::Doubles;
use crate::engine::test::expected::{self, Expected};
use crate::engine::test::file::{Run, TestFile};
use crate::engine::test::layer::Layer;
use crate::engine::test::variables::{Globals, Home, Outcome, RunVariables, values};
use crate::lang::syntax::ast::Item;
use crate::model::action::Action;
use crate::model::address::ResourceInstanceAddress;
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::plan::Plan;
use crate::model::state::StateSnapshot;
use crate::model::test::{TestCase, TestStatus, TestSuite};
use crate::model::value::{Str, Value};

/// A test file that is being run.
pub struct Suite<'a> {
    /// What all files share.
    pub bench: &'a Bench<'a>,
    home: &'a Looks,
    name: &'a str,
    /// The file.
    pub file: &'a TestFile,
    globals: Globals,
    layer: Arc<Layer>,
    source: Source,
    states: HashMap<String, Kept>,
    outcomes: BTreeMap<Str, Outcome>,
    /// Configurations that were read, by the directory of their root, as long as no run writes a file.
    loaded: HashMap<Option<PathBuf>, Loaded>,
    written: u64,
}

/// A state, with what is needed to destroy everything in it.
pub struct Kept {
    /// The state.
    pub state: Arc<StateSnapshot>,
    /// The run that applied to it last, by its position.
    pub run: usize,
    /// With what it was applied.
    pub options: PlanOptions,
}

/// How a run came out.
struct Came {
    status: TestStatus,
    diagnostics: Vec<Diagnostic>,
}

impl Came {
    fn error(diagnostics: Vec<Diagnostic>) -> Self {
        Came { status: TestStatus::Error, diagnostics }
    }
}

impl<'a> Suite<'a> {
    /// A file of which nothing was run yet.
    pub fn new(bench: &'a Bench<'a>, home: &'a Looks, config: &Config, name: &'a str, file: &'a TestFile) -> Self {
        let layer = Arc::new(Layer::over(bench.source.files.clone()));
        let source = Source { files: layer.clone(), ..bench.source.clone() };
        let globals = Globals::new(home, bench.shelf, &config.nodes[0].module, name, &bench.options.variables);
        Suite {
            bench,
            home,
            name,
            file,
            globals,
            layer,
            source,
            states: HashMap::new(),
            outcomes: BTreeMap::new(),
            loaded: HashMap::new(),
            written: 0,
        }
    }

    /// Runs everything, and destroys what was made.
    pub fn run(mut self) -> TestSuite {
        let mut skipping = false;
        let mut cases = Vec::new();
        let last = self.file.runs.iter().rposition(|run| self.bench.wants(run)).unwrap_or(0);
        for (at, run) in self.file.runs.iter().enumerate().take(last + 1) {
            let begun = self.bench.elapsed();
            skipping |= self.bench.options.stop.asked() > 0;
            let came = match skipping {
                true => Came { status: TestStatus::Skipped, diagnostics: Vec::new() },
                false => self.one(at, run),
            };
            // What comes after a run that was not made would begin with another state.
            skipping |= matches!(came.status, TestStatus::Error | TestStatus::Skipped);
            if self.bench.wants(run) {
                cases.push(TestCase {
                    name: run.name.to_string(),
                    status: came.status,
                    took: self.bench.elapsed().saturating_sub(begun),
                    diagnostics: came.diagnostics,
                    place: Some(run.header.place()),
                });
            }
            if self.bench.options.stop_early && matches!(came.status, TestStatus::Failed | TestStatus::Error) {
                break;
            }
        }
        let left = self.clean_up();
        let mut reads = self.bench.reads.borrow_mut();
        self.loaded.values().for_each(|loaded| reads.extend(&loaded.looks.reads()));
        TestSuite { name: self.name.to_owned(), cases, diagnostics: Vec::new(), left }
    }

    /// The configuration under test in a run.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn load(&mut self, run: &Run) -> Result<Loaded, Vec<Diagnostic>> {
        self.forget_stale();
        let module = run.module.as_ref();
        let key = module.and_then(|(source, _)| directory(self.home, self.name, &run.name, source));
        if let Some(known) = self.loaded.remove(&key) {
            return Ok(known);
        }
        let looks = Looks::new(&self.source);
        let config = match &key {
            None => Config::load(self.bench.shelf, &looks),
            Some(directory) => {
                let path = relative(&looks.source().directory, directory);
                Config::load_at(self.bench.shelf, &looks, directory, path)
            }
        };
        let config = config.ok_or_else(|| {
            let detail = "The configuration under test can no longer be read.";
            vec![Diagnostic::error("Configuration directory cannot be read", detail)]
        })?;
        let graph = Graph::new(&config);
        if !graph.cycles.is_empty() || has_errors(&config.diagnostics) {
            return Err(config.diagnostics.iter().cloned().chain(graph.cycles.clone()).collect());
        }
        Ok(Loaded::bare(looks, config, graph))
    }

    /// Keeps a configuration for the next run of it.
    pub fn keep(&mut self, run: &Run, loaded: Loaded) {
        let module = run.module.as_ref();
        let key = module.and_then(|(source, _)| directory(self.home, self.name, &run.name, source));
        self.loaded.insert(key, loaded);
        self.forget_stale();
    }

    /// Values for the variables of a configuration.
    pub fn give(&self, loaded: &mut Loaded, inputs: &[VariableInput]) {
        let root = self.home.resolve(".");
        let given = gather(&loaded.looks, self.bench.shelf, &loaded.config.nodes[0].module, &root, inputs);
        loaded.given = given.values;
        loaded.diagnostics = loaded.config.diagnostics.clone();
        // Values that the module under test has no use for are meant for another one.
        loaded
            .diagnostics
            .extend(given.diagnostics.into_iter().filter(|d| d.summary != "Value for undeclared variable"));
    }

    /// What a run wrote is read anew by the next one.
    fn forget_stale(&mut self) {
        let written = self.layer.version();
        if written != self.written {
            let mut reads = self.bench.reads.borrow_mut();
            self.loaded.drain().for_each(|(_, loaded)| reads.extend(&loaded.looks.reads()));
            self.written = written;
        }
    }

    fn one(&mut self, at: usize, run: &Run) -> Came {
        let expected = match expected::read(&run.expected) {
            Ok(expected) => expected,
            Err(faults) => return Came::error(faults),
        };
        let mut loaded = match self.load(run) {
            Ok(loaded) => loaded,
            Err(faults) => return Came::error(faults),
        };
        let came = self.with(at, run, &expected, &mut loaded).unwrap_or_else(Came::error);
        self.keep(run, loaded);
        came
    }

    fn with(
        &mut self,
        at: usize,
        run: &Run,
        expected: &[Expected<'_>],
        loaded: &mut Loaded,
    ) -> Result<Came, Vec<Diagnostic>> {
        let random = |buffer: &mut [u8]| (self.bench.surroundings.random)(buffer);
        let home = Home { looks: self.home, now: self.bench.surroundings.now, random: &random };
        let module = loaded.config.nodes[0].module.clone();
        let mut given = values(self.file, run, &module, &self.globals, &self.outcomes, &home)?;
        let seed = format!("{} {at}", self.name);
        let (doubles, mut found) = Doubles::new(self.file, run, &loaded.config, seed);
        found.extend(self.bad_providers(&module));
        found.append(&mut given.warnings);
        if has_errors(&found) {
            return Err(found);
        }
        self.give(loaded, &given.inputs);
        let stand_ins = (!doubles.is_empty()).then(|| Arc::new(doubles) as Arc<dyn StandIns>);
        let key = state_key(run);
        let options = PlanOptions {
            variables: std::mem::take(&mut given.inputs),
            state: self.states.get(&key).map(|kept| kept.state.clone()),
            mode: run.mode,
            refresh: run.refresh,
            targets: run.targets.clone(),
            replace: run.replace.iter().filter_map(|text| ResourceInstanceAddress::parse(text).ok()).collect(),
            stand_ins,
            lore: self.bench.options.lore.clone(),
            ..PlanOptions::default()
        };
        let mut came = match run.plan_only {
            true => self.plan_run(run, &given, loaded, &options, expected),
            false => self.apply_run((at, run), &given, loaded, options, expected, key),
        };
        came.diagnostics.splice(0..0, found);
        Ok(came)
    }

    /// Arguments of real providers that they do not have.
    fn bad_providers(&self, root: &Module) -> Vec<Diagnostic> {
        let mut faults = Vec::new();
        for provider in self.file.providers.iter().filter(|provider| provider.mock.is_none()) {
            let source = root.provider_source(&provider.reference.local_name);
            let Some(known) = self.bench.providers.get(&source) else { continue };
            let schema = &known.schema().provider;
            for piece in &provider.content.pieces {
                if let Item::Attribute(attribute) = &piece.item
                    && !schema.attributes.contains_key(&attribute.name.text)
                {
                    let place = piece.file.place(attribute.name.span);
                    faults.push(unsupported_argument(&attribute.name.text).at(place));
                }
            }
        }
        faults
    }

    /// What may be reached: files are written to memory.
    pub fn surroundings(&self) -> Surroundings {
        let mut surroundings = self.bench.surroundings.clone();
        surroundings.files = Some(self.layer.clone());
        surroundings
    }

    fn plan(
        &self,
        loaded: &Loaded,
        options: &PlanOptions,
        surroundings: &Surroundings,
        then: &dyn Fn(&Query<'_>, &Plan),
    ) -> (Plan, Vec<Diagnostic>) {
        let (providers, shelf) = (self.bench.providers, self.bench.shelf);
        let planned = plan_with(providers, shelf, loaded, options, surroundings, Depth::State, then);
        if let Some(traces) = &self.bench.traces {
            let suite = self.name.to_owned();
            let nodes = loaded.config.nodes.iter();
            let modules = nodes.map(|node| crate::sys::files::normal(&node.module.directory)).collect();
            traces.borrow_mut().push(Trace { suite, plan: Deeds::of(&planned.0), modules });
        }
        planned
    }

    fn plan_run(
        &mut self,
        run: &Run,
        given: &RunVariables,
        loaded: &Loaded,
        options: &PlanOptions,
        expected: &[Expected<'_>],
    ) -> Came {
        let judged = RefCell::new(Judged::default());
        let then = |query: &Query<'_>, plan: &Plan| {
            let planned = |name: &str| plan.outputs.get(name).map(|output| output.after.clone());
            let before = |name: &str| Some(options.state.as_ref()?.outputs.get(name)?.value.clone());
            let known = |name: &str| planned(name).or_else(|| before(name)).unwrap_or_else(Value::null);
            *judged.borrow_mut() = self.judge(query, run, given, &known);
        };
        let (_, diagnostics) = self.plan(loaded, options, &self.surroundings(), &then);
        self.conclude(run, diagnostics, expected, judged.into_inner(), &loaded.config.nodes[0].module)
    }

    fn apply_run(
        &mut self,
        (at, run): (usize, &Run),
        given: &RunVariables,
        loaded: &Loaded,
        options: PlanOptions,
        expected: &[Expected<'_>],
        key: String,
    ) -> Came {
        let surroundings = self.surroundings();
        let root = &loaded.config.nodes[0].module;
        let (plan, diagnostics) = self.plan(loaded, &options, &surroundings, &|_, _| {});
        if plan.errored {
            let sifted = expected::sift(diagnostics.clone(), expected, root);
            if has_errors(&sifted.kept) {
                return Came::error(sifted.kept);
            }
            let mut told = expected::while_planning(expected, &sifted.happened);
            told.extend(diagnostics);
            return Came::error(told);
        }
        if let Some(left_out) = self.left_out(loaded, &plan) {
            // What nobody judges is not compared either.
            if let Some(traces) = &self.bench.traces {
                traces.borrow_mut().pop();
            }
            return Came { status: TestStatus::Skipped, diagnostics: vec![left_out] };
        }
        let mut warnings: Vec<Diagnostic> = diagnostics.into_iter().filter(is_of_the_plan).collect();
        if !options.targets.is_empty() {
            warnings.push(incomplete());
        }
        let judged = RefCell::new(Judged::default());
        let then = |query: &Query<'_>, state: &StateSnapshot| {
            let known = |name: &str| state.outputs.get(name).map_or_else(Value::null, |output| output.value.clone());
            *judged.borrow_mut() = self.judge(query, run, given, &known);
        };
        let applied = self.carry_out(loaded, &plan, &options, &surroundings, 1, &then);
        let state = applied.state.clone();
        self.states.insert(key, Kept { state, run: at, options });
        let mut came = self.conclude(run, applied.diagnostics, expected, judged.into_inner(), root);
        came.diagnostics.splice(0..0, warnings);
        came
    }

    /// Why a run is not made that nobody asked for: its objects have provisioners, now or when they are destroyed.
    fn left_out(&self, loaded: &Loaded, plan: &Plan) -> Option<Diagnostic> {
        if !self.bench.options.unasked {
            return None;
        }
        let acts = plan.changes.iter().filter(|row| !matches!(row.change.action, Action::NoOp | Action::Read));
        acts.filter_map(|row| {
            let (_, provisioners) = provisioners(&loaded.config, &row.address)?;
            let place = provisioners.first()?.content.header.place();
            let detail = format!(
                "A provisioner of {} runs a command. Nothing that the repo brings is run because a file was saved: rerun the tests (`r` in their pane) or use `kilter test`.",
                row.address
            );
            Some(Diagnostic::warning("Run not made", detail).at(place))
        })
        .next()
    }

    /// Applies in memory. Whoever wishes it to end is heard when the wish was uttered `patience` times.
    pub fn carry_out(
        &self,
        loaded: &Loaded,
        plan: &Plan,
        options: &PlanOptions,
        surroundings: &Surroundings,
        patience: u8,
        then: &dyn Fn(&Query<'_>, &StateSnapshot),
    ) -> Applied {
        // Whoever compares plans wants the same chance for the same object every time.
        let parallelism = if self.bench.traces.is_some() { 1 } else { ApplyOptions::default().parallelism };
        let order = Order {
            providers: self.bench.providers,
            shelf: self.bench.shelf,
            loaded,
            plan,
            options,
            how: &ApplyOptions { parallelism },
            surroundings,
            sink: &Quiet { stop: &self.bench.options.stop, patience },
        };
        carry::apply(&order, then)
    }

    /// `known` gives the outputs of a run that only looks at some targets: the others must not be evaluated.
    fn judge(&self, query: &Query<'_>, run: &Run, given: &RunVariables, known: &dyn Fn(&str) -> Value) -> Judged {
        let outputs = if run.targets.is_empty() { outputs(query) } else { targeted_outputs(query, known) };
        let around = Around { run, declared: &self.file.runs, earlier: &self.outcomes, extra: &given.extra };
        // What failed to be evaluated is said already.
        let (status, diagnostics) = match query.has_errors() {
            true => (TestStatus::Passed, Vec::new()),
            false => asserts::judge(query, &outputs, &around),
        };
        Judged { status, diagnostics, outputs: Some(outputs) }
    }

    /// Puts a run's outcome together.
    fn conclude(
        &mut self,
        run: &Run,
        diagnostics: Vec<Diagnostic>,
        expected: &[Expected<'_>],
        judged: Judged,
        root: &Module,
    ) -> Came {
        let sifted = expected::sift(diagnostics, expected, root);
        let mut kept = sifted.kept;
        kept.extend(expected::missing(expected, &sifted.happened));
        if let Some(outputs) = judged.outputs {
            self.outcomes.insert(run.name.clone(), Outcome { outputs, plan_only: run.plan_only });
        }
        if has_errors(&kept) {
            return Came::error(kept);
        }
        kept.extend(judged.diagnostics);
        Came { status: judged.status, diagnostics: kept }
    }

    /// The states that there are, the one that was applied to last first.
    pub fn take_states(&mut self) -> Vec<Kept> {
        let mut states: Vec<Kept> = self.states.drain().map(|(_, kept)| kept).collect();
        states.sort_by_key(|kept| std::cmp::Reverse(kept.run));
        states
    }
}

/// How assertions came out.
struct Judged {
    status: TestStatus,
    diagnostics: Vec<Diagnostic>,
    /// `None` when nothing could be evaluated.
    outputs: Option<Value>,
}

impl Default for Judged {
    fn default() -> Self {
        Judged { status: TestStatus::Passed, diagnostics: Vec::new(), outputs: None }
    }
}

/// Warnings that only a plan gives; the apply says all others again.
fn is_of_the_plan(diagnostic: &Diagnostic) -> bool {
    matches!(
        &*diagnostic.summary,
        "Resource targeting is in effect" | "Some objects will no longer be managed by Terraform"
    )
}

fn incomplete() -> Diagnostic {
    Diagnostic::warning(
        "Applied changes may be incomplete",
        "The plan was created with the -target option in effect, so some changes requested in the configuration may have been ignored and the output values may not be fully updated. Run the following command to verify that no other changes are pending:\n    terraform plan\n\nNote that the -target option is not suitable for routine use, and is provided only for exceptional situations such as recovering from errors or mistakes, or when Terraform specifically suggests to use it as part of an error message.",
    )
}

/// Which state a run works on.
fn state_key(run: &Run) -> String {
    match (&run.state_key, &run.module) {
        (Some(key), _) => format!("key {key}"),
        (None, Some((module, _))) => format!("module {module}"),
        (None, None) => String::new(),
    }
}

/// All root outputs as one object.
fn outputs(query: &Query<'_>) -> Value {
    let root = query.root();
    let all = query.module(&root).outputs.iter().enumerate();
    Value::object(all.map(|(at, output)| (output.name.clone(), query.output(&root, at))))
}

fn targeted_outputs(query: &Query<'_>, known: &dyn Fn(&str) -> Value) -> Value {
    let outputs = query.module(&query.root()).outputs.iter();
    Value::object(outputs.map(|output| (output.name.clone(), known(&output.name))))
}

/// Whether a plan destroys.
pub fn destroying(options: &PlanOptions, state: Arc<StateSnapshot>) -> PlanOptions {
    PlanOptions {
        state: Some(state),
        mode: PlanMode::Destroy,
        refresh: false,
        targets: Vec::new(),
        replace: Vec::new(),
        ..options.clone()
    }
}

/// Nobody watches, and the state is kept by the file's runs.
struct Quiet<'a> {
    stop: &'a Stop,
    patience: u8,
}

impl ApplySink for Quiet<'_> {
    fn persist(&self, _: &dyn Fn() -> Arc<StateSnapshot>) -> std::io::Result<()> {
        Ok(())
    }

    fn cancelled(&self) -> bool {
        self.stop.asked() >= self.patience
    }
}
