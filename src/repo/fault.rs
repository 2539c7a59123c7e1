//! What can go wrong with git, in words for people. Faults of the working tree's content are values elsewhere.

use std::path::PathBuf;

use crate::model::place::RepoPath;

/// Why git could not do something.
#[derive(Debug, thiserror::Error)]
pub enum RepoFault {
    /// There is no repo here.
    #[error("there is no git repository at or above {}", .0.display())]
    NotFound(PathBuf),
    /// The repo belongs to somebody else; git's own guard.
    #[error("the repository at {} belongs to another user, so git does not trust its configuration", .0.display())]
    NotOwned(PathBuf),
    /// A working tree is needed.
    #[error("{} is a bare repository: it has no working tree", .0.display())]
    Bare(PathBuf),
    /// Another git holds a lock file.
    #[error("another git process is at work in this repository")]
    Locked {
        /// What git said, with the lock file's name.
        #[source]
        source: git2::Error,
    },
    /// Git itself failed.
    #[error("git failed while {what}: {}", .source.message())]
    Git {
        /// What was attempted: `reading the index`.
        what: &'static str,
        /// What git said.
        #[source]
        source: git2::Error,
    },
    /// The disk failed.
    #[error("{}: {source}", .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Git does not know the revision.
    #[error("git knows no revision `{0}`")]
    UnknownRevision(String),
    /// The file differs from what was shown.
    #[error("{0} has changed since this diff was made")]
    Moved(RepoPath),
    /// There is nothing to do with the file.
    #[error("{0} has no change to stage here")]
    Unchanged(RepoPath),
    /// Staging the file would have to run a program that the repo's attributes name.
    #[error("{path} goes through the filter `{filter}`, a program that Kilter does not run by itself")]
    Filtered {
        /// The file.
        path: RepoPath,
        /// The filter's name.
        filter: String,
    },
    /// A commit needs a message.
    #[error("the commit message is empty")]
    EmptyMessage,
    /// A commit needs something staged.
    #[error("nothing is staged")]
    NothingStaged,
    /// A commit needs every conflict resolved.
    #[error("{} still in conflict", files_are(.0))]
    Conflicts(Vec<RepoPath>),
    /// Git does not know who commits.
    #[error("git does not know who you are")]
    NoIdentity,
    /// Git is configured to sign commits, which takes a program.
    #[error("git is configured to sign commits (commit.gpgsign), which takes a program")]
    MustSign,
    /// An operation cannot be taken back any more.
    #[error("this cannot be undone: {0}")]
    NotUndoable(String),
    /// Something that nobody tracks stands where a file of the commit belongs.
    #[error("{} is in the way of a file of the commit", .0.display())]
    InTheWay(PathBuf),
}

fn files_are(paths: &[RepoPath]) -> String {
    let names: Vec<&str> = paths.iter().take(3).map(RepoPath::as_str).collect();
    match paths.len() {
        1 => format!("{} is", names.join(", ")),
        0..=3 => format!("{} are", names.join(", ")),
        more => format!("{} and {} more files are", names.join(", "), more - 3),
    }
}

impl RepoFault {
    /// What a person can do next.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            RepoFault::NotFound(_) => "make one with `git init`; reading commands work without".to_owned(),
            RepoFault::NotOwned(path) => {
                format!("if you trust it: git config --global --add safe.directory '{}'", path.display())
            }
            RepoFault::Bare(_) => "open one of its worktrees, or clone it".to_owned(),
            RepoFault::Locked { source } => {
                format!("wait for it; if there is none, remove the lock file (`.git/index.lock`): {}", source.message())
            }
            RepoFault::Moved(_) => "look at the new diff and try again".to_owned(),
            RepoFault::Filtered { path, .. } => {
                format!("stage it with `git add -- '{path}'`, or trust this repository")
            }
            RepoFault::EmptyMessage => "say in one line what the commit does".to_owned(),
            RepoFault::NothingStaged => "stage a file or a hunk first (Space)".to_owned(),
            RepoFault::Conflicts(_) => "edit the files, then stage them".to_owned(),
            RepoFault::NoIdentity => {
                "git config --global user.name 'Your Name' && git config --global user.email you@example.com".to_owned()
            }
            RepoFault::MustSign => "trust this repository, then Kilter commits through the `git` program".to_owned(),
            RepoFault::InTheWay(path) => format!("move {} away and try again", path.display()),
            RepoFault::Git { .. }
            | RepoFault::Io { .. }
            | RepoFault::UnknownRevision(_)
            | RepoFault::Unchanged(_)
            | RepoFault::NotUndoable(_) => return None,
        };
        Some(hint)
    }
}

/// Says what was attempted when git fails.
pub(super) trait While<T> {
    /// The same result with its fault in our words.
    fn during(self, what: &'static str) -> Result<T, RepoFault>;
}

impl<T> While<T> for Result<T, git2::Error> {
    fn during(self, what: &'static str) -> Result<T, RepoFault> {
        self.map_err(|source| match source.code() {
            git2::ErrorCode::Locked => RepoFault::Locked { source },
            _ => RepoFault::Git { what, source },
        })
    }
}
