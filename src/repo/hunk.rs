//! Staging and unstaging single hunks. The bytes are spliced line by line, so line ends, a missing newline at the end
//! and text that is not UTF-8 survive; the hunk must still be there as it was shown.

use super::diff::{Sides, hunks_of};
use super::discover::Repo;
use super::fault::{RepoFault, While};
use super::lines::split;
use super::operation::Operation;
use super::side::{Content, MODE_FILE, MODE_SUBMODULE, Side, relative};
use super::stage::{entries, entry, finish, put, refuse_filtered};
use crate::model::place::RepoPath;
use crate::model::snapshot::{DiffSide, Hunk};

impl Repo {
    /// Stages one hunk of the diff index → working tree.
    ///
    /// # Errors
    /// [`RepoFault::Moved`] when the file has no such hunk any more.
    pub fn stage_hunk(&self, path: &RepoPath, hunk: &Hunk) -> Result<Operation, RepoFault> {
        self.move_hunk(path, hunk, DiffSide::Unstaged)
    }

    /// Takes one hunk of the diff HEAD → index out of the index.
    ///
    /// # Errors
    /// [`RepoFault::Moved`] when the index has no such hunk any more.
    pub fn unstage_hunk(&self, path: &RepoPath, hunk: &Hunk) -> Result<Operation, RepoFault> {
        self.move_hunk(path, hunk, DiffSide::Staged)
    }

    fn move_hunk(&self, path: &RepoPath, hunk: &Hunk, side: DiffSide) -> Result<Operation, RepoFault> {
        self.need_workdir()?;
        let git = self.git();
        let mut index = Repo::fresh_index(&git)?;
        refuse_filtered(&git, path)?;
        let sides = self.sides(&git, &index, path, side)?;
        let readable = |side: &Side| matches!(side.content, Content::Bytes(_) | Content::Absent);
        if !readable(&sides.old) || !readable(&sides.new) || !hunks_of(path, &sides)?.contains(hunk) {
            return Err(RepoFault::Moved(path.clone()));
        }
        let before = entries(&index, std::slice::from_ref(path));
        let (result, what) = match side {
            DiffSide::Unstaged => (staged(&sides, hunk), "stage"),
            DiffSide::Staged => (unstaged(&sides, hunk), "unstage"),
        };
        match result {
            None => put(&mut index, path, None)?,
            Some((bytes, mode)) => {
                let _ = index.conflict_remove(&relative(path));
                let blob = git.blob(&bytes).during("storing a file")?;
                index.add(&entry(path, blob, mode)).during("changing the index")?;
            }
        }
        finish(&mut index, &format!("{what} a hunk of {path}"), before)
    }
}

/// The index's content and mode after staging; `None` when the file is gone then.
fn staged(sides: &Sides, hunk: &Hunk) -> Option<(Vec<u8>, u32)> {
    let bytes = splice(sides.old.content.bytes(), old_range(hunk), sides.new.content.bytes(), new_range(hunk));
    settle(bytes, &sides.old, &sides.new)
}

/// The index's content and mode after unstaging; `None` when the file is gone then.
fn unstaged(sides: &Sides, hunk: &Hunk) -> Option<(Vec<u8>, u32)> {
    let bytes = splice(sides.new.content.bytes(), new_range(hunk), sides.old.content.bytes(), old_range(hunk));
    // A renamed file keeps its new name whatever its content becomes.
    let target = if sides.old_path.is_some() { &sides.new } else { &sides.old };
    settle(bytes, &sides.new, target)
}

/// The file exists as long as the content has not wholly become that of a side where it does not.
fn settle(bytes: Vec<u8>, base: &Side, target: &Side) -> Option<(Vec<u8>, u32)> {
    if target.is_absent() && bytes.is_empty() {
        return None;
    }
    let known = [base.mode, target.mode].into_iter().find(|mode| *mode != 0 && *mode != MODE_SUBMODULE);
    // A link's target or a file's text: what the content is wholly from decides the kind.
    let mode = if bytes == target.content.bytes() && kind(target.mode) != kind(base.mode) && target.mode != 0 {
        target.mode
    } else {
        known.unwrap_or(MODE_FILE)
    };
    Some((bytes, mode))
}

