//! The diff of one file between two of HEAD, index and working tree, as panes show it.

use git2::{DiffFindOptions, DiffOptions, Repository};

use super::discover::Repo;
use super::fault::{RepoFault, While};
use super::lines;
use super::side::{self, Content, Side, is_binary, relative};
use crate::model::place::RepoPath;
use crate::model::snapshot::{DiffSide, FileDiff, Hunk};

/// Both sides of one file.
#[derive(Debug)]
pub(super) struct Sides {
    pub(super) old: Side,
    pub(super) new: Side,
    /// The old side's path when the file was renamed.
    pub(super) old_path: Option<RepoPath>,
}

impl Repo {
    /// The diff of one file. Without changes it has no hunks and no note.
    ///
    /// # Errors
    /// When git or the disk cannot be read.
    pub fn diff(&self, path: &RepoPath, side: DiffSide) -> Result<FileDiff, RepoFault> {
        self.need_workdir()?;
        let git = self.git();
        let index = Repo::fresh_index(&git)?;
        let sides = self.sides(&git, &index, path, side)?;
        let mut diff = between(path, &sides)?;
        diff.side = side;
        if is_untextual(&git, path) && !diff.hunks.is_empty() {
            diff.hunks.clear();
            diff.binary = true;
            diff.note.get_or_insert_with(|| "marked as binary in .gitattributes".to_owned());
        }
        Ok(diff)
    }

    pub(super) fn sides(
        &self,
        git: &Repository,
        index: &git2::Index,
        path: &RepoPath,
        side: DiffSide,
    ) -> Result<Sides, RepoFault> {
        match side {
            DiffSide::Unstaged => Ok(Sides {
                old: side::in_index(git, index, path)?,
                new: side::in_workdir(git, self.root(), index, path)?,
                old_path: None,
            }),
            DiffSide::Staged => {
                let mut old = side::in_head(git, path)?;
                let new = side::in_index(git, index, path)?;
                let mut old_path = None;
                if old.is_absent() && !new.is_absent() {
                    old_path = renamed_from(git, index, path)?;
                }
                if let Some(from) = &old_path {
                    old = side::in_head(git, from)?;
                }
                Ok(Sides { old, new, old_path })
            }
        }
    }
}

/// Whether `.gitattributes` says that the file has no diff.
fn is_untextual(git: &Repository, path: &RepoPath) -> bool {
    let flags = git2::AttrCheckFlags::FILE_THEN_INDEX;
    git.get_attr_bytes(&relative(path), "diff", flags)
        .is_ok_and(|value| git2::AttrValue::from_bytes(value) == git2::AttrValue::False)
}

/// The path in HEAD that a staged new file was renamed from.
pub(super) fn renamed_from(
    git: &Repository,
    index: &git2::Index,
    path: &RepoPath,
) -> Result<Option<RepoPath>, RepoFault> {
    let what = "looking for renames";
    let head = side::head_tree(git)?;
    let mut options = DiffOptions::new();
    options.ignore_submodules(true);
    let mut diff = git.diff_tree_to_index(head.as_ref(), Some(index), Some(&mut options)).during(what)?;
    diff.find_similar(Some(DiffFindOptions::new().renames(true))).during(what)?;
    let renamed = diff.deltas().find(|delta| {
        delta.status() == git2::Delta::Renamed && delta.new_file().path_bytes() == Some(&*path.to_bytes())
    });
    Ok(renamed.and_then(|delta| delta.old_file().path_bytes().map(RepoPath::from_bytes)))
}

/// A file at a revision.
pub(super) fn in_revision(git: &Repository, revision: &str, path: &RepoPath) -> Result<Side, RepoFault> {
    let object = git.revparse_single(revision).map_err(|_| RepoFault::UnknownRevision(revision.to_owned()))?;
    let tree = object.peel_to_tree().during("reading a commit")?;
    match tree.get_path(&relative(path)) {
        Ok(entry) if entry.kind() == Some(git2::ObjectType::Blob) => Ok(Side {
            content: side::blob(git, entry.id())?,
            mode: u32::try_from(entry.filemode()).unwrap_or(side::MODE_FILE),
        }),
        Ok(entry) if entry.kind() == Some(git2::ObjectType::Commit) => {
            Ok(Side { content: Content::Submodule(entry.id().to_string()), mode: side::MODE_SUBMODULE })
        }
        Ok(_) => Ok(Side::ABSENT),
        Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(Side::ABSENT),
        Err(error) => Err(error).during("reading a commit"),
    }
}

