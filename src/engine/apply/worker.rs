//! What workers do, on threads of their own unless it is quick: a provider that creates, updates or destroys, a command that runs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

use crate::engine::apply::provision::{Command, SUPPRESSED};
use crate::engine::provider::{ApplyFault, Provider, World};
use crate::engine::world::Reach;
use crate::model::diagnostic::Diagnostic;
use crate::model::value::{Str, Value};
use crate::sys::processes::{CancelLevel, Processes, Stream};

/// What a worker is asked to do.
pub enum Job {
    /// Let a provider create, update or destroy.
    Provider {
        /// The provider.
        provider: Arc<dyn Provider>,
        /// The type of the object.
        type_name: Str,
        /// The object before.
        prior: Value,
        /// The object as planned.
        planned: Value,
        /// Its configuration.
        config: Value,
    },
    /// Run a provisioner's command.
    Command(Box<Command>),
}

impl Job {
    /// Whether it is done sooner than a thread is started.
    pub fn is_quick(&self) -> bool {
        matches!(self, Job::Provider { provider, .. } if provider.only_computes())
    }
}

/// What came of it.
pub enum Outcome {
    /// The object as it is now.
    Object(Result<Value, ApplyFault>),
    /// The command ended; why it did not succeed.
    Command(Result<(), String>),
    /// The command printed a line.
    Line(String),
}

/// The number of a step and what came of it.
pub type News = (usize, Outcome);

/// What workers reach.
pub struct Surround<'a> {
    /// For providers.
    pub reach: &'a Reach,
    /// For commands.
    pub commands: Option<Arc<dyn Processes>>,
    /// Somebody asked the apply to stop: commands are interrupted.
    pub stop: AtomicBool,
}

/// Does a job and tells what came of it.
pub fn work(step: usize, job: Job, around: &Surround<'_>, sender: &Sender<News>) {
    let is_command = matches!(job, Job::Command(_));
    // Whoever waits for this step would wait for ever, and what else was made would never be written down.
    let outcome = catch_unwind(AssertUnwindSafe(|| carried_out(step, job, around, sender)));
    let outcome = outcome.unwrap_or_else(|_| {
        let detail = "Kilter itself failed here: this is a bug. What was done may be there and not in the state; look, and import or remove it.";
        match is_command {
            true => Outcome::Command(Err(detail.to_owned())),
            false => {
                let diagnostics = vec![Diagnostic::error("Provider failed unexpectedly", detail)];
                Outcome::Object(Err(ApplyFault { object: None, diagnostics }))
            }
        }
    });
    // The coordinator is gone only when it panicked; there is nobody left to tell.
    let _ = sender.send((step, outcome));
}

fn carried_out(step: usize, job: Job, around: &Surround<'_>, sender: &Sender<News>) -> Outcome {
    match job {
        Job::Provider { provider, type_name, prior, planned, config } => {
            let cancelled = || around.stop.load(Ordering::Relaxed);
            Outcome::Object(around.reach.with(|world| {
                let world = World { cancelled: &cancelled, ..*world };
                provider.apply(&type_name, &prior, &planned, &config, &world)
            }))
        }
        Job::Command(command) => Outcome::Command(run(step, &command, around, sender)),
    }
}

/// So much of what a command printed last is shown when it fails.
const KEPT: usize = 8 << 10;

fn run(step: usize, command: &Command, around: &Surround<'_>, sender: &Sender<News>) -> Result<(), String> {
    let Some(processes) = &around.commands else {
        return Err("Nobody may run the repo's commands here.".to_owned());
    };
    let mut printed = String::new();
    let mut suppressed = false;
    let mut line = |_: Stream, text: &str| {
        if command.hidden {
            if !std::mem::replace(&mut suppressed, true) {
                let _ = sender.send((step, Outcome::Line(SUPPRESSED.to_owned())));
            }
            return;
        }
        printed.push_str(text);
        printed.push('\n');
        if printed.len() > 2 * KEPT {
            let from = printed.len() - KEPT;
            let from = (from..printed.len()).find(|at| printed.is_char_boundary(*at)).unwrap_or(printed.len());
            printed.drain(..from);
        }
        let _ = sender.send((step, Outcome::Line(text.to_owned())));
    };
    let cancelled = || match around.stop.load(Ordering::Relaxed) {
        true => CancelLevel::Interrupt,
        false => CancelLevel::None,
    };
    let ended = processes.run(&command.invocation, &mut line, &cancelled);
    let why = match ended {
        Ok(outcome) if outcome.success() => return Ok(()),
        Ok(outcome) => match (outcome.code, outcome.signal, outcome.cancelled) {
            (_, Some(signal), true) => format!("interrupted, since the apply was asked to stop (signal {signal})"),
            (Some(code), _, true) => format!("interrupted, since the apply was asked to stop (exit status {code})"),
            (Some(code), ..) => format!("exit status {code}"),
            (None, Some(signal), false) => format!("signal {signal}"),
            (None, None, _) => "it ended without a status".to_owned(),
        },
        Err(error) => error.to_string(),
    };
    Err(command.failure(&why, &printed))
}
