//! Applying one stack: journal before, state after each object, and a second look at the end.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::event::{Progress, StackPhase, Watcher};
use super::fault::EnvironmentFault;
use super::journal::{Journal, Step};
use super::plans::{self, StackPlan};
use super::record;
use super::state_lock::StateLock;
use super::states::{self, Ballast, StateWriter};
use super::world::Environment;
use crate::engine::{ApplyEvent, ApplySink, PlanMode};
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::environment::{EnvironmentStack, Verification, VerifyOutcome};
use crate::model::place::RepoPath;
use crate::model::plan::ChangeSummary;
use crate::model::state::StateSnapshot;

/// What an operation on the whole environment hands on to each stack.
pub struct Site<'a> {
    /// Which environment.
    pub environment: &'a Environment,
    /// What is about to be done.
    pub journal: &'a Journal,
    /// Space for the last writes.
    pub ballast: &'a Ballast,
    /// Who looks on.
    pub watcher: &'a dyn Watcher,
    /// What is done: `apply 1a2b3c4`.
    pub operation: &'a str,
}

impl Site<'_> {
    /// Plans a stack anew and carries the plan out, if `agreed` agrees to it. Returns what was done.
    ///
    /// # Errors
    /// [`EnvironmentFault`]; the state is whole and on the disk.
    pub fn apply(
        &self,
        stack: &RepoPath,
        mode: PlanMode,
        agreed: &dyn Fn(&StackPlan) -> Result<(), EnvironmentFault>,
    ) -> Result<ChangeSummary, EnvironmentFault> {
        let (environment, watcher) = (self.environment, self.watcher);
        let say = |phase| watcher.progress(Progress::Stack { stack: stack.clone(), phase });
        if watcher.cancelled() {
            return Err(EnvironmentFault::Cancelled);
        }
        self.journal.note(&Step::Stack(stack.as_str()))?;
        say(StackPhase::Planning);
        let source = plans::source(environment, stack);
        let files = environment.files();
        let path = states::place(files, &environment.layout, stack);
        let why = format!("kilter {} in the environment {}", self.operation, environment.name);
        let lock = StateLock::take(files, &environment.world, stack, &path, &why)?;
        let state = states::load(files, &environment.layout, stack)?;
        let planned = plans::plan(environment, &source, stack, state.clone(), mode);
        let plan = StackPlan { stack: stack.clone(), planned, state, notice: None };
        if plan.is_broken() {
            return Err(EnvironmentFault::Stack { stack: stack.clone(), diagnostics: plan.planned.diagnostics });
        }
        agreed(&plan)?;
        let summary = plan.planned.plan.summary();
        // A refresh may have found out something that the state should know, even if nothing is to be done about it.
        if !plan.planned.plan.applyable
            && plan.planned.plan.drift.is_empty()
            && plans::changes(&plan.planned.plan).is_empty()
        {
            self.note_objects(stack, plan.state.as_deref())?;
            say(StackPhase::UpToDate);
            return Ok(summary);
        }
        say(StackPhase::Applying);
        let writer = StateWriter::begin(files, path.clone(), lock, plan.state.clone(), self.ballast);
        let sink = Persisting { site: self, stack, writer: &writer, fault: Mutex::new(None) };
        let applied = environment.world.works.apply(&source, &plan.planned, &environment.apply_options(), &sink);
        let settled = writer.persist(&applied.state);
        self.note_objects(stack, writer.last().as_deref())?;
        let fault = sink.fault.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(error) = fault.or(settled.err()) {
            return Err(EnvironmentFault::files("writing the state", &path)(error));
        }
        if has_errors(&applied.diagnostics) {
            return Err(EnvironmentFault::Stack { stack: stack.clone(), diagnostics: applied.diagnostics });
        }
        self.tell_warnings(stack, &applied.diagnostics);
        if applied.cancelled {
            return Err(EnvironmentFault::Cancelled);
        }
        say(StackPhase::Done);
        Ok(summary)
    }

    fn tell_warnings(&self, stack: &RepoPath, diagnostics: &[Diagnostic]) {
        // A check that fails while the processes are not up yet is verification's business, later.
        for warning in diagnostics
            .iter()
            .filter(|d| !d.is_error() && !d.summary.starts_with("Check block") && !plans::is_about_undeclared(d))
        {
            self.watcher.progress(Progress::Notice(format!("{stack}: {}", warning.summary)));
        }
    }

    /// Keeps the count of objects that `status` shows.
    fn note_objects(&self, stack: &RepoPath, state: Option<&StateSnapshot>) -> Result<(), EnvironmentFault> {
        let objects = states::objects(state);
        let write = || {
            record::update(self.environment.files(), &self.environment.layout, |record| {
                match record.stacks.iter_mut().find(|known| known.stack == *stack) {
                    Some(known) => known.objects = objects,
                    None => record.stacks.push(EnvironmentStack { stack: stack.clone(), objects }),
                }
            })
        };
        write().or_else(|_| {
            self.ballast.release();
            write()
        })
    }
}

