//! The snapshot: branch, commits and changed files at one moment. Reads only; not even the index is refreshed, so that
//! looking never wakes the watcher.

use std::collections::{BTreeSet, HashMap};

use git2::{DiffDelta, ErrorCode, Oid, Repository, RepositoryState, Status, StatusEntry, StatusOptions};

use super::discover::Repo;
use super::fault::{RepoFault, While};
use super::history::summary;
use super::remembered::{CountKey, Counts};
use super::side::{self, Content};
use super::{history, lines};
use crate::model::place::RepoPath;
use crate::model::snapshot::{CommitSummary, FileChange, FileStatus, RepoSnapshot};
use crate::sys::files::{ReadFiles, RealFiles};

/// How many commits a snapshot lists.
const LOG: usize = 200;
/// How many bytes of changed files a snapshot reads to count lines; beyond it lines are not counted.
const BUDGET: u64 = 48 * 1024 * 1024;
/// More changed files than this are not looked at one by one.
const FEW: usize = 200;
/// More counted files than this are not remembered between snapshots.
const MOST_COUNTS: usize = 20_000;

impl Repo {
    /// How the repo stands now.
    ///
    /// # Errors
    /// When git cannot read it.
    pub fn snapshot(&self) -> Result<RepoSnapshot, RepoFault> {
        self.look(None)
    }

    /// How the repo stands after only these files (or directories) changed since `before`, and nothing of git itself:
    /// the same as [`Repo::snapshot`], in a time that does not grow with the repo.
    ///
    /// # Errors
    /// When git cannot read it.
    pub fn refresh(&self, before: &RepoSnapshot, paths: &BTreeSet<RepoPath>) -> Result<RepoSnapshot, RepoFault> {
        let far_reaching = |path: &RepoPath| path.is_root() || path.file_name().starts_with(".git");
        // Both ends of a rename are seen together or not at all.
        let renamed = |change: &FileChange| match &change.old_path {
            Some(old) => paths.iter().any(|path| change.path.is_within(path) || old.is_within(path)),
            None => false,
        };
        if paths.len() > FEW || paths.iter().any(far_reaching) || before.changes.iter().any(renamed) {
            return self.snapshot();
        }
        self.look(Some((before, paths)))
    }

    fn look(&self, since: Option<(&RepoSnapshot, &BTreeSet<RepoPath>)>) -> Result<RepoSnapshot, RepoFault> {
        let git = self.git();
        let mut snapshot = RepoSnapshot { root: self.root().to_path_buf(), is_git: true, ..RepoSnapshot::default() };
        snapshot.operation = operation(git.state()).map(str::to_owned);
        self.describe_head(&git, &mut snapshot)?;
        if !self.is_bare() {
            snapshot.changes = self.changes(&git, since.map(|(_, paths)| paths))?;
        }
        if let Some((before, paths)) = since {
            let untouched = |change: &&FileChange| !paths.iter().any(|path| change.path.is_within(path));
            snapshot.changes.extend(before.changes.iter().filter(untouched).cloned());
            snapshot.changes.sort_by(|a, b| a.path.cmp(&b.path));
        }
        Ok(snapshot)
    }

    fn describe_head(&self, git: &Repository, snapshot: &mut RepoSnapshot) -> Result<(), RepoFault> {
        let head = match git.head() {
            Ok(head) => head,
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => {
                snapshot.branch = unborn_branch(git);
                return Ok(());
            }
            Err(error) => return Err(error).during("reading HEAD"),
        };
        snapshot.branch = head.is_branch().then(|| String::from_utf8_lossy(head.shorthand_bytes()).into_owned());
        let commit = head.peel_to_commit().during("reading HEAD")?;
        snapshot.head = Some(commit.id().to_string());
        snapshot.head_summary = summary(&commit).summary;
        (snapshot.ahead, snapshot.behind) = self.distance(git, &head, commit.id());
        snapshot.log = self.recent(git, commit.id());
        Ok(())
    }