fn kind(mode: u32) -> u32 {
    mode & 0o170_000
}

fn range(start: u32, lines: u32) -> std::ops::Range<usize> {
    // A side without lines names the line before the change.
    let begin = if lines == 0 { start } else { start.saturating_sub(1) } as usize;
    begin..begin + lines as usize
}

fn old_range(hunk: &Hunk) -> std::ops::Range<usize> {
    range(hunk.old_start, hunk.old_lines)
}

fn new_range(hunk: &Hunk) -> std::ops::Range<usize> {
    range(hunk.new_start, hunk.new_lines)
}

/// `base` with some of its lines replaced by lines of `other`.
fn splice(base: &[u8], replaced: std::ops::Range<usize>, other: &[u8], by: std::ops::Range<usize>) -> Vec<u8> {
    let (base, other) = (split(base), split(other));
    let part = |lines: &[&[u8]], range: std::ops::Range<usize>| {
        lines[range.start.min(lines.len())..range.end.min(lines.len())].concat()
    };
    let mut bytes = part(&base, 0..replaced.start);
    bytes.extend(part(&other, by));
    bytes.extend(part(&base, replaced.end..base.len().max(replaced.end)));
    bytes
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests build their own world")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::repo::fixture::Fixture;

    fn diff(f: &Fixture, name: &str, side: DiffSide) -> Vec<Hunk> {
        f.repo().diff(&RepoPath::new(name), side).unwrap().hunks
    }

    fn numbered(count: usize) -> Vec<String> {
        (0..count).map(|n| format!("line {n}\n")).collect()
    }

    #[test]
    fn one_hunk_of_several() {
        let f = Fixture::new();
        let mut lines = numbered(30);
        f.write("a", lines.concat()).commit_all("first");
        (lines[2], lines[15]) = ("two\n".into(), String::new());
        lines[29] = "last, without a newline".into();
        f.write("a", lines.concat());
        let path = RepoPath::new("a");
        let hunks = diff(&f, "a", DiffSide::Unstaged);
        assert_eq!(hunks.len(), 3);
        f.repo().stage_hunk(&path, &hunks[1]).unwrap();
        assert_eq!(f.ask(&["diff", "--cached", "--numstat"]), "0\t1\ta\n");
        assert!(matches!(f.repo().stage_hunk(&path, &hunks[1]), Err(RepoFault::Moved(_))));
        for _ in 0..2 {
            let hunks = diff(&f, "a", DiffSide::Unstaged);
            f.repo().stage_hunk(&path, hunks.last().unwrap()).unwrap();
        }
        assert_eq!(f.ask(&["status", "--porcelain"]), "M  a\n");
        assert_eq!(f.ask(&["show", ":a"]), f.read("a"));
        for _ in 0..3 {
            let hunks = diff(&f, "a", DiffSide::Staged);
            f.repo().unstage_hunk(&path, &hunks[0]).unwrap();
        }
        assert_eq!(f.ask(&["diff", "--cached", "--name-only"]), "");
    }

    #[test]
    fn new_and_deleted_files_and_modes() {
        let f = Fixture::new();
        f.write("gone", "1\n2\n").write("sh", "1\n").mode("sh", 0o755).commit_all("first");
        f.remove("gone").write("new", "n").mode("new", 0o755).write("sh", "2\n");
        for (name, flags) in [("gone", "D "), ("new", "A "), ("sh", "M ")] {
            let hunks = diff(&f, name, DiffSide::Unstaged);
            f.repo().stage_hunk(&RepoPath::new(name), &hunks[0]).unwrap();
            assert_eq!(f.ask(&["status", "--porcelain", name]), format!("{flags} {name}\n"));
        }
        assert!(f.ask(&["ls-files", "-s", "new"]).starts_with("100755"));
        assert!(f.ask(&["ls-files", "-s", "sh"]).starts_with("100755"));
        for (name, flags) in [("gone", " D"), ("new", "??"), ("sh", " M")] {
            let hunks = diff(&f, name, DiffSide::Staged);
            f.repo().unstage_hunk(&RepoPath::new(name), &hunks[0]).unwrap();
            assert_eq!(f.ask(&["status", "--porcelain", name]), format!("{flags} {name}\n"));
        }
    }

    #[test]
    fn emptied_files_stay_and_links_change_kind() {
        let f = Fixture::new();
        f.write("a", "1\n").write("l", "x\n").commit_all("first").write("a", "").remove("l");
        std::os::unix::fs::symlink("a", f.path("l")).unwrap();
        for name in ["a", "l"] {
            let hunks = diff(&f, name, DiffSide::Unstaged);
            f.repo().stage_hunk(&RepoPath::new(name), &hunks[0]).unwrap();
        }
        assert_eq!(f.ask(&["status", "--porcelain"]), "M  a\nT  l\n");
    }

    #[test]
    fn a_hunk_in_a_renamed_file() {
        let f = Fixture::new();
        let mut lines = numbered(30);
        f.write("old", lines.concat()).commit_all("first").git(&["mv", "old", "new"]);
        lines[20] = "changed\n".into();
        f.write("new", lines.concat()).git(&["add", "-A"]);
        let hunks = diff(&f, "new", DiffSide::Staged);
        assert_eq!(hunks.len(), 1);
        f.repo().unstage_hunk(&RepoPath::new("new"), &hunks[0]).unwrap();
        assert_eq!(f.ask(&["status", "--porcelain"]), "RM old -> new\n");
    }

    #[test]
    fn converted_line_ends_survive() {
        let f = Fixture::new();
        f.write(".gitattributes", "* text eol=crlf\n").write("a", "1\r\n2\r\n3\r\n").commit_all("first");
        f.write("a", "1\r\n2\r\n3\r\n4\r\n");
        let hunks = diff(&f, "a", DiffSide::Unstaged);
        f.repo().stage_hunk(&RepoPath::new("a"), &hunks[0]).unwrap();
        assert_eq!(f.ask(&["show", ":a"]), "1\n2\n3\n4\n");
        assert_eq!(f.ask(&["status", "--porcelain"]), "M  a\n");
    }

    /// A text of lines with all kinds of ends, not always UTF-8.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        let line = prop_oneof![
            4 => Just(&b"same\n"[..]), 4 => Just(&b"other\n"[..]), 2 => Just(&b"dos\r\n"[..]),
            1 => Just(&b"\n"[..]), 1 => Just(&b"latin \xe4\n"[..]), 1 => Just(&b"cr\r"[..]),
        ];
        let end = prop_oneof![2 => Just(&b""[..]), 1 => Just(&b"no newline"[..])];
        (proptest::collection::vec(line, 0..60), end).prop_map(|(lines, end)| [lines.concat(), end.to_vec()].concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn staging_every_hunk_gives_the_working_tree(old in text(), new in text(), pick in any::<u64>()) {
            let f = Fixture::new();
            f.write("keep", "k").write("a", &old).commit_all("first");
            f.write("a", &new);
            let (repo, path) = (f.repo(), RepoPath::new("a"));
            let stored = || {
                let git = git2::Repository::open(f.root()).unwrap();
                let id = git.index().unwrap().get_path(std::path::Path::new("a"), 0).unwrap().id;
                git.find_blob(id).unwrap().content().to_vec()
            };
            for turn in 0.. {
                let hunks = repo.diff(&path, DiffSide::Unstaged).unwrap().hunks;
                if hunks.is_empty() {
                    break;
                }
                prop_assert!(turn < 100, "staging goes on for ever");
                let left = hunks.len();
                repo.stage_hunk(&path, &hunks[(pick >> (turn % 60)) as usize % left]).unwrap();
                prop_assert_eq!(repo.diff(&path, DiffSide::Unstaged).unwrap().hunks.len(), left - 1);
            }
            prop_assert_eq!(stored(), new);
            for _ in 0..100 {
                let hunks = repo.diff(&path, DiffSide::Staged).unwrap().hunks;
                let Some(hunk) = hunks.get(pick as usize % hunks.len().max(1)) else { break };
                repo.unstage_hunk(&path, hunk).unwrap();
            }
            prop_assert_eq!(stored(), old);
        }
    }
}
