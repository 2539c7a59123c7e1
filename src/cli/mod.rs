//! The headless commands: the same reports as the screen, as text or in a standard format, with exit codes.
//!
//! Each command reads its flags, calls `runtime::work` and renders what comes back; none computes anything itself.

pub mod args;
mod command;
mod exit;
mod fault;
mod interrupt;
mod line_editor;
mod output;
mod text;
mod watching;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command, Global};
use exit::Exit;
use fault::{Fault, FaultKind};
use output::{Format, Outputs};

use crate::runtime::world::World;

/// Runs the program with the process's own arguments.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            let shown = !error.use_stderr();
            return ExitCode::from(if shown { Exit::Fine.code() } else { Exit::Broke.code() });
        }
    };
    match dispatch(cli) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(fault) => {
            output::say(&fault.to_string());
            ExitCode::from(Exit::Broke.code())
        }
    }
}

fn dispatch(cli: Cli) -> Result<Exit, Fault> {
    let here = Here { global: cli.global };
    match cli.command {
        None => command::open::run(&here, cli.path),
        Some(Command::Demo(args)) => command::demo::run(&here, args),
        Some(Command::Status) => command::status::run(&here),
        Some(Command::Plan(args)) => command::plan::run(&here, &args),
        Some(Command::Validate(args)) => command::validate::run(&here, &args),
        Some(Command::Fmt(args)) => command::fmt::run(&here, &args),
        Some(Command::Lint(args)) => command::lint::run(&here, &args),
        Some(Command::Test(args)) => command::test::run(&here, &args),
        Some(Command::Console(args)) => command::console::run(&here, &args),
        Some(Command::Ci(args)) => command::ci::run(&here, &args),
        Some(Command::CommitCheck(args)) => command::ci::run_working_tree(&here, &args),
        Some(Command::Apply(args)) => command::apply::run(&here, &args),
        Some(Command::Verify(args)) => command::verify::run(&here, &args),
        Some(Command::Drift(args)) => command::drift::run(&here, &args),
        Some(Command::Destroy(args)) => command::destroy::run(&here, &args),
        Some(Command::State(args)) => command::state::run(&here, &args),
        Some(Command::Watch(args)) => command::watch::run(&here, &args),
        Some(Command::Doctor) => command::doctor::run(&here),
        Some(Command::Trust(args)) => command::trust::run(&here, &args),
        Some(Command::Serve(args)) => command::serve::run(&args),
        Some(Command::Schema(args)) => command::schema::run(&here, &args),
        Some(Command::Completions { shell }) => command::about::completions(shell),
        Some(Command::Man) => command::about::man(),
        Some(Command::Supervise { directory }) => command::supervise::run(&directory),
    }
}

/// Where the command runs and what holds for all of them.
struct Here {
    global: Global,
}

impl Here {
    fn directory(&self) -> PathBuf {
        self.global.directory.clone().unwrap_or_else(|| PathBuf::from("."))
    }

    /// Opens the repo or the plain directory.
    fn world(&self) -> Result<World, Fault> {
        self.open(&self.directory())
    }

    fn open(&self, path: &Path) -> Result<World, Fault> {
        let world = World::open(path, self.global.trust).map_err(|fault| {
            let hint = fault.hint();
            let told = Fault::new(FaultKind::User, fault.to_string());
            hint.into_iter().fold(told, Fault::hint)
        })?;
        for complaint in &world.complaints {
            output::say(&text::diagnostic_line(complaint));
        }
        Ok(world)
    }

    fn outputs(&self, known: &[Format]) -> Result<Outputs, Fault> {
        Outputs::parse(&self.global.format, known, self.global.no_color, self.global.plain)
    }
}