    /// Commits ahead of and behind the upstream; none of either without one.
    fn distance(&self, git: &Repository, head: &git2::Reference<'_>, id: Oid) -> (usize, usize) {
        let upstream = (|| {
            let name = git.branch_upstream_name(head.name().ok()?).ok()?;
            git.refname_to_id(name.as_str().ok()?).ok()
        })();
        let Some(upstream) = upstream else { return (0, 0) };
        let mut remembered = self.remembered.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((local, remote, distance)) = remembered.distance
            && (local, remote) == (id, upstream)
        {
            return distance;
        }
        let distance = git.graph_ahead_behind(id, upstream).unwrap_or_default();
        remembered.distance = Some((id, upstream, distance));
        distance
    }

    fn recent(&self, git: &Repository, head: Oid) -> Vec<CommitSummary> {
        let mut remembered = self.remembered.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((id, log)) = &remembered.log
            && *id == head
        {
            return log.clone();
        }
        let log = history::newest(git, head, LOG);
        remembered.log = Some((head, log.clone()));
        log
    }

    fn changes(&self, git: &Repository, only: Option<&BTreeSet<RepoPath>>) -> Result<Vec<FileChange>, RepoFault> {
        let index = Repo::fresh_index(git)?;
        let mut options = StatusOptions::new();
        options.include_untracked(true).recurse_untracked_dirs(true).include_ignored(false);
        options.renames_head_to_index(true).update_index(false).include_unreadable(false);
        for path in only.into_iter().flatten() {
            options.pathspec(&*path.to_bytes()).disable_pathspec_match(true);
        }
        let statuses = git.statuses(Some(&mut options)).during("comparing with the working tree")?;
        let mut counter = Counter { repo: self, git, index: &index, left: BUDGET, seen: HashMap::new() };
        let mut changes: Vec<FileChange> = statuses.iter().filter_map(|entry| counter.change(&entry)).collect();
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        let seen = counter.seen;
        let mut remembered = self.remembered.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if only.is_none() || remembered.counts.len() > MOST_COUNTS {
            remembered.counts.clear();
        }
        remembered.counts.extend(seen);
        Ok(changes)
    }
}

/// The branch that the first commit will make.
fn unborn_branch(git: &Repository) -> Option<String> {
    let head = git.find_reference("HEAD").ok()?;
    let target = String::from_utf8_lossy(head.symbolic_target_bytes()?).into_owned();
    Some(target.strip_prefix("refs/heads/").unwrap_or(&target).to_owned())
}

fn operation(state: RepositoryState) -> Option<&'static str> {
    match state {
        RepositoryState::Clean => None,
        RepositoryState::Merge => Some("merge"),
        RepositoryState::Revert | RepositoryState::RevertSequence => Some("revert"),
        RepositoryState::CherryPick | RepositoryState::CherryPickSequence => Some("cherry-pick"),
        RepositoryState::Bisect => Some("bisect"),
        RepositoryState::Rebase | RepositoryState::RebaseInteractive | RepositoryState::RebaseMerge => Some("rebase"),
        RepositoryState::ApplyMailbox | RepositoryState::ApplyMailboxOrRebase => Some("am"),
    }
}

/// Makes changes of status entries, counting lines as long as its budget lasts.
struct Counter<'a> {
    repo: &'a Repo,
    git: &'a Repository,
    index: &'a git2::Index,
    left: u64,
    seen: HashMap<CountKey, Counts>,
}

