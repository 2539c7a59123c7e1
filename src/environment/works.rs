//! The work on one stack, as an environment needs it: seen through a trait, so that the order of things can be tested
//! without it; and the real thing, which is the engine's.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::stacks::{Discovery, discover};
use crate::engine::{Applied, ApplyOptions, ApplySink, Checked, Engine, PlanOptions, Planned, Source, Surroundings};
use crate::model::diagnostic::Diagnostic;
use crate::model::limits::Limits;
use crate::model::place::RepoPath;
use crate::model::stack::Stack;
use crate::sys::clock::Clock;
use crate::sys::files::Files;
use crate::sys::http::{HttpClient, HttpRequest, HttpResponse};
use crate::sys::machine::fill_random;
use crate::sys::processes::Processes;

/// Plans and applies stacks.
pub trait Works: Send + Sync {
    /// The stacks of a checkout.
    fn stacks(&self, checkout: &Path) -> Vec<Stack>;

    /// Whether a provider is built in: only then can its objects be applied here.
    fn is_built_in(&self, provider: &str) -> bool;

    /// Plans; files and objects are looked at through the source, nothing is changed.
    fn plan(&self, source: &Source, options: &PlanOptions) -> Planned;

    /// What keeps a plan from being begun although nothing is wrong with it: commands that may not be run.
    fn hindrances(&self, source: &Source, planned: &Planned, trusted: bool) -> Vec<Diagnostic>;

    /// Carries a plan out on the disk.
    fn apply(&self, source: &Source, planned: &Planned, how: &ApplyOptions, sink: &dyn ApplySink) -> Applied;

    /// Asks the `check` blocks and conditions, and whatever they ask.
    fn check(&self, source: &Source, options: &PlanOptions) -> Checked;
}

/// The engine at work on the disk.
pub struct EngineWorks {
    /// It.
    pub engine: Arc<Engine>,
    /// The disk.
    pub files: Arc<dyn Files>,
    /// The moment.
    pub clock: Arc<dyn Clock>,
    /// The network.
    pub http: Arc<dyn HttpClient>,
    /// Runs provisioners; `None` while the repo is not trusted.
    pub commands: Option<Arc<dyn Processes>>,
    /// What `~` means.
    pub home: Option<String>,
    /// How far evaluation goes.
    pub limits: Limits,
}

/// How long an answer is waited for when a configuration does not say: whoever never answers must not stop an apply.
const PATIENCE: Duration = Duration::from_secs(10);

/// Gives every request a limit.
struct Impatient(Arc<dyn HttpClient>);

impl HttpClient for Impatient {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, String> {
        let timeout = Some(request.timeout.unwrap_or(PATIENCE));
        self.0.send(&HttpRequest { timeout, ..request.clone() })
    }
}

impl EngineWorks {
    fn surroundings(&self, writes: bool) -> Surroundings {
        Surroundings {
            files: writes.then(|| self.files.clone()),
            http: Some(Arc::new(Impatient(self.http.clone()))),
            commands: self.commands.clone(),
            now: self.clock.now(),
            clock: Some(self.clock.clone()),
            random: Arc::new(fill_random),
            home: self.home.clone(),
            limits: self.limits,
        }
    }
}

impl Works for EngineWorks {
    fn stacks(&self, checkout: &Path) -> Vec<Stack> {
        let ignored = |path: &RepoPath, _directory: bool| path.file_name().starts_with('.');
        discover(&Discovery { files: self.files.as_ref(), root: checkout, ignored: &ignored })
    }

    fn is_built_in(&self, provider: &str) -> bool {
        self.engine.providers().get(provider).is_some()
    }

    fn plan(&self, source: &Source, options: &PlanOptions) -> Planned {
        self.engine.plan(source, options, &self.surroundings(false))
    }

    fn hindrances(&self, source: &Source, planned: &Planned, trusted: bool) -> Vec<Diagnostic> {
        self.engine.hindrances(source, planned, trusted && self.commands.is_some())
    }

    fn apply(&self, source: &Source, planned: &Planned, how: &ApplyOptions, sink: &dyn ApplySink) -> Applied {
        self.engine.apply(source, planned, how, &self.surroundings(true), sink)
    }

    fn check(&self, source: &Source, options: &PlanOptions) -> Checked {
        self.engine.check(source, options, &self.surroundings(false))
    }
}
