//! One side of a comparison: a file's content in HEAD, in the index or in the working tree, as git would store it.

use std::io;
use std::path::{Component, Path, PathBuf};

use git2::{Blob, DiffOptions, FileMode, ObjectType, Oid, Patch, Repository};

use super::fault::{RepoFault, While};
use crate::model::place::RepoPath;
use crate::sys::files::{FileKind, ReadFiles, RealFiles};

/// Larger files are not read for a diff.
pub(super) const LARGEST: u64 = 10 * 1024 * 1024;

/// Git's modes.
pub(super) const MODE_FILE: u32 = 0o100_644;
pub(super) const MODE_EXECUTABLE: u32 = 0o100_755;
pub(super) const MODE_LINK: u32 = 0o120_000;
pub(super) const MODE_SUBMODULE: u32 = 0o160_000;

/// What one side holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// No such file.
    Absent,
    /// All of it.
    Bytes(Vec<u8>),
    /// Too large to read; its size.
    Large(u64),
    /// A submodule at this commit.
    Submodule(String),
}

impl Content {
    /// The bytes to compare; nothing for what is absent or not read.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Content::Bytes(bytes) => bytes,
            Content::Absent | Content::Large(_) | Content::Submodule(_) => &[],
        }
    }
}

/// A file on one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Side {
    pub(super) content: Content,
    /// Git's mode; 0 when absent.
    pub(super) mode: u32,
}

impl Side {
    pub(super) const ABSENT: Side = Side { content: Content::Absent, mode: 0 };

    pub(super) fn is_absent(&self) -> bool {
        self.content == Content::Absent
    }
}

/// A path as git's calls take it; what cannot lie inside the repo names nothing (git2 panics on it).
pub(super) fn relative(path: &RepoPath) -> PathBuf {
    let plain = path.under(Path::new(""));
    let named = !plain.as_os_str().is_empty() && plain.components().all(|part| matches!(part, Component::Normal(_)));
    if named && !path.as_str().contains('\0') { plain } else { PathBuf::from(".git/no such file") }
}

/// A blob's content unless it is large.
pub(super) fn blob(git: &Repository, id: Oid) -> Result<Content, RepoFault> {
    let odb = git.odb().during("reading an object")?;
    let (size, _) = odb.read_header(id).during("reading an object")?;
    if size as u64 > LARGEST {
        return Ok(Content::Large(size as u64));
    }
    let blob: Blob<'_> = git.find_blob(id).during("reading a file's content")?;
    Ok(Content::Bytes(blob.content().to_vec()))
}

fn object(git: &Repository, id: Oid, mode: u32) -> Result<Side, RepoFault> {
    let content = if mode == MODE_SUBMODULE { Content::Submodule(id.to_string()) } else { blob(git, id)? };
    Ok(Side { content, mode })
}

/// The tree of HEAD; `None` before the first commit.
pub(super) fn head_tree(git: &Repository) -> Result<Option<git2::Tree<'_>>, RepoFault> {
    match git.head() {
        Ok(head) => head.peel_to_tree().map(Some).during("reading HEAD"),
        Err(error) if matches!(error.code(), git2::ErrorCode::UnbornBranch | git2::ErrorCode::NotFound) => Ok(None),
        Err(error) => Err(error).during("reading HEAD"),
    }
}

/// A file's entry in HEAD.
pub(super) fn head_entry(git: &Repository, path: &RepoPath) -> Result<Option<(Oid, u32)>, RepoFault> {
    let Some(tree) = head_tree(git)? else { return Ok(None) };
    match tree.get_path(&relative(path)) {
        Ok(entry) if entry.kind() == Some(ObjectType::Tree) => Ok(None),
        Ok(entry) => Ok(Some((entry.id(), u32::try_from(entry.filemode()).unwrap_or(MODE_FILE)))),
        Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
        Err(error) => Err(error).during("reading HEAD"),
    }
}

/// A file in HEAD.
pub(super) fn in_head(git: &Repository, path: &RepoPath) -> Result<Side, RepoFault> {
    match head_entry(git, path)? {
        Some((id, mode)) => object(git, id, mode),
        None => Ok(Side::ABSENT),
    }
}

/// A file's entry in the index; of a file in conflict our side, or else theirs.
pub(super) fn index_entry(index: &git2::Index, path: &RepoPath) -> Option<(Oid, u32)> {
    let path = relative(path);
    [0, 2, 3, 1].iter().find_map(|stage| index.get_path(&path, *stage)).map(|entry| (entry.id, entry.mode))
}

/// A file in the index.
pub(super) fn in_index(git: &Repository, index: &git2::Index, path: &RepoPath) -> Result<Side, RepoFault> {
    match index_entry(index, path) {
        Some((id, mode)) => object(git, id, mode),
        None => Ok(Side::ABSENT),
    }
}

