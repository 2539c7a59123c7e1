//! What an operation may reach besides the configuration's own files: the disk to write to, the network, programs,
//! the moment, chance. What is left out cannot be reached, and the engine says *not asked* instead.

use std::sync::Arc;
use std::time::SystemTime;

use crate::model::limits::Limits;
use crate::sys::clock::Clock;
use crate::sys::files::Files;
use crate::sys::http::HttpClient;
use crate::sys::processes::Processes;

/// Fills a buffer with random bytes.
pub type Chance = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// What an operation may reach.
#[derive(Clone)]
pub struct Surroundings {
    /// The disk that providers write to; `None` for operations that only look (then the source's files are read).
    pub files: Option<Arc<dyn Files>>,
    /// Sends requests; `None` where nobody may be asked (a preview).
    pub http: Option<Arc<dyn HttpClient>>,
    /// Runs provisioners' commands; `None` where the repo is not trusted, or nobody asked for something that runs them.
    pub commands: Option<Arc<dyn Processes>>,
    /// The moment.
    pub now: SystemTime,
    /// Measures how long things take; `None` where nobody wants to know.
    pub clock: Option<Arc<dyn Clock>>,
    /// Fills a buffer with random bytes.
    pub random: Chance,
    /// What `~` means.
    pub home: Option<String>,
    /// How far evaluation goes.
    pub limits: Limits,
}

impl Surroundings {
    /// Nothing but the moment: a preview.
    pub fn none(now: SystemTime) -> Self {
        Surroundings {
            files: None,
            http: None,
            commands: None,
            now,
            clock: None,
            random: Arc::new(|buffer| buffer.fill(0)),
            home: None,
            limits: Limits::default(),
        }
    }
}
