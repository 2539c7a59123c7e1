//! Finding the repo around a directory: working tree, bare repo, linked worktree, submodule, or none at all.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use git2::{ErrorCode, Repository};

use super::fault::{RepoFault, While};
use super::remembered::Remembered;
use crate::model::snapshot::RepoSnapshot;

/// An open git repo. It can be shared between threads; its operations take turns.
pub struct Repo {
    git: Mutex<Repository>,
    root: PathBuf,
    git_directory: PathBuf,
    common_directory: PathBuf,
    bare: bool,
    pub(super) remembered: Mutex<Remembered>,
}

impl std::fmt::Debug for Repo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repo").field("root", &self.root).field("git_directory", &self.git_directory).finish()
    }
}

impl Repo {
    /// Opens the repo that holds `path` (a directory or a file).
    ///
    /// # Errors
    /// [`RepoFault::NotFound`] when there is none, [`RepoFault::NotOwned`] when it belongs to another user.
    pub fn open(path: &Path) -> Result<Repo, RepoFault> {
        let git = Repository::discover(path).map_err(|source| match source.code() {
            ErrorCode::NotFound => RepoFault::NotFound(path.to_path_buf()),
            ErrorCode::Owner => RepoFault::NotOwned(path.to_path_buf()),
            _ => RepoFault::Git { what: "opening the repository", source },
        })?;
        let bare = git.workdir().is_none();
        let root = plain(git.workdir().unwrap_or(git.path()));
        let (git_directory, common_directory) = (plain(git.path()), plain(git.commondir()));
        Ok(Repo { git: Mutex::new(git), root, git_directory, common_directory, bare, remembered: Mutex::default() })
    }

    /// The root of the working tree; of a bare repo its own directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where HEAD and the index of this working tree lie (`.git`, or `.git/worktrees/NAME`).
    pub fn git_directory(&self) -> &Path {
        &self.git_directory
    }

    /// Where objects and refs lie, shared by all working trees.
    pub fn common_directory(&self) -> &Path {
        &self.common_directory
    }

    /// Whether it has no working tree.
    pub fn is_bare(&self) -> bool {
        self.bare
    }

    pub(super) fn git(&self) -> MutexGuard<'_, Repository> {
        self.git.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails for a bare repo.
    pub(super) fn need_workdir(&self) -> Result<(), RepoFault> {
        if self.bare { Err(RepoFault::Bare(self.root.clone())) } else { Ok(()) }
    }

    /// The index as it is on disk now.
    pub(super) fn fresh_index(git: &Repository) -> Result<git2::Index, RepoFault> {
        let mut index = git.index().during("reading the index")?;
        index.read(false).during("reading the index")?;
        Ok(index)
    }
}

/// Without the trailing slash that git likes.
fn plain(path: &Path) -> PathBuf {
    path.components().collect()
}

/// What was opened: a repo, or a directory without one.
#[derive(Debug)]
pub enum Workdir {
    /// A git repo.
    Git(Arc<Repo>),
    /// A directory that no repo holds; its absolute path.
    Plain(PathBuf),
}

impl Workdir {
    /// Opens the repo around `path`, or `path` itself when there is none.
    ///
    /// # Errors
    /// As [`Repo::open`], except that no repo is fine; [`RepoFault::Io`] when the directory does not exist.
    pub fn open(path: &Path) -> Result<Workdir, RepoFault> {
        match Repo::open(path) {
            Ok(repo) => Ok(Workdir::Git(Arc::new(repo))),
            Err(RepoFault::NotFound(_)) => {
                use crate::sys::files::{Files, RealFiles};
                let root =
                    RealFiles.canonical(path).map_err(|source| RepoFault::Io { path: path.to_path_buf(), source })?;
                Ok(Workdir::Plain(root))
            }
            Err(fault) => Err(fault),
        }
    }

    /// The directory that paths are relative to.
    pub fn root(&self) -> &Path {
        match self {
            Workdir::Git(repo) => repo.root(),
            Workdir::Plain(root) => root,
        }
    }

    /// The repo, when there is one.
    pub fn repo(&self) -> Option<&Arc<Repo>> {
        match self {
            Workdir::Git(repo) => Some(repo),
            Workdir::Plain(_) => None,
        }
    }

    /// How it stands; of a plain directory little more than its root.
    ///
    /// # Errors
    /// As [`Repo::snapshot`].
    pub fn snapshot(&self) -> Result<RepoSnapshot, RepoFault> {
        match self {
            Workdir::Git(repo) => repo.snapshot(),
            Workdir::Plain(root) => Ok(RepoSnapshot { root: root.clone(), ..RepoSnapshot::default() }),
        }
    }
}
