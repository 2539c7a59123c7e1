//! Which job may run when, as a pure state machine: jobs come in with what they wait for, outcomes come in as they
//! happen, and the [`Run`] that people see is always up to date.

use std::time::{Duration, SystemTime};

use crate::model::place::RepoPath;
use crate::model::run::{Job, JobState, Run, StepKind};
use crate::model::stack::{Stack, StackKind};

/// A job to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// What it does.
    pub step: StepKind,
    /// On which stack; `None` for the whole repo.
    pub stack: Option<RepoPath>,
    /// Indices of the tasks that must pass first.
    pub after: Vec<usize>,
}

/// The graph of the checks: formatting of the whole repo; per stack lint, and for Terraform validity, then plan and
/// tests. `first` is what all of them wait for. With `only`, just these and what they need; without `skip`.
pub fn tasks(
    stacks: &[Stack],
    first: Option<usize>,
    offset: usize,
    only: Option<StepKind>,
    skip: &[StepKind],
) -> Vec<Task> {
    let wanted = |step: StepKind| {
        let asked = match only {
            None => true,
            // A plan and a test of an invalid configuration say nothing that validation does not say better.
            Some(StepKind::Plan | StepKind::Test) if step == StepKind::Validate => true,
            Some(only) => only == step,
        };
        asked && !skip.contains(&step)
    };
    let mut tasks: Vec<Task> = Vec::new();
    let mut add = |step, stack: Option<&Stack>, after: Option<usize>| {
        if !wanted(step) {
            return None;
        }
        let after = after.or(first).into_iter().collect();
        tasks.push(Task { step, stack: stack.map(|stack| stack.path.clone()), after });
        Some(offset + tasks.len() - 1)
    };
    add(StepKind::Format, None, None);
    for stack in stacks {
        if stack.kind == StackKind::Terraform {
            let valid = add(StepKind::Validate, Some(stack), None);
            add(StepKind::Lint, Some(stack), None);
            add(StepKind::Plan, Some(stack), valid);
            add(StepKind::Test, Some(stack), valid);
        } else {
            add(StepKind::Lint, Some(stack), None);
        }
    }
    tasks
}

/// How a job came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Passed, failed, broken or skipped.
    pub state: JobState,
    /// In one line.
    pub summary: String,
    /// Everything it said.
    pub log: Vec<String>,
    /// It was known already.
    pub cached: bool,
}

/// A run in progress.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    run: Run,
    cancelled: bool,
}

impl Schedule {
    /// A run without jobs.
    pub fn new(commit: Option<String>, started: SystemTime) -> Self {
        let run = Run { commit, started, took: Duration::ZERO, jobs: Vec::new() };
        Schedule { run, cancelled: false }
    }

    /// Adds jobs; their `after` counts from the first job of the run.
    pub fn extend(&mut self, tasks: Vec<Task>) {
        self.run.jobs.extend(tasks.into_iter().map(|task| Job {
            step: task.step,
            stack: task.stack,
            state: if self.cancelled { JobState::Cancelled } else { JobState::Waiting },
            took: Duration::ZERO,
            summary: String::new(),
            log: Vec::new(),
            cached: false,
            after: task.after,
        }));
        self.settle();
    }

    /// The next job to begin, which counts as running from now on; `None` when all that is left waits for others.
    pub fn begin(&mut self) -> Option<usize> {
        let jobs = &self.run.jobs;
        let ready =
            |job: &Job| job.after.iter().all(|before| jobs.get(*before).is_none_or(|b| b.state == JobState::Passed));
        let index = jobs.iter().position(|job| job.state == JobState::Waiting && ready(job))?;
        self.run.jobs[index].state = JobState::Running;
        Some(index)
    }

    /// A job ended.
    pub fn ended(&mut self, index: usize, ended: Ended, took: Duration) {
        let cancelled = self.cancelled;
        let Some(job) = self.run.jobs.get_mut(index).filter(|job| job.state == JobState::Running) else { return };
        // What ended well before it heard of the cancelling did end well.
        job.state = if cancelled && ended.state == JobState::Broken { JobState::Cancelled } else { ended.state };
        job.summary = ended.summary;
        job.log = ended.log;
        job.cached = ended.cached;
        job.took = took;
        self.settle();
    }

    /// Nothing more is to be begun; running jobs may end.
    pub fn cancel(&mut self) {
        self.cancelled = true;
        for job in self.run.jobs.iter_mut().filter(|job| job.state == JobState::Waiting) {
            job.state = JobState::Cancelled;
            "cancelled".clone_into(&mut job.summary);
        }
    }

    /// What waits for something that did not pass will not run.
    fn settle(&mut self) {
        while let Some((index, why)) = self.blocked() {
            let job = &mut self.run.jobs[index];
            job.state = JobState::Skipped;
            job.summary = why;
        }
    }

    fn blocked(&self) -> Option<(usize, String)> {
        let jobs = &self.run.jobs;
        jobs.iter().enumerate().filter(|(_, job)| job.state == JobState::Waiting).find_map(|(index, job)| {
            let before = job.after.iter().filter_map(|before| jobs.get(*before));
            let blocking =
                before.into_iter().find(|before| before.state.is_done() && before.state != JobState::Passed)?;
            let of = blocking.stack.as_ref().map(|stack| format!(" of {stack}")).unwrap_or_default();
            Some((index, format!("not reached: {}{of} is {}", blocking.step.word(), blocking.state.word())))
        })
    }

