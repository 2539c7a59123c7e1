//! The environments of a repo, ready for their operations.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::engine::VariableInput;
use crate::environment::commits::RepoCommits;
use crate::environment::works::EngineWorks;
use crate::environment::{Environment, Layout, World as Reach, status, variables};
use crate::model::environment::EnvironmentStatus;
use crate::model::place::RepoPath;
use crate::runtime::world::World;
use crate::sys::http::RealHttp;
use crate::sys::machine::RealMachine;

/// Why there is no such environment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoEnvironment {
    /// Environments apply commits.
    #[error("environments apply commits, and there is no git repo here (git init, then commit)")]
    NoRepo,
    /// Its name would be no directory's.
    #[error("`{0}` is no name for an environment; use letters, digits, dashes and underscores")]
    Name(String),
}

/// An environment of this repo, whether anything was applied to it or not.
///
/// # Errors
/// Without a git repo, or for a name that is none.
pub fn environment(world: &World, name: &str) -> Result<Environment, NoEnvironment> {
    let repo = world.repo().filter(|repo| !repo.is_bare()).ok_or(NoEnvironment::NoRepo)?;
    let settings = world.settings.environment(name);
    let works = EngineWorks {
        engine: world.engine.clone(),
        files: world.files.clone(),
        clock: world.clock.clone(),
        http: Arc::new(RealHttp),
        commands: world.is_trusted().then(|| world.processes.clone()),
        home: std::env::var("HOME").ok(),
        limits: world.settings.limits,
    };
    let reach = Reach {
        files: world.files.clone(),
        clock: world.clock.clone(),
        works: Arc::new(works),
        commits: Arc::new(RepoCommits { root: repo.root().to_path_buf() }),
        http: Arc::new(RealHttp),
        machine: Arc::new(RealMachine),
        programs: world.processes.clone(),
        trusted: world.is_trusted(),
        kilter: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("kilter")),
        user: user(),
    };
    let mut environment =
        Environment::new(name, &world.kilter_directory(), reach).ok_or_else(|| NoEnvironment::Name(name.to_owned()))?;
    environment.settings = settings;
    Ok(environment)
}

/// How every environment stands: the configured one, and all that have a directory.
pub fn all(world: &World) -> Vec<EnvironmentStatus> {
    if world.repo().is_none_or(|repo| repo.is_bare()) {
        return Vec::new();
    }
    let mut names = Layout::names(&*world.files, &world.kilter_directory());
    let configured = world.environment_name();
    if !names.contains(&configured) {
        names.push(configured);
    }
    names.sort();
    names
        .iter()
        .filter_map(|name| environment(world, name).ok())
        .map(|environment| status::status(&environment))
        .collect()
}

/// The files in the working tree that may give a stack's variables their values in an environment.
pub fn variable_files(world: &World, name: &str, stack: &RepoPath) -> Vec<PathBuf> {
    variables::places(world.root(), &world.on_disk(stack), name, &world.settings.environment(name))
}

/// Values for a stack's variables in an environment, as the tree at `root` has them.
pub fn variables_in(world: &World, root: &Path, name: &str, stack: &RepoPath) -> Vec<VariableInput> {
    variables::given(&*world.files, root, name, &world.settings.environment(name), stack)
}

fn user() -> String {
    std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "somebody".to_owned())
}
