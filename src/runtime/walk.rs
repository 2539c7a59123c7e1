//! The walk's deeds in the workbench: checks, apply, verify, drift, destroy, and asking the real tool. Each is a job that
//! can be cancelled and says how far it is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::live::Live;
use super::work::checks::{self, ChecksAsk};
use super::work::environments::environment;
use super::work::preview::is_about_an_open_check;
use super::work::tool_plan::{ToolPlanAsk, tool_plan};
use crate::app::event::{
    ApplyEnd, ApplyOffer, ApplyPhase, ApplyProgress, Cause, DriftReport, Event, Fault, JobEnd, JobKind, JobStart,
    OfferId, Operation, Refusal, VerifyReport,
};
use crate::engine::ApplyEvent;
use crate::environment::apply::{Approval, apply};
use crate::environment::destroy::destroy;
use crate::environment::drift::drift;
use crate::environment::plans::StackPlan;
use crate::environment::prepare::{Gate, Prepared, prepare};
use crate::environment::verify::verify;
use crate::environment::{Environment, EnvironmentFault, Progress, StackPhase, Watcher, processes, status};
use crate::model::environment::Health;
use crate::model::id::JobId;
use crate::model::place::RepoPath;
use crate::model::plan::Plan;
use crate::model::report::{Fidelity, PlanReport, Prior, Provenance};
use crate::model::run::StepKind;
use crate::sys::processes::CancelLevel;

/// Performs the walk's effects.
#[derive(Clone)]
pub struct Walk {
    live: Live,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    cancels: BTreeMap<JobId, Arc<AtomicU8>>,
    offers: BTreeMap<OfferId, Arc<Prepared>>,
    last_offer: u64,
}

/// Lines of a process's log that are shown.
const LOG_LINES: usize = 2000;

impl Walk {
    /// The walk over the live side.
    pub fn new(live: Live) -> Self {
        Walk { live, shared: Arc::default() }
    }

    /// The environment that the settings name.
    pub fn environment_name(&self) -> String {
        self.live.world().environment_name()
    }

