//! What the watcher reports: everything that changed within one moment.

use std::collections::BTreeSet;

use crate::model::diagnostic::Diagnostic;
use crate::model::place::RepoPath;

/// Everything that changed within one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WatchBatch {
    /// Files that were made, written, renamed or removed. A directory stands for all that was below it.
    pub paths: BTreeSet<RepoPath>,
    /// HEAD, a branch, the index or an operation under way changed.
    pub git_changed: bool,
    /// Changes may have been missed, or the set of ignored files changed: look at everything again.
    pub rescan: bool,
    /// The root itself is gone; nothing more will be reported.
    pub gone: bool,
    /// What a person should know about watching itself.
    pub notices: Vec<Diagnostic>,
}

impl WatchBatch {
    /// Whether there is nothing to report.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty() && !self.git_changed && !self.rescan && !self.gone && self.notices.is_empty()
    }

    /// Adds a later batch to this one.
    pub fn absorb(&mut self, later: WatchBatch) {
        self.paths.extend(later.paths);
        self.git_changed |= later.git_changed;
        self.rescan |= later.rescan;
        self.gone |= later.gone;
        for notice in later.notices {
            if !self.notices.contains(&notice) {
                self.notices.push(notice);
            }
        }
    }
}
