//! Staging and unstaging whole files, and what an index entry was before: the value that makes it undoable.

use std::path::Path;

use git2::{AttrCheckFlags, Index, IndexEntry, IndexTime, Oid, Repository};

use super::diff::renamed_from;
use super::discover::Repo;
use super::fault::{RepoFault, While};
use super::operation::{EntryChange, IndexedFile, Operation};
use super::side::{self, relative};
use crate::model::place::RepoPath;
use crate::sys::files::{FileKind, ReadFiles, RealFiles};
use crate::sys::processes::Invocation;

impl Repo {
    /// Makes the index hold these files as they are in the working tree; a directory stands for all files below it.
    ///
    /// # Errors
    /// [`RepoFault::Filtered`] for a file that only a program can store, [`RepoFault::Unchanged`] when there is nothing
    /// to stage, or when git fails; the index is then as before.
    pub fn stage(&self, paths: &[RepoPath]) -> Result<Operation, RepoFault> {
        self.need_workdir()?;
        let git = self.git();
        let mut index = Repo::fresh_index(&git)?;
        let paths = files_below(&git, &index, self.root(), paths)?;
        for path in &paths {
            refuse_filtered(&git, path)?;
        }
        let before = entries(&index, &paths);
        for path in &paths {
            stage_one(&mut index, self.root(), path)?;
        }
        finish(&mut index, &format!("stage {}", named(&paths)), before)
    }

    /// Makes the index hold these files as they are in HEAD. A file that was renamed takes its old name with it.
    ///
    /// # Errors
    /// [`RepoFault::Unchanged`] when none of them is staged, or when git fails; the index is then as before.
    pub fn unstage(&self, paths: &[RepoPath]) -> Result<Operation, RepoFault> {
        self.need_workdir()?;
        let git = self.git();
        let mut index = Repo::fresh_index(&git)?;
        let named_paths = paths.to_vec();
        let mut paths = staged_below(&git, &index, paths)?;
        for path in paths.clone() {
            if side::head_entry(&git, &path)?.is_none()
                && let Some(from) = renamed_from(&git, &index, &path)?
            {
                paths.push(from);
            }
        }
        paths.sort();
        paths.dedup();
        let before = entries(&index, &paths);
        for path in &paths {
            let entry = side::head_entry(&git, path)?;
            put(&mut index, path, entry.map(|(id, mode)| IndexedFile { id: id.to_string(), mode }).as_ref())?;
        }
        finish(&mut index, &format!("unstage {}", named(&named_paths)), before)
    }
}

/// How some files stand in the index, to see afterwards what the `git` program did to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexMark {
    entries: Vec<EntryChange>,
}

impl Repo {
    /// The command that stages files which only a program can store ([`RepoFault::Filtered`]). To be run in a trusted
    /// repo only; [`Repo::staged_since`] says afterwards what came of it.
    pub fn stage_invocation(&self, paths: &[RepoPath]) -> Invocation {
        let fixed = ["--no-pager", "--literal-pathspecs", "add", "--all", "--"].map(str::to_owned);
        let paths = paths.iter().map(|path| String::from_utf8_lossy(&path.to_bytes()).into_owned());
        Invocation::new("git", fixed.into_iter().chain(paths), self.root()).with_env("GIT_TERMINAL_PROMPT", "0")
    }

    /// How files stand in the index now.
    ///
    /// # Errors
    /// When git cannot read it.
    pub fn index_mark(&self, paths: &[RepoPath]) -> Result<IndexMark, RepoFault> {
        let git = self.git();
        let index = Repo::fresh_index(&git)?;
        let paths = files_below(&git, &index, self.root(), paths)?;
        Ok(IndexMark { entries: entries(&index, &paths) })
    }