    /// Interrupts a job; the second time, more urgently.
    pub fn cancel(&self, job: JobId) {
        if let Some(level) = self.shared().cancels.get(&job) {
            level.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Runs the checks of a commit.
    pub fn checks(&self, commit: String, only: Option<StepKind>) {
        self.job(JobKind::Checks, None, move |walk, job| {
            let live = &walk.live;
            let tell = |run: &crate::model::run::Run| live.send(Event::Run(Arc::new(run.clone())));
            let cancelled = || job.cancelled();
            let ask = ChecksAsk { commit: Some(commit), only, fresh: false };
            checks::run(live.world(), &ask, &tell, &cancelled).map(drop).map_err(Fault::new)
        });
    }

    /// Works out what an apply would do.
    pub fn prepare(&self, name: String) {
        self.job(JobKind::Prepare, None, move |walk, job| {
            let environment = walk.environment(&name)?;
            let world = walk.live.world();
            let commit = world.repo().and_then(|repo| repo.resolve("HEAD").ok()).ok_or_else(|| Fault {
                line: "there is no commit to apply".to_owned(),
                hint: "commit first: Space stages, c commits".to_owned(),
                story: Vec::new(),
            })?;
            let checks = world.store.run(Some(&commit)).map(|run| run.verdict());
            let gate = Gate { checks, skip_checks: false };
            let watcher = Tell { walk, job, environment: &name, operation: None };
            let prepared = prepare(&environment, &commit, gate, &watcher).map_err(|fault| told(&fault))?;
            for notice in &prepared.notices {
                walk.live.send(Event::Notice(notice.clone()));
            }
            walk.offer(&name, prepared);
            Ok(())
        });
    }

    fn offer(&self, name: &str, prepared: Prepared) {
        let plans = prepared.plans.iter().map(|plan| Arc::new(self.report(name, plan))).collect();
        let refusal = |refusal: &crate::environment::Refusal| Refusal {
            reason: refusal.reason.clone(),
            hint: refusal.hint.clone(),
        };
        let refusals = prepared.refusals.iter().map(refusal).collect();
        let commit = prepared.commit.clone();
        let id = {
            let mut shared = self.shared();
            shared.last_offer += 1;
            let id = OfferId(shared.last_offer);
            // Only the newest offer can be accepted: an older one was worked out from older files.
            shared.offers = BTreeMap::from([(id, Arc::new(prepared))]);
            id
        };
        self.live.send(Event::ApplyPrepared(ApplyOffer { id, environment: name.to_owned(), commit, plans, refusals }));
    }

    /// A stack's plan in an environment as a report: refreshed, since built-in providers were asked.
    fn report(&self, name: &str, plan: &StackPlan) -> PlanReport {
        let prior = Prior::Environment(name.to_owned());
        let mut diagnostics = plan.planned.diagnostics.clone();
        diagnostics.retain(|diagnostic| !is_about_an_open_check(diagnostic));
        PlanReport {
            stack: plan.stack.clone(),
            fidelity: Fidelity::Refreshed,
            prior: prior.clone(),
            priors: vec![prior],
            plan: plan.planned.plan.clone(),
            stale: false,
            diagnostics,
            provenance: Provenance {
                generation: self.live.state_generation(),
                at: self.live.world().clock.now(),
                took: Duration::ZERO,
                remembered: false,
            },
            disagreements: Vec::new(),
            rates: Vec::new(),
            raw: Vec::new(),
        }
    }

    /// Applies an offer.
    pub fn apply(&self, name: String, offer: OfferId) {
        self.job(JobKind::Apply, None, move |walk, job| {
            let environment = walk.environment(&name)?;
            let prepared = walk.shared().offers.remove(&offer);
            let prepared = prepared.ok_or_else(|| Fault {
                line: "this offer is not the newest any more".to_owned(),
                hint: "prepare the apply again".to_owned(),
                story: Vec::new(),
            })?;
            let watcher = Tell { walk, job, environment: &name, operation: Some(Operation::Apply) };
            let begun = walk.live.world().clock.elapsed();
            let done = apply(&environment, &prepared, Approval::Shown, &watcher);
            let outcome = done.map(|report| report.line());
            walk.ended(&environment, Operation::Apply, begun, outcome, job);
            Ok(())
        });
    }

    /// Destroys an environment.
    pub fn destroy(&self, name: String) {
        self.job(JobKind::Apply, None, move |walk, job| {
            let environment = walk.environment(&name)?;
            let watcher = Tell { walk, job, environment: &name, operation: Some(Operation::Destroy) };
            let begun = walk.live.world().clock.elapsed();
            let outcome = destroy(&environment, &name, &watcher).map(|report| report.line());
            walk.ended(&environment, Operation::Destroy, begun, outcome, job);
            Ok(())
        });
    }

    /// Destroys an environment and applies its commit again.
    pub fn rebuild(&self, name: String) {
        self.job(JobKind::Apply, None, move |walk, job| {
            let environment = walk.environment(&name)?;
            let watcher = Tell { walk, job, environment: &name, operation: Some(Operation::Rebuild) };
            let begun = walk.live.world().clock.elapsed();
            let commit = status::status(&environment).commit;
            let rebuilt = destroy(&environment, &name, &watcher).and_then(|_| {
                let commit = commit.ok_or_else(|| EnvironmentFault::Absent(name.clone()))?;
                // The same commit was applied before: its checks were green then.
                let gate = Gate {
                    checks: walk.live.world().store.run(Some(&commit)).map(|run| run.verdict()),
                    skip_checks: true,
                };
                let prepared = prepare(&environment, &commit, gate, &watcher)?;
                apply(&environment, &prepared, Approval::Anything, &watcher)
            });
            let outcome = rebuilt.map(|report| report.line());
            walk.ended(&environment, Operation::Rebuild, begun, outcome, job);
            Ok(())
        });
    }

    fn ended(
        &self,
        environment: &Environment,
        operation: Operation,
        begun: Duration,
        outcome: Result<String, EnvironmentFault>,
        job: &Job,
    ) {
        let took = self.live.world().clock.elapsed().saturating_sub(begun);
        let (summary, fault) = match outcome {
            Ok(line) => (line, None),
            Err(fault) => (String::new(), Some(told(&fault))),
        };
        let end = ApplyEnd {
            operation,
            environment: environment.name.clone(),
            cancelled: job.cancelled() && fault.is_some(),
            fault,
            summary,
            took,
        };
        self.tell_status(environment);
        self.live.follow();
        // Last, so that the job's own end follows at once: whoever reads "done" may press the next key.
        self.live.send(Event::ApplyDone(end));
    }

    fn tell_status(&self, environment: &Environment) {
        self.live.send(Event::Environment(Arc::new(status::status(environment))));
    }

    /// Verifies an environment.
    pub fn verify(&self, name: String) {
        self.job(JobKind::Verify, None, move |walk, job| {
            let environment = walk.environment(&name)?;
            walk.tell_busy(&environment);
            let watcher = Tell { walk, job, environment: &name, operation: None };
            let world = walk.live.world();
            let (at, begun) = (world.clock.now(), world.clock.elapsed());
            let found = verify(&environment, &watcher);
            walk.tell_status(&environment);
            let results = found.map_err(|fault| told(&fault))?;
            let took = world.clock.elapsed().saturating_sub(begun);
            walk.live.send(Event::Verified(VerifyReport { environment: name, results, at, took }));
            Ok(())
        });
    }

    /// Looks for drift.
    pub fn drift(&self, name: String) {
        self.job(JobKind::Drift, None, move |walk, job| {
            let environment = walk.environment(&name)?;
            let watcher = Tell { walk, job, environment: &name, operation: None };
            let world = walk.live.world();
            let (at, begun) = (world.clock.now(), world.clock.elapsed());
            let found = drift(&environment, &watcher);
            walk.tell_status(&environment);
            let found = found.map_err(|fault| told(&fault))?;
            let plans = found.plans.iter().map(|plan| Arc::new(walk.report(&name, plan))).collect();
            let took = world.clock.elapsed().saturating_sub(begun);
            walk.live.send(Event::Drifted(DriftReport { environment: name, plans, at, took }));
            Ok(())
        });
    }

    fn tell_busy(&self, environment: &Environment) {
        let mut busy = status::status(environment);
        busy.health = Health::Busy;
        self.live.send(Event::Environment(Arc::new(busy)));
    }

    /// Reads the end of a process's log.
    pub fn log(&self, name: String, process: String) {
        let walk = self.clone();
        self.live.spawn(move |live| match walk.environment(&name) {
            Ok(environment) => {
                let lines = processes::supervisor(&environment).log_tail(&process, LOG_LINES);
                let lines = lines.unwrap_or_else(|error| vec![format!("the log cannot be read: {error}")]);
                live.send(Event::Log(format!("{process} in {name}"), lines));
            }
            Err(fault) => live.send(Event::Fault(fault)),
        });
    }

    /// Asks the real tool for a plan of a stack.
    pub fn ask_tool(&self, stack: RepoPath, fidelity: Fidelity) {
        self.job(JobKind::ToolPlan, Some(stack.clone()), move |walk, job| {
            let live = &walk.live;
            let world = live.world();
            let Some(stack) = live.stack(&stack) else {
                return Err(Fault::new(format!("`{stack}` is no stack any more")));
            };
            let ask = ToolPlanAsk { fidelity, ..ToolPlanAsk::default() };
            let mut line = |line: &str| {
                live.send(Event::JobProgress(job.id, line.to_owned()));
                live.send(Event::RawLine(job.id, line.to_owned()));
            };
            let report = tool_plan(world, &stack, &ask, &mut line, &|| job.level());
            let mut report =
                report.map_err(|fault| Fault { line: fault.to_string(), hint: fault.hint(), story: fault.story() })?;
            report.provenance.generation = live.state_generation();
            if let Some(preview) = live.last_plan(&stack.path) {
                report.plan = Arc::new(with_places(&report.plan, &preview.plan));
            }
            live.keep_plan(Arc::new(report));
            Ok(())
        });
    }

    fn environment(&self, name: &str) -> Result<Environment, Fault> {
        environment(self.live.world(), name).map_err(|fault| Fault::new(fault.to_string()))
    }

    /// Runs a job on the pool, announced and ended; its fault is told once.
    fn job(
        &self,
        kind: JobKind,
        stack: Option<RepoPath>,
        work: impl FnOnce(&Walk, &Job) -> Result<(), Fault> + Send + 'static,
    ) {
        let walk = self.clone();
        self.live.spawn(move |live| {
            let job = Job { id: live.job_id(), level: Arc::default() };
            walk.shared().cancels.insert(job.id, job.level.clone());
            let generation = live.state_generation();
            let at = live.world().clock.now();
            live.send(Event::JobStarted(JobStart { id: job.id, kind, stack, generation, cause: Cause::Asked, at }));
            let done = work(&walk, &job);
            walk.shared().cancels.remove(&job.id);
            let end = match done {
                Ok(()) if job.cancelled() => JobEnd::Cancelled,
                Ok(()) => JobEnd::Done,
                Err(_) if job.cancelled() => JobEnd::Cancelled,
                Err(fault) => JobEnd::Failed(fault),
            };
            live.send(Event::JobFinished(job.id, end));
        });
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job under way.
struct Job {
    id: JobId,
    level: Arc<AtomicU8>,
}

impl Job {
    fn cancelled(&self) -> bool {
        self.level.load(Ordering::Relaxed) > 0
    }

    fn level(&self) -> CancelLevel {
        match self.level.load(Ordering::Relaxed) {
            0 => CancelLevel::None,
            1 => CancelLevel::Interrupt,
            _ => CancelLevel::Again,
        }
    }
}

/// Hands an operation's progress to the workbench.
struct Tell<'a> {
    walk: &'a Walk,
    job: &'a Job,
    environment: &'a str,
    /// What changes the environment; `None` when it is only looked at, which makes no rows of objects.
    operation: Option<Operation>,
}

impl Tell<'_> {
    fn send(&self, stack: Option<RepoPath>, subject: String, phase: ApplyPhase, took: Duration, message: String) {
        self.send_action(stack, subject, None, phase, took, message);
    }

    fn send_action(
        &self,
        stack: Option<RepoPath>,
        subject: String,
        action: Option<crate::model::action::Action>,
        phase: ApplyPhase,
        took: Duration,
        message: String,
    ) {
        let Some(operation) = self.operation else { return };
        let environment = self.environment.to_owned();
        let progress = ApplyProgress { operation, environment, stack, subject, action, phase, took, message };
        self.walk.live.send(Event::ApplyProgress(progress));
    }

    fn object(&self, stack: RepoPath, event: ApplyEvent) {
        let none = String::new();
        let stack = Some(stack);
        match event {
            ApplyEvent::Started { address, action } => {
                self.send_action(stack, address.to_string(), Some(action), ApplyPhase::Started, Duration::ZERO, none);
            }
            ApplyEvent::Progress { address, line } => {
                self.send(stack, address.to_string(), ApplyPhase::Started, Duration::ZERO, line);
            }
            ApplyEvent::Done { address, action, took } => {
                self.send_action(stack, address.to_string(), Some(action), ApplyPhase::Done, took, none);
            }
            ApplyEvent::Failed { address, action, took, diagnostics } => {
                let why = crate::environment::fault::first_error(&diagnostics);
                self.send_action(stack, address.to_string(), Some(action), ApplyPhase::Failed, took, why);
            }
        }
    }
}

impl Watcher for Tell<'_> {
    fn progress(&self, progress: Progress) {
        match progress {
            Progress::Notice(line) => self.walk.live.send(Event::Notice(line)),
            Progress::Stack { stack, phase } => {
                let (phase, word) = match phase {
                    StackPhase::Planning => (ApplyPhase::Waiting, "planning"),
                    StackPhase::Applying => (ApplyPhase::Started, "applying"),
                    StackPhase::UpToDate => (ApplyPhase::Done, "nothing to do"),
                    StackPhase::Done => (ApplyPhase::Done, "done"),
                };
                let line = format!("{stack}: {word}");
                self.walk.live.send(Event::JobProgress(self.job.id, line));
                self.send(Some(stack.clone()), format!("stack {stack}"), phase, Duration::ZERO, word.to_owned());
            }
            Progress::Object { stack, event } => self.object(stack, event),
            Progress::Process { name, message } => {
                self.send(None, format!("process {name}"), ApplyPhase::Done, Duration::ZERO, message);
            }
            Progress::Verified(verification) => {
                let line = format!("{}: {}", verification.subject, verification.message);
                self.walk.live.send(Event::JobProgress(self.job.id, line));
            }
        }
    }

    fn cancelled(&self) -> bool {
        self.job.cancelled()
    }
}

/// The real plan with the preview's places: the tool's JSON does not say where a block stands.
fn with_places(real: &Plan, preview: &Plan) -> Plan {
    let places: BTreeMap<_, _> = preview.changes.iter().map(|change| (&change.address, &change.place)).collect();
    let mut plan = real.clone();
    for change in &mut plan.changes {
        std::sync::Arc::make_mut(change).place = places.get(&change.address).and_then(|place| (*place).clone());
    }
    plan
}

/// An environment's fault as the workbench tells it.
fn told(fault: &EnvironmentFault) -> Fault {
    let story = fault.diagnostics().iter().map(|d| format!("{}: {}", d.summary, d.detail)).collect();
    Fault { line: fault.to_string(), hint: String::new(), story }
}
