//! `kilter supervise DIR`: keeps an environment's processes running. Started by an apply, not by people.

use std::path::Path;

use crate::cli::exit::Exit;
use crate::cli::fault::{Fault, FaultKind};

/// Runs the command.
pub fn run(directory: &Path) -> Result<Exit, Fault> {
    crate::environment::supervise::supervise(directory)
        .map_err(|error| Fault::new(FaultKind::Io, "the supervisor stopped").because(&error))?;
    Ok(Exit::Fine)
}
