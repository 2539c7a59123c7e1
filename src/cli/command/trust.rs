//! `kilter trust [--revoke]`: whether Kilter may execute what this repo brings.

use crate::cli::Here;
use crate::cli::args::Trust as Args;
use crate::cli::exit::Exit;
use crate::cli::fault::Fault;
use crate::cli::output::say;

/// Runs the command.
pub fn run(here: &Here, args: &Args) -> Result<Exit, Fault> {
    let world = here.world()?;
    let root = world.root();
    let done = if args.revoke { world.revoke_trust() } else { world.grant_trust() };
    done.map_err(|error| Fault::io("the list of trusted repos was not written", &error))?;
    let word = if args.revoke { "is not trusted any more" } else { "is trusted: Kilter may run what it brings" };
    say(&format!("kilter: {} {word}", root.display()));
    Ok(Exit::Fine)
}
