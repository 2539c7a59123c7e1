//! Runs of the checks, one per commit: what the walk shows, and what an apply asks before it begins.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::last::millis;
use super::memory::{Memory, file_name};
use crate::model::place::RepoPath;
use crate::model::run::{Job, JobState, Run, StepKind};

/// How many runs are kept.
const MOST: usize = 300;
/// The name of the working tree's run.
const WORKTREE: &str = "working-tree";

const STEPS: [StepKind; 6] =
    [StepKind::Checkout, StepKind::Format, StepKind::Validate, StepKind::Lint, StepKind::Plan, StepKind::Test];
const STATES: [JobState; 7] = [
    JobState::Waiting,
    JobState::Running,
    JobState::Passed,
    JobState::Failed,
    JobState::Broken,
    JobState::Skipped,
    JobState::Cancelled,
];

#[derive(Serialize, Deserialize)]
struct WrittenRun {
    commit: Option<String>,
    started_millis: u64,
    took_micros: u64,
    jobs: Vec<WrittenJob>,
}

#[derive(Serialize, Deserialize)]
struct WrittenJob {
    step: String,
    stack: Option<String>,
    state: String,
    took_micros: u64,
    summary: String,
    log: Vec<String>,
    cached: bool,
    after: Vec<usize>,
}

impl Memory {
    /// The run of a commit, or (without one) of the working tree. A run that was cut off has its open jobs cancelled.
    pub fn run(&self, commit: Option<&str>) -> Option<Run> {
        let place = place(commit);
        let bytes = self.read(&place)?;
        let run = serde_json::from_slice::<WrittenRun>(&bytes).ok().and_then(meaning);
        if run.is_none() {
            self.set_aside(&place);
        }
        run.filter(|run| run.commit.as_deref() == commit)
    }

    /// Remembers a run instead of an earlier one of the same commit; the oldest go when there are too many.
    ///
    /// # Errors
    /// As the disk says it.
    pub fn remember_run(&self, run: &Run) -> io::Result<()> {
        let bytes = serde_json::to_vec(&written(run)).map_err(io::Error::other)?;
        self.write(&place(run.commit.as_deref()), &bytes, true)?;
        let mut runs: Vec<(Option<SystemTime>, PathBuf)> = self
            .names(Path::new("runs"))
            .into_iter()
            .map(|name| Path::new("runs").join(name))
            .map(|path| (self.files.metadata(&self.root().join(&path)).ok().and_then(|meta| meta.modified), path))
            .collect();
        runs.sort();
        for (_, path) in runs.iter().take(runs.len().saturating_sub(MOST)) {
            self.remove(path);
        }
        Ok(())
    }
}

