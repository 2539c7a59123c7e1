//! What a stack's plan is compared with: which priors exist, in which order they are chosen, and their states.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::engine::backend::{Backend, backend, configured};
use crate::engine::{Source, VariableInput};
use crate::environment::{Layout, states};
use crate::model::diagnostic::Diagnostic;
use crate::model::place::{Place, RepoPath};
use crate::model::report::Prior;
use crate::model::stack::{Stack, StackKind};
use crate::model::state::StateSnapshot;
use crate::runtime::world::World;
use crate::sys::files::{OverlayFiles, ReadFiles, normal};

/// A plan's other side.
pub enum PriorSide {
    /// A state, or none yet.
    State(Option<Arc<StateSnapshot>>),
    /// The configuration at a commit.
    Configuration(Source),
}

/// Everything that a prior brings to a plan.
pub struct Comparison {
    /// The other side.
    pub side: PriorSide,
    /// The configuration to plan, seeing the states that belong to this prior.
    pub source: Source,
    /// Values for variables that belong to this prior.
    pub variables: Vec<VariableInput>,
}

/// The kind under which copies of remote states are kept.
const REMOTE_STATE: &str = "remote-state";

/// The copy of a stack's remote state, when one is kept.
pub fn remembered_state(world: &World, stack: &RepoPath) -> Option<Vec<u8>> {
    world.store.kept(REMOTE_STATE, stack).map(|(bytes, _)| bytes)
}

/// Keeps a copy of a stack's remote state.
///
/// # Errors
/// As the disk says it.
pub fn remember_state(world: &World, stack: &RepoPath, bytes: &[u8]) -> std::io::Result<()> {
    world.store.keep(REMOTE_STATE, stack, bytes)
}

/// The priors that exist for a stack, first choice first.
pub fn priors(world: &World, stack: &Stack) -> Vec<Prior> {
    let mut found = Vec::new();
    let environment = world.environment_name();
    if world.environment_state(&environment, &stack.path).is_some_and(|path| world.files.is_file(&path)) {
        found.push(Prior::Environment(environment));
    }
    let directory = world.on_disk(&stack.path);
    if matches!(backend(&*world.files, &directory), Backend::Local(_)) {
        found.push(Prior::State);
    }
    if remembered_state(world, &stack.path).is_some() {
        found.push(Prior::Remembered);
    }
    if let Some(repo) = world.repo() {
        if repo.resolve("HEAD").is_ok() {
            found.push(Prior::Revision("HEAD".to_owned()));
        }
        let on_main = repo.resolve("HEAD").ok() == repo.resolve("main").ok();
        if !on_main && repo.resolve("main").is_ok() {
            found.push(Prior::Revision("main".to_owned()));
        }
    }
    if found.is_empty() {
        found.push(Prior::State);
    }
    found
}

/// Reads what a prior brings.
///
/// # Errors
/// A diagnostic when the state is unreadable or the revision does not exist: the plan is then not made, since it would
/// say that everything is created anew.
pub fn comparison(world: &World, stack: &Stack, prior: &Prior) -> Result<Comparison, Box<Diagnostic>> {
    let source = world.source(stack);
    match prior {
        Prior::Environment(name) => {
            let path = state_path(world, stack, prior);
            let state = path.map_or(Ok(None), |path| read_state(world, &path, &stack.path))?;
            let source = with_environment_states(world, source, name, stack);
            let variables = super::environments::variables_in(world, world.root(), name, &stack.path);
            Ok(Comparison { side: PriorSide::State(state), source, variables })
        }
        Prior::State => {
            let path = state_path(world, stack, prior);
            let state = path.map_or(Ok(None), |path| read_state(world, &path, &stack.path))?;
            Ok(Comparison { side: PriorSide::State(state), source, variables: Vec::new() })
        }
        Prior::Remembered => {
            let state = match remembered_state(world, &stack.path) {
                Some(bytes) => Some(parse_state(world, &Arc::from(bytes), &stack.path.join("remembered state"))?),
                None => None,
            };
            Ok(Comparison { side: PriorSide::State(state), source, variables: Vec::new() })
        }
        Prior::Revision(revision) => {
            let Some(repo) = world.repo() else {
                return Err(Box::new(Diagnostic::error(
                    "No revision to compare with",
                    format!("There is no git repo here, so there is no `{revision}`. Compare with `state`."),
                )));
            };
            let tree = repo.tree_files(revision).map_err(|fault| {
                Box::new(Diagnostic::error(format!("Cannot compare with {revision}"), format!("{fault}.")))
            })?;
            let before = Source::new(Arc::new(tree), source.directory.clone(), stack.path.clone());
            Ok(Comparison { side: PriorSide::Configuration(before), source, variables: Vec::new() })
        }
    }
}

/// Where the state of a prior lies on disk; `None` when it is no file.
pub fn state_path(world: &World, stack: &Stack, prior: &Prior) -> Option<PathBuf> {
    match prior {
        Prior::Environment(name) => world.environment_state(name, &stack.path),
        Prior::State => {
            let directory = world.on_disk(&stack.path);
            Some(match backend(&*world.files, &directory) {
                Backend::Local(path) => path,
                Backend::Remote(_) => directory.join("terraform.tfstate"),
            })
        }
        Prior::Remembered | Prior::Revision(_) => None,
    }
}

/// Reads a state file; `None` when there is none.
///
/// # Errors
/// A diagnostic when it cannot be read or understood.
pub fn read_state(world: &World, path: &Path, shown: &RepoPath) -> Result<Option<Arc<StateSnapshot>>, Box<Diagnostic>> {
    let name = path.file_name().map_or_else(|| "state".into(), |name| name.to_string_lossy());
    match world.files.read(path) {
        // A state that terraform only just locked is empty, and no state.
        Ok(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => Ok(None),
        Ok(bytes) => parse_state(world, &bytes, &shown.join(&name)).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Box::new(
            Diagnostic::error("Cannot read the state", format!("{}: {error}.", path.display()))
                .at(Place::top_of(shown.join(&name))),
        )),
    }
}

fn parse_state(world: &World, bytes: &Arc<[u8]>, shown: &RepoPath) -> Result<Arc<StateSnapshot>, Box<Diagnostic>> {
    world.engine.states().read(bytes).map_err(|fault| {
        Box::new(Diagnostic::error("Unreadable state", format!("{fault}")).at(Place::top_of(shown.clone())))
    })
}

/// The source seeing each stack's state in the environment where the configuration expects the stack's own.
fn with_environment_states(world: &World, source: Source, environment: &str, reader: &Stack) -> Source {
    let Some(layout) = Layout::new(&world.kilter_directory(), environment) else { return source };
    let terraform = super::scan::stacks(world).into_iter().filter(|stack| stack.kind == StackKind::Terraform);
    let instead = terraform.map(|stack| {
        let directory = world.on_disk(&stack.path);
        // Where a stack keeps its state is looked up only for those that are read: the others are many.
        let read = reader.path == stack.path || reader.reads.contains(&stack.path);
        let own = if read { configured(&*world.files, &directory) } else { None };
        let own = own.unwrap_or_else(|| directory.join("terraform.tfstate"));
        let there = if read { states::place(&*world.files, &layout, &stack.path) } else { layout.state(&stack.path) };
        (normal(&own), there)
    });
    let instead: BTreeMap<PathBuf, PathBuf> = instead.collect();
    let elsewhere: Arc<dyn ReadFiles> = Arc::new(crate::sys::files::RealFiles);
    Source { files: Arc::new(OverlayFiles::new(source.files.clone(), instead, elsewhere)), ..source }
}