impl Counter<'_> {
    fn change(&mut self, entry: &StatusEntry<'_>) -> Option<FileChange> {
        let status = entry.status();
        let (staged, unstaged) = (staged(status), unstaged(status));
        if staged.is_none() && unstaged.is_none() {
            return None;
        }
        let to_index = entry.head_to_index();
        let to_workdir = entry.index_to_workdir();
        let new_path = |delta: &DiffDelta<'_>| delta.new_file().path_bytes().map(RepoPath::from_bytes);
        let path = to_workdir.as_ref().or(to_index.as_ref()).and_then(new_path);
        let path = path.unwrap_or_else(|| RepoPath::from_bytes(entry.path_bytes()));
        let old_path = to_index
            .as_ref()
            .filter(|_| staged == Some(FileStatus::Renamed))
            .and_then(|delta| delta.old_file().path_bytes().map(RepoPath::from_bytes));
        let old = match (&to_index, &to_workdir) {
            (Some(delta), _) | (None, Some(delta)) => delta.old_file(),
            (None, None) => return None,
        };
        // The index's blob is HEAD's where git sees no difference between the two; a conflict's is not.
        let old_id = if unstaged == Some(FileStatus::Conflicted) {
            side::head_entry(self.git, &path).ok().flatten().map(|(id, _)| id)
        } else {
            (!old.id().is_zero() && !matches!(unstaged, Some(FileStatus::Untracked))).then(|| old.id())
        };
        let counts = self.counts(&path, old_id);
        Some(FileChange {
            path,
            old_path,
            staged,
            unstaged,
            added: counts.added,
            removed: counts.removed,
            binary: counts.binary,
        })
    }

    fn counts(&mut self, path: &RepoPath, old: Option<Oid>) -> Counts {
        let full = path.under(self.repo.root());
        let meta = RealFiles.link_metadata(&full).ok();
        let size = meta.map_or(0, |meta| meta.size);
        let key = CountKey { old, path: path.clone(), size, modified: meta.and_then(|meta| meta.modified) };
        let known =
            self.repo.remembered.lock().unwrap_or_else(std::sync::PoisonError::into_inner).counts.get(&key).copied();
        let counts = known.unwrap_or_else(|| {
            if size > self.left {
                return Counts::default();
            }
            self.left -= size;
            self.compare(path, old)
        });
        self.seen.insert(key, counts);
        counts
    }

    fn compare(&self, path: &RepoPath, old: Option<Oid>) -> Counts {
        let old = old.and_then(|id| side::blob(self.git, id).ok()).unwrap_or(Content::Absent);
        let new = side::in_workdir(self.git, self.repo.root(), self.index, path).ok();
        let new = new.map_or(Content::Absent, |side| side.content);
        if matches!(old, Content::Large(_)) || matches!(new, Content::Large(_)) {
            return Counts { added: 0, removed: 0, binary: false };
        }
        match lines::count(old.bytes(), new.bytes()) {
            Some((added, removed)) => Counts { added, removed, binary: false },
            None => Counts { added: 0, removed: 0, binary: true },
        }
    }
}

fn staged(status: Status) -> Option<FileStatus> {
    let table = [
        (Status::INDEX_NEW, FileStatus::Added),
        (Status::INDEX_DELETED, FileStatus::Deleted),
        (Status::INDEX_RENAMED, FileStatus::Renamed),
        (Status::INDEX_TYPECHANGE, FileStatus::TypeChanged),
        (Status::INDEX_MODIFIED, FileStatus::Modified),
    ];
    table.iter().find(|(bit, _)| status.contains(*bit)).map(|(_, status)| *status)
}

