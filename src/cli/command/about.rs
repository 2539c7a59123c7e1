//! `kilter completions`, `man`: about itself, made from the definitions themselves.

use clap::CommandFactory;

use crate::cli::args::Cli;
use crate::cli::exit::Exit;
use crate::cli::fault::Fault;
use crate::cli::output::write_out;

/// A shell's completion script.
pub fn completions(shell: clap_complete::Shell) -> Result<Exit, Fault> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "kilter", &mut script);
    write_out(&script);
    Ok(Exit::Fine)
}

/// The man page.
pub fn man() -> Result<Exit, Fault> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut page)
        .map_err(|error| Fault::io("cannot write the man page", &error))?;
    write_out(&page);
    Ok(Exit::Fine)
}
