//! Taking back what Kilter did to the repo, as long as nobody changed the same thing since.

use git2::Oid;

use super::discover::Repo;
use super::fault::{RepoFault, While};
use super::operation::{EntryChange, Operation};
use super::stage::{current, put};

impl Repo {
    /// Takes an operation back: index entries become what they were; a commit goes away and its changes are staged
    /// again (a soft reset).
    ///
    /// # Errors
    /// [`RepoFault::NotUndoable`] when something else changed the same thing since, or the commit was pushed.
    pub fn undo(&self, operation: &Operation) -> Result<(), RepoFault> {
        match operation {
            Operation::Index { changes, .. } => self.undo_index(changes),
            Operation::Commit { reference, before, after, .. } => self.undo_commit(reference, before.as_deref(), after),
        }
    }

    fn undo_index(&self, changes: &[EntryChange]) -> Result<(), RepoFault> {
        let git = self.git();
        let mut index = Repo::fresh_index(&git)?;
        for change in changes {
            if change.conflicted {
                return Err(RepoFault::NotUndoable(format!("{} was in conflict before", change.path)));
            }
            if current(&index, &change.path) != change.after {
                return Err(RepoFault::NotUndoable(format!("{} was staged differently since", change.path)));
            }
        }
        for change in changes {
            put(&mut index, &change.path, change.before.as_ref())?;
        }
        index.write().during("writing the index")
    }

    fn undo_commit(&self, reference: &str, before: Option<&str>, after: &str) -> Result<(), RepoFault> {
        let what = "taking a commit back";
        let git = self.git();
        let head = git.head().during(what)?;
        if head.name().ok() != Some(reference) || head.target().map(|id| id.to_string()).as_deref() != Some(after) {
            return Err(RepoFault::NotUndoable("HEAD has moved on since that commit".to_owned()));
        }
        let after_id = Oid::from_str(after).during(what)?;
        if let Some(remote) = remote_with(&git, after_id) {
            return Err(RepoFault::NotUndoable(format!("the commit was pushed: {remote} has it")));
        }
        match before {
            Some(before) => {
                let id = Oid::from_str(before).during(what)?;
                let mut moved = git.find_reference(reference).during(what)?;
                moved.set_target(id, "kilter: undo commit").map(drop).during(what)
            }
            None if reference == "HEAD" => Err(RepoFault::NotUndoable("it is the first commit".to_owned())),
            None => git.find_reference(reference).and_then(|mut branch| branch.delete()).during(what),
        }
    }
}

/// A remote-tracking branch that contains a commit.
fn remote_with(git: &git2::Repository, id: Oid) -> Option<String> {
    let branches = git.branches(Some(git2::BranchType::Remote)).ok()?;
    branches.flatten().find_map(|(branch, _)| {
        let tip = branch.get().peel_to_commit().ok()?.id();
        let has = tip == id || git.graph_descendant_of(tip, id).unwrap_or(false);
        has.then(|| branch.name_bytes().map(|name| String::from_utf8_lossy(name).into_owned()).unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::place::RepoPath;
    use crate::model::snapshot::DiffSide;
    use crate::repo::commit::CommitRequest;
    use crate::repo::fixture::Fixture;

    #[test]
    fn every_operation_can_be_taken_back() {
        let f = Fixture::new();
        f.write("a", "1\n").write("b", "1\n").commit_all("first").write("a", "2\n").remove("b").write("c", "1\n");
        let repo = f.repo();
        let status = || f.ask(&["status", "--porcelain", "--no-renames"]);
        let start = status();
        let all = repo.stage(&[RepoPath::root()]).unwrap();
        assert_eq!(status(), "M  a\nD  b\nA  c\n");
        let unstage = repo.unstage(&[RepoPath::new("b")]).unwrap();
        repo.undo(&unstage).unwrap();
        assert_eq!(status(), "M  a\nD  b\nA  c\n");
        let commit = repo.commit(&CommitRequest::new("second")).unwrap();
        assert_eq!((status(), commit.title().as_str()), (String::new(), "commit “second”"));
        repo.undo(&commit).unwrap();
        assert_eq!((status(), f.ask(&["log", "--format=%s"])), ("M  a\nD  b\nA  c\n".to_owned(), "first\n".to_owned()));
        assert!(f.ask(&["reflog", "-1"]).contains("kilter: undo commit"));
        repo.undo(&all).unwrap();
        assert_eq!(status(), start);
        let hunks = repo.diff(&RepoPath::new("a"), DiffSide::Unstaged).unwrap().hunks;
        let hunk = repo.stage_hunk(&RepoPath::new("a"), &hunks[0]).unwrap();
        repo.undo(&hunk).unwrap();
        assert_eq!(status(), start);
    }

    #[test]
    fn what_others_changed_since_is_left_alone() {
        let f = Fixture::new();
        f.write("a", "1\n").commit_all("first").write("a", "2\n");
        let repo = f.repo();
        let stage = repo.stage(&[RepoPath::new("a")]).unwrap();
        f.write("a", "3\n").git(&["add", "a"]);
        assert!(matches!(repo.undo(&stage), Err(RepoFault::NotUndoable(_))));
        let commit = repo.commit(&CommitRequest::new("second")).unwrap();
        f.git(&["commit", "-q", "--allow-empty", "-m", "third"]);
        assert!(matches!(repo.undo(&commit), Err(RepoFault::NotUndoable(_))));
        f.git(&["reset", "-q", "--hard", "HEAD~1"]).git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
        assert!(repo.undo(&commit).unwrap_err().to_string().contains("pushed"));
    }

    #[test]
    fn the_first_commit_can_be_taken_back() {
        let f = Fixture::new();
        f.write("a", "1\n");
        let repo = f.repo();
        repo.stage(&[RepoPath::new("a")]).unwrap();
        let commit = repo.commit(&CommitRequest::new("first")).unwrap();
        repo.undo(&commit).unwrap();
        assert_eq!(f.ask(&["status", "--porcelain"]), "A  a\n");
        assert_eq!(repo.snapshot().unwrap().head, None);
    }
}
