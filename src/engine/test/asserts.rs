//! The assertions of a run: what they may refer to, and how they come out.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use crate::engine::module::declared::{Condition, Written};
use crate::engine::module::references::step_name;
use crate::engine::query::evaluate::evaluate;
use crate::engine::query::inputs::Reader;
use crate::engine::query::session::Query;
use crate::engine::test::file::Run;
use crate::engine::test::variables::Outcome;
use crate::lang::inputs::{InputEntry, InputKind, Inputs, Resolved};
use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::Traversal;
use crate::lang::types::convert;
use crate::lang::value::deep_source;
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::test::TestStatus;
use crate::model::value::{Marks, Str, Type, UnknownSource, Value};

/// What surrounds the assertions of a run.
pub struct Around<'a> {
    /// The run.
    pub run: &'a Run,
    /// All runs of its file.
    pub declared: &'a [Run],
    /// The runs that were made.
    pub earlier: &'a BTreeMap<Str, Outcome>,
    /// Values that the module does not declare.
    pub extra: &'a BTreeMap<Str, Value>,
}

/// Judges the assertions of a run.
pub fn judge(query: &Query<'_>, outputs: &Value, around: &Around<'_>) -> (TestStatus, Vec<Diagnostic>) {
    let root = query.root();
    let reader = Reader::new(query, &root);
    let inputs = AssertInputs { query, reader, outputs, around };
    let mut status = TestStatus::Passed;
    let mut diagnostics = Vec::new();
    for condition in &around.run.asserts {
        let (came, found) = one(condition, &inputs);
        diagnostics.extend(found);
        status = match (status, came) {
            (TestStatus::Error, _) | (_, TestStatus::Error) => TestStatus::Error,
            (TestStatus::Failed, _) | (_, TestStatus::Failed) => TestStatus::Failed,
            _ => TestStatus::Passed,
        };
    }
    (status, diagnostics)
}

fn one(condition: &Condition, inputs: &AssertInputs<'_>) -> (TestStatus, Vec<Diagnostic>) {
    let written = &condition.condition;
    let (message, mut found) = message(condition, inputs);
    let evaluated = evaluate(written, inputs);
    if has_errors(&evaluated.diagnostics) {
        // What is odd about the message is of no interest then.
        found.retain(Diagnostic::is_error);
    }
    found.extend(evaluated.diagnostics);
    if has_errors(&found) {
        return (TestStatus::Error, found);
    }
    let error = |mut found: Vec<Diagnostic>, summary: &str, detail: String| {
        found.push(Diagnostic::error(summary, detail).at(written.place()));
        (TestStatus::Error, found)
    };
    let value = evaluated.value.unmark();
    if value.is_null() {
        let detail = "Condition expression must return either true or false, not null.".to_owned();
        return error(found, "Invalid condition run", detail);
    }
    if value.is_unknown() {
        return error(found, "Unknown condition value", unknown(&value, inputs.around.run.plan_only));
    }
    match convert(&value, &Type::Bool) {
        Err(problem) => error(found, "Invalid condition run", format!("Invalid condition run value: {problem}.")),
        Ok(value) if value.as_bool() == Some(false) => {
            found.push(Diagnostic::error("Test assertion failed", message).at(written.place()));
            (TestStatus::Failed, found)
        }
        Ok(_) => (TestStatus::Passed, found),
    }
}

/// Why a condition is not known. Who was not asked is named: terraform would have asked.
fn unknown(value: &Value, plan_only: bool) -> String {
    match (deep_source(value), plan_only) {
        (Some(UnknownSource::NotAsked(who)), _) => {
            format!("Condition expression could not be evaluated: it depends on {who}, which nobody was asked in this test.")
        }
        (_, true) => "Condition expression could not be evaluated at this time. This means you have executed a `run` block with `command = plan` and one of the values your condition depended on is not known until after the plan has been applied. Either remove this value from your condition, or execute an `apply` command from this `run` block. Alternatively, if there is an override for this value, you can make it available during the plan phase by setting `override_during = plan` in the `override_` block.".to_owned(),
        (_, false) => "Condition expression could not be evaluated at this time.".to_owned(),
    }
}