    /// What happened to the files since, as an operation that can be undone; `None` when nothing did.
    ///
    /// # Errors
    /// When git cannot read it.
    pub fn staged_since(&self, mark: &IndexMark) -> Result<Option<Operation>, RepoFault> {
        let git = self.git();
        let index = Repo::fresh_index(&git)?;
        let mut changes = mark.entries.clone();
        changes.iter_mut().for_each(|change| change.after = current(&index, &change.path));
        changes.retain(|change| change.after != change.before);
        let paths: Vec<RepoPath> = changes.iter().map(|change| change.path.clone()).collect();
        Ok((!changes.is_empty()).then(|| Operation::Index { what: format!("stage {}", named(&paths)), changes }))
    }
}

fn named(paths: &[RepoPath]) -> String {
    match paths {
        [one] => one.to_string(),
        more => format!("{} files", more.len()),
    }
}

/// Git's own `lstat` first: a file is itself, a directory all that changed below it.
fn files_below(git: &Repository, index: &Index, root: &Path, paths: &[RepoPath]) -> Result<Vec<RepoPath>, RepoFault> {
    let mut found = Vec::new();
    for path in paths {
        let is_directory = RealFiles.link_metadata(&path.under(root)).is_ok_and(|m| m.kind == FileKind::Directory);
        let is_submodule = side::index_entry(index, path).is_some_and(|(_, mode)| mode == side::MODE_SUBMODULE);
        if !is_directory || is_submodule {
            found.push(path.clone());
            continue;
        }
        let mut options = git2::StatusOptions::new();
        options.include_untracked(true).recurse_untracked_dirs(true).show(git2::StatusShow::Workdir);
        if !path.is_root() {
            options.pathspec(&*path.to_bytes()).disable_pathspec_match(true);
        }
        let statuses = git.statuses(Some(&mut options)).during("comparing with the working tree")?;
        found.extend(statuses.iter().map(|entry| RepoPath::from_bytes(entry.path_bytes())));
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The files below `paths` whose index entry differs from HEAD.
fn staged_below(git: &Repository, index: &Index, paths: &[RepoPath]) -> Result<Vec<RepoPath>, RepoFault> {
    let head = side::head_tree(git)?;
    let diff = git.diff_tree_to_index(head.as_ref(), Some(index), None).during("comparing with HEAD")?;
    let changed = diff.deltas().filter_map(|delta| {
        let path = delta.new_file().path_bytes().or(delta.old_file().path_bytes())?;
        Some(RepoPath::from_bytes(path))
    });
    Ok(changed.filter(|path| paths.iter().any(|wanted| path.is_within(wanted))).collect())
}

/// Storing such a file would have to run the program that the repo's configuration names.
pub(super) fn refuse_filtered(git: &Repository, path: &RepoPath) -> Result<(), RepoFault> {
    let Ok(Some(filter)) = git.get_attr_bytes(&relative(path), "filter", AttrCheckFlags::FILE_THEN_INDEX) else {
        return Ok(());
    };
    let Ok(filter) = std::str::from_utf8(filter) else { return Ok(()) };
    let config = git.config().during("reading git's configuration")?;
    let runs = |key: &str| config.get_entry(&format!("filter.{filter}.{key}")).is_ok();
    if runs("clean") || runs("process") {
        return Err(RepoFault::Filtered { path: path.clone(), filter: filter.to_owned() });
    }
    Ok(())
}

fn stage_one(index: &mut Index, root: &Path, path: &RepoPath) -> Result<(), RepoFault> {
    let relative = relative(path);
    match RealFiles.link_metadata(&path.under(root)) {
        Ok(_) => index.add_path(&relative).during("staging a file"),
        Err(_) => index.remove_path(&relative).during("staging a deletion"),
    }
}

/// The entries of files; of one in conflict nothing that could be put back.
pub(super) fn entries(index: &Index, paths: &[RepoPath]) -> Vec<EntryChange> {
    let entry = |path: &RepoPath| EntryChange {
        path: path.clone(),
        before: current(index, path),
        after: None,
        conflicted: (1..=3).any(|stage| index.get_path(&relative(path), stage).is_some()),
    };
    paths.iter().map(entry).collect()
}

/// A file's plain entry.
pub(super) fn current(index: &Index, path: &RepoPath) -> Option<IndexedFile> {
    let entry = index.get_path(&relative(path), 0)?;
    Some(IndexedFile { id: entry.id.to_string(), mode: entry.mode })
}

/// Sets or removes a file's entry.
pub(super) fn put(index: &mut Index, path: &RepoPath, file: Option<&IndexedFile>) -> Result<(), RepoFault> {
    let what = "changing the index";
    let Some(file) = file else { return index.remove_path(&relative(path)).during(what) };
    let id = Oid::from_str(&file.id).during(what)?;
    // An entry with conflict stages keeps them unless they are taken away first.
    let _ = index.conflict_remove(&relative(path));
    index.add(&entry(path, id, file.mode)).during(what)
}

/// An entry that says nothing about the file on disk: git looks itself.
pub(super) fn entry(path: &RepoPath, id: Oid, mode: u32) -> IndexEntry {
    let never = IndexTime::new(0, 0);
    IndexEntry {
        ctime: never,
        mtime: never,
        dev: 0,
        ino: 0,
        mode,
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.to_bytes().into_owned(),
    }
}

/// Writes the index and says what changed.
pub(super) fn finish(index: &mut Index, what: &str, before: Vec<EntryChange>) -> Result<Operation, RepoFault> {
    let mut changes = Vec::new();
    let first = before.first().map(|change| change.path.clone());
    for mut change in before {
        change.after = current(index, &change.path);
        if change.after != change.before || change.conflicted {
            changes.push(change);
        }
    }
    if changes.is_empty() {
        return Err(RepoFault::Unchanged(first.unwrap_or_else(RepoPath::root)));
    }
    index.write().during("writing the index")?;
    Ok(Operation::Index { what: what.to_owned(), changes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::fixture::Fixture;

    fn path(text: &str) -> Vec<RepoPath> {
        vec![RepoPath::new(text)]
    }

    #[test]
    fn files_are_staged_and_unstaged_as_git_does() {
        let f = Fixture::new();
        f.write("a", "1\n").write("gone", "1\n").write("sh", "1\n").commit_all("first");
        f.write("a", "2\n").remove("gone").write("dir/new ü", "n\n").mode("sh", 0o755);
        let repo = f.repo();
        for name in ["a", "gone", "dir", "sh"] {
            repo.stage(&path(name)).unwrap();
        }
        assert_eq!(
            f.ask(&["-c", "core.quotePath=false", "status", "--porcelain"]),
            "M  a\nA  \"dir/new ü\"\nD  gone\nM  sh\n"
        );
        assert!(matches!(repo.stage(&path("a")), Err(RepoFault::Unchanged(_))));
        for name in ["a", "gone", "dir/new ü", "sh"] {
            repo.unstage(&path(name)).unwrap();
        }
        assert_eq!(f.ask(&["status", "--porcelain"]), " M a\n D gone\n M sh\n?? dir/\n");
        assert!(matches!(repo.unstage(&path("a")), Err(RepoFault::Unchanged(_))));
        repo.stage(&[RepoPath::root()]).unwrap();
        assert_eq!(f.ask(&["diff", "--name-only"]), "");
        repo.unstage(&[RepoPath::root()]).unwrap();
        assert_eq!(f.ask(&["diff", "--cached", "--name-only"]), "");
    }

    #[test]
    fn a_rename_is_unstaged_with_both_its_names() {
        let f = Fixture::new();
        f.write("old", "1\n2\n3\n4\n").commit_all("first").git(&["mv", "old", "new"]);
        f.repo().unstage(&path("new")).unwrap();
        assert_eq!(f.ask(&["status", "--porcelain"]), " D old\n?? new\n");
    }

    #[test]
    fn before_the_first_commit() {
        let f = Fixture::new();
        f.write("a", "1\n");
        f.repo().stage(&path("a")).unwrap();
        assert_eq!(f.ask(&["status", "--porcelain"]), "A  a\n");
        f.repo().unstage(&path("a")).unwrap();
        assert_eq!(f.ask(&["status", "--porcelain"]), "?? a\n");
    }

    #[test]
    fn staging_resolves_a_conflict() {
        let f = Fixture::new();
        f.write("a", "1\n").commit_all("first").git(&["branch", "other"]).write("a", "2\n").commit_all("ours");
        f.git(&["checkout", "-q", "other"]).write("a", "3\n").commit_all("theirs").git_fails(&["merge", "-q", "main"]);
        f.write("a", "4\n");
        let operation = f.repo().stage(&path("a")).unwrap();
        assert_eq!(f.ask(&["status", "--porcelain"]), "M  a\n");
        assert!(matches!(f.repo().undo(&operation), Err(RepoFault::NotUndoable(_))));
    }

    #[test]
    fn line_ends_are_stored_as_git_stores_them() {
        let f = Fixture::new();
        f.write(".gitattributes", "* text=auto\n").commit_all("first").write("a.tf", "a\r\nb\r\n");
        f.repo().stage(&path("a.tf")).unwrap();
        assert_eq!(f.ask(&["show", ":a.tf"]), "a\nb\n");
        assert_eq!(f.ask(&["status", "--porcelain"]), "A  a.tf\n");
    }

    #[test]
    fn nothing_of_the_repo_is_run() {
        let f = Fixture::new();
        let trap = format!("touch '{}'", f.path("sprung").display());
        f.write("a.tf", "1\n").commit_all("first").write(".gitattributes", "*.tf filter=evil diff=evil\n");
        for key in
            ["filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv", "diff.evil.command", "core.fsmonitor"]
        {
            f.git(&["config", key, &trap]);
        }
        for key in ["core.pager", "core.sshCommand", "core.editor", "gpg.program"] {
            f.git(&["config", key, &trap]);
        }
        for hook in ["pre-commit", "post-commit", "post-index-change", "reference-transaction", "fsmonitor-watchman"] {
            f.write(&format!(".git/hooks/{hook}"), format!("#!/bin/sh\n{trap}\n"))
                .mode(&format!(".git/hooks/{hook}"), 0o755);
        }
        f.write("a.tf", "2\n");
        let repo = f.repo();
        repo.snapshot().unwrap();
        repo.diff(&RepoPath::new("a.tf"), crate::model::snapshot::DiffSide::Unstaged).unwrap();
        match repo.stage(&path("a.tf")) {
            Err(fault @ RepoFault::Filtered { .. }) => assert!(fault.to_string().contains("`evil`")),
            other => panic!("{other:?}"),
        }
        f.write("b.txt", "b\n");
        repo.stage(&path("b.txt")).unwrap();
        repo.commit(&crate::repo::commit::CommitRequest::new("second")).unwrap();
        assert!(!f.path("sprung").exists());
    }

    #[test]
    fn what_only_a_program_can_store_is_staged_by_git() {
        let f = Fixture::new();
        f.write(".gitattributes", "*.bin filter=up\n")
            .git(&["config", "filter.up.clean", "tr a-z A-Z"])
            .write("a.bin", "x");
        let (repo, paths) = (f.repo(), path("a.bin"));
        assert!(matches!(repo.stage(&paths), Err(RepoFault::Filtered { .. })));
        let mark = repo.index_mark(&paths).unwrap();
        assert_eq!(repo.staged_since(&mark).unwrap(), None);
        let invocation = repo.stage_invocation(&paths);
        assert_eq!(invocation.command_line(), "git --no-pager --literal-pathspecs add --all -- a.bin");
        f.git(&invocation.args.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(f.ask(&["show", ":a.bin"]), "X");
        let operation = repo.staged_since(&mark).unwrap().unwrap();
        assert_eq!(operation.title(), "stage a.bin");
        repo.undo(&operation).unwrap();
        assert_eq!(f.ask(&["ls-files"]), "");
    }

    #[test]
    fn a_lock_of_another_git_is_told() {
        let f = Fixture::new();
        f.write("a", "1\n").write(".git/index.lock", "");
        match f.repo().stage(&path("a")) {
            Err(fault @ RepoFault::Locked { .. }) => {
                assert!(fault.hint().unwrap().contains("index.lock"), "{:?}", fault)
            }
            other => panic!("{other:?}"),
        }
    }
}