pub(super) fn between(path: &RepoPath, sides: &Sides) -> Result<FileDiff, RepoFault> {
    let mut notes = Vec::new();
    if let Some(from) = &sides.old_path {
        notes.push(format!("renamed from {from}"));
    }
    notes.extend(mode_note(&sides.old, &sides.new));
    let binary = is_binary(sides.old.content.bytes()) || is_binary(sides.new.content.bytes());
    let mut hunks = Vec::new();
    if let Some(note) = unread_note(&sides.old, &sides.new) {
        notes.push(note);
    } else if binary {
        notes.push(binary_note(&sides.old, &sides.new));
    } else {
        hunks = hunks_of(path, sides)?;
    }
    let empty = |side: &Side| side.content == Content::Bytes(Vec::new());
    match (sides.old.is_absent(), sides.new.is_absent()) {
        (true, false) if empty(&sides.new) => notes.push("new empty file".to_owned()),
        (false, true) if empty(&sides.old) => notes.push("empty file deleted".to_owned()),
        _ => {}
    }
    let note = (!notes.is_empty()).then(|| notes.join(", "));
    Ok(FileDiff { path: path.clone(), side: DiffSide::Unstaged, hunks, binary, note })
}

pub(super) fn hunks_of(path: &RepoPath, sides: &Sides) -> Result<Vec<Hunk>, RepoFault> {
    lines::hunks(path.as_str(), sides.old.content.bytes(), sides.new.content.bytes())
}

fn mode_note(old: &Side, new: &Side) -> Option<String> {
    let (from, to) = (old.mode, new.mode);
    if old.is_absent() || new.is_absent() || from == to {
        return None;
    }
    let (from_kind, to_kind) = (side::kind_text(from), side::kind_text(to));
    if from_kind != to_kind {
        return Some(format!("{from_kind} → {to_kind}"));
    }
    Some(format!("mode {} → {}", side::mode_text(from), side::mode_text(to)))
}

/// What is said instead of a content that was not read.
fn unread_note(old: &Side, new: &Side) -> Option<String> {
    let short = |id: &str| if id.is_empty() { "nothing".to_owned() } else { id.chars().take(10).collect() };
    match (&old.content, &new.content) {
        (Content::Large(size), _) | (_, Content::Large(size)) => {
            Some(format!("file is larger than 10 MB ({} MB): not compared", size.div_ceil(1_000_000)))
        }
        (Content::Submodule(from), Content::Submodule(to)) if from == to => {
            Some(format!("submodule at {} has changes of its own", short(to)))
        }
        (Content::Submodule(from), Content::Submodule(to)) => {
            Some(format!("submodule {} → {}", short(from), short(to)))
        }
        (Content::Submodule(from), _) => Some(format!("submodule {} removed", short(from))),
        (_, Content::Submodule(to)) => Some(format!("submodule {} added", short(to))),
        (Content::Absent | Content::Bytes(_), Content::Absent | Content::Bytes(_)) => None,
    }
}

