//! What Kilter did to the repo, as values: enough to take it back.

use crate::model::place::RepoPath;

/// A file's entry in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedFile {
    /// The blob's full id.
    pub id: String,
    /// Git's mode.
    pub mode: u32,
}

/// What an operation did to one entry of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryChange {
    /// The file.
    pub path: RepoPath,
    /// Its entry before.
    pub before: Option<IndexedFile>,
    /// Its entry after.
    pub after: Option<IndexedFile>,
    /// It was in conflict before, which cannot be brought back.
    pub conflicted: bool,
}

/// Something that Kilter did to the repo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Staged or unstaged.
    Index {
        /// In words: `stage web/main.tf`.
        what: String,
        /// What changed.
        changes: Vec<EntryChange>,
    },
    /// Committed.
    Commit {
        /// The first line of the message.
        summary: String,
        /// The reference that moved: `refs/heads/main`, or `HEAD` when it was detached.
        reference: String,
        /// The full id of HEAD before; `None` for the first commit.
        before: Option<String>,
        /// The full id of the new commit.
        after: String,
    },
}

impl Operation {
    /// What it was, in words.
    pub fn title(&self) -> String {
        match self {
            Operation::Index { what, .. } => what.clone(),
            Operation::Commit { summary, .. } => format!("commit “{summary}”"),
        }
    }
}
