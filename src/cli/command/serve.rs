//! `kilter serve DIR --port N`: a small static file server.

use crate::cli::args::Serve as Args;
use crate::cli::exit::Exit;
use crate::cli::fault::{Fault, FaultKind};
use crate::runtime::serve::{ServeOptions, serve};

/// Runs the command.
pub fn run(args: &Args) -> Result<Exit, Fault> {
    let options = ServeOptions { directory: args.directory.clone(), bind: args.bind, port: args.port };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::io("cannot start the server", &error))?;
    runtime.block_on(serve(options)).map_err(|error| Fault::new(FaultKind::Io, error.to_string()))?;
    Ok(Exit::Fine)
}
