//! `kilter demo [DIR]`: lays the sample repo out, and opens it.

use std::path::PathBuf;

use super::open;
use crate::cli::Here;
use crate::cli::args::Demo;
use crate::cli::exit::Exit;
use crate::cli::fault::{Fault, FaultKind};
use crate::cli::output::say;
use crate::guide::sample;
use crate::sys::files::{Files, RealFiles};

/// Runs the command.
pub fn run(here: &Here, args: Demo) -> Result<Exit, Fault> {
    let directory = match args.directory {
        Some(directory) => here.directory().join(directory),
        None => fresh_directory()?,
    };
    match sample::lay_out(&directory, &RealFiles) {
        Ok(()) => say(&format!("kilter: the sample repo is in {}", directory.display())),
        // Opening a demo again is what `kilter demo DIR` means the second time.
        Err(sample::SampleFault::NotEmpty(_)) if !args.no_open && directory.join("goss.yaml").is_file() => {
            say(&format!("kilter: opening the sample repo that is in {} already", directory.display()));
        }
        Err(fault) => return Err(Fault::new(FaultKind::User, "the sample repo was not laid out").because(&fault)),
    }
    // Everything in it is Kilter's own: it may run what it brings.
    here.open(&directory)?
        .grant_trust()
        .map_err(|error| Fault::io("cannot remember that the sample repo is trusted", &error))?;
    if args.no_open {
        return Ok(Exit::Fine);
    }
    open::run(here, Some(directory))
}

/// A new directory among the temporary ones, named so that a person finds it again.
fn fresh_directory() -> Result<PathBuf, Fault> {
    let base = std::env::temp_dir();
    for number in 1..10_000 {
        let candidate = base.join(if number == 1 { "kilter-demo".to_owned() } else { format!("kilter-demo-{number}") });
        if candidate.symlink_metadata().is_err() {
            RealFiles
                .create_directory(&candidate)
                .map_err(|error| Fault::io(format!("cannot make {}", candidate.display()), &error))?;
            return Ok(candidate);
        }
    }
    Err(Fault::user(format!("{} holds ten thousand demos already", base.display()))
        .hint("give a directory: kilter demo DIR"))
}
