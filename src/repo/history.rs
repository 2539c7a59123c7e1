//! Commits: the log of the branch or of one path, revisions by name, files as they were.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use git2::{Commit, ErrorCode, Oid, Repository};

use super::diff;
use super::discover::Repo;
use super::fault::{RepoFault, While};
use super::side::{Content, relative};
use crate::model::place::RepoPath;
use crate::model::snapshot::CommitSummary;

/// How many commits are looked at for the history of one path.
const DEEPEST: usize = 20_000;

impl Repo {
    /// The full id of the commit that `revision` names (`HEAD~2`, `main`, a tag, a shortened id).
    ///
    /// # Errors
    /// [`RepoFault::UnknownRevision`] when there is none.
    pub fn resolve(&self, revision: &str) -> Result<String, RepoFault> {
        self.resolve_id(revision).map(|id| id.to_string())
    }

    pub(super) fn resolve_id(&self, revision: &str) -> Result<Oid, RepoFault> {
        let git = self.git();
        let unknown = |_| RepoFault::UnknownRevision(revision.to_owned());
        let object = git.revparse_single(revision).map_err(unknown)?;
        object.peel_to_commit().map(|commit| commit.id()).map_err(unknown)
    }

    /// The best common ancestor of two revisions; `None` when they share no history.
    ///
    /// # Errors
    /// [`RepoFault::UnknownRevision`] when one of them does not exist.
    pub fn merge_base(&self, one: &str, other: &str) -> Result<Option<String>, RepoFault> {
        let (one, other) = (self.resolve_id(one)?, self.resolve_id(other)?);
        match self.git().merge_base(one, other) {
            Ok(id) => Ok(Some(id.to_string())),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error).during("looking for a common ancestor"),
        }
    }

    /// How many commits `revision` has that `base` has not.
    ///
    /// # Errors
    /// [`RepoFault::UnknownRevision`] when one of them does not exist.
    pub fn commits_since(&self, base: &str, revision: &str) -> Result<usize, RepoFault> {
        let (base, revision) = (self.resolve_id(base)?, self.resolve_id(revision)?);
        self.git().graph_ahead_behind(revision, base).map(|(ahead, _)| ahead).during("counting commits")
    }

    /// The newest commits of a revision, newest first.
    ///
    /// # Errors
    /// [`RepoFault::UnknownRevision`], or when git cannot read them.
    pub fn log(&self, revision: &str, most: usize) -> Result<Vec<CommitSummary>, RepoFault> {
        let from = self.resolve_id(revision)?;
        Ok(newest(&self.git(), from, most))
    }

    /// The commits of HEAD that changed a file or a directory, newest first. Renames are not followed.
    ///
    /// # Errors
    /// When git cannot read them.
    pub fn history(&self, path: &RepoPath, most: usize) -> Result<Vec<CommitSummary>, RepoFault> {
        let head = match self.resolve_id("HEAD") {
            Ok(head) => head,
            Err(_) => return Ok(Vec::new()),
        };
        let git = self.git();
        let changing = Walk::new(&git, head).take(DEEPEST).filter(|commit| changes(commit, path));
        Ok(changing.take(most).map(|commit| summary(&commit)).collect())
    }

    /// A commit by its revision, with its whole message.
    ///
    /// # Errors
    /// [`RepoFault::UnknownRevision`] when there is none.
    pub fn message(&self, revision: &str) -> Result<String, RepoFault> {
        let id = self.resolve_id(revision)?;
        let git = self.git();
        let commit = git.find_commit(id).during("reading a commit")?;
        Ok(String::from_utf8_lossy(commit.message_bytes()).into_owned())
    }

    /// A file's bytes at a revision; `None` when it was not there.
    ///
    /// # Errors
    /// [`RepoFault::UnknownRevision`], or when git cannot read it.
    pub fn file_at(&self, revision: &str, path: &RepoPath) -> Result<Option<Vec<u8>>, RepoFault> {
        let git = self.git();
        match diff::in_revision(&git, revision, path)?.content {
            Content::Bytes(bytes) => Ok(Some(bytes)),
            Content::Absent | Content::Submodule(_) => Ok(None),
            Content::Large(_) => {
                let object =
                    git.revparse_single(revision).map_err(|_| RepoFault::UnknownRevision(revision.to_owned()))?;
                let tree = object.peel_to_tree().during("reading a commit")?;
                let entry = tree.get_path(&relative(path)).during("reading a commit")?;
                let blob = git.find_blob(entry.id()).during("reading a file's content")?;
                Ok(Some(blob.content().to_vec()))
            }
        }
    }
}