    /// Whether every job is done.
    pub fn is_done(&self) -> bool {
        self.run.jobs.iter().all(|job| job.state.is_done())
    }

    /// The job at an index.
    pub fn job(&self, index: usize) -> Option<&Job> {
        self.run.jobs.get(index)
    }

    /// The run as it stands.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The run, which took so long.
    pub fn finish(mut self, took: Duration) -> Run {
        self.run.took = took;
        self.run
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::model::run::Verdict;

    fn stack(path: &str, kind: StackKind) -> Stack {
        Stack { path: RepoPath::new(path), kind, reads: Vec::new() }
    }

    fn schedule(only: Option<StepKind>, skip: &[StepKind]) -> Schedule {
        let mut schedule = Schedule::new(Some("c".into()), UNIX_EPOCH);
        schedule.extend(vec![Task { step: StepKind::Checkout, stack: None, after: Vec::new() }]);
        let stacks = [stack("web", StackKind::Terraform), stack("ansible", StackKind::Ansible)];
        schedule.extend(tasks(&stacks, Some(0), 1, only, skip));
        schedule
    }

    fn ended(state: JobState) -> Ended {
        Ended { state, summary: String::new(), log: Vec::new(), cached: false }
    }

    fn states(schedule: &Schedule) -> Vec<String> {
        let stack = |job: &Job| job.stack.as_ref().map_or("repo".to_owned(), RepoPath::to_string);
        schedule
            .run()
            .jobs
            .iter()
            .map(|job| format!("{} {} {}", job.step.word(), stack(job), job.state.word()))
            .collect()
    }

    #[test]
    fn jobs_begin_once_what_they_wait_for_passed() {
        let mut schedule = schedule(None, &[]);
        assert_eq!(schedule.begin(), Some(0));
        assert_eq!(schedule.begin(), None, "everything waits for the checkout");
        schedule.ended(0, ended(JobState::Passed), Duration::from_millis(5));
        let begun: Vec<usize> = std::iter::from_fn(|| schedule.begin()).collect();
        assert_eq!(begun, [1, 2, 3, 6], "format, validate, lint of web, lint of ansible");
        schedule.ended(2, ended(JobState::Passed), Duration::ZERO);
        assert_eq!([schedule.begin(), schedule.begin(), schedule.begin()], [Some(4), Some(5), None]);
        for index in [1, 3, 4, 5, 6] {
            schedule.ended(index, ended(JobState::Passed), Duration::ZERO);
        }
        assert!(schedule.is_done());
        assert_eq!(schedule.finish(Duration::from_secs(1)).verdict(), Verdict::Green);
    }

    #[test]
    fn what_waits_for_a_failure_is_skipped_and_says_why() {
        let mut schedule = schedule(None, &[]);
        schedule.begin();
        schedule.ended(0, ended(JobState::Passed), Duration::ZERO);
        while schedule.begin().is_some() {}
        schedule.ended(2, ended(JobState::Failed), Duration::ZERO);
        assert_eq!(
            states(&schedule),
            [
                "checkout repo passed",
                "format repo running",
                "validate web failed",
                "lint web running",
                "plan web skipped",
                "test web skipped",
                "lint ansible running",
            ]
        );
        assert_eq!(schedule.job(4).unwrap().summary, "not reached: validate of web is failed");
    }

    #[test]
    fn a_broken_checkout_skips_all() {
        let mut schedule = schedule(None, &[]);
        schedule.begin();
        schedule.ended(0, ended(JobState::Broken), Duration::ZERO);
        assert!(schedule.is_done());
        assert_eq!(schedule.run().verdict(), Verdict::Broken);
    }

    #[test]
    fn cancelling_begins_nothing_more_and_keeps_what_ended() {
        let mut schedule = schedule(None, &[]);
        schedule.begin();
        schedule.ended(0, ended(JobState::Passed), Duration::ZERO);
        schedule.begin();
        schedule.begin();
        schedule.cancel();
        assert_eq!(schedule.begin(), None);
        schedule.ended(1, ended(JobState::Passed), Duration::ZERO);
        schedule.ended(2, ended(JobState::Broken), Duration::ZERO);
        schedule.ended(2, ended(JobState::Passed), Duration::ZERO);
        assert!(schedule.is_done());
        assert_eq!(states(&schedule)[1..4], ["format repo passed", "validate web cancelled", "lint web cancelled"]);
        assert_eq!(schedule.run().verdict(), Verdict::Cancelled);
    }

    #[test]
    fn a_part_of_the_checks_brings_what_it_needs() {
        assert_eq!(states(&schedule(Some(StepKind::Test), &[]))[1..], ["validate web waiting", "test web waiting"]);
        assert_eq!(states(&schedule(Some(StepKind::Lint), &[]))[1..], ["lint web waiting", "lint ansible waiting"]);
        let without = schedule(None, &[StepKind::Validate, StepKind::Lint]);
        assert_eq!(states(&without)[1..], ["format repo waiting", "plan web waiting", "test web waiting"]);
    }
}
