//! Values for a run's variables: of the command line, of tfvars files, of the test file, of the run, later ones first;
//! and what expressions in a `variables` block may refer to.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::engine::looks::Looks;
use crate::engine::module::declared::{Module, Written};
use crate::engine::module::library::Library;
use crate::engine::module::references::{Met, step_name, walk};
use crate::engine::options::VariableInput;
use crate::engine::query::evaluate::{evaluate, evaluate_expr};
use crate::engine::query::variables::gather;
use crate::engine::test::file::{Run, TestFile};
use crate::lang::inputs::{InputEntry, InputKind, Inputs, NoInputs, Resolved};
use crate::lang::syntax::ast::{StepKind, Traversal};
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::value::{Str, Value};

/// What is known of a run that was made.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Its outputs as one object.
    pub outputs: Value,
    /// Whether it only planned.
    pub plan_only: bool,
}

/// Where values come from that no test file says.
pub struct Globals {
    /// In order of precedence, lowest first.
    pub inputs: Vec<VariableInput>,
    /// By name, whether the root module declares the variable or not.
    pub values: BTreeMap<Str, Value>,
}

impl Globals {
    /// The global values for a test file: those of the tfvars files beside it count too when it lies in `tests`.
    pub fn new(looks: &Looks, shelf: &Library, root: &Module, file: &str, given: &[VariableInput]) -> Globals {
        let is_environment = |input: &&VariableInput| matches!(input, VariableInput::Environment { .. });
        let mut inputs: Vec<VariableInput> = given.iter().filter(is_environment).cloned().collect();
        let mut directories = vec![looks.resolve(".")];
        if let Some((directory, _)) = file.rsplit_once('/') {
            let directory = looks.resolve(directory);
            inputs.extend(tfvars(looks, &directory).into_iter().map(|name| VariableInput::File(directory.join(name))));
            directories.push(directory);
        }
        inputs.extend(given.iter().filter(|input| !is_environment(input)).cloned());
        let mut values = undeclared(looks, shelf, &directories);
        for input in &inputs {
            if let VariableInput::Argument { name, text } | VariableInput::Environment { name, text } = input {
                values.insert(name.clone(), Value::string(text.as_str()));
            }
        }
        let declared = gather(looks, shelf, root, &directories[0], &inputs);
        values.extend(declared.values.into_iter().map(|(name, given)| (name, given.value)));
        Globals { inputs, values }
    }
}

/// The tfvars files that are read by themselves, in their order.
fn tfvars(looks: &Looks, directory: &Path) -> Vec<String> {
    let rank = |name: &str| match name {
        "terraform.tfvars" => Some(0),
        "terraform.tfvars.json" => Some(1),
        name if name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json") => Some(2),
        _ => None,
    };
    let entries = looks.list(directory).unwrap_or_default();
    let mut names: Vec<String> = entries.into_iter().filter(|e| !e.is_directory).map(|e| e.name).collect();
    names.retain(|name| rank(name).is_some());
    names.sort_by_key(|name| (rank(name), name.clone()));
    names
}

/// Everything that tfvars files assign, declared or not. What is wrong in them is said where they are read for a run.
fn undeclared(looks: &Looks, shelf: &Library, directories: &[std::path::PathBuf]) -> BTreeMap<Str, Value> {
    let mut values = BTreeMap::new();
    for directory in directories {
        for name in tfvars(looks, directory).iter().filter(|name| name.ends_with(".tfvars")) {
            let path = directory.join(name);
            let Ok(seen) = looks.read(&path) else { continue };
            let parsed = shelf.parse(looks.display(&path), &seen.bytes, seen.hash);
            for attribute in parsed.body.attributes() {
                let evaluated = evaluate_expr(&attribute.expr, &parsed.file, &NoInputs);
                if !evaluated.failed() {
                    values.insert(attribute.name.text.clone(), evaluated.value);
                }
            }
        }
    }
    values
}

/// The values for one run.
pub struct RunVariables {
    /// For the module under test.
    pub inputs: Vec<VariableInput>,
    /// Values that the module does not declare but assertions may read.
    pub extra: BTreeMap<Str, Value>,
    /// What is odd about them.
    pub warnings: Vec<Diagnostic>,
}

