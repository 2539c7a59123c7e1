//! What an operation may reach besides the configuration's own files: the disk to write to, the network, programs,
//! the moment, chance. What is left out cannot be reached, and the engine says *not asked* instead.

use std::sync::Arc;
use std::time::SystemTime;

use crate::sys::files::Files;
use crate::sys::http::HttpClient;
use crate::sys::processes::{Invocation, Outcome, Stream};

/// Runs programs for provisioners. Given only where the repo is trusted.
pub trait Commands: Send + Sync {
    /// Runs to the end, handing on each line as it comes.
    ///
    /// # Errors
    /// When it cannot be started.
    fn run(&self, invocation: &Invocation, line: &mut dyn FnMut(Stream, &str)) -> std::io::Result<Outcome>;
}

/// What an operation may reach.
#[derive(Clone)]
pub struct Surroundings {
    /// The disk that providers write to; `None` for operations that only look (then the source's files are read).
    pub files: Option<Arc<dyn Files>>,
    /// Sends requests; `None` where nobody may be asked (a preview).
    pub http: Option<Arc<dyn HttpClient + Send + Sync>>,
    /// Runs provisioners' commands; `None` where the repo is not trusted.
    pub commands: Option<Arc<dyn Commands>>,
    /// The moment.
    pub now: SystemTime,
    /// Fills a buffer with random bytes.
    pub random: Arc<dyn Fn(&mut [u8]) + Send + Sync>,
    /// What `~` means.
    pub home: Option<String>,
}

impl Surroundings {
    /// Nothing but the moment: a preview.
    pub fn none(now: SystemTime) -> Self {
        Surroundings {
            files: None,
            http: None,
            commands: None,
            now,
            random: Arc::new(|buffer| buffer.fill(0)),
            home: None,
        }
    }
}