fn unstaged(status: Status) -> Option<FileStatus> {
    let table = [
        (Status::CONFLICTED, FileStatus::Conflicted),
        (Status::WT_NEW, FileStatus::Untracked),
        (Status::WT_DELETED, FileStatus::Deleted),
        (Status::WT_RENAMED, FileStatus::Renamed),
        (Status::WT_TYPECHANGE, FileStatus::TypeChanged),
        (Status::WT_MODIFIED, FileStatus::Modified),
    ];
    table.iter().find(|(bit, _)| status.contains(*bit)).map(|(_, status)| *status)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests build their own world")]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::repo::discover::Workdir;
    use crate::repo::fixture::Fixture;

    fn shown(snapshot: &RepoSnapshot) -> Vec<String> {
        let letter = |status: Option<FileStatus>| status.map_or(' ', FileStatus::letter);
        let line = |change: &FileChange| {
            let old = change.old_path.as_ref().map(|old| format!("{old} -> ")).unwrap_or_default();
            let binary = if change.binary { " binary" } else { "" };
            format!(
                "{}{} {old}{} +{} -{}{binary}",
                letter(change.staged),
                letter(change.unstaged),
                change.path,
                change.added,
                change.removed
            )
        };
        snapshot.changes.iter().map(line).collect()
    }

    #[test]
    fn every_kind_of_change_is_told() {
        let f = Fixture::new();
        let long: String = (0..20).map(|n| format!("line {n}\n")).collect();
        f.write("modified.tf", "a\nb\n").write("deleted.tf", "x\ny\n").write("moved.tf", &long).write("both.tf", "1\n");
        f.write("gone-from-index.tf", "k\n").write(".gitignore", "*.log\n").commit_all("first");
        f.write("modified.tf", "a\nc\nd\n").remove("deleted.tf").write("new dir/untracked ü.tf", "1\n2\n3");
        f.write("noise.log", "ignored").write("picture.png", "\u{0}PNG");
        f.rename("moved.tf", "renamed.tf").git(&["add", "-A", "moved.tf", "renamed.tf"]);
        f.write("both.tf", "2\n").git(&["add", "both.tf"]).write("both.tf", "2\n3\n");
        f.write("staged.tf", "s\n").git(&["add", "staged.tf"]).git(&["rm", "-q", "--cached", "gone-from-index.tf"]);
        let snapshot = f.repo().snapshot().unwrap();
        assert_eq!(
            shown(&snapshot),
            [
                "MM both.tf +2 -1",
                " D deleted.tf +0 -2",
                "D? gone-from-index.tf +1 -0",
                " M modified.tf +2 -1",
                " ? new dir/untracked ü.tf +3 -0",
                " ? picture.png +0 -0 binary",
                "R  moved.tf -> renamed.tf +0 -0",
                "A  staged.tf +1 -0",
            ]
        );
        assert!(snapshot.is_git && snapshot.operation.is_none());
        assert_eq!(snapshot.branch.as_deref(), Some("main"));
        assert_eq!(snapshot.head_summary, "first");
        assert_eq!(snapshot.log.len(), 1);
        assert_eq!(f.repo().root(), f.root());
    }

    #[test]
    fn looking_does_not_touch_the_index() {
        let f = Fixture::new();
        f.write("a", "1\n").commit_all("first").write("a", "2\n");
        let before = std::fs::read(f.path(".git/index")).unwrap();
        let repo = f.repo();
        assert_eq!(repo.snapshot().unwrap(), repo.snapshot().unwrap(), "remembered counts are the same");
        assert_eq!(before, std::fs::read(f.path(".git/index")).unwrap());
    }

    #[test]
    fn a_repo_before_its_first_commit() {
        let f = Fixture::new();
        f.write("a.tf", "1\n");
        let snapshot = f.repo().snapshot().unwrap();
        assert_eq!((snapshot.branch.as_deref(), snapshot.head.as_deref()), (Some("main"), None));
        assert_eq!(shown(&snapshot), [" ? a.tf +1 -0"]);
        f.git(&["add", "a.tf"]);
        assert_eq!(shown(&f.repo().snapshot().unwrap()), ["A  a.tf +1 -0"]);
    }

    #[test]
    fn detached_bare_and_plain() {
        let f = Fixture::new();
        f.write("a", "1").commit_all("first").write("a", "2").commit_all("second").git(&["checkout", "-q", "HEAD~1"]);
        let snapshot = f.repo().snapshot().unwrap();
        assert_eq!((snapshot.branch, snapshot.head_summary.as_str()), (None, "first"));

        f.git(&["clone", "-q", "--bare", ".", "bare.git"]);
        let bare = Repo::open(&f.path("bare.git")).unwrap();
        assert!(bare.is_bare());
        let snapshot = bare.snapshot().unwrap();
        assert!(snapshot.changes.is_empty() && snapshot.head.is_some());

        let plain = tempfile::tempdir().unwrap();
        assert!(matches!(Repo::open(plain.path()), Err(RepoFault::NotFound(_))));
        let workdir = Workdir::open(plain.path()).unwrap();
        assert!(workdir.repo().is_none() && !workdir.snapshot().unwrap().is_git);
        assert!(Workdir::open(&plain.path().join("nowhere")).is_err());
    }

    #[test]
    fn linked_worktrees_and_subdirectories_find_their_repo() {
        let f = Fixture::new();
        f.write("web/main.tf", "1").commit_all("first");
        f.git(&["worktree", "add", "-q", "-b", "side", "linked tree"]);
        let linked = Repo::open(&f.path("linked tree/web")).unwrap();
        assert_eq!(linked.root(), f.path("linked tree"));
        assert_eq!(linked.snapshot().unwrap().branch.as_deref(), Some("side"));
        assert_eq!(linked.common_directory(), f.path(".git"));
        assert_ne!(linked.git_directory(), linked.common_directory());
        assert_eq!(Repo::open(&f.path("web")).unwrap().root(), f.root());
    }

    #[test]
    fn submodules_are_one_change() {
        let (inner, outer) = (Fixture::new(), Fixture::new());
        inner.write("m.tf", "1").commit_all("inner");
        let url = inner.root().display().to_string();
        outer.write("a", "1").git(&["-c", "protocol.file.allow=always", "submodule", "-q", "add", &url, "mods/m"]);
        outer.commit_all("with submodule");
        assert!(outer.repo().snapshot().unwrap().changes.is_empty());
        outer.write("mods/m/m.tf", "2");
        assert_eq!(shown(&outer.repo().snapshot().unwrap()), [" M mods/m +0 -0"]);
        let inside = Repo::open(&outer.path("mods/m")).unwrap();
        assert_eq!(inside.root(), outer.path("mods/m"));
        assert_eq!(shown(&inside.snapshot().unwrap()), [" M m.tf +1 -1"]);
    }

    #[test]
    fn ahead_behind_and_a_merge_under_way() {
        let f = Fixture::new();
        f.write("a", "1\n").commit_all("first").git(&["branch", "other"]);
        f.write("a", "2\n").commit_all("ours").git(&["branch", "-u", "other"]);
        let repo = f.repo();
        assert_eq!((repo.snapshot().unwrap().ahead, repo.snapshot().unwrap().behind), (1, 0));
        f.git(&["checkout", "-q", "other"]).write("a", "3\n").commit_all("theirs").git(&["checkout", "-q", "main"]);
        assert_eq!((repo.snapshot().unwrap().ahead, repo.snapshot().unwrap().behind), (1, 1));
        f.git_fails(&["merge", "-q", "other"]);
        let snapshot = repo.snapshot().unwrap();
        assert_eq!(snapshot.operation.as_deref(), Some("merge"));
        assert_eq!(snapshot.changes[0].unstaged, Some(FileStatus::Conflicted));
    }

    #[test]
    fn names_that_are_not_utf8_and_control_characters() {
        use std::os::unix::ffi::OsStrExt;
        let f = Fixture::new();
        let odd = std::ffi::OsStr::from_bytes(b"odd\xff.tf");
        std::fs::write(f.root().join(odd), "1\n").unwrap();
        f.write("tab\there\u{1b}[31m.tf", "1\n");
        let snapshot = f.repo().snapshot().unwrap();
        assert_eq!(shown(&snapshot), [" ? odd\\xff.tf +1 -0", " ? tab\there\u{1b}[31m.tf +1 -0"]);
    }

    #[test]
    fn a_repo_of_somebody_else_is_refused_politely() {
        let f = Fixture::new();
        if std::os::unix::fs::chown(f.path(".git"), Some(12345), None).is_err() {
            println!("SKIPPED: only root can give a repo to somebody else");
            return;
        }
        std::os::unix::fs::chown(f.root(), Some(12345), None).unwrap();
        match Repo::open(f.root()) {
            Err(fault @ RepoFault::NotOwned(_)) => assert!(fault.hint().unwrap().contains("safe.directory")),
            other => panic!("{other:?}"),
        }
    }

    /// Looking only at what changed gives the same as looking at everything, whatever changes.
    #[test]
    fn refreshing_equals_looking_anew() {
        let f = Fixture::new();
        let files = ["a.tf", "web/b.tf", "web/deep/c.tf", "web2/d.tf", "ü/e f.tf", "g", "x.log"];
        f.write(".gitignore", "*.log\n").write("a.tf", "1\n").write("web/b.tf", "1\n").write("ü/e f.tf", "1\n");
        f.commit_all("first").write("web/deep/c.tf", "1\n").git(&["add", "."]).git(&["rm", "-q", "--cached", "a.tf"]);
        let repo = f.repo();
        let mut known = repo.snapshot().unwrap();
        let mut random = 88_172_645_463_325_252u64;
        for turn in 0..120 {
            let mut touched = BTreeSet::new();
            for _ in 0..=turn % 3 {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let name = files[(random % 7) as usize];
                match (random >> 8) % 5 {
                    0 | 1 => drop(f.write(name, format!("{}\n", "line\n".repeat((random >> 16) as usize % 9)))),
                    2 => drop(std::fs::remove_file(f.path(name))),
                    3 => drop(std::fs::remove_dir_all(f.path("web"))),
                    _ => drop(f.write(name, "1\n")),
                }
                touched.insert(RepoPath::new(if (random >> 8) % 5 == 3 { "web" } else { name }));
            }
            known = repo.refresh(&known, &touched).unwrap();
            assert_eq!(shown(&known), shown(&f.repo().snapshot().unwrap()), "turn {turn}: {touched:?}");
        }
    }

    #[test]
    fn damage_is_a_fault_and_no_panic() {
        for (file, bytes) in
            [(".git/index", &b"DIRC garbage"[..]), (".git/HEAD", b"\xff\xfe"), (".git/config", b"[core")]
        {
            let f = Fixture::new();
            f.write("a", "1\n").commit_all("first").write("a", "2\n").write(file, bytes);
            let outcome = Repo::open(f.root()).and_then(|repo| repo.snapshot());
            assert!(outcome.is_err(), "{file}: {outcome:?}");
        }
        let f = Fixture::new();
        f.write("a", "1\n")
            .commit_all("first")
            .write(".git/refs/heads/main", "0123456789012345678901234567890123456789\n");
        assert!(f.repo().snapshot().is_err(), "a commit that is missing");
    }

    #[test]
    fn pipes_loops_nested_repos_and_a_vanished_root() {
        let f = Fixture::new();
        f.write("a", "1\n").commit_all("first").git(&["init", "-q", "nested"]).write("nested/x", "1\n");
        let made = std::process::Command::new("mkfifo").arg(f.path("pipe")).status().unwrap().success();
        assert!(made);
        std::os::unix::fs::symlink("loop", f.path("loop")).unwrap();
        std::os::unix::fs::symlink(".", f.path("here")).unwrap();
        let repo = f.repo();
        assert_eq!(shown(&repo.snapshot().unwrap()), [" ? here +1 -0", " ? loop +1 -0", " ? nested +0 -0"]);
        let side = crate::model::snapshot::DiffSide::Unstaged;
        assert!(repo.diff(&RepoPath::new("pipe"), side).unwrap().hunks.is_empty());
        assert_eq!(repo.diff(&RepoPath::new("here"), side).unwrap().hunks[0].lines[0].text, ".");
        std::fs::remove_dir_all(f.root()).unwrap();
        let outcome = repo.snapshot();
        assert!(outcome.is_err(), "{outcome:?}");
        assert_eq!(repo.blame(&RepoPath::new("a")).unwrap().lines, [], "there is nothing to blame");
    }

    #[test]
    fn many_files_take_little_time() {
        let f = Fixture::new();
        for n in 0..3000 {
            f.write(&format!("stacks/stack {}/f{n}.tf", n % 300), "resource \"x\" \"y\" {}\n");
        }
        f.commit_all("first");
        for n in 0..50 {
            f.write(&format!("stacks/stack {n}/f{n}.tf"), "changed\n");
        }
        let repo = f.repo();
        let mut took: Vec<Duration> = (0..5)
            .map(|_| {
                let start = std::time::Instant::now();
                assert_eq!(repo.snapshot().unwrap().changes.len(), 50);
                start.elapsed()
            })
            .collect();
        took.sort();
        println!("snapshot of 3000 files: {:?}", took[2]);
        assert!(took[2] < Duration::from_secs(2), "{took:?}");
    }

    #[test]
    fn a_large_file_is_not_read() {
        let f = Fixture::new();
        f.write("big.bin", "1").commit_all("first");
        std::fs::File::create(f.path("big.bin")).unwrap().set_len(3 << 30).unwrap();
        let start = std::time::Instant::now();
        assert_eq!(shown(&f.repo().snapshot().unwrap()), [" M big.bin +0 -0"]);
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    }
}