/// The message is worked out whether it is needed or not: what is wrong with it counts.
fn message(condition: &Condition, inputs: &AssertInputs<'_>) -> (String, Vec<Diagnostic>) {
    let Some(written) = &condition.message else { return (String::new(), Vec::new()) };
    let evaluated = evaluate(written, inputs);
    let mut found = evaluated.diagnostics;
    if has_errors(&found) {
        return (String::new(), found);
    }
    let fault = |found: &mut Vec<Diagnostic>, problem: &str| {
        let detail = format!("Unsuitable value for error message: {problem}.");
        found.push(Diagnostic::error("Invalid error message", detail).at(written.place()));
    };
    if evaluated.value.is_null() {
        fault(&mut found, "must not be null");
        return (String::new(), found);
    }
    if evaluated.value.marks.contains(Marks::SENSITIVE) {
        found.push(sensitive(written));
        return (String::new(), found);
    }
    match convert(&evaluated.value.unmark(), &Type::String) {
        Ok(value) => (value.as_str().unwrap_or_default().trim().to_owned(), found),
        Err(problem) => {
            fault(&mut found, &problem.to_string());
            (String::new(), found)
        }
    }
}

fn sensitive(written: &Written) -> Diagnostic {
    Diagnostic::warning(
        "Error message refers to sensitive values",
        "The error expression used to explain this condition refers to sensitive values, so Terraform will not display the resulting message.\n\nYou can correct this by removing references to sensitive values, or by carefully using the nonsensitive() function if the expression will not reveal the sensitive data.",
    )
    .at(written.place())
}

/// What assertions may ask for: the module under test, its outputs, earlier runs, and variables of the test file.
struct AssertInputs<'q> {
    query: &'q Query<'q>,
    reader: Reader<'q>,
    outputs: &'q Value,
    around: &'q Around<'q>,
}

type Answer = Result<Resolved, Box<Diagnostic>>;

fn nameless<T>() -> Result<T, Box<Diagnostic>> {
    Err(Box::new(Diagnostic::error(
        "Invalid reference",
        "A reference to a resource type must be followed by at least one attribute access, specifying the resource name.",
    )))
}

impl AssertInputs<'_> {
    fn run(&self, traversal: &Traversal) -> Answer {
        let Some(name) = step_name(traversal.steps.first()) else { return nameless() };
        if let Some(outcome) = self.around.earlier.get(name) {
            return Ok(Resolved { value: outcome.outputs.clone(), consumed: 1 });
        }
        let declared = self.around.declared.iter().any(|run| &*run.name == name);
        Err(Box::new(match declared {
            true => Diagnostic::error(
                "Reference to unevaluated run block",
                format!("The run \"{name}\" block has not yet been evaluated, so its results are not available here."),
            ),
            false => Diagnostic::error(
                "Reference to undeclared run block",
                format!("There is no run \"{name}\" declared in this test suite."),
            ),
        }))
    }

    fn output(&self, traversal: &Traversal) -> Answer {
        let Some(name) = step_name(traversal.steps.first()) else { return nameless() };
        match self.outputs.get(name) {
            Some(value) => Ok(Resolved { value, consumed: 1 }),
            None => Err(Box::new(Diagnostic::error(
                "Reference to undeclared output value",
                format!("An output value with the name \"{name}\" has not been declared."),
            ))),
        }
    }
}

impl Inputs for AssertInputs<'_> {
    fn reference(&self, traversal: &Traversal) -> Answer {
        match &*traversal.root.text {
            "run" => self.run(traversal),
            "output" => self.output(traversal),
            "check" => Err(Box::new(Diagnostic::error(
                "Reference to \"check\" in invalid context",
                "The \"check\" object can only be referenced from an \"expect_failures\" attribute within a Terraform testing \"run\" block.",
            ))),
            "var" => {
                let name = step_name(traversal.steps.first()).unwrap_or_default();
                let declared = self.query.module(&self.query.root()).variable(name).is_some();
                match self.around.extra.get(name).filter(|_| !declared) {
                    Some(value) => Ok(Resolved { value: value.clone(), consumed: 1 }),
                    None => self.reader.reference(traversal),
                }
            }
            _ => self.reader.reference(traversal),
        }
    }

    fn read_file(&self, path: &str) -> io::Result<Arc<[u8]>> {
        self.reader.read_file(path)
    }

    fn kind_of(&self, path: &str) -> InputKind {
        self.reader.kind_of(path)
    }

    fn list(&self, path: &str) -> io::Result<Vec<InputEntry>> {
        self.reader.list(path)
    }

    fn working_directory(&self) -> String {
        self.reader.working_directory()
    }

    fn home_directory(&self) -> Option<String> {
        self.reader.home_directory()
    }

    fn now(&self) -> Option<SystemTime> {
        self.reader.now()
    }

    fn plan_time(&self) -> Option<SystemTime> {
        self.reader.plan_time()
    }

    fn random(&self) -> Option<[u8; 16]> {
        self.reader.random()
    }

    fn template_source(&self, path: &str) -> io::Result<Arc<SourceFile>> {
        self.reader.template_source(path)
    }
}
