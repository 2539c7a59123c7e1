//! The live side of the workbench: files change, jobs run on the blocking pool, reports come back as events.
//!
//! Which job may run is the [`Desk`]'s business, what it computes `work`'s. What is kept here is the last report of each
//! kind and stack with everything it read, so that nothing is computed twice from the same content.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use super::desk::{Desk, Slot, Start};
use super::remember::{self, Remembering, Report};
use super::shelf::LoreStamp;
use super::work::preview::{PreviewAsk, PreviewKey, preview, preview_key};
use super::work::{environments, lint, lore, mutation, scan, test, tools};
use super::world::World;
use crate::app::event::{Cause, Event, Fault, JobEnd, JobKind, JobStart, StackList};
use crate::engine::stacks::{Discovery, affected};
use crate::engine::{Reads, Stop, SurveyWatch, TestOptions};
use crate::model::diagnostic::has_errors;
use crate::model::id::{Generation, JobId};
use crate::model::mutation::{MutationReport, StoppedBy};
use crate::model::place::RepoPath;
use crate::model::report::{LintReport, PlanReport, Prior, TestReport};
use crate::model::run::{Run, Verdict};
use crate::model::stack::{Stack, StackKind};
use crate::watch::WatchBatch;

/// The live side; cloning shares it.
#[derive(Clone)]
pub struct Live {
    inner: Arc<Inner>,
}

struct Inner {
    world: Arc<World>,
    events: UnboundedSender<Event>,
    pool: tokio::runtime::Handle,
    remembering: Remembering,
    state: Mutex<State>,
    /// A job ended.
    ended: Condvar,
}

#[derive(Default)]
struct State {
    desk: Desk,
    generation: Generation,
    stacks: Vec<Stack>,
    /// The priors that the person chose.
    chosen: BTreeMap<RepoPath, Prior>,
    plans: BTreeMap<RepoPath, Kept<PlanReport, PreviewKey>>,
    lints: BTreeMap<RepoPath, Kept<LintReport, ()>>,
    tests: BTreeMap<RepoPath, Kept<TestReport, LoreStamp>>,
    mutations: BTreeMap<RepoPath, Kept<MutationReport, ()>>,
    /// Surveys that the person wants to end.
    cancelled: BTreeSet<JobId>,
    /// Tests at work, and how they are stopped.
    testing: BTreeMap<JobId, Stop>,
    /// The run of HEAD's checks that was told last.
    run: Option<Run>,
}

/// So long it is waited for commands that were interrupted when the workbench closes.
const FAREWELL: Duration = Duration::from_millis(500);

/// So long a preview has the cores to itself before everything else that a save asks for begins.
const HEAD_START: Duration = Duration::from_millis(40);

/// The last report, what it read, and what else it depends on.
struct Kept<R, K> {
    report: Arc<R>,
    reads: Reads,
    key: K,
}

/// Tells how far a survey is, and ends it when the files it is about have changed.
struct Surveying<'a> {
    live: &'a Live,
    start: &'a Start,
    /// What the stack and its tests were read from.
    reads: Reads,
    /// The generation that was looked at last, and whether everything was still the same then.
    looked: Mutex<(Generation, bool)>,
}

impl SurveyWatch for Surveying<'_> {
    fn progress(&self, tried: usize, of: usize) {
        if tried.is_multiple_of(20) || tried == of {
            self.live.send(Event::JobProgress(self.start.id, format!("{tried} of {of} changes tried")));
        }
    }

    fn cancelled(&self) -> bool {
        if self.live.state().cancelled.contains(&self.start.id) {
            return true;
        }
        let now = self.live.state_generation();
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.0 != now {
            *looked = (now, self.reads.still_hold(&*self.live.inner.world.files));
        }
        !looked.1
    }
}

impl Live {
    /// The live side of a repo, sending to `events`. Call from within tokio's runtime.
    pub fn new(world: Arc<World>, events: UnboundedSender<Event>) -> Self {
        let pool = tokio::runtime::Handle::current();
        Live {
            inner: Arc::new(Inner {
                world,
                events,
                pool,
                remembering: Remembering::default(),
                state: Mutex::default(),
                ended: Condvar::new(),
            }),
        }
    }

