//! Runs of made-up jobs on real threads: what is run, what is known already, what cancelling does.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::UNIX_EPOCH;

use super::cache::Cache;
use super::recording::RecordingFiles;
use super::runner::Runner;
use super::schedule::{Schedule, tasks};
use super::work::{Outcome, Work};
use crate::model::place::RepoPath;
use crate::model::run::{Job, JobState, Run, StepKind, Verdict};
use crate::model::stack::{Stack, StackKind};
use crate::sys::clock::FakeClock;
use crate::sys::files::{FakeFiles, ReadFiles};

/// Reads one file of the stack: `bad` in it fails the job.
struct Reader {
    files: Arc<FakeFiles>,
    done: AtomicUsize,
    salt: String,
}

impl Work for Reader {
    fn perform(&self, job: &Job, _cancelled: &(dyn Fn() -> bool + Sync)) -> Outcome {
        self.done.fetch_add(1, Ordering::Relaxed);
        let files = RecordingFiles::new(self.files.clone());
        let stack = job.stack.clone().unwrap_or(RepoPath::root());
        let text = files.read(&Path::new("/r").join(stack.as_str()).join("main.tf"));
        let bad = text.is_ok_and(|text| text.starts_with(b"bad"));
        let state = if bad { JobState::Failed } else { JobState::Passed };
        Outcome { state, summary: "looked".into(), log: vec!["line".into()], reads: files.reads() }
    }

    fn salt(&self, _job: &Job) -> String {
        self.salt.clone()
    }
}

fn schedule() -> Schedule {
    let stack = |path: &str| Stack { path: RepoPath::new(path), kind: StackKind::Terraform, reads: Vec::new() };
    let mut schedule = Schedule::new(None, UNIX_EPOCH);
    schedule.extend(tasks(&[stack("a"), stack("b")], None, 0, None, &[]));
    schedule
}

fn run(reader: &Reader, tell: &(dyn Fn(&Run) + Sync), cancelled: &(dyn Fn() -> bool + Sync)) -> Run {
    let clock = FakeClock::default();
    let cache = Cache::new(reader.files.as_ref(), Path::new("/k"));
    let files = reader.files.as_ref();
    let runner = Runner {
        work: reader,
        cache: &cache,
        root: Path::new("/r"),
        files,
        clock: &clock,
        parallel: 4,
        tell,
        cancelled,
    };
    runner.run(schedule()).finish(std::time::Duration::ZERO)
}

fn reader(files: &Arc<FakeFiles>) -> Reader {
    Reader { files: files.clone(), done: AtomicUsize::new(0), salt: "1".into() }
}

fn quietly(reader: &Reader) -> Run {
    run(reader, &|_| {}, &|| false)
}

fn cached(run: &Run) -> Vec<String> {
    let name = |job: &Job| format!("{} {}", job.step.word(), job.stack.as_ref().map_or("repo", |stack| stack.as_str()));
    run.jobs.iter().filter(|job| job.cached).map(name).collect()
}

#[test]
fn all_jobs_run_and_every_step_is_told() {
    let files = Arc::new(FakeFiles::with([("/r/a/main.tf", "good"), ("/r/b/main.tf", "bad")]));
    let told = Mutex::new(Vec::new());
    let run = run(&reader(&files), &|run| told.lock().unwrap().push(run.clone()), &|| false);
    assert_eq!(run.verdict(), Verdict::Red);
    let state = |step, stack: &str| {
        let is = |job: &&Job| job.step == step && job.stack.as_ref().is_some_and(|path| path.as_str() == stack);
        run.jobs.iter().find(is).unwrap().state
    };
    assert_eq!((state(StepKind::Validate, "b"), state(StepKind::Plan, "b")), (JobState::Failed, JobState::Skipped));
    assert_eq!((state(StepKind::Plan, "a"), state(StepKind::Test, "a")), (JobState::Passed, JobState::Passed));
    let told = told.into_inner().unwrap();
    assert_eq!(told.last().unwrap().jobs, run.jobs);
    assert!(told.iter().any(|run| run.jobs.iter().any(|job| job.state == JobState::Running)));
}

#[test]
fn what_is_known_is_not_done_again_until_something_that_was_read_changes() {
    let files = Arc::new(FakeFiles::with([("/r/a/main.tf", "good"), ("/r/b/main.tf", "good")]));
    let first = reader(&files);
    assert_eq!(cached(&quietly(&first)), Vec::<String>::new());
    assert_eq!(first.done.load(Ordering::Relaxed), 9);
    let second = reader(&files);
    let run = quietly(&second);
    assert_eq!((second.done.load(Ordering::Relaxed), cached(&run).len()), (0, 9));
    assert_eq!(run.jobs[1].log, ["line"]);

    files.put(Path::new("/r/b/main.tf"), b"other", 0o644);
    let third = reader(&files);
    let run = quietly(&third);
    assert_eq!(third.done.load(Ordering::Relaxed), 4, "only b: {:?}", cached(&run));
    files.put(Path::new("/r/b/main.tf"), b"good", 0o644);
    assert_eq!(cached(&quietly(&reader(&files))).len(), 9, "the way back is remembered too");

    let other = Reader { salt: "2".into(), ..reader(&files) };
    assert_eq!(cached(&quietly(&other)).len(), 0, "other settings, other results");
    files.put(Path::new("/k/validate-x.json"), b"{torn", 0o644);
    for entry in files.list(Path::new("/k")).unwrap() {
        files.put(&Path::new("/k").join(entry.name), b"{torn", 0o644);
    }
    assert_eq!(cached(&quietly(&reader(&files))).len(), 0);
}

#[test]
fn cancelling_ends_the_run_and_no_result_is_invented() {
    let files = Arc::new(FakeFiles::with([("/r/a/main.tf", "good")]));
    let cancelled = AtomicBool::new(false);
    let reader = reader(&files);
    let run = run(
        &reader,
        &|run| {
            if run.jobs.iter().any(|job| job.state.is_done()) {
                cancelled.store(true, Ordering::Relaxed);
            }
        },
        &|| cancelled.load(Ordering::Relaxed),
    );
    assert_eq!(run.verdict(), Verdict::Cancelled);
    let passed = run.jobs.iter().filter(|job| job.state == JobState::Passed).count();
    assert_eq!(passed, reader.done.load(Ordering::Relaxed));
    assert!(passed < 9);
}
