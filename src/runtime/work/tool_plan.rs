//! A plan by the real tool: init when it is needed, plan, show. The pattern for every later tool: `tool` says what to run
//! and judges the exit, `format` reads what was printed, here it is run.

use std::path::PathBuf;
use std::sync::Arc;

use super::lore::learn;
use super::prior::{priors, remember_state};
use crate::engine::VariableInput;
use crate::engine::backend::{Backend, backend};
use crate::format::{plan_json, ui_log};
use crate::model::diagnostic::Diagnostic;
use crate::model::id::{ContentHash, Generation};
use crate::model::plan::Plan;
use crate::model::report::{Fidelity, PlanReport, Prior, Provenance};
use crate::model::stack::Stack;
use crate::runtime::world::World;
use crate::sys::processes::{CancelLevel, Invocation, Outcome, Stream};
use crate::tool::Tool;
use crate::tool::terraform::{PlanRequest, PlanVerdict, Terraform, Trouble, Verdict, judge, judge_plan, trouble};

/// What is asked of the tool.
#[derive(Debug, Clone)]
pub struct ToolPlanAsk {
    /// Planned, or refreshed: reading the real world too.
    pub fidelity: Fidelity,
    /// Values for variables, in order.
    pub variables: Vec<VariableInput>,
    /// Plan to destroy everything.
    pub destroy: bool,
}

impl Default for ToolPlanAsk {
    fn default() -> Self {
        ToolPlanAsk { fidelity: Fidelity::Planned, variables: Vec::new(), destroy: false }
    }
}

/// Why the tool gave no plan.
#[derive(Debug, thiserror::Error)]
pub enum ToolFault {
    /// The repo is not trusted: its configuration names the plugins that would run.
    #[error("terraform runs what this repo brings, and the repo is not trusted")]
    NotTrusted,
    /// There is no such program.
    #[error("{0} is not on PATH")]
    Missing(String),
    /// It could not be started.
    #[error("{program} could not be started: {source}")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// `init` did not succeed.
    #[error("terraform init failed")]
    Init(Vec<String>),
    /// The person stopped it.
    #[error("the plan was interrupted")]
    Cancelled,
    /// What it printed is no plan.
    #[error("terraform show gave no plan: {0}")]
    NoPlan(String),
}

impl ToolFault {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            ToolFault::NotTrusted => "trust it: palette, or `kilter trust`; for one run `--trust`".to_owned(),
            ToolFault::Missing(program) => format!("`kilter doctor` says how to get {program}"),
            ToolFault::Start { .. } => "see whether it runs by itself".to_owned(),
            ToolFault::Init(_) => "what it said is in the story; is the registry in reach?".to_owned(),
            ToolFault::Cancelled | ToolFault::NoPlan(_) => String::new(),
        }
    }

    /// The whole story.
    pub fn story(&self) -> Vec<String> {
        match self {
            ToolFault::Init(lines) => lines.clone(),
            _ => Vec::new(),
        }
    }
}

/// One conversation with the tool.
struct Talk<'a> {
    world: &'a World,
    on_line: &'a mut dyn FnMut(&str),
    cancelled: &'a dyn Fn() -> CancelLevel,
    raw: Vec<String>,
}

impl Talk<'_> {
    /// Runs it; each line of its log is told as its message, everything is kept as it was printed.
    fn run(&mut self, invocation: &Invocation) -> Result<(Outcome, Vec<Diagnostic>), ToolFault> {
        self.raw.push(format!("$ {}", invocation.command_line()));
        let mut found = Vec::new();
        let (raw, tell) = (&mut self.raw, &mut *self.on_line);
        let mut line = |stream: Stream, text: &str| {
            raw.push(text.to_owned());
            if stream == Stream::Err {
                return tell(text);
            }
            let read = ui_log::read_line(text);
            if let ui_log::LogEvent::Diagnostic(diagnostic) = read.event {
                found.push(*diagnostic);
            }
            tell(&read.message);
        };
        let outcome = self.world.processes.run(invocation, &mut line, self.cancelled);
        let outcome = outcome.map_err(|source| ToolFault::Start { program: invocation.program.clone(), source })?;
        Ok((outcome, found))
    }
}

