//! The jobs that runtime says it started: what runs, since when and why, and what it printed.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, SystemTime};

use crate::app::event::{JobEnd, JobKind, JobStart};
use crate::model::id::JobId;
use crate::model::place::RepoPath;

/// A spinner appears only when a job takes longer.
pub const PATIENCE: Duration = Duration::from_millis(200);
/// How fast a spinner turns.
pub const TURN: Duration = Duration::from_millis(120);
const RAW_LINES: usize = 20_000;
const KEPT: usize = 12;

/// One job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobNote {
    /// How it began.
    pub start: JobStart,
    /// What it said last.
    pub line: String,
    /// What its program printed.
    pub raw: VecDeque<String>,
    /// How it ended.
    pub end: Option<JobEnd>,
}

/// All jobs that run, and the last few that printed something.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Jobs {
    running: BTreeMap<JobId, JobNote>,
    finished: VecDeque<JobNote>,
}

impl Jobs {
    /// Whether nothing runs.
    pub fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    /// Everything that runs, oldest first.
    pub fn running(&self) -> impl Iterator<Item = &JobNote> {
        self.running.values()
    }

    /// The running job of a kind on a stack (`None`: on any).
    pub fn find(&self, kind: JobKind, stack: Option<&RepoPath>) -> Option<&JobNote> {
        let fits = |note: &&JobNote| note.start.kind == kind && (stack.is_none() || note.start.stack.as_ref() == stack);
        self.running.values().find(fits)
    }

    /// A job by its number, running or finished.
    pub fn get(&self, id: JobId) -> Option<&JobNote> {
        self.running.get(&id).or_else(|| self.finished.iter().find(|note| note.start.id == id))
    }

    /// The newest job that printed something about a stack.
    pub fn newest_raw(&self, stack: Option<&RepoPath>) -> Option<&JobNote> {
        let fits = |note: &&JobNote| !note.raw.is_empty() && (stack.is_none() || note.start.stack.as_ref() == stack);
        self.running.values().rev().find(fits).or_else(|| self.finished.iter().rev().find(fits))
    }

    /// A job began.
    pub fn start(&mut self, start: JobStart) {
        let note = JobNote { line: String::new(), raw: VecDeque::new(), end: None, start };
        self.running.insert(note.start.id, note);
    }

    /// A job says how far it is.
    pub fn progress(&mut self, id: JobId, line: String) {
        if let Some(note) = self.running.get_mut(&id) {
            note.line = line;
        }
    }

    /// A job's program printed a line.
    pub fn raw(&mut self, id: JobId, line: String) {
        if let Some(note) = self.running.get_mut(&id) {
            if note.raw.len() == RAW_LINES {
                note.raw.pop_front();
            }
            note.raw.push_back(line);
        }
    }

    /// A job ended.
    pub fn finish(&mut self, id: JobId, end: JobEnd) {
        let Some(mut note) = self.running.remove(&id) else { return };
        note.end = Some(end);
        if !note.raw.is_empty() {
            self.finished.push_back(note);
            if self.finished.len() > KEPT {
                self.finished.pop_front();
            }
        }
    }

    /// Those that run so long that the person should see it.
    pub fn noticeable(&self, now: SystemTime) -> impl Iterator<Item = &JobNote> {
        self.running.values().filter(move |note| waited(now, note) >= PATIENCE)
    }

    /// When a spinner must appear or turn next.
    pub fn next_turn(&self, now: SystemTime) -> Option<SystemTime> {
        if self.noticeable(now).next().is_some() {
            return Some(now + TURN);
        }
        self.running.values().map(|note| note.start.at + PATIENCE).min()
    }
}

fn waited(now: SystemTime, note: &JobNote) -> Duration {
    now.duration_since(note.start.at).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::event::Cause;
    use crate::model::id::Generation;

    #[test]
    fn a_spinner_waits_and_idle_is_data() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(9);
        let mut jobs = Jobs::default();
        assert!(jobs.is_idle() && jobs.next_turn(at).is_none());
        let id = JobId(4);
        jobs.start(JobStart {
            id,
            kind: JobKind::ToolPlan,
            stack: Some(RepoPath::new("web")),
            generation: Generation(1),
            cause: Cause::Asked,
            at,
        });
        assert_eq!(jobs.next_turn(at), Some(at + PATIENCE));
        assert_eq!(jobs.noticeable(at).count(), 0);
        assert_eq!(jobs.noticeable(at + PATIENCE).count(), 1);
        jobs.raw(id, "Initializing…".to_owned());
        jobs.finish(id, JobEnd::Done);
        assert!(jobs.is_idle());
        assert_eq!(jobs.newest_raw(Some(&RepoPath::new("web"))).map(|note| note.raw.len()), Some(1));
    }
}
