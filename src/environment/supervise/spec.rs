//! What a supervisor is told to run, and where its files lie.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a supervisor is to keep running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// In this order.
    pub processes: Vec<ProcessSpec>,
    /// How long after being asked to end a process is killed.
    pub grace: Duration,
}

/// One process to keep running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessSpec {
    /// Its name in the Procfile.
    pub name: String,
    /// Its command line as written there.
    pub command: String,
    /// What is started: program and arguments.
    pub words: Vec<String>,
    /// Where it runs.
    pub directory: PathBuf,
    /// Its variables; the rest is inherited.
    pub env: BTreeMap<String, String>,
}

/// Where a supervisor's files lie in its directory.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// The supervisor's own directory.
    pub(super) directory: PathBuf,
}

impl Layout {
    pub(super) fn new(directory: &Path) -> Self {
        Layout { directory: directory.to_owned() }
    }

    /// What to run: written by the client before the start.
    pub(super) fn spec(&self) -> PathBuf {
        self.directory.join("spec.json")
    }

    /// What runs: written by the supervisor whenever it changes.
    pub(super) fn status(&self) -> PathBuf {
        self.directory.join("processes.json")
    }

    /// What the supervisor itself has to say.
    pub(super) fn own_log(&self) -> PathBuf {
        self.directory.join("supervisor.log")
    }

    /// The output of a process.
    pub(super) fn log(&self, process: &str) -> PathBuf {
        self.directory.join("logs").join(format!("{process}.log"))
    }
}

/// The variable that every supervised process and whatever it starts carries, so that all of them are found again.
pub(super) const MARKER: &str = "KILTER_SUPERVISED";
