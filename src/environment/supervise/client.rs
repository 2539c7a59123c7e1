//! A supervisor seen from outside: starting one, finding it again, and ending it so that nothing is left, proven.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::spec::{Layout, MARKER, Spec};
use super::wire::{Standing, read_spec, read_standing, write_spec};
use crate::model::environment::ProcessStatus;
use crate::sys::clock::{Clock, RealClock, pause};
use crate::sys::files::Files;
use crate::sys::living::{self, Ending, Launch, ProcessIdentity};
use crate::sys::log_file;

/// How long a supervisor may take until every process was started once.
const START_LIMIT: Duration = Duration::from_secs(10);
/// How long after its grace a supervisor may take to end.
const END_LIMIT: Duration = Duration::from_secs(5);

/// How long a supervisor may take to notice that a process ended.
const SETTLE_LIMIT: Duration = Duration::from_millis(500);

/// Why a supervisor could not be started or ended.
#[derive(Debug, thiserror::Error)]
pub enum SuperviseError {
    /// Its files could not be written or read.
    #[error("{}: {source}", path.display())]
    Files {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The program could not be started.
    #[error("the supervisor could not be started: {0}")]
    Start(io::Error),
    /// It ended at once, or never got ready.
    #[error("the supervisor did not get ready: {0}")]
    NotReady(String),
    /// Processes are left that could not be ended.
    #[error("processes are left: {}", .0.join(", "))]
    Left(Vec<String>),
}

/// What is known about a supervisor and its processes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Supervision {
    /// The supervisor lives.
    pub supervised: bool,
    /// Its processes; a pid is given only while that very process lives.
    pub processes: Vec<ProcessStatus>,
    /// It should live and does not: it was killed, or the machine was restarted.
    pub lost: bool,
}

/// The supervisor of one directory.
pub struct Supervisor<'a> {
    files: &'a dyn Files,
    layout: Layout,
}

impl<'a> Supervisor<'a> {
    /// The supervisor whose files lie in `directory`.
    pub fn of(files: &'a dyn Files, directory: &Path) -> Self {
        Supervisor { files, layout: Layout::new(directory) }
    }

    /// Starts a supervisor for `spec`, ending the one before it. `kilter` is the program to start it with. Returns once
    /// every process was started, or could not be.
    ///
    /// # Errors
    /// [`SuperviseError`]
    pub fn start(&self, spec: &Spec, kilter: &Path) -> Result<Supervision, SuperviseError> {
        self.stop()?;
        let marker = uuid::Uuid::new_v4().to_string();
        let path = self.layout.spec();
        write_spec(self.files, &path, spec, &marker).map_err(|source| SuperviseError::Files { path, source })?;
        let words = ["supervise", &self.layout.directory.to_string_lossy()];
        let launch = Launch {
            words: std::iter::once(kilter.to_string_lossy().into_owned()).chain(words.map(str::to_owned)).collect(),
            directory: self.layout.directory.clone(),
            // The supervisor carries it too, so that it is found even when its files are lost.
            env: BTreeMap::from([(MARKER.to_owned(), marker)]),
        };
        let pid = living::start_detached(&launch, &self.layout.own_log()).map_err(SuperviseError::Start)?;
        let ready = |standing: &Standing| {
            let begun = |status: &ProcessStatus| status.pid.is_some() || status.last_exit.is_some();
            standing.supervisor.pid == pid && standing.processes.iter().all(|(status, _)| begun(status))
        };
        let began = wait_for(START_LIMIT, || {
            self.standing().is_some_and(|standing| ready(&standing)) || ProcessIdentity::of(pid).is_none()
        });
        match self.standing() {
            Some(standing) if ready(&standing) && standing.supervisor.is_alive() => Ok(self.look()),
            _ if began => Err(SuperviseError::NotReady(self.last_words())),
            _ => {
                let _ = self.stop();
                Err(SuperviseError::NotReady(format!("it took longer than {} s", START_LIMIT.as_secs())))
            }
        }
    }