/// Asks the real tool for a plan of a Terraform stack. Errors in the configuration are no fault: they stand in the report.
///
/// # Errors
/// [`ToolFault`] when there is no plan at all.
pub fn tool_plan(
    world: &World,
    stack: &Stack,
    ask: &ToolPlanAsk,
    on_line: &mut dyn FnMut(&str),
    cancelled: &dyn Fn() -> CancelLevel,
) -> Result<PlanReport, ToolFault> {
    if !world.is_trusted() {
        return Err(ToolFault::NotTrusted);
    }
    let (at, begun) = (world.clock.now(), world.clock.elapsed());
    let terraform = terraform(world, stack)?;
    let out = plan_file(world, stack);
    let request = request(ask, out.clone());
    let mut talk = Talk { world, on_line, cancelled, raw: Vec::new() };
    let answered = converse(&mut talk, &terraform, &request);
    // The plan file holds secrets: it goes whatever happened. One that cannot be removed is replaced by the next.
    let _ = world.files.remove_file(&out);
    let (plan, diagnostics) = answered?;
    if let Backend::Remote(_) = backend(&*world.files, &terraform.directory) {
        keep_remote_state(world, stack, &terraform);
    }
    let taught = learn(world, stack, &terraform, ask, &plan);
    let took = world.clock.elapsed().saturating_sub(begun);
    Ok(PlanReport {
        stack: stack.path.clone(),
        fidelity: ask.fidelity,
        prior: Prior::State,
        priors: priors(world, stack),
        plan: Arc::new(plan),
        stale: false,
        diagnostics,
        provenance: Provenance { generation: Generation::default(), at, took, remembered: false },
        disagreements: taught.disagreements,
        rates: taught.rates,
        raw: talk.raw,
    })
}

/// The tool of a stack, to be asked in its directory.
///
/// # Errors
/// When it is not on PATH.
pub fn terraform(world: &World, stack: &Stack) -> Result<Terraform, ToolFault> {
    let known = Tool::for_kind(stack.kind).map(|tool| tool.locate(&*world.processes));
    let found = known.filter_map(|tool| tool.path).next();
    let program = found.ok_or_else(|| ToolFault::Missing("terraform".to_owned()))?;
    Ok(Terraform::new(program.to_string_lossy(), world.on_disk(&stack.path)))
}

/// Plan, with an init before it when the plan says so, then show.
fn converse(
    talk: &mut Talk<'_>,
    terraform: &Terraform,
    request: &PlanRequest,
) -> Result<(Plan, Vec<Diagnostic>), ToolFault> {
    let (mut outcome, mut found) = talk.run(&terraform.plan(request))?;
    if judge_plan(&outcome) == PlanVerdict::Failed && trouble(&found) == Some(Trouble::NotInitialised) {
        let (initialised, said) = talk.run(&terraform.init())?;
        match judge(&initialised) {
            Verdict::Done => {}
            Verdict::Cancelled => return Err(ToolFault::Cancelled),
            Verdict::Failed => {
                let told = said.iter().map(|diagnostic| format!("{}: {}", diagnostic.summary, diagnostic.detail));
                let lines: Vec<String> = told.collect();
                return Err(ToolFault::Init(if lines.is_empty() { talk.raw.clone() } else { lines }));
            }
        }
        (outcome, found) = talk.run(&terraform.plan(request))?;
    }
    match judge_plan(&outcome) {
        PlanVerdict::Cancelled => Err(ToolFault::Cancelled),
        PlanVerdict::Failed => {
            if found.is_empty() {
                let last = talk.raw.last().cloned().unwrap_or_default();
                found.push(Diagnostic::error("terraform plan failed", last));
            }
            Ok((Plan { errored: true, ..Plan::default() }, found))
        }
        PlanVerdict::NoChanges | PlanVerdict::Changes => {
            let shown = talk.world.processes.run_quietly(&terraform.show_plan(&request.out));
            let shown = shown.map_err(|source| ToolFault::Start { program: terraform.program.clone(), source })?;
            let plan = plan_json::read(&shown.stdout).map_err(|fault| ToolFault::NoPlan(fault.to_string()))?;
            Ok((plan, found))
        }
    }
}

fn request(ask: &ToolPlanAsk, out: PathBuf) -> PlanRequest {
    let mut request = PlanRequest {
        out,
        refresh: ask.fidelity == Fidelity::Refreshed,
        destroy: ask.destroy,
        ..PlanRequest::default()
    };
    for input in &ask.variables {
        match input {
            VariableInput::Argument { name, text } => request.variables.push((name.to_string(), text.clone())),
            VariableInput::File(path) => request.variable_files.push(path.clone()),
            // The tool reads its environment itself; computed values are the engine's own.
            VariableInput::Environment { .. } | VariableInput::Value { .. } => {}
        }
    }
    request
}

/// Where the plan file goes while it is needed.
fn plan_file(world: &World, stack: &Stack) -> PathBuf {
    let ContentHash(hash) = crate::engine::reads::hash_bytes(stack.name().as_bytes());
    let name: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let directory = world.kilter_directory().join("plans");
    // Terraform says it when the directory is not there.
    let _ = world.files.create_directory(&directory);
    directory.join(format!("{name}-{}.tfplan", std::process::id()))
}

/// A remote state is within reach now: a copy of it serves the previews that follow. Without one they go on as before.
fn keep_remote_state(world: &World, stack: &Stack, terraform: &Terraform) {
    let pulled = world.processes.run_quietly(&terraform.state_pull());
    if let Some(outcome) = pulled.ok().filter(Outcome::success) {
        let _ = remember_state(world, &stack.path, &outcome.stdout);
    }
}
