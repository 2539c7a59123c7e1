//! A repo as it stands at one moment: branch, commits, changed files. Asking git for it is `repo`'s business.

use std::path::PathBuf;
use std::time::SystemTime;

use super::place::RepoPath;

/// What `git status` would say, and a little more.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RepoSnapshot {
    /// The root of the working tree.
    pub root: PathBuf,
    /// False when there is no git repo around the directory.
    pub is_git: bool,
    /// The branch; `None` when HEAD is detached or there is no repo.
    pub branch: Option<String>,
    /// The full id of HEAD's commit; `None` before the first commit.
    pub head: Option<String>,
    /// The first line of HEAD's message.
    pub head_summary: String,
    /// Commits that the upstream lacks.
    pub ahead: usize,
    /// Commits that only the upstream has.
    pub behind: usize,
    /// A merge, rebase, cherry-pick or revert that is under way.
    pub operation: Option<String>,
    /// Changed files, by path.
    pub changes: Vec<FileChange>,
    /// The newest commits of the branch, newest first (at most 200).
    pub log: Vec<CommitSummary>,
}

/// How a file differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileStatus {
    /// Not in HEAD.
    Added,
    /// Different content or mode.
    Modified,
    /// Gone.
    Deleted,
    /// Under another name.
    Renamed,
    /// Now something else: a link, a submodule.
    TypeChanged,
    /// Not tracked.
    Untracked,
    /// In conflict.
    Conflicted,
}

impl FileStatus {
    /// Git's letter.
    pub fn letter(self) -> char {
        match self {
            FileStatus::Added => 'A',
            FileStatus::Modified => 'M',
            FileStatus::Deleted => 'D',
            FileStatus::Renamed => 'R',
            FileStatus::TypeChanged => 'T',
            FileStatus::Untracked => '?',
            FileStatus::Conflicted => 'U',
        }
    }
}

/// One changed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Its path now.
    pub path: RepoPath,
    /// Its path before, when it was renamed.
    pub old_path: Option<RepoPath>,
    /// HEAD → index.
    pub staged: Option<FileStatus>,
    /// Index → working tree.
    pub unstaged: Option<FileStatus>,
    /// Lines added against HEAD; zero for binary files.
    pub added: usize,
    /// Lines removed against HEAD.
    pub removed: usize,
    /// Not text.
    pub binary: bool,
}

/// One commit in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitSummary {
    /// The full id.
    pub id: String,
    /// The first line of the message.
    pub summary: String,
    /// Who wrote it.
    pub author: String,
    /// When.
    pub time: SystemTime,
}

/// Which two sides a diff compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiffSide {
    /// Index → working tree.
    Unstaged,
    /// HEAD → index.
    Staged,
}

/// The diff of one file, side by side ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDiff {
    /// The file.
    pub path: RepoPath,
    /// Which two sides.
    pub side: DiffSide,
    /// What changed, with context.
    pub hunks: Vec<Hunk>,
    /// Not text: no hunks.
    pub binary: bool,
    /// Said instead of hunks when there are none to show (`file is larger than 10 MB`, `mode 100644 → 100755`).
    pub note: Option<String>,
}

/// A run of changed lines with its context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// First line of the old side, counted from 1 (0 when the old side is empty).
    pub old_start: u32,
    /// Lines of the old side.
    pub old_lines: u32,
    /// First line of the new side.
    pub new_start: u32,
    /// Lines of the new side.
    pub new_lines: u32,
    /// What stands after `@@` (the enclosing block's header).
    pub heading: String,
    /// The lines in order.
    pub lines: Vec<DiffLine>,
}

/// What a line of a hunk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineKind {
    /// On both sides.
    Context,
    /// Only on the new side.
    Added,
    /// Only on the old side.
    Removed,
}

/// One line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    /// Which side it is on.
    pub kind: LineKind,
    /// Its text without the line end.
    pub text: String,
    /// Its number on the old side.
    pub old_number: Option<u32>,
    /// Its number on the new side.
    pub new_number: Option<u32>,
    /// Byte ranges of `text` that differ from its counterpart (word level); empty when the whole line does.
    pub emphasis: Vec<(u32, u32)>,
    /// The file ends here without a newline.
    pub no_newline: bool,
}

/// Who wrote the lines of a file as it stands in the working tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blame {
    /// The file.
    pub path: RepoPath,
    /// The commits that wrote some of its lines.
    pub commits: Vec<CommitSummary>,
    /// Its lines in order.
    pub lines: Vec<BlamedLine>,
}

/// One line with who wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlamedLine {
    /// The index of its commit; `None` when it is not committed yet.
    pub commit: Option<usize>,
    /// Its text without the line end.
    pub text: String,
}
