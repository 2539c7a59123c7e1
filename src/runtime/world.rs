//! Everything that is opened once for a repo and shared by all work on it: git, files, clock, engine, settings, trust.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::config::trust::TrustStore;
use crate::config::{self, Loaded, Places, Settings, Sources};
use crate::engine::provider::builtin;
use crate::engine::{Engine, Source, Surroundings};
use crate::environment::{Layout, states};
use crate::model::diagnostic::Diagnostic;
use crate::model::place::RepoPath;
use crate::model::stack::Stack;
use crate::repo::{Repo, RepoFault, Workdir};
use crate::runtime::shelf::LoreShelf;
use crate::store::Memory;
use crate::sys::clock::{Clock, RealClock};
use crate::sys::files::{Files, ReadFiles, RealFiles};
use crate::sys::http::RealHttp;
use crate::sys::processes::{Processes, RealProcesses};

/// An opened repo or plain directory.
pub struct World {
    /// Git, or a directory without it.
    pub workdir: Workdir,
    /// The disk.
    pub files: Arc<dyn Files>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Programs.
    pub processes: Arc<dyn Processes>,
    /// The native engine with the built-in providers.
    pub engine: Arc<Engine>,
    /// What is configured.
    pub settings: Settings,
    /// What is wrong with the configuration of Kilter itself.
    pub complaints: Vec<Diagnostic>,
    /// What is remembered about this repo.
    pub store: Memory,
    /// What is known about others' providers, as it was read last.
    pub lore: LoreShelf,
    places: Places,
    trust_store: TrustStore,
    memory: PathBuf,
    trusted: AtomicBool,
}

/// The environment that exists without any configuration.
const TEST: &str = "test";

impl World {
    /// Opens the repo around `path`, or the plain directory at it.
    ///
    /// # Errors
    /// When there is nothing there, or git refuses it.
    pub fn open(path: &Path, trust: bool) -> Result<Self, RepoFault> {
        let workdir = Workdir::open(path)?;
        let files: Arc<dyn Files> = Arc::new(RealFiles);
        let places = Places::from_variables(&|name| std::env::var(name).ok());
        let memory = memory(&workdir, &places);
        let trust_store = TrustStore::new(files.clone(), places.trust_file());
        let trusted = trust || trust_store.is_trusted(workdir.root(), &memory);
        let loaded = config::load(&*files, &sources(workdir.root(), &places, trusted));
        let store = Memory::open(files.clone(), memory.clone());
        Ok(World {
            workdir,
            files,
            clock: Arc::new(RealClock::default()),
            processes: Arc::new(RealProcesses),
            engine: Arc::new(Engine::new(builtin())),
            settings: loaded.settings,
            complaints: loaded.diagnostics,
            store,
            lore: LoreShelf::default(),
            places,
            trust_store,
            memory,
            trusted: AtomicBool::new(trusted),
        })
    }

    /// Where the person's settings and themes lie.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// Reads the settings again: they may have been saved.
    pub fn reload_settings(&self) -> Loaded {
        config::load(&*self.files, &sources(self.root(), &self.places, self.is_trusted()))
    }

    /// The environment that is worked on when nobody names one.
    pub fn environment_name(&self) -> String {
        let named = self.settings.environments.keys().next().map(String::as_str);
        if self.settings.environments.contains_key(TEST) { TEST.to_owned() } else { named.unwrap_or(TEST).to_owned() }
    }

    /// Remembers that the person trusts this repo.
    ///
    /// # Errors
    /// As the disk says it; the repo is then trusted for this session only.
    pub fn grant_trust(&self) -> std::io::Result<()> {
        self.trusted.store(true, Ordering::Relaxed);
        self.trust_store.grant(self.root(), &self.memory, self.clock.now()).map(drop)
    }

    /// Withdraws trust.
    ///
    /// # Errors
    /// As the disk says it.
    pub fn revoke_trust(&self) -> std::io::Result<()> {
        self.trusted.store(false, Ordering::Relaxed);
        self.trust_store.revoke(self.root()).map(drop)
    }

    /// The root that paths are relative to.
    pub fn root(&self) -> &Path {
        self.workdir.root()
    }

    /// The repo, when there is one.
    pub fn repo(&self) -> Option<&Repo> {
        self.workdir.repo().map(|repo| &**repo)
    }

    /// Whether what the repo brings may be executed.
    pub fn is_trusted(&self) -> bool {
        self.trusted.load(Ordering::Relaxed)
    }

    /// The disk path of a path in the repo.
    pub fn on_disk(&self, path: &RepoPath) -> PathBuf {
        if path.is_root() { self.root().to_path_buf() } else { self.root().join(path.as_str()) }
    }

    /// Where everything that is remembered about this repo lies: `.git/kilter`.
    pub fn kilter_directory(&self) -> PathBuf {
        self.memory.clone()
    }

    /// Where the state of a stack lies in an environment; `None` without a git repo.
    pub fn environment_state(&self, environment: &str, stack: &RepoPath) -> Option<PathBuf> {
        self.repo()?;
        let layout = Layout::new(&self.kilter_directory(), environment)?;
        Some(states::place(&*self.files, &layout, stack))
    }

    /// A stack's configuration as it is in the working tree.
    pub fn source(&self, stack: &Stack) -> Source {
        let files: Arc<dyn ReadFiles> = Arc::new(RealFiles);
        Source::new(files, self.on_disk(&stack.path), stack.path.clone())
    }

    /// What a preview may reach: the moment, and nothing else.
    pub fn preview_surroundings(&self) -> Surroundings {
        Surroundings {
            home: home(),
            clock: Some(self.clock.clone()),
            limits: self.settings.limits,
            ..Surroundings::none(self.clock.now())
        }
    }

    /// What an operation on the real world may reach.
    pub fn real_surroundings(&self) -> Surroundings {
        Surroundings {
            files: Some(self.files.clone()),
            http: Some(Arc::new(RealHttp)),
            commands: None,
            now: self.clock.now(),
            clock: Some(self.clock.clone()),
            random: Arc::new(crate::sys::chance::fill),
            home: home(),
            limits: self.settings.limits,
        }
    }
}

/// Where everything that is remembered about what was opened lies.
fn memory(workdir: &Workdir, places: &Places) -> PathBuf {
    match workdir.repo() {
        Some(repo) => repo.git_directory().join("kilter"),
        None => places.directory_memory(workdir.root()),
    }
}

fn home() -> Option<String> {
    std::env::var("HOME").ok().filter(|home| !home.is_empty())
}

/// Everything that settings are made from.
fn sources(root: &Path, places: &Places, trusted: bool) -> Sources {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    Sources {
        root: root.to_path_buf(),
        trusted,
        places: places.clone(),
        variables: std::env::vars_os().filter_map(text).collect(),
        flags: Vec::new(),
    }
}
