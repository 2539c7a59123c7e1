//! What an environment's operations reach, and which environment they are about.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::layout::Layout;
use super::variables;
use super::works::Works;
use crate::config::settings::EnvironmentSettings;
use crate::engine::{ApplyOptions, VariableInput};
use crate::model::place::RepoPath;
use crate::sys::clock::Clock;
use crate::sys::files::Files;
use crate::sys::http::HttpClient;
use crate::sys::machine::Machine;
use crate::sys::processes::Processes;

/// The repo whose commits are applied.
pub trait Commits: Send + Sync {
    /// The full id of HEAD's commit.
    fn head(&self) -> Option<String>;

    /// Makes `into` hold the tracked files of a commit; untracked ones there are left alone.
    ///
    /// # Errors
    /// In words.
    fn checkout(&self, commit: &str, into: &Path) -> Result<(), String>;

    /// The state files (`*.tfstate`) that a commit tracks: they may lie where an environment keeps its own.
    ///
    /// # Errors
    /// In words.
    fn tracked_states(&self, commit: &str) -> Result<Vec<RepoPath>, String>;

    /// How many commits HEAD is ahead of a commit; `None` when nobody can say.
    fn behind(&self, commit: &str) -> Option<usize>;
}

/// Everything that is reached.
#[derive(Clone)]
pub struct World {
    /// The disk.
    pub files: Arc<dyn Files>,
    /// The moment.
    pub clock: Arc<dyn Clock>,
    /// Plans and applies stacks.
    pub works: Arc<dyn Works>,
    /// The repo.
    pub commits: Arc<dyn Commits>,
    /// The network.
    pub http: Arc<dyn HttpClient>,
    /// Sockets, owners, names.
    pub machine: Arc<dyn Machine>,
    /// Runs the commands of a gossfile.
    pub programs: Arc<dyn Processes>,
    /// The repo may execute what it brings: processes, commands.
    pub trusted: bool,
    /// This very program: what `kilter` means in a Procfile, and what the supervisor is started with.
    pub kilter: PathBuf,
    /// Who is at work, for locks and history: `me`.
    pub user: String,
}

/// One environment.
#[derive(Clone)]
pub struct Environment {
    /// Its name: `test`.
    pub name: String,
    /// Where it keeps everything.
    pub layout: Layout,
    /// What is configured about it.
    pub settings: EnvironmentSettings,
    /// What it reaches.
    pub world: World,
    /// How many objects are worked on at the same time.
    pub parallelism: usize,
}

impl Environment {
    /// The environment `name` of the repo whose `.git/kilter` is `kilter`; `None` when it cannot have this name.
    pub fn new(name: &str, kilter: &Path, world: World) -> Option<Self> {
        let layout = Layout::new(kilter, name)?;
        let settings = EnvironmentSettings::default();
        let parallelism = ApplyOptions::default().parallelism;
        Some(Environment { name: name.to_owned(), layout, settings, world, parallelism })
    }

    /// The disk.
    pub fn files(&self) -> &dyn Files {
        self.world.files.as_ref()
    }

    /// How its stacks are applied.
    pub fn apply_options(&self) -> ApplyOptions {
        ApplyOptions { parallelism: self.parallelism }
    }

    /// What is given to a stack's variables, lowest precedence first.
    pub fn variables_of(&self, stack: &RepoPath) -> Vec<VariableInput> {
        variables::given(self.files(), &self.layout.checkout(), &self.name, &self.settings, stack)
    }
}
