//! What was about to be done, written before it is done: whoever finds a journal knows what was interrupted.
//!
//! It is a list of lines that only grows; a torn last line is a crash in the middle of writing it and means nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::fault::EnvironmentFault;
use crate::sys::clock::Clock;
use crate::sys::files::Files;

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line {
    Begin { operation: String, commit: String, at_millis: u64 },
    Checkout,
    Stack { stack: String },
    Object { address: String, action: String },
    Settled { address: String },
    Processes,
    Remove,
    End { why: String },
}

/// A step that is about to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<'a> {
    /// The commit is checked out.
    Checkout,
    /// A stack is applied or destroyed.
    Stack(&'a str),
    /// Something happens to one object.
    Object {
        /// Its address.
        address: &'a str,
        /// In a word.
        action: &'a str,
    },
    /// What happened to it is in the state.
    Settled(&'a str),
    /// Processes are started or ended.
    Processes,
    /// The environment's directory is removed.
    Remove,
}

/// A journal that is being written.
pub struct Journal {
    files: Arc<dyn Files>,
    path: PathBuf,
}

impl Journal {
    /// Begins a journal, replacing the one of an operation that this one completes.
    ///
    /// # Errors
    /// [`EnvironmentFault::Files`]
    pub fn begin(
        files: &Arc<dyn Files>,
        clock: &dyn Clock,
        path: &Path,
        operation: &str,
        commit: &str,
    ) -> Result<Self, EnvironmentFault> {
        let millis = clock.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let line = Line::Begin {
            operation: operation.to_owned(),
            commit: commit.to_owned(),
            at_millis: u64::try_from(millis).unwrap_or(u64::MAX),
        };
        let written = files.write_atomic(path, &bytes(&line), 0o644);
        written.map_err(EnvironmentFault::files("writing the journal", path))?;
        Ok(Journal { files: files.clone(), path: path.to_owned() })
    }

    /// Notes what is about to be done.
    ///
    /// # Errors
    /// [`EnvironmentFault::Files`]; then it must not be done.
    pub fn note(&self, step: &Step<'_>) -> Result<(), EnvironmentFault> {
        self.append(&match step {
            Step::Checkout => Line::Checkout,
            Step::Stack(stack) => Line::Stack { stack: (*stack).to_owned() },
            Step::Object { address, action } => {
                Line::Object { address: (*address).to_owned(), action: (*action).to_owned() }
            }
            Step::Settled(address) => Line::Settled { address: (*address).to_owned() },
            Step::Processes => Line::Processes,
            Step::Remove => Line::Remove,
        })
    }

    /// It did not succeed, and nobody is at work any more. The journal stays: the next one completes it.
    pub fn fail(self, why: &str) {
        // A full disk may be what failed it. Without this line it is an interrupted operation, which is true as well.
        let _ = self.append(&Line::End { why: why.to_owned() });
    }

    /// All of it is done.
    ///
    /// # Errors
    /// [`EnvironmentFault::Files`]
    pub fn complete(self) -> Result<(), EnvironmentFault> {
        self.files.remove_file(&self.path).map_err(EnvironmentFault::files("closing the journal", &self.path))
    }

    fn append(&self, line: &Line) -> Result<(), EnvironmentFault> {
        let appended = self.files.append(&self.path, &bytes(line));
        appended.map_err(EnvironmentFault::files("writing the journal", &self.path))
    }
}

fn bytes(line: &Line) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(line).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// An operation that was not completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// `apply` or `destroy`.
    pub operation: String,
    /// The commit it was about.
    pub commit: String,
    /// When it began.
    pub since: SystemTime,
    /// What it was doing when it was interrupted, in words.
    pub doing: String,
    /// Why it ended, when it did so in order.
    pub why: Option<String>,
}

impl std::fmt::Display for Unfinished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let commit = self.commit.get(..7).unwrap_or(&self.commit);
        let what = if commit.is_empty() { self.operation.clone() } else { format!("{} of {commit}", self.operation) };
        let again = if self.operation == "destroy" { "destroying" } else { "applying" };
        match &self.why {
            Some(why) => write!(f, "the {what} failed {}: {why}; {again} again completes it", self.doing),
            None => write!(f, "the {what} was interrupted {}; {again} again completes it", self.doing),
        }
    }
}

