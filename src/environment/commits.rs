//! The repo's commits, as git has them.

use std::path::{Path, PathBuf};

use super::world::Commits;
use crate::repo::Repo;

/// A repo on the disk. It is opened anew for each question: that is cheap, and git may have changed meanwhile.
#[derive(Debug, Clone)]
pub struct RepoCommits {
    /// A path inside it.
    pub root: PathBuf,
}

impl RepoCommits {
    fn open(&self) -> Result<Repo, String> {
        Repo::open(&self.root).map_err(|fault| fault.to_string())
    }
}

impl Commits for RepoCommits {
    fn head(&self) -> Option<String> {
        self.open().ok()?.resolve("HEAD").ok()
    }

    fn checkout(&self, commit: &str, into: &Path) -> Result<(), String> {
        let checkout = self.open()?.checkout_commit(commit, into);
        checkout.map(drop).map_err(|fault| match fault.hint() {
            Some(hint) => format!("{fault}; {hint}"),
            None => fault.to_string(),
        })
    }

    fn behind(&self, commit: &str) -> Option<usize> {
        self.open().ok()?.commits_since(commit, "HEAD").ok()
    }
}