/// Commits as `git log` orders them: the newest first of those whose children are all listed that were met so far;
/// of equal age the one met first. Lazy: a long history is only read as far as it is asked for.
struct Walk<'repo> {
    git: &'repo Repository,
    heap: BinaryHeap<(i64, Reverse<usize>, Oid)>,
    met: HashSet<Oid>,
}

impl<'repo> Walk<'repo> {
    fn new(git: &'repo Repository, from: Oid) -> Self {
        let mut walk = Walk { git, heap: BinaryHeap::new(), met: HashSet::new() };
        walk.meet(from);
        walk
    }

    /// What cannot be read (beyond a shallow clone's end) is not met.
    fn meet(&mut self, id: Oid) {
        if let Ok(commit) = self.git.find_commit(id)
            && self.met.insert(id)
        {
            self.heap.push((commit.time().seconds(), Reverse(self.met.len()), id));
        }
    }
}

impl<'repo> Iterator for Walk<'repo> {
    type Item = Commit<'repo>;

    fn next(&mut self) -> Option<Commit<'repo>> {
        let (_, _, id) = self.heap.pop()?;
        let commit = self.git.find_commit(id).ok()?;
        commit.parent_ids().for_each(|parent| self.meet(parent));
        Some(commit)
    }
}

/// The newest commits that can be reached from `from`.
pub(super) fn newest(git: &Repository, from: Oid, most: usize) -> Vec<CommitSummary> {
    Walk::new(git, from).take(most).map(|commit| summary(&commit)).collect()
}

/// A commit as lists show it.
pub(super) fn summary(commit: &Commit<'_>) -> CommitSummary {
    let message = String::from_utf8_lossy(commit.message_bytes()).into_owned();
    let author = commit.author();
    CommitSummary {
        id: commit.id().to_string(),
        summary: message.trim_start().lines().next().unwrap_or_default().trim_end().to_owned(),
        author: String::from_utf8_lossy(author.name_bytes()).into_owned(),
        time: moment(author.when().seconds()),
    }
}

fn moment(seconds: i64) -> SystemTime {
    let span = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { UNIX_EPOCH.checked_sub(span) } else { UNIX_EPOCH.checked_add(span) }.unwrap_or(UNIX_EPOCH)
}

/// Whether a commit differs at `path` from each of its parents.
fn changes(commit: &Commit<'_>, path: &RepoPath) -> bool {
    let at = |commit: &Commit<'_>| {
        let tree = commit.tree().ok()?;
        if path.is_root() {
            return Some(tree.id());
        }
        tree.get_path(&relative(path)).ok().map(|entry| entry.id())
    };
    let here = at(commit);
    let differs = |parent: Commit<'_>| at(&parent) != here;
    if commit.parent_count() == 0 { here.is_some() } else { commit.parents().all(differs) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::fixture::Fixture;

    #[test]
    fn commits_by_name_and_path() {
        let f = Fixture::new();
        f.write("web/a", "1")
            .commit_all("one")
            .write("b", "1")
            .commit_all("two")
            .write("web/a", "2")
            .commit_all("three");
        f.git(&["branch", "side", "HEAD~1"]).git(&["tag", "-a", "v1", "-m", "v", "HEAD~2"]);
        let repo = f.repo();
        let names = |log: Vec<CommitSummary>| log.into_iter().map(|commit| commit.summary).collect::<Vec<_>>();
        assert_eq!(names(repo.log("HEAD", 2).unwrap()), ["three", "two"]);
        assert_eq!(names(repo.history(&RepoPath::new("web/a"), 9).unwrap()), ["three", "one"]);
        assert_eq!(names(repo.history(&RepoPath::new("b"), 9).unwrap()), ["two"]);
        assert_eq!(repo.resolve("v1").unwrap(), f.ask(&["rev-parse", "HEAD~2"]).trim());
        assert_eq!(repo.merge_base("side", "main").unwrap().unwrap(), f.ask(&["rev-parse", "side"]).trim());
        assert_eq!(repo.commits_since("v1", "HEAD").unwrap(), 2);
        assert_eq!(repo.file_at("v1", &RepoPath::new("web/a")).unwrap().unwrap(), b"1");
        assert_eq!(repo.file_at("v1", &RepoPath::new("b")).unwrap(), None);
        assert_eq!(repo.file_at("v1", &RepoPath::new("web")).unwrap(), None);
        assert_eq!(repo.file_at("v1", &RepoPath::new("../a")).unwrap(), None);
        assert!(matches!(repo.resolve("--upload-pack=x"), Err(RepoFault::UnknownRevision(_))));
        assert_eq!(repo.message("HEAD").unwrap(), "three\n");
    }

    #[test]
    fn without_commits_there_is_no_history() {
        let f = Fixture::new();
        assert_eq!(f.repo().history(&RepoPath::new("a"), 9).unwrap(), []);
        assert!(f.repo().log("HEAD", 9).is_err());
    }
}
