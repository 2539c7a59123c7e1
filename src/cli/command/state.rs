//! `kilter state STACK [--env NAME]`: the state file's JSON, as it is.

use crate::cli::Here;
use crate::cli::args::State as Args;
use crate::cli::exit::Exit;
use crate::cli::fault::{Fault, FaultKind};
use crate::cli::output::write_out;
use crate::engine::backend::{Backend, backend};
use crate::format::state_json;
use crate::runtime::work::scan;

/// Runs the command.
pub fn run(here: &Here, args: &Args) -> Result<Exit, Fault> {
    let world = here.world()?;
    let stacks =
        scan::named(&world, std::slice::from_ref(&args.stack)).map_err(|fault| Fault::user(fault.to_string()))?;
    let Some(stack) = stacks.first() else {
        return Err(Fault::user(format!("`{}` is not a stack", args.stack)));
    };
    let path = match &args.env {
        Some(name) => world
            .environment_state(name, &stack.path)
            .ok_or_else(|| Fault::user("there are no environments without a git repo"))?,
        None => match backend(&*world.files, &world.on_disk(&stack.path)) {
            Backend::Local(path) => path,
            Backend::Remote(kind) => {
                return Err(Fault::user(format!("the state of `{}` is in a backend of kind {kind}", stack.name()))
                    .hint("read it with `terraform state pull`, or give --env NAME"));
            }
        },
    };
    let found = world.files.read(&path).map(|bytes| (!bytes.iter().all(u8::is_ascii_whitespace)).then_some(bytes));
    let bytes = match found {
        Ok(Some(bytes)) => bytes,
        // An empty one is what a lock leaves that was taken before the first object was made.
        Ok(None) => return Err(nothing(stack.name(), args)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(nothing(stack.name(), args)),
        Err(error) => return Err(Fault::io(format!("cannot read {}", path.display()), &error)),
    };
    state_json::read(&bytes)
        .map_err(|fault| Fault::new(FaultKind::User, format!("{} is no state", path.display())).because(&fault))?;
    write_out(&bytes);
    Ok(Exit::Fine)
}

fn nothing(stack: &str, args: &Args) -> Fault {
    let whose = args.env.as_ref().map(|name| format!(" in the environment `{name}`")).unwrap_or_default();
    Fault::user(format!("`{stack}` has no state{whose}: nothing was applied"))
}
