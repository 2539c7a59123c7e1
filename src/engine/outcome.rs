//! What the engine answers: a plan, a state, verdicts, each with its diagnostics and with what was read for it.

use std::sync::Arc;

use crate::engine::options::PlanOptions;
use crate::engine::reads::Reads;
use crate::model::check::CheckResult;
use crate::model::diagnostic::Diagnostic;
use crate::model::mutation::{Covered, Mutant, StoppedBy};
use crate::model::plan::Plan;
use crate::model::state::StateSnapshot;
use crate::model::test::TestSuite;
use crate::model::value::Value;

/// A plan and how it came to be.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What would happen.
    pub plan: Arc<Plan>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// What was read for it.
    pub reads: Reads,
    /// What was asked: applying evaluates again with the same.
    pub options: PlanOptions,
}

/// How an apply ended.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The state as it was last handed to the sink.
    pub state: Arc<StateSnapshot>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// What the checks said in the end.
    pub checks: Vec<CheckResult>,
    /// Somebody asked it to stop before everything was done.
    pub cancelled: bool,
}

/// Whether a configuration is sound by itself, without variables and state.
#[derive(Debug, Clone)]
pub struct Validated {
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// What was read for it.
    pub reads: Reads,
}

/// What the conditions of a configuration say about an applied state.
#[derive(Debug, Clone)]
pub struct Checked {
    /// By address.
    pub results: Vec<CheckResult>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// How tests came out.
#[derive(Debug, Clone)]
pub struct Tested {
    /// By file.
    pub suites: Vec<TestSuite>,
    /// What concerns all of them.
    pub diagnostics: Vec<Diagnostic>,
    /// What was read for them.
    pub reads: Reads,
}

/// How mutants fared.
#[derive(Debug, Clone, Default)]
pub struct Mutated {
    /// Those that were tried and sound, in the order they are found.
    pub mutants: Vec<Mutant>,
    /// How many there are.
    pub found: usize,
    /// How many of the tried ones were no sound configuration.
    pub unsound: usize,
    /// Why not all were tried.
    pub stopped: Option<StoppedBy>,
    /// What kept it from being begun, or runs from judging.
    pub diagnostics: Vec<Diagnostic>,
    /// What was read for it.
    pub reads: Reads,
}

/// What assertions depend on.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// Everything that the stack's modules declare, by module, kind and name.
    pub things: Vec<Covered>,
    /// What kept it from being said.
    pub diagnostics: Vec<Diagnostic>,
    /// What was read for it.
    pub reads: Reads,
}

/// The answer to one line in the console.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsoleAnswer {
    /// The value, when the line has one.
    pub value: Option<Value>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}
