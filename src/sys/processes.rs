//! The door to other programs: what to run, and what came of it.
//!
//! A program is always started as an argument vector, in a process group of its own, with its output captured line by
//! line. Cancelling interrupts the group, waits, then kills.

mod fake;
mod lines;
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "this is the door")]
mod machine;
#[cfg(test)]
mod tests;

pub use fake::{FakeAnswer, FakeProcesses};
pub use machine::RealProcesses;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// What to run. A value, so that `tool` can be tested without running anything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Invocation {
    /// The program: a name to look up in PATH, or a path.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Set or (with `None`) removed in its environment; the rest is inherited.
    pub env: BTreeMap<String, Option<String>>,
    /// Where it runs.
    pub directory: PathBuf,
    /// Given on its standard input, which is empty otherwise.
    pub stdin: Option<Vec<u8>>,
    /// How long after an interrupt the group is killed.
    pub grace: Duration,
}

impl Invocation {
    /// Runs `program` with `args` in `directory`.
    pub fn new<A: Into<String>>(
        program: impl Into<String>,
        args: impl IntoIterator<Item = A>,
        directory: impl Into<PathBuf>,
    ) -> Self {
        Invocation {
            program: program.into(),
            args: args.into_iter().map(Into::into).collect(),
            directory: directory.into(),
            grace: Duration::from_secs(10),
            ..Invocation::default()
        }
    }

    /// The same with a variable set.
    #[must_use]
    pub fn with_env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.insert(name.into(), Some(value.into()));
        self
    }

    /// The command line as a person would type it.
    pub fn command_line(&self) -> String {
        let quote = |word: &String| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
            if !word.is_empty() && word.chars().all(plain) {
                word.clone()
            } else {
                format!("'{}'", word.replace('\'', "'\\''"))
            }
        };
        std::iter::once(&self.program).chain(&self.args).map(quote).collect::<Vec<_>>().join(" ")
    }
}

/// Which stream a line came on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// All of its standard output.
    pub stdout: Vec<u8>,
    /// All of its standard error.
    pub stderr: Vec<u8>,
    /// It printed more than is kept; `stdout` or `stderr` lack their ends.
    pub truncated: bool,
    /// It was cancelled by Kilter.
    pub cancelled: bool,
    /// How long it ran.
    pub took: Duration,
}

impl Outcome {
    /// Whether it exited with code 0.
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }
}

/// How much of a hurry there is to end a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum CancelLevel {
    /// Let it run.
    #[default]
    None,
    /// Ask it to stop (an interrupt), and kill it when its grace is over.
    Interrupt,
    /// Ask again: terraform takes a second interrupt as "give up what you are waiting for".
    Again,
}

/// Starts programs.
pub trait Processes: Send + Sync {
    /// Runs a program to its end. Each line it prints is given to `on_line` as it comes, without its line end;
    /// `cancelled` is asked several times a second.
    ///
    /// # Errors
    /// When it cannot be started: `NotFound` when there is no such program.
    fn run(
        &self,
        invocation: &Invocation,
        on_line: &mut dyn FnMut(Stream, &str),
        cancelled: &dyn Fn() -> CancelLevel,
    ) -> io::Result<Outcome>;

    /// Where a program lies: a name is looked up in PATH, a path is checked.
    fn find_program(&self, name: &str) -> Option<PathBuf>;

    /// Runs a program to its end without watching it.
    ///
    /// # Errors
    /// As [`Processes::run`].
    fn run_quietly(&self, invocation: &Invocation) -> io::Result<Outcome> {
        self.run(invocation, &mut |_, _| {}, &|| CancelLevel::None)
    }
}
