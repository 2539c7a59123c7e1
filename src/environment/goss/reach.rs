//! What goss's checks may reach while they look.

use std::path::Path;
use std::time::Duration;

use crate::sys::clock::Clock;
use crate::sys::files::Files;
use crate::sys::http::HttpClient;
use crate::sys::machine::Machine;
use crate::sys::processes::{Invocation, Outcome};

/// Runs a command to its end or its limit.
pub type RunCommand<'a> = &'a dyn Fn(&Invocation, Duration) -> Result<Outcome, String>;

/// The doors that verification goes through.
pub struct Reach<'a> {
    /// The disk.
    pub files: &'a dyn Files,
    /// Owners, sockets, addresses.
    pub machine: &'a dyn Machine,
    /// HTTP requests.
    pub http: &'a dyn HttpClient,
    /// Runs `command` resources; `None` while the repo is not trusted.
    pub run: Option<RunCommand<'a>>,
    /// Measures.
    pub clock: &'a dyn Clock,
    /// The environment's checkout: relative paths start here.
    pub directory: &'a Path,
}