/// Works out the values for a run of a module.
///
/// # Errors
/// What keeps the run from being made.
pub fn values(
    file: &TestFile,
    run: &Run,
    module: &Module,
    globals: &Globals,
    earlier: &BTreeMap<Str, Outcome>,
    home: &Home<'_>,
) -> Result<RunVariables, Vec<Diagnostic>> {
    let mut faults = Vec::new();
    let mut wanted: Vec<Str> = file.variables.keys().filter(|name| is_wanted(name, run, module)).cloned().collect();
    wanted.sort();
    let mut known = globals.values.clone();
    let mut given = RunVariables { inputs: globals.inputs.clone(), extra: BTreeMap::new(), warnings: Vec::new() };
    let scope = Scope { known: &globals.values, runs: None, declared: &file.runs, home };
    for name in wanted {
        let written = &file.variables[&name];
        let Some(value) = scope.value(written, &mut faults) else { continue };
        known.insert(name.clone(), value.clone());
        given.give(module, &name, value, written);
    }
    if has_errors(&faults) {
        return Err(faults);
    }
    let known = known;
    let scope = Scope { known: &known, runs: Some(earlier), declared: &file.runs, home };
    for (name, written) in &run.variables {
        let Some(value) = scope.value(written, &mut faults) else { continue };
        if module.variable(name).is_none() && !is_asserted(name, run) {
            let detail = format!(
                "The module under test does not declare a variable named \"{name}\", but it is declared in run block \"{}\".",
                run.name
            );
            given.warnings.push(Diagnostic::warning("Value for undeclared variable", detail).at(written.place()));
        }
        given.give(module, name, value, written);
    }
    if has_errors(&faults) {
        return Err(faults);
    }
    for variable in &module.variables {
        let name = &variable.name;
        let is_given = globals.values.contains_key(name)
            || given
                .inputs
                .iter()
                .any(|input| matches!(input, VariableInput::Value { name: known, .. } if known == name));
        if variable.default.is_none() && !is_given {
            let detail = format!(
                "The module under test for run block \"{}\" has a required variable \"{name}\" with no set value. Use a -var or -var-file command line argument or add this variable into a \"variables\" block within the test file or run block.",
                run.name
            );
            faults.push(Diagnostic::error("No value for required variable", detail).at(variable.header.place()));
        }
    }
    if has_errors(&faults) { Err(faults) } else { Ok(given) }
}

impl RunVariables {
    fn give(&mut self, module: &Module, name: &Str, value: Value, written: &Written) {
        if module.variable(name).is_none() {
            self.extra.insert(name.clone(), value);
            return;
        }
        let place = Some(written.place());
        self.inputs.push(VariableInput::Value { name: name.clone(), value, place });
    }
}

/// Whether a run has a use for a variable of its file: its module declares it and the run gives no other value, or the
/// run itself reads it.
fn is_wanted(name: &str, run: &Run, module: &Module) -> bool {
    let mut wanted = module.variable(name).is_some() && !run.variables.contains_key(name);
    let mut look = |expr: &crate::lang::syntax::ast::Expr| {
        walk(expr, &mut |met| {
            if let Met::Traversal(traversal) = met {
                wanted |= &*traversal.root.text == "var" && step_name(traversal.steps.first()) == Some(name);
            }
        });
    };
    run.variables.values().for_each(|written| look(&written.expr));
    wanted || is_asserted(name, run)
}

/// Whether an assertion of a run reads a variable.
fn is_asserted(name: &str, run: &Run) -> bool {
    let mut read = false;
    let mut look = |expr: &crate::lang::syntax::ast::Expr| {
        walk(expr, &mut |met| {
            if let Met::Traversal(traversal) = met {
                read |= &*traversal.root.text == "var" && step_name(traversal.steps.first()) == Some(name);
            }
        });
    };
    for assert in &run.asserts {
        look(&assert.condition.expr);
        assert.message.iter().for_each(|message| look(&message.expr));
    }
    read
}

/// What functions in a test file may reach.
pub struct Home<'a> {
    /// Files are read through these.
    pub looks: &'a Looks,
    /// The moment.
    pub now: std::time::SystemTime,
    /// Random bytes.
    pub random: &'a dyn Fn(&mut [u8]),
}

/// What the expressions of one `variables` block may refer to.
struct Scope<'a> {
    known: &'a BTreeMap<Str, Value>,
    /// Earlier runs; `None` where none may be read.
    runs: Option<&'a BTreeMap<Str, Outcome>>,
    declared: &'a [Run],
    home: &'a Home<'a>,
}