/// A file in the working tree, as it would be stored.
pub(super) fn in_workdir(
    git: &Repository,
    root: &Path,
    index: &git2::Index,
    path: &RepoPath,
) -> Result<Side, RepoFault> {
    let full = path.under(root);
    let known_mode = index_entry(index, path).map(|(_, mode)| mode);
    let failed = |source| RepoFault::Io { path: full.clone(), source };
    let meta = match RealFiles.link_metadata(&full) {
        Ok(meta) => meta,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Side::ABSENT);
        }
        Err(error) => return Err(failed(error)),
    };
    match meta.kind {
        FileKind::Link => {
            use std::os::unix::ffi::OsStrExt;
            let target = RealFiles.link_target(&full).map_err(failed)?;
            Ok(Side { content: Content::Bytes(target.as_os_str().as_bytes().to_vec()), mode: MODE_LINK })
        }
        FileKind::Directory => Ok(submodule(git, path, known_mode)),
        FileKind::Other => Ok(Side::ABSENT),
        FileKind::File => {
            let mode = file_mode(git, meta.mode, known_mode);
            if meta.size > LARGEST {
                return Ok(Side { content: Content::Large(meta.size), mode });
            }
            let raw = match RealFiles.read(&full) {
                Ok(raw) => raw,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Side::ABSENT),
                Err(error) => return Err(failed(error)),
            };
            Ok(Side { content: Content::Bytes(as_stored(git, index, path, &raw)?), mode })
        }
    }
}

/// The executable bit counts unless the repo says that its file system has none.
fn file_mode(git: &Repository, permissions: u32, known: Option<u32>) -> u32 {
    let trusted = git.config().and_then(|config| config.get_bool("core.filemode")).unwrap_or(true);
    match known {
        Some(known) if !trusted && known != MODE_LINK => known,
        _ if permissions & 0o100 != 0 => MODE_EXECUTABLE,
        _ => MODE_FILE,
    }
}

/// A directory is nothing to compare unless it is a submodule's.
fn submodule(git: &Repository, path: &RepoPath, known_mode: Option<u32>) -> Side {
    if known_mode != Some(MODE_SUBMODULE) {
        return Side::ABSENT;
    }
    let id = git.find_submodule(path.as_str()).ok().and_then(|module| module.workdir_id());
    Side { content: Content::Submodule(id.map(|id| id.to_string()).unwrap_or_default()), mode: MODE_SUBMODULE }
}

/// What git's own filters (line ends, `$Id$`) make of a file when it is stored. They cannot be asked for the bytes
/// alone, but a patch with unlimited context holds them; only files that a filter could touch take that way.
fn as_stored(git: &Repository, index: &git2::Index, path: &RepoPath, raw: &[u8]) -> Result<Vec<u8>, RepoFault> {
    if !raw.contains(&b'\r') && !raw.windows(4).any(|window| window == b"$Id:") {
        return Ok(raw.to_vec());
    }
    let what = "comparing with the working tree";
    let mut options = DiffOptions::new();
    options.pathspec(&*path.to_bytes()).disable_pathspec_match(true).ignore_submodules(true);
    options.include_untracked(true).recurse_untracked_dirs(true).show_untracked_content(true);
    options.context_lines(1 << 30).force_text(true);
    let diff = git.diff_index_to_workdir(Some(index), Some(&mut options)).during(what)?;
    let found = diff.deltas().position(|delta| delta.new_file().path_bytes() == Some(&*path.to_bytes()));
    let Some(found) = found else {
        return match index_entry(index, path) {
            Some((id, _)) => Ok(blob(git, id)?.bytes().to_vec()),
            None => Ok(raw.to_vec()),
        };
    };
    match Patch::from_diff(&diff, found).during(what)? {
        Some(patch) if patch.num_hunks() == 1 => new_side(&patch).during(what),
        // A change of mode alone: the content is the index's.
        Some(_) => match index_entry(index, path) {
            Some((id, mode)) if mode != MODE_LINK => Ok(blob(git, id)?.bytes().to_vec()),
            _ => Ok(raw.to_vec()),
        },
        None => Ok(raw.to_vec()),
    }
}

fn new_side(patch: &Patch<'_>) -> Result<Vec<u8>, git2::Error> {
    let mut bytes = Vec::new();
    for line in 0..patch.num_lines_in_hunk(0)? {
        let line = patch.line_in_hunk(0, line)?;
        if matches!(line.origin(), ' ' | '+') {
            bytes.extend_from_slice(line.content());
        }
    }
    Ok(bytes)
}

/// Whether git would call it binary: a NUL near its start.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    bytes[..bytes.len().min(8000)].contains(&0)
}

/// A mode as git prints it.
pub(super) fn mode_text(mode: u32) -> String {
    format!("{mode:06o}")
}

/// Git's word for a kind of entry, for notes.
pub(super) fn kind_text(mode: u32) -> &'static str {
    match mode {
        m if m == u32::from(FileMode::Link) => "link",
        m if m == u32::from(FileMode::Commit) => "submodule",
        _ => "file",
    }
}