    /// What is opened.
    pub fn world(&self) -> &Arc<World> {
        &self.inner.world
    }

    /// Sends an event to the workbench. A workbench that is gone wants none.
    pub fn send(&self, event: Event) {
        let _ = self.inner.events.send(event);
    }

    /// Runs blocking work on the pool.
    pub fn spawn(&self, work: impl FnOnce(&Live) + Send + 'static) {
        let live = self.clone();
        drop(self.inner.pool.spawn_blocking(move || work(&live)));
    }

    /// Shows what is remembered, then looks at everything.
    pub fn open(&self) {
        self.spawn(|live| {
            for event in live.inner.remembering.recall(&live.inner.world) {
                live.send(event);
            }
            live.ask((JobKind::Scan, None), Cause::Opened, false);
        });
    }

    /// Looks at everything, remembering nothing.
    pub fn look(&self) {
        self.ask((JobKind::Scan, None), Cause::Opened, false);
    }

    /// Files changed.
    pub fn changed(&self, batch: &WatchBatch) {
        self.state().generation = self.state_generation().next();
        let paths: Vec<RepoPath> = batch.paths.iter().cloned().collect();
        let everything = batch.rescan || batch.git_changed;
        let concerned = if everything { self.terraform_stacks() } else { self.concerned(&paths) };
        // The plan is what people wait for: it gets the cores to itself, for as long as nobody would notice.
        for stack in &concerned {
            self.ask((JobKind::Preview, Some(stack.clone())), Cause::Saved, false);
        }
        self.spawn(move |live| {
            live.let_previews_pass();
            for kind in [JobKind::Lint, JobKind::Test] {
                for stack in &concerned {
                    live.ask((kind, Some(stack.clone())), Cause::Saved, false);
                }
            }
            for stack in live.others_concerned(&paths, everything) {
                live.ask((JobKind::Lint, Some(stack)), Cause::Saved, false);
            }
            live.ask((JobKind::Scan, None), Cause::Saved, false);
        });
    }

    /// Returns when no preview is at work any more, or when they had their head start.
    fn let_previews_pass(&self) {
        let at_work = |state: &mut State| state.desk.is_at_work(JobKind::Preview);
        drop(self.inner.ended.wait_timeout_while(self.state(), HEAD_START, at_work));
    }

    /// Previews a stack against a prior from now on.
    pub fn choose_prior(&self, stack: RepoPath, prior: Prior) {
        self.state().chosen.insert(stack.clone(), prior);
        self.ask((JobKind::Preview, Some(stack)), Cause::Asked, false);
    }

    /// Something that plans depend on changed outside the files: an environment was applied or destroyed.
    pub fn follow(&self) {
        for stack in self.terraform_stacks() {
            self.ask((JobKind::Preview, Some(stack)), Cause::Followed, false);
        }
    }

    /// Does one kind of work again.
    pub fn again(&self, kind: JobKind, stack: Option<RepoPath>) {
        match (kind, stack) {
            (JobKind::Scan, _) => self.ask((kind, None), Cause::Asked, true),
            (_, Some(stack)) => self.ask((kind, Some(stack)), Cause::Asked, true),
            (_, None) => {
                for stack in self.terraform_stacks() {
                    self.ask((kind, Some(stack)), Cause::Asked, true);
                }
            }
        }
    }

    /// Does everything again.
    pub fn all_again(&self) {
        for kind in [JobKind::Preview, JobKind::Lint, JobKind::Test] {
            self.again(kind, None);
        }
        self.again(JobKind::Scan, None);
    }

    /// The stack at a path.
    pub fn stack(&self, path: &RepoPath) -> Option<Stack> {
        self.state().stacks.iter().find(|stack| stack.path == *path).cloned()
    }

    /// The present generation.
    pub fn state_generation(&self) -> Generation {
        self.state().generation
    }