impl Scope<'_> {
    fn value(&self, written: &Written, faults: &mut Vec<Diagnostic>) -> Option<Value> {
        let before = faults.len();
        walk(&written.expr, &mut |met| {
            if let Met::Traversal(traversal) = met
                && let Some(fault) = self.fault(traversal, written)
            {
                faults.push(fault.at(written.file.place(traversal.root.span)));
            }
        });
        if faults.len() > before {
            return None;
        }
        let evaluated = evaluate(written, self);
        let failed = evaluated.failed();
        faults.extend(evaluated.diagnostics);
        (!failed).then_some(evaluated.value)
    }

    /// What is wrong with a reference.
    fn fault(&self, traversal: &Traversal, written: &Written) -> Option<Diagnostic> {
        let name = step_name(traversal.steps.first()).unwrap_or_default();
        match (&*traversal.root.text, self.runs) {
            ("var", _) if self.known.contains_key(name) => None,
            ("var", Some(_)) => Some(Diagnostic::error(
                "Reference to unavailable variable",
                format!(
                    "The input variable \"{name}\" is not available to the current run block. You can only reference variables defined at the file or global levels."
                ),
            )),
            ("var", None) => Some(Diagnostic::error(
                "Reference to unavailable variable",
                format!(
                    "The input variable \"{name}\" is not available to the current context. You can only reference global variables."
                ),
            )),
            ("run", None) => Some(Diagnostic::error(
                "Invalid reference",
                "You can not reference run blocks from within the file variables block.",
            )),
            ("run", Some(runs)) => self.run_fault(runs, name, traversal, written),
            (_, Some(_)) => Some(Diagnostic::error(
                "Invalid reference",
                "You can only reference earlier run blocks, file level, and global variables while defining variables from inside a run block.",
            )),
            (_, None) => Some(Diagnostic::error(
                "Invalid reference",
                "You can only reference global variables within the test file variables block.",
            )),
        }
    }

    fn run_fault(
        &self,
        runs: &BTreeMap<Str, Outcome>,
        name: &str,
        traversal: &Traversal,
        written: &Written,
    ) -> Option<Diagnostic> {
        const ORDER: &str = "You can only reference run blocks that are in the same test file and will execute before the current run block.";
        let Some(outcome) = runs.get(name) else {
            let declared = self.declared.iter().any(|run| &*run.name == name);
            let (summary, what) = match declared {
                true => ("Reference to unavailable run block", "has not executed yet"),
                false => ("Reference to unknown run block", "does not exist within this test file"),
            };
            return Some(Diagnostic::error(summary, format!("The run block \"{name}\" {what}. {ORDER}")));
        };
        let value = reach(&outcome.outputs, traversal)?;
        if value.is_wholly_known() {
            return None;
        }
        let end = traversal.steps.last().map_or(traversal.root.span, |step| step.span);
        let text = written.file.slice(traversal.root.span.to(end));
        let why = match outcome.plan_only {
            true => format!(
                "Run block \"{name}\" is executing a \"plan\" operation, and the specified output value is only known after apply."
            ),
            false => "Nobody was asked for it in this test.".to_owned(),
        };
        Some(Diagnostic::error("Reference to unknown value", format!("The value for {text} is unknown. {why}")))
    }
}

/// What a traversal of `run.NAME` leads to, as far as its steps are simple.
fn reach(outputs: &Value, traversal: &Traversal) -> Option<Value> {
    let mut value = outputs.clone();
    for step in traversal.steps.iter().skip(1) {
        let next = match &step.kind {
            StepKind::Attribute(name) => value.get(name),
            StepKind::Index(key) => match (key.as_str(), key.as_number().and_then(crate::model::value::Number::to_i64))
            {
                (Some(key), _) => value.get(key),
                (None, Some(at)) => {
                    let items = value.as_items().unwrap_or_default();
                    usize::try_from(at).ok().and_then(|at| items.get(at)).cloned()
                }
                (None, None) => None,
            },
        };
        match next {
            Some(next) => value = next,
            None => return Some(value),
        }
    }
    Some(value)
}

impl Inputs for Scope<'_> {
    fn reference(&self, traversal: &Traversal) -> Result<Resolved, Box<Diagnostic>> {
        let name = step_name(traversal.steps.first()).unwrap_or_default();
        let value = match &*traversal.root.text {
            "run" => self.runs.and_then(|runs| runs.get(name)).map(|outcome| outcome.outputs.clone()),
            "var" => self.known.get(name).cloned(),
            _ => None,
        };
        match value {
            Some(value) => Ok(Resolved { value, consumed: 1 }),
            None => Err(Box::new(Diagnostic::error("Invalid reference", "There is nothing of this name here."))),
        }
    }

    fn read_file(&self, path: &str) -> std::io::Result<Arc<[u8]>> {
        let looks = self.home.looks;
        looks.read(&looks.resolve(path)).map(|seen| seen.bytes)
    }

    fn kind_of(&self, path: &str) -> InputKind {
        let looks = self.home.looks;
        match looks.kind(&looks.resolve(path)) {
            None => InputKind::Absent,
            Some(crate::sys::files::FileKind::File) => InputKind::File,
            Some(crate::sys::files::FileKind::Directory) => InputKind::Directory,
            Some(_) => InputKind::Other,
        }
    }

    fn list(&self, path: &str) -> std::io::Result<Vec<InputEntry>> {
        let looks = self.home.looks;
        let entries = looks.list(&looks.resolve(path))?;
        Ok(entries.into_iter().map(|e| InputEntry { name: e.name, is_directory: e.is_directory }).collect())
    }

    fn working_directory(&self) -> String {
        let directory = &self.home.looks.source().directory;
        directory.to_string_lossy().trim_end_matches('/').to_owned()
    }

    fn home_directory(&self) -> Option<String> {
        None
    }

    fn now(&self) -> Option<std::time::SystemTime> {
        Some(self.home.now)
    }

    fn plan_time(&self) -> Option<std::time::SystemTime> {
        Some(self.home.now)
    }

    fn random(&self) -> Option<[u8; 16]> {
        let mut bytes = [0; 16];
        (self.home.random)(&mut bytes);
        Some(bytes)
    }
}
