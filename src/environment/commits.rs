//! The repo's commits, as git has them.

use std::path::{Path, PathBuf};

use super::world::Commits;
use crate::model::place::RepoPath;
use crate::repo::Repo;
use crate::sys::files::ReadFiles;

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

    fn tracked_states(&self, commit: &str) -> Result<Vec<RepoPath>, String> {
        let repo = self.open()?;
        let tree = repo.tree_files(commit).map_err(|fault| fault.to_string())?;
        let mut found = Vec::new();
        collect(&tree, repo.root(), &RepoPath::root(), &mut found);
        Ok(found)
    }

    fn behind(&self, commit: &str) -> Option<usize> {
        self.open().ok()?.commits_since(commit, "HEAD").ok()
    }
}

fn collect(tree: &dyn ReadFiles, root: &Path, directory: &RepoPath, found: &mut Vec<RepoPath>) {
    let place = if directory.is_root() { root.to_owned() } else { root.join(directory.as_str()) };
    for entry in tree.list(&place).unwrap_or_default() {
        let path = directory.join(&entry.name);
        if entry.name.ends_with(".tfstate") {
            found.push(path);
        } else if entry.is_directory && !entry.is_link {
            collect(tree, root, &path, found);
        }
    }
}
