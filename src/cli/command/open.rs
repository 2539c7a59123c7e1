//! `kilter [PATH]`: the workbench; without a terminal, the status.

use std::io::IsTerminal;
use std::path::PathBuf;

use super::status;
use crate::cli::Here;
use crate::cli::exit::Exit;
use crate::cli::fault::{Fault, FaultKind};
use crate::cli::output::say;
use crate::shell;

/// Runs the command.
pub fn run(here: &Here, path: Option<PathBuf>) -> Result<Exit, Fault> {
    let path = path.map_or_else(|| here.directory(), |path| here.directory().join(path));
    let headless = std::env::var_os("CI").is_some_and(|ci| ci == "true");
    if headless || !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        say("kilter: no terminal, so no workbench; this is the status (see `kilter --help` for the other commands)");
        return status::of(here, &here.open(&path)?);
    }
    let world = here.open(&path)?;
    let looks = shell::Looks { no_color: here.global.no_color, plain: here.global.plain };
    shell::run(world, looks).map_err(|error| Fault::new(FaultKind::Io, "the terminal broke").because(&error))?;
    Ok(Exit::Fine)
}