/// Whether a second plan is empty, as a check.
pub fn second_plan(environment: &Environment, stack: &RepoPath) -> Verification {
    let began = environment.world.clock.elapsed();
    let (outcome, message) = match states::load(environment.files(), &environment.layout, stack) {
        Err(fault) => (VerifyOutcome::Error, fault.to_string()),
        Ok(state) => {
            let source = plans::source(environment, stack);
            let planned = plans::plan(environment, &source, stack, state, PlanMode::Normal);
            let changes = plans::changes(&planned.plan);
            match () {
                () if has_errors(&planned.diagnostics) => {
                    (VerifyOutcome::Error, super::fault::first_error(&planned.diagnostics))
                }
                () if changes.is_empty() => (VerifyOutcome::Passed, "a second plan is empty".to_owned()),
                () => {
                    let shown: Vec<String> = changes
                        .iter()
                        .take(3)
                        .map(|(address, action)| format!("{address} ({})", action.word()))
                        .collect();
                    let more =
                        if changes.len() > 3 { format!(" and {} more", changes.len() - 3) } else { String::new() };
                    (VerifyOutcome::Failed, format!("a second plan is not empty: {}{more}", shown.join(", ")))
                }
            }
        }
    };
    let took = environment.world.clock.elapsed().saturating_sub(began);
    Verification { subject: format!("plan {stack}"), outcome, message, took }
}

/// Watches the engine: journal, state, progress.
struct Persisting<'a, 'w> {
    site: &'a Site<'a>,
    stack: &'a RepoPath,
    writer: &'a StateWriter<'w>,
    fault: Mutex<Option<io::Error>>,
}

impl Persisting<'_, '_> {
    /// The first fault stays: the ones after it follow from it.
    fn keep(&self, error: io::Error) {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }

    fn failed(&self) -> bool {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn note(&self, step: &Step<'_>) {
        if let Err(EnvironmentFault::Files { source, .. }) = self.site.journal.note(step) {
            self.keep(source);
        }
    }
}

impl ApplySink for Persisting<'_, '_> {
    fn event(&self, event: ApplyEvent) {
        match &event {
            ApplyEvent::Started { address, action } => {
                self.note(&Step::Object { address: &address.to_string(), action: action.word() });
            }
            // The state is persisted before an object counts as done.
            ApplyEvent::Done { address, .. } | ApplyEvent::Failed { address, .. } => {
                self.note(&Step::Settled(&address.to_string()));
            }
            ApplyEvent::Progress { .. } => {}
        }
        self.site.watcher.progress(Progress::Object { stack: self.stack.clone(), event });
    }

    fn persist(&self, state: &dyn Fn() -> Arc<StateSnapshot>) -> io::Result<()> {
        self.writer.persist(&state()).map_err(|error| {
            let again = io::Error::new(error.kind(), error.to_string());
            self.keep(error);
            again
        })
    }

    fn cancelled(&self) -> bool {
        self.failed() || self.site.watcher.cancelled()
    }

    fn interrupted(&self) -> bool {
        self.site.watcher.cancelled()
    }

    fn elapsed(&self) -> Duration {
        self.site.environment.world.clock.elapsed()
    }
}
