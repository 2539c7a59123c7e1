//! Commits looked at as a whole, and files between two revisions.

use git2::{Delta, DiffFindOptions, Oid, Repository};

use super::diff::{Sides, between, in_revision};
use super::discover::Repo;
use super::fault::{RepoFault, While};
use super::history::summary;
use super::side::Side;
use crate::model::place::RepoPath;
use crate::model::snapshot::{CommitSummary, FileDiff, FileStatus};

/// A file that a commit changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedChange {
    /// How.
    pub status: FileStatus,
    /// Its path in the commit.
    pub path: RepoPath,
    /// Its path before, when it was renamed.
    pub old_path: Option<RepoPath>,
}

impl Repo {
    /// A commit as lists show it.
    ///
    /// # Errors
    /// [`RepoFault::UnknownRevision`] when there is none.
    pub fn summary(&self, revision: &str) -> Result<CommitSummary, RepoFault> {
        let id = self.resolve_id(revision)?;
        self.git().find_commit(id).map(|commit| summary(&commit)).during("reading a commit")
    }

    /// The files that a commit changed against its first parent.
    ///
    /// # Errors
    /// When git knows no such revision or cannot read it.
    pub fn changed_in(&self, revision: &str) -> Result<Vec<CommittedChange>, RepoFault> {
        let id = self.resolve_id(revision)?;
        let git = self.git();
        let parent = git.find_commit(id).and_then(|commit| commit.parent_id(0)).ok();
        changes(&git, parent, id)
    }

    /// The diffs of the first `most` files that a commit changed against its first parent.
    ///
    /// # Errors
    /// When git knows no such revision or cannot read it.
    pub fn show(&self, revision: &str, most: usize) -> Result<Vec<FileDiff>, RepoFault> {
        let id = self.resolve_id(revision)?;
        let git = self.git();
        let parent = git.find_commit(id).and_then(|commit| commit.parent_id(0)).ok();
        let (old, new) = (parent.map(|id| id.to_string()), id.to_string());
        let diff = |change: &CommittedChange| {
            let old_path = change.old_path.as_ref().unwrap_or(&change.path);
            let sides = Sides {
                old: at(&git, old.as_deref(), old_path)?,
                new: at(&git, Some(&new), &change.path)?,
                old_path: change.old_path.clone(),
            };
            between(&change.path, &sides)
        };
        changes(&git, parent, id)?.iter().take(most).map(diff).collect()
    }

    /// The diff of one file between two revisions; the empty tree stands for a revision that is `None`.
    ///
    /// # Errors
    /// When git knows no such revision or cannot read it.
    pub fn diff_between(&self, path: &RepoPath, old: Option<&str>, new: Option<&str>) -> Result<FileDiff, RepoFault> {
        let git = self.git();
        between(path, &Sides { old: at(&git, old, path)?, new: at(&git, new, path)?, old_path: None })
    }
}

fn at(git: &Repository, revision: Option<&str>, path: &RepoPath) -> Result<Side, RepoFault> {
    revision.map_or(Ok(Side::ABSENT), |revision| in_revision(git, revision, path))
}

fn changes(git: &Repository, old: Option<Oid>, new: Oid) -> Result<Vec<CommittedChange>, RepoFault> {
    let what = "comparing two commits";
    let tree = |id| git.find_commit(id).and_then(|commit| commit.tree()).during(what);
    let (old, new) = (old.map(tree).transpose()?, tree(new)?);
    let mut diff = git.diff_tree_to_tree(old.as_ref(), Some(&new), None).during(what)?;
    diff.find_similar(Some(DiffFindOptions::new().renames(true))).during(what)?;
    let change = |delta: git2::DiffDelta<'_>| {
        let status = match delta.status() {
            Delta::Added => FileStatus::Added,
            Delta::Deleted => FileStatus::Deleted,
            Delta::Renamed => FileStatus::Renamed,
            Delta::Typechange => FileStatus::TypeChanged,
            _ => FileStatus::Modified,
        };
        let old_path = delta.old_file().path_bytes().map(RepoPath::from_bytes);
        let old_path = old_path.filter(|_| status == FileStatus::Renamed);
        Some(CommittedChange { status, path: RepoPath::from_bytes(delta.new_file().path_bytes()?), old_path })
    };
    Ok(diff.deltas().filter_map(change).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::fixture::Fixture;

    #[test]
    fn a_commit_is_shown_whole() {
        let f = Fixture::new();
        let long: String = (0..20).map(|n| format!("line {n}\n")).collect();
        f.write("a", "1\n").write("b", &long).write("gone", "g\n").commit_all("first");
        f.write("a", "2\n").rename("b", "c").write("c", long.replace("line 3\n", "three\n")).remove("gone");
        f.commit_all("second");
        let repo = f.repo();
        let told: Vec<String> = repo
            .changed_in("HEAD")
            .unwrap()
            .iter()
            .map(|change| {
                format!(
                    "{}{} {}",
                    change.status.letter(),
                    change.old_path.as_ref().map_or("", |p| p.as_str()),
                    change.path
                )
            })
            .collect();
        assert_eq!(told, ["M a", "Rb c", "D gone"]);
        let shown = repo.show("HEAD", 9).unwrap();
        assert_eq!(shown.iter().map(|diff| diff.hunks.len()).collect::<Vec<_>>(), [1, 1, 1]);
        assert_eq!(shown[1].note.as_deref(), Some("renamed from b"));
        assert_eq!(repo.show("HEAD~1", 2).unwrap().len(), 2, "the first commit adds everything");
        assert_eq!(repo.summary("HEAD").unwrap().summary, "second");
        assert!(matches!(repo.changed_in("nope"), Err(RepoFault::UnknownRevision(_))));
        let diff = repo.diff_between(&RepoPath::new("a"), Some("HEAD~1"), Some("HEAD")).unwrap();
        assert_eq!((diff.hunks[0].lines[0].text.as_str(), diff.hunks[0].lines[1].text.as_str()), ("1", "2"));
    }
}
