//! What a job does, seen through a trait, so that running jobs can be tested without doing them.

use crate::engine::Reads;
use crate::model::run::{Job, JobState};

/// How a job's work came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Passed, failed, broken or skipped.
    pub state: JobState,
    /// In one line.
    pub summary: String,
    /// Everything it said.
    pub log: Vec<String>,
    /// What it read: as long as all of it is the same, so is the outcome.
    pub reads: Reads,
}

impl Outcome {
    /// It could not be carried out.
    pub fn broken(summary: impl Into<String>) -> Self {
        Outcome { state: JobState::Broken, summary: summary.into(), log: Vec::new(), reads: Reads::default() }
    }
}

/// Does jobs.
pub trait Work: Sync {
    /// Does one. Called from several threads at once.
    fn perform(&self, job: &Job, cancelled: &(dyn Fn() -> bool + Sync)) -> Outcome;

    /// Everything besides files that decides the outcome of a job: settings, versions.
    fn salt(&self, job: &Job) -> String;
}