    /// Takes a report that the real tool gave: it is the last one until the next save.
    pub fn keep_plan(&self, report: Arc<PlanReport>) {
        self.send(Event::Plan(report));
    }

    /// The last native preview of a stack.
    pub fn last_plan(&self, stack: &RepoPath) -> Option<Arc<PlanReport>> {
        self.state().plans.get(stack).map(|kept| kept.report.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn terraform_stacks(&self) -> Vec<RepoPath> {
        let state = self.state();
        state.stacks.iter().filter(|stack| stack.kind == StackKind::Terraform).map(|stack| stack.path.clone()).collect()
    }

    /// The Terraform stacks whose last plan, findings or tests read one of these paths.
    fn concerned(&self, paths: &[RepoPath]) -> Vec<RepoPath> {
        let state = self.state();
        let world = &self.inner.world;
        let discovery = Discovery { files: &*world.files, root: world.root(), ignored: &|_, _| false };
        let reads = |stack: &Stack| {
            let plan = state.plans.get(&stack.path)?;
            let mut reads = plan.reads.clone();
            if let Some(tests) = state.tests.get(&stack.path) {
                reads.extend(&tests.reads);
            }
            Some(reads)
        };
        affected(&discovery, &state.stacks, paths, &reads)
            .into_iter()
            .filter(|stack| stack.kind == StackKind::Terraform)
            .map(|stack| stack.path.clone())
            .collect()
    }

    /// Stacks of other kinds with a changed file in them: only lint knows something of those.
    fn others_concerned(&self, paths: &[RepoPath], everything: bool) -> Vec<RepoPath> {
        let state = self.state();
        let others = state.stacks.iter().filter(|stack| stack.kind != StackKind::Terraform);
        let touched = |stack: &&Stack| everything || paths.iter().any(|path| path.is_within(&stack.path));
        others.filter(touched).map(|stack| stack.path.clone()).collect()
    }

    fn ask(&self, slot: Slot, cause: Cause, afresh: bool) {
        let start = {
            let mut state = self.state();
            let generation = state.generation;
            state.desk.ask(slot, generation, cause, afresh)
        };
        if let Some(start) = start {
            self.start(start);
        }
    }

    fn start(&self, start: Start) {
        if start.slot.0 == JobKind::Test {
            self.state().testing.insert(start.id, Stop::default());
        }
        self.spawn(move |live| {
            live.announce(&start);
            let end = live.run(&start);
            live.send(Event::JobFinished(start.id, end));
            let next = {
                let mut state = live.state();
                state.testing.remove(&start.id);
                live.inner.ended.notify_all();
                state.desk.finished(start.id)
            };
            if let Some(next) = next {
                live.start(next);
            }
        });
    }

    fn announce(&self, start: &Start) {
        let (kind, stack) = start.slot.clone();
        let at = self.inner.world.clock.now();
        let job = JobStart { id: start.id, kind, stack, generation: start.generation, cause: start.cause, at };
        self.send(Event::JobStarted(job));
    }

    fn run(&self, start: &Start) -> JobEnd {
        match &start.slot {
            (JobKind::Scan, _) => return self.scan(start),
            (kind, Some(path)) => {
                let Some(stack) = self.stack(path) else { return JobEnd::Superseded };
                match kind {
                    JobKind::Preview => self.preview(&stack, start),
                    JobKind::Lint => self.lint(&stack, start),
                    JobKind::Test => self.test(&stack, start),
                    JobKind::Mutation => self.mutate(&stack, start),
                    _ => {}
                }
            }
            _ => {}
        }
        JobEnd::Done
    }

    fn scan(&self, start: &Start) -> JobEnd {
        let world = self.inner.world.clone();
        let found = scan::stacks(&world);
        let known = std::mem::replace(&mut self.state().stacks, found.clone());
        if known != found || start.cause == Cause::Opened || start.afresh {
            let kinds: std::collections::BTreeSet<StackKind> = found.iter().map(|stack| stack.kind).collect();
            let tools = kinds.into_iter().map(|kind| (kind, tools::for_stack(&world, kind))).collect();
            self.send(Event::Stacks(StackList { stacks: found.clone(), tools }));
        }
        for stack in found.iter().filter(|stack| !known.contains(stack)) {
            let path = Some(stack.path.clone());
            if stack.kind == StackKind::Terraform {
                self.ask((JobKind::Preview, path.clone()), start.cause, false);
                self.ask((JobKind::Test, path.clone()), start.cause, false);
            }
            self.ask((JobKind::Lint, path), start.cause, false);
        }
        let end = match scan::snapshot(&world) {
            Ok(snapshot) => {
                let run = snapshot.head.as_ref().and_then(|head| world.store.run(Some(head)));
                self.send(Event::Snapshot(Arc::new(snapshot)));
                if let Some(run) = run.filter(|run| run.verdict() != Verdict::Running) {
                    self.send_run(run);
                }
                JobEnd::Done
            }
            Err(fault) => JobEnd::Failed(Fault {
                line: format!("cannot read the repo: {fault}"),
                hint: fault.hint().unwrap_or_default(),
                story: Vec::new(),
            }),
        };
        for environment in environments::all(&world) {
            self.send(Event::Environment(Arc::new(environment)));
        }
        end
    }

    /// Tells a remembered run once: it is not told again while it stays the same.
    fn send_run(&self, run: Run) {
        let news = {
            let mut state = self.state();
            let news = state.run.as_ref() != Some(&run);
            state.run = Some(run.clone());
            news
        };
        if news {
            self.send(Event::Run(Arc::new(run)));
        }
    }

    fn preview(&self, stack: &Stack, start: &Start) {
        let world = self.inner.world.clone();
        let ask = PreviewAsk { prior: self.chosen_prior(stack), ..PreviewAsk::default() };
        let key = preview_key(&world, stack, &ask);
        if !start.afresh && self.still_holds(|state| state.plans.get(&stack.path), &key) {
            return;
        }
        let (mut report, reads) = preview(&world, stack, &ask, start.generation);
        let last_good = self.state().plans.get(&stack.path).map(|kept| kept.report.clone());
        let broken = has_errors(&report.diagnostics) && report.plan.errored;
        if let Some(last) =
            last_good.filter(|last| broken && last.prior == report.prior && !last.plan.changes.is_empty())
        {
            // What was planned last stays in sight below what is wrong now.
            report.plan = last.plan.clone();
            report.stale = true;
        }
        let report = Arc::new(report);
        self.send(Event::Plan(report.clone()));
        if !broken {
            self.remember(Report::Plan(report.clone()));
        }
        self.state().plans.insert(stack.path.clone(), Kept { report, reads, key });
    }

    /// Remembers a report for the next session, later: whoever waits for the next report waits for no disk.
    fn remember(&self, report: Report) {
        if !self.inner.remembering.take(report) {
            return;
        }
        let live = self.clone();
        drop(self.inner.pool.spawn(async move {
            tokio::time::sleep(remember::PAUSE).await;
            live.spawn(|live| live.inner.remembering.write(&live.inner.world));
        }));
    }

    fn chosen_prior(&self, stack: &Stack) -> Option<Prior> {
        let chosen = self.state().chosen.get(&stack.path).cloned()?;
        // A prior that is gone (an environment was destroyed) is chosen anew.
        super::work::prior::priors(&self.inner.world, stack).contains(&chosen).then_some(chosen)
    }

    fn lint(&self, stack: &Stack, start: &Start) {
        let world = self.inner.world.clone();
        if !start.afresh && self.still_holds(|state| state.lints.get(&stack.path), &()) {
            return;
        }
        let (report, reads) = lint::lint(&world, stack, start.generation);
        let report = Arc::new(report);
        self.send(Event::Lint(report.clone()));
        self.remember(Report::Lint(report.clone()));
        self.state().lints.insert(stack.path.clone(), Kept { report, reads, key: () });
    }

    fn test(&self, stack: &Stack, start: &Start) {
        let world = self.inner.world.clone();
        self.forget_survey(stack);
        let key = lore::stamp(&world, stack);
        if !start.afresh && self.still_holds(|state| state.tests.get(&stack.path), &key) {
            return;
        }
        let stop = self.state().testing.get(&start.id).cloned().unwrap_or_default();
        let options = TestOptions { stop: stop.clone(), ..TestOptions::default() };
        let (report, reads) = match start.cause {
            Cause::Asked => test::test_as_asked(&world, stack, &options, start.generation),
            Cause::Opened | Cause::Saved | Cause::Followed => {
                test::test_after_save(&world, stack, &options, start.generation)
            }
        };
        let report = Arc::new(report);
        self.send(Event::Tests(report.clone()));
        if stop.asked() > 0 {
            // What was not run to its end says nothing about the sources.
            self.state().tests.remove(&stack.path);
            return;
        }
        self.remember(Report::Tests(report.clone()));
        self.state().tests.insert(stack.path.clone(), Kept { report, reads, key });
    }

    /// Tries what the tests notice. A save ends it: what it would say is about sources that are gone.
    fn mutate(&self, stack: &Stack, start: &Start) {
        let world = self.inner.world.clone();
        let (covered, read) = mutation::coverage(&world, stack);
        self.send(Event::Covered(Arc::new(covered)));
        let options = mutation::options(TestOptions::default(), None, Some(mutation::PATIENCE));
        let watch = Surveying { live: self, start, reads: read, looked: Mutex::new((start.generation, true)) };
        let (report, reads) = mutation::mutate(&world, stack, &options, start.generation, &watch);
        if report.stopped == Some(StoppedBy::Cancelled) {
            self.state().cancelled.remove(&start.id);
            self.send(Event::Unsurveyed(stack.path.clone()));
            return;
        }
        let report = Arc::new(report);
        self.send(Event::Mutated(report.clone()));
        self.state().mutations.insert(stack.path.clone(), Kept { report, reads, key: () });
    }

    /// What the tests of a stack notice is known until a file changes that it depends on.
    fn forget_survey(&self, stack: &Stack) {
        let known = self.state().mutations.contains_key(&stack.path);
        if known && !self.still_holds(|state| state.mutations.get(&stack.path), &()) {
            self.state().mutations.remove(&stack.path);
            self.send(Event::Unsurveyed(stack.path.clone()));
        }
    }

    /// Whether the kept report would come out the same again.
    fn still_holds<R, K: PartialEq>(&self, kept: impl Fn(&State) -> Option<&Kept<R, K>>, key: &K) -> bool {
        let reads = {
            let state = self.state();
            match kept(&state) {
                Some(kept) if kept.key == *key => kept.reads.clone(),
                _ => return false,
            }
        };
        reads.still_hold(&*self.inner.world.files)
    }

    /// The workbench closes: what is on the screen is written down for the next session, and commands that tests run
    /// are interrupted.
    pub fn close(&self) {
        let state = self.state();
        // Twice: nothing is cleaned up that would run more of them.
        state.testing.values().for_each(|stop| {
            stop.ask();
            stop.ask();
        });
        drop(state);
        self.inner.remembering.write(&self.inner.world);
        let at_work = |state: &mut State| !state.testing.is_empty();
        // Whether they are gone by then or not: the person is waiting.
        drop(self.inner.ended.wait_timeout_while(self.state(), FAREWELL, at_work));
    }

    /// The person wants a job to end. Only surveys of tests, and tests that run commands, take so long that it matters.
    pub fn cancel(&self, id: JobId) {
        let mut state = self.state();
        if let Some(stop) = state.testing.get(&id) {
            stop.ask();
        }
        if state.desk.is_running(id, JobKind::Mutation) {
            state.cancelled.insert(id);
        }
    }

    /// A number for a job that does not go over the desk.
    pub fn job_id(&self) -> JobId {
        self.state().desk.number()
    }
}