fn place(commit: Option<&str>) -> PathBuf {
    Path::new("runs").join(format!("{}.json", file_name(commit.unwrap_or(WORKTREE))))
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

fn written(run: &Run) -> WrittenRun {
    let job = |job: &Job| WrittenJob {
        step: job.step.word().to_owned(),
        stack: job.stack.as_ref().map(ToString::to_string),
        state: job.state.word().to_owned(),
        took_micros: micros(job.took),
        summary: job.summary.clone(),
        log: job.log.clone(),
        cached: job.cached,
        after: job.after.clone(),
    };
    WrittenRun {
        commit: run.commit.clone(),
        started_millis: millis(run.started),
        took_micros: micros(run.took),
        jobs: run.jobs.iter().map(job).collect(),
    }
}

/// `None` when it speaks of steps or states that this Kilter does not know.
fn meaning(written: WrittenRun) -> Option<Run> {
    let count = written.jobs.len();
    let job = |written: WrittenJob| {
        let state = *STATES.iter().find(|state| state.word() == written.state)?;
        let cut_off = !state.is_done();
        Some(Job {
            step: *STEPS.iter().find(|step| step.word() == written.step)?,
            stack: written.stack.map(|stack| RepoPath::new(&stack)),
            state: if cut_off { JobState::Cancelled } else { state },
            took: Duration::from_micros(written.took_micros),
            summary: if cut_off { "Kilter ended before this was done".to_owned() } else { written.summary },
            log: written.log,
            cached: written.cached,
            after: written.after.into_iter().filter(|after| *after < count).collect(),
        })
    };
    Some(Run {
        commit: written.commit,
        started: UNIX_EPOCH.checked_add(Duration::from_millis(written.started_millis))?,
        took: Duration::from_micros(written.took_micros),
        jobs: written.jobs.into_iter().map(job).collect::<Option<Vec<Job>>>()?,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::run::Verdict;
    use crate::store::sealed::seal;
    use crate::sys::files::{FakeFiles, Files};

    fn run(commit: Option<&str>, states: &[JobState]) -> Run {
        let job = |(at, state): (usize, &JobState)| Job {
            step: STEPS[at % STEPS.len()],
            stack: (at > 0).then(|| RepoPath::new("web")),
            state: *state,
            took: Duration::from_micros(1500),
            summary: "fine".into(),
            log: vec!["a line".into(), "ü\u{1b}[31m".into()],
            cached: at == 1,
            after: (0..at).collect(),
        };
        let started = UNIX_EPOCH + Duration::from_millis(99);
        let jobs = states.iter().enumerate().map(job).collect();
        Run { commit: commit.map(str::to_owned), started, took: Duration::from_millis(7), jobs }
    }

    #[test]
    fn runs_are_remembered_per_commit() {
        let memory = Memory::open(Arc::new(FakeFiles::default()), "/k".into());
        let done = [JobState::Passed, JobState::Failed, JobState::Broken, JobState::Skipped, JobState::Cancelled];
        let (one, tree) = (run(Some("abc"), &done), run(None, &done[..1]));
        memory.remember_run(&one).unwrap();
        memory.remember_run(&tree).unwrap();
        assert_eq!(memory.run(Some("abc")), Some(one));
        assert_eq!(memory.run(None), Some(tree));
        assert_eq!(memory.run(Some("def")), None);
    }

    #[test]
    fn a_run_that_was_cut_off_is_not_running() {
        let memory = Memory::open(Arc::new(FakeFiles::default()), "/k".into());
        memory.remember_run(&run(Some("a"), &[JobState::Passed, JobState::Running, JobState::Waiting])).unwrap();
        let run = memory.run(Some("a")).unwrap();
        assert_eq!(run.verdict(), Verdict::Cancelled);
        assert!(run.jobs[1].summary.contains("ended before"));
    }

    #[test]
    fn damage_is_set_aside() {
        let files = Arc::new(FakeFiles::default());
        let memory = Memory::open(files.clone(), "/k".into());
        for (name, bytes) in [
            ("torn", b"{".to_vec()),
            ("strange", seal(b"{}")),
            ("future", seal(br#"{"commit":"future","started_millis":1,"took_micros":1,"jobs":[{"step":"dance","stack":null,"state":"passed","took_micros":0,"summary":"","log":[],"cached":false,"after":[]}]}"#)),
        ] {
            files.put(Path::new(&format!("/k/runs/{name}.json")), &bytes, 0o600);
            assert_eq!(memory.run(Some(name)), None);
            assert_eq!(memory.take_notices().len(), 1, "{name}");
        }
        // The run of another commit under this name counts for nobody.
        let other = serde_json::to_vec(&written(&run(Some("other"), &[]))).unwrap();
        files.write_atomic(Path::new("/k/runs/this.json"), &seal(&other), 0o600).unwrap();
        assert_eq!(memory.run(Some("this")), None);
    }

    #[test]
    fn the_oldest_go() {
        let memory = Memory::open(Arc::new(FakeFiles::default()), "/k".into());
        for n in 0..MOST + 5 {
            memory.remember_run(&run(Some(&format!("{n:04}")), &[])).unwrap();
        }
        assert_eq!(memory.names(Path::new("runs")).len(), MOST);
    }
}
