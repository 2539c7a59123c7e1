//! `kilter destroy --env NAME`: leaves no file, no process, no lock.

use std::io::IsTerminal;

use super::apply::{ask, broken};
use crate::cli::Here;
use crate::cli::args::Destroy as Args;
use crate::cli::exit::Exit;
use crate::cli::fault::Fault;
use crate::cli::output::{Format, say};
use crate::cli::text::duration;
use crate::cli::watching::Telling;
use crate::environment::Watcher;
use crate::environment::destroy::destroy;
use crate::format::environment_json;
use crate::runtime::work::environments::environment;

/// Runs the command.
pub fn run(here: &Here, args: &Args) -> Result<Exit, Fault> {
    let outputs = here.outputs(&[Format::Text, Format::Json])?;
    let world = here.world()?;
    let name = &args.environment.env;
    let mut environment = environment(&world, name).map_err(|fault| Fault::user(fault.to_string()))?;
    environment.parallelism = usize::from(args.parallelism);
    let typed = if args.auto_approve {
        name.clone()
    } else if std::io::stdin().is_terminal() {
        ask(&format!("Everything in `{name}` is destroyed. Type its name: "))?
    } else {
        say("kilter: nobody can be asked here: give --auto-approve to destroy");
        say("kilter: nothing was destroyed");
        return Ok(Exit::Broke);
    };
    let telling = Telling::begin();
    let report = match destroy(&environment, &typed, &telling) {
        Ok(report) => report,
        Err(_) if telling.cancelled() => return Ok(Exit::Interrupted),
        Err(fault) => return Err(broken(fault)),
    };
    outputs.write(&|format, _| match format {
        Format::Json => environment_json::destroyed(name, &report.line(), report.took),
        _ => format!("{} in {}; nothing is left of `{name}`\n", report.line(), duration(report.took)).into_bytes(),
    })?;
    Ok(Exit::Fine)
}