/// What a journal that was left behind says; `None` when there is none.
pub fn unfinished(files: &dyn Files, path: &Path) -> Option<Unfinished> {
    let bytes = files.read(path).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<Line> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let mut found = Unfinished {
        operation: "apply".to_owned(),
        commit: String::new(),
        since: UNIX_EPOCH,
        doing: "before its first step".to_owned(),
        why: None,
    };
    let mut stack = String::new();
    let mut open: Vec<(String, String)> = Vec::new();
    for line in lines {
        match line {
            Line::Begin { operation, commit, at_millis } => {
                found.operation = operation;
                found.commit = commit;
                found.since = UNIX_EPOCH + Duration::from_millis(at_millis);
            }
            Line::Checkout => "while checking the commit out".clone_into(&mut found.doing),
            Line::Stack { stack: name } => {
                found.doing = format!("in {name}");
                stack = name;
                open.clear();
            }
            Line::Object { address, action } => open.push((address, action)),
            Line::Settled { address } => open.retain(|(open, _)| *open != address),
            Line::Processes => "at the processes".clone_into(&mut found.doing),
            Line::Remove => "while removing its files".clone_into(&mut found.doing),
            Line::End { why } => found.why = Some(why),
        }
    }
    if !open.is_empty() {
        let objects: Vec<String> = open.iter().map(|(address, action)| format!("{address} ({action})")).collect();
        found.doing = format!("in {stack} at {}", objects.join(", "));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::clock::FakeClock;
    use crate::sys::files::FakeFiles;

    const PATH: &str = "/e/journal.jsonl";

    fn journal(files: &Arc<dyn Files>) -> Journal {
        Journal::begin(files, &FakeClock::default(), Path::new(PATH), "apply", "1a2b3c4d5e").unwrap()
    }

    fn said(files: &Arc<dyn Files>) -> Option<String> {
        unfinished(files.as_ref(), Path::new(PATH)).map(|found| found.to_string())
    }

    #[test]
    fn a_journal_left_behind_says_what_was_interrupted() {
        let files: Arc<dyn Files> = Arc::new(FakeFiles::default());
        let journal = journal(&files);
        let tail = "; applying again completes it";
        assert_eq!(said(&files).unwrap(), format!("the apply of 1a2b3c4 was interrupted before its first step{tail}"));
        journal.note(&Step::Checkout).unwrap();
        journal.note(&Step::Stack("web")).unwrap();
        journal.note(&Step::Object { address: "a.x", action: "create" }).unwrap();
        journal.note(&Step::Object { address: "a.y", action: "delete" }).unwrap();
        journal.note(&Step::Settled("a.x")).unwrap();
        assert_eq!(said(&files).unwrap(), format!("the apply of 1a2b3c4 was interrupted in web at a.y (delete){tail}"));
        journal.note(&Step::Settled("a.y")).unwrap();
        assert_eq!(said(&files).unwrap(), format!("the apply of 1a2b3c4 was interrupted in web{tail}"));
        journal.fail("no space left on device");
        assert_eq!(said(&files).unwrap(), format!("the apply of 1a2b3c4 failed in web: no space left on device{tail}"));
    }

    #[test]
    fn a_completed_journal_is_gone_and_a_torn_one_is_still_read() {
        let files: Arc<dyn Files> = Arc::new(FakeFiles::default());
        journal(&files).complete().unwrap();
        assert_eq!(said(&files), None);
        let open = journal(&files);
        open.note(&Step::Stack("web")).unwrap();
        files.append(Path::new(PATH), b"{\"event\":\"obj").unwrap();
        assert!(said(&files).unwrap().contains("interrupted in web"));
        files.write_atomic(Path::new(PATH), b"\xff\x00garbage", 0o644).unwrap();
        assert!(said(&files).unwrap().contains("interrupted before its first step"));
    }
}
