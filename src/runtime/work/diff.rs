//! A file's diff, with the lines that its top-level blocks take, so that hunks can be tied to the plan.

use crate::app::event::{BlockLines, DiffReport};
use crate::lang::syntax::{SourceFile, parse_file};
use crate::model::place::RepoPath;
use crate::model::snapshot::DiffSide;
use crate::repo::RepoFault;
use crate::runtime::world::World;

/// A file larger than this is not parsed for its blocks.
const PARSED_AT_MOST: u64 = 4 << 20;

/// The diff of a file.
///
/// # Errors
/// As git says it; also without a repo.
pub fn diff(world: &World, path: &RepoPath, side: DiffSide) -> Result<DiffReport, RepoFault> {
    let repo = world.repo().ok_or_else(|| RepoFault::NotFound(world.root().to_path_buf()))?;
    let diff = repo.diff(path, side)?;
    let blocks = if is_terraform(path) { blocks(world, path) } else { Vec::new() };
    Ok(DiffReport { diff: std::sync::Arc::new(diff), blocks })
}

fn is_terraform(path: &RepoPath) -> bool {
    [".tf", ".tofu", ".tftest.hcl", ".tfvars"].iter().any(|end| path.as_str().ends_with(end))
}

/// The blocks of the file in the working tree.
fn blocks(world: &World, path: &RepoPath) -> Vec<BlockLines> {
    let on_disk = world.on_disk(path);
    let small = world.files.metadata(&on_disk).is_ok_and(|meta| meta.size <= PARSED_AT_MOST);
    let bytes = if small { world.files.read(&on_disk).ok() } else { None };
    let Some(text) = bytes.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok()) else { return Vec::new() };
    let source = SourceFile::new(path.clone(), text);
    let parsed = parse_file(&source);
    let lines = |block: &std::sync::Arc<crate::lang::syntax::ast::Block>| {
        let place = source.place(block.span);
        BlockLines {
            kind: block.kind.text.to_string(),
            labels: block.labels.iter().map(|label| label.text.to_string()).collect(),
            first: place.start.line,
            last: place.end.line,
        }
    };
    parsed.body.blocks().map(lines).collect()
}
