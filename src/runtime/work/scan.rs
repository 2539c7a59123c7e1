//! Looking at the repo: git's snapshot, the stacks, the tools.

use std::cell::RefCell;
use std::sync::Arc;

use crate::engine::stacks::{Discovery, discover};
use crate::model::place::RepoPath;
use crate::model::snapshot::RepoSnapshot;
use crate::model::stack::{Stack, StackKind};
use crate::repo::{Repo, RepoFault};
use crate::runtime::world::World;
use crate::sys::files::RealFiles;
use crate::watch::ignores::Ignores;

/// How the repo stands now.
///
/// # Errors
/// As git says it.
pub fn snapshot(world: &World) -> Result<RepoSnapshot, RepoFault> {
    world.workdir.snapshot()
}

/// All stacks of the working tree.
pub fn stacks(world: &World) -> Vec<Stack> {
    let ignores = RefCell::new(ignores(world));
    let ignored =
        |path: &RepoPath, is_directory: bool| ignores.borrow_mut().is_ignored(&world.on_disk(path), is_directory);
    discover(&Discovery { files: &*world.files, root: world.root(), ignored: &ignored })
}

/// What git and the settings leave out.
pub fn ignores(world: &World) -> Ignores {
    let common = world.repo().map(Repo::common_directory);
    Ignores::of(Arc::new(RealFiles), world.root(), common, world.settings.ignore.clone())
}

/// Why a name on the command line is no stack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a stack; the stacks here are: {known}")]
pub struct NoSuchStack {
    /// What was asked for.
    pub name: String,
    /// What there is.
    pub known: String,
}

/// The stacks with these names, or all when there are none. A directory that discovery left out (a shared module) is
/// taken as a Terraform stack when it is named and holds Terraform files.
///
/// # Errors
/// When a name is no stack.
pub fn named(world: &World, names: &[String]) -> Result<Vec<Stack>, NoSuchStack> {
    let all = stacks(world);
    if names.is_empty() {
        return Ok(all);
    }
    let one = |name: &String| {
        let path = RepoPath::new(name);
        if let Some(stack) = all.iter().find(|stack| stack.path == path) {
            return Ok(stack.clone());
        }
        let holds_terraform = world.files.list(&world.on_disk(&path)).is_ok_and(|entries| {
            entries.iter().any(|e| [".tf", ".tf.json", ".tofu"].iter().any(|end| e.name.ends_with(end)))
        });
        if holds_terraform {
            return Ok(Stack { path, kind: StackKind::Terraform, reads: Vec::new() });
        }
        let known: Vec<&str> = all.iter().map(Stack::name).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Err(NoSuchStack { name: name.clone(), known })
    };
    names.iter().map(one).collect()
}
