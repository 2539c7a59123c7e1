//! Which directories of a repo are stacks, and which of them an edit concerns.

use std::path::Path;

use crate::engine::reads::Reads;
use crate::model::place::RepoPath;
use crate::model::stack::Stack;
use crate::sys::files::ReadFiles;

/// What discovery is told.
pub struct Discovery<'a> {
    /// What the repo is read through.
    pub files: &'a dyn ReadFiles,
    /// The repo's root, as `files` knows it.
    pub root: &'a Path,
    /// Whether to leave out a path (the flag says directory): what git and the settings ignore.
    pub ignored: &'a dyn Fn(&RepoPath, bool) -> bool,
}

/// All stacks below the root, by path.
pub fn discover(discovery: &Discovery<'_>) -> Vec<Stack> {
    let _ = (discovery.files, discovery.root, discovery.ignored);
    Vec::new()
}

/// The stacks that a change of these paths can concern. `reads` is what the last computation of a stack read; without
/// one, everything below the stack's directory and its local modules counts.
pub fn affected<'a>(
    discovery: &Discovery<'_>,
    stacks: &'a [Stack],
    changed: &[RepoPath],
    reads: &dyn Fn(&Stack) -> Option<Reads>,
) -> Vec<&'a Stack> {
    let _ = (discovery.root, changed, reads);
    stacks.iter().collect()
}