    /// Ends the supervisor and every process it started, wherever it went, and looks that nothing is left.
    ///
    /// # Errors
    /// [`SuperviseError::Left`] when something is.
    pub fn stop(&self) -> Result<(), SuperviseError> {
        let spec = read_spec(self.files, &self.layout.spec()).ok();
        let standing = self.standing();
        let grace = spec.as_ref().map_or(Duration::ZERO, |(spec, _)| spec.grace);
        if let Some(supervisor) = standing.as_ref().map(|standing| &standing.supervisor).filter(|id| id.is_alive()) {
            living::end(supervisor.pid, Ending::Ask);
            if !wait_for(grace + END_LIMIT, || !supervisor.is_alive()) {
                living::end(supervisor.pid, Ending::Force);
                wait_for(END_LIMIT, || !supervisor.is_alive());
            }
        }
        self.end_leftovers(standing.as_ref(), spec.as_ref().map(|(_, marker)| marker.as_str()))?;
        for path in [self.layout.status(), self.layout.spec()] {
            match self.files.remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(SuperviseError::Files { path, source });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What a supervisor that was killed left running.
    fn end_leftovers(&self, standing: Option<&Standing>, marker: Option<&str>) -> Result<(), SuperviseError> {
        let recorded = standing.iter().flat_map(|standing| &standing.processes).filter_map(|(_, id)| id.as_ref());
        for identity in recorded.clone().filter(|identity| identity.is_alive()) {
            living::end_group(identity.pid, Ending::Force);
        }
        let left = || {
            let mut left: Vec<_> =
                recorded.clone().filter(|id| id.is_alive()).map(|id| (id.pid, String::new())).collect();
            let marked = marker.map(|marker| living::carrying(&format!("{MARKER}={marker}"))).unwrap_or_default();
            left.extend(marked.into_iter().map(|entry| (entry.pid, entry.name)));
            left
        };
        let ended = wait_for(END_LIMIT, || {
            let left = left();
            left.iter().for_each(|(pid, _)| living::end(*pid, Ending::Force));
            left.is_empty()
        });
        match ended {
            true => Ok(()),
            false => Err(SuperviseError::Left(left().iter().map(|(pid, name)| format!("{pid} {name}")).collect())),
        }
    }

    /// How things stand. Cheap: reads one file and asks for the pids in it.
    pub fn look(&self) -> Supervision {
        let Some(standing) = self.settled_standing() else {
            let specified = read_spec(self.files, &self.layout.spec());
            return Supervision { lost: specified.is_ok(), ..Supervision::default() };
        };
        let supervised = standing.supervisor.is_alive();
        let process = |(mut status, identity): (ProcessStatus, Option<ProcessIdentity>)| {
            if let Some(identity) = identity
                && !identity.is_alive()
            {
                status.pid = None;
                status.last_exit.get_or_insert_with(|| "it ended while nobody looked".to_owned());
            }
            status
        };
        Supervision { supervised, processes: standing.processes.into_iter().map(process).collect(), lost: !supervised }
    }

    /// What the running supervisor was told to run; `None` when none runs.
    pub fn running_spec(&self) -> Option<Spec> {
        let alive = self.standing()?.supervisor.is_alive();
        read_spec(self.files, &self.layout.spec()).ok().filter(|_| alive).map(|(spec, _)| spec)
    }

    /// The last lines that a process printed.
    ///
    /// # Errors
    /// As the system says it; `NotFound` when it never printed.
    pub fn log_tail(&self, process: &str, lines: usize) -> io::Result<Vec<String>> {
        log_file::tail(&self.layout.log(process), lines)
    }

    /// Where the output of a process is kept.
    pub fn log_path(&self, process: &str) -> PathBuf {
        self.layout.log(process)
    }

    /// What the supervisor wrote last. When a process of it has just ended, its next word is waited for a moment.
    fn settled_standing(&self) -> Option<Standing> {
        let stale = |standing: &Standing| {
            let ended = |id: &Option<ProcessIdentity>| id.as_ref().is_some_and(|id| !id.is_alive());
            standing.processes.iter().any(|(_, id)| ended(id)) && standing.supervisor.is_alive()
        };
        wait_for(SETTLE_LIMIT, || !self.standing().is_some_and(|standing| stale(&standing)));
        self.standing()
    }

    fn standing(&self) -> Option<Standing> {
        read_standing(self.files, &self.layout.status()).ok()
    }

    fn last_words(&self) -> String {
        let said = log_file::tail(&self.layout.own_log(), 1).unwrap_or_default();
        said.into_iter().next_back().unwrap_or_else(|| "it ended at once without a word".to_owned())
    }
}

/// Waits until `done`, looking often at first; false when the limit passed.
fn wait_for(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let clock = RealClock::default();
    let mut wait = Duration::from_millis(2);
    while !done() {
        if clock.elapsed() >= limit {
            return false;
        }
        pause(wait);
        wait = (wait * 2).min(Duration::from_millis(50));
    }
    true
}