fn binary_note(old: &Side, new: &Side) -> String {
    let size = |side: &Side| side.content.bytes().len();
    match (old.is_absent(), new.is_absent()) {
        (true, _) => format!("binary file, {} bytes", size(new)),
        (_, true) => format!("binary file of {} bytes deleted", size(old)),
        _ => format!("binary file, {} → {} bytes", size(old), size(new)),
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests build their own world")]
mod tests {
    use super::*;
    use crate::model::snapshot::LineKind;
    use crate::repo::fixture::Fixture;

    fn text(diff: &FileDiff) -> String {
        let mut out = diff.note.clone().map(|note| format!("({note})\n")).unwrap_or_default();
        for hunk in &diff.hunks {
            out.push_str(&format!("@@ {}\n", hunk.heading));
            for line in &hunk.lines {
                let sign = match line.kind {
                    LineKind::Context => ' ',
                    LineKind::Added => '+',
                    LineKind::Removed => '-',
                };
                out.push_str(&format!("{sign}{}\n", line.text));
            }
        }
        out
    }

    fn unstaged(f: &Fixture, path: &str) -> String {
        text(&f.repo().diff(&RepoPath::new(path), DiffSide::Unstaged).unwrap())
    }

    fn staged(f: &Fixture, path: &str) -> String {
        text(&f.repo().diff(&RepoPath::new(path), DiffSide::Staged).unwrap())
    }

    #[test]
    fn both_sides_of_an_edit() {
        let f = Fixture::new();
        f.write("w/main.tf", "module \"site\" {\n  port = 8080\n}\n").commit_all("first");
        f.write("w/main.tf", "module \"site\" {\n  port = 8443\n}\n").git(&["add", "-A"]);
        f.write("w/main.tf", "module \"site\" {\n  port = 9000\n}\n");
        assert_eq!(
            unstaged(&f, "w/main.tf"),
            "@@ module \"site\"\n module \"site\" {\n-  port = 8443\n+  port = 9000\n }\n"
        );
        assert_eq!(
            staged(&f, "w/main.tf"),
            "@@ module \"site\"\n module \"site\" {\n-  port = 8080\n+  port = 8443\n }\n"
        );
        let diff = f.repo().diff(&RepoPath::new("w/main.tf"), DiffSide::Unstaged).unwrap();
        assert_eq!(diff.hunks[0].lines[1].emphasis, [(9, 13)]);
    }

    #[test]
    fn new_deleted_renamed_and_nothing() {
        let f = Fixture::new();
        let long: String = (0..20).map(|n| format!("line {n}\n")).collect();
        f.write("old", &long).write("gone", "g\n").write("same", "s\n").commit_all("first");
        f.write("new", "n\n").write("empty", "").remove("gone");
        assert_eq!(unstaged(&f, "new"), "@@ \n+n\n");
        assert_eq!(unstaged(&f, "empty"), "(new empty file)\n");
        assert_eq!(unstaged(&f, "gone"), "@@ \n-g\n");
        assert_eq!(unstaged(&f, "same"), "");
        assert_eq!(unstaged(&f, "no/such/file"), "");
        f.rename("old", "moved").write("moved", long.replace("line 7\n", "seven\n")).git(&["add", "-A"]);
        assert!(staged(&f, "moved").starts_with("(renamed from old)\n@@ line 3\n"), "{}", staged(&f, "moved"));
    }

    #[test]
    fn notes_stand_for_what_is_not_text() {
        let f = Fixture::new();
        f.write("bin", "a\u{0}b").write("run.sh", "x\n").write("link", "x\n").write(".gitattributes", "*.lock -diff\n");
        f.write("a.lock", "1\n").commit_all("first");
        f.write("bin", "a\u{0}bc").mode("run.sh", 0o755).write("a.lock", "2\n");
        f.remove("link");
        std::os::unix::fs::symlink("run.sh", f.path("link")).unwrap();
        std::fs::File::create(f.path("huge")).unwrap().set_len(200 << 20).unwrap();
        assert_eq!(unstaged(&f, "bin"), "(binary file, 3 → 4 bytes)\n");
        assert_eq!(unstaged(&f, "run.sh"), "(mode 100644 → 100755)\n");
        assert_eq!(unstaged(&f, "link"), "(file → link)\n@@ \n-x\n+run.sh\n");
        assert_eq!(unstaged(&f, "huge"), "(file is larger than 10 MB (210 MB): not compared)\n");
        assert_eq!(unstaged(&f, "a.lock"), "(marked as binary in .gitattributes)\n");
    }

    #[test]
    fn line_ends_that_git_converts_are_no_change() {
        let f = Fixture::new();
        f.write(".gitattributes", "*.tf text eol=crlf\n").write("a.tf", "a\r\nb\r\n").commit_all("first");
        assert_eq!(unstaged(&f, "a.tf"), "");
        f.write("a.tf", "a\r\nc\r\n");
        assert_eq!(unstaged(&f, "a.tf"), "@@ \n a\n-b\n+c\n");
        let diff = f.repo().diff(&RepoPath::new("a.tf"), DiffSide::Unstaged).unwrap();
        assert!(diff.hunks[0].lines.iter().all(|line| !line.text.contains('\r')));
        assert_eq!(f.repo().snapshot().unwrap().changes[0].added, 1);
        f.write("untracked.tf", "a\r\nb\r\n");
        assert_eq!(unstaged(&f, "untracked.tf"), "@@ \n+a\n+b\n");
    }
}
