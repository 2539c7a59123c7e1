//! What an open repo keeps between snapshots because it is costly and cannot change under the same commits and files.

use std::collections::HashMap;
use std::time::SystemTime;

use git2::Oid;

use crate::model::place::RepoPath;
use crate::model::snapshot::CommitSummary;

/// Results of earlier snapshots with what they were made from.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    /// The newest commits, by HEAD.
    pub(super) log: Option<(Oid, Vec<CommitSummary>)>,
    /// Commits ahead and behind, by both tips.
    pub(super) distance: Option<(Oid, Oid, (usize, usize))>,
    /// Counted lines.
    pub(super) counts: HashMap<CountKey, Counts>,
}

/// Two contents whose lines were compared: the blob in HEAD, and the file by its path, size and time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct CountKey {
    pub(super) old: Option<Oid>,
    pub(super) path: RepoPath,
    pub(super) size: u64,
    pub(super) modified: Option<SystemTime>,
}

/// Lines added and removed; none for what is not text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) added: usize,
    pub(super) removed: usize,
    pub(super) binary: bool,
}
