//! The processes of an environment's `Procfile`: brought up after an apply, looked at in verification, ended before a
//! destroy.

use std::time::Duration;

use super::event::{Progress, Watcher};
use super::fault::{EnvironmentFault, first_error};
use super::procfile::{self, resolve};
use super::world::Environment;
use crate::environment::supervise::client::{Supervision, Supervisor};
use crate::environment::supervise::spec::{ProcessSpec, Spec};
use crate::model::diagnostic::has_errors;
use crate::model::environment::{ProcessStatus, Verification, VerifyOutcome};
use crate::model::place::RepoPath;
use crate::sys::clock::pause;

/// How long a process has to end in order.
const GRACE: Duration = Duration::from_secs(5);

/// How long after their start processes are looked at.
const SETTLE: Duration = Duration::from_millis(250);

/// The supervisor of an environment.
pub fn supervisor(environment: &Environment) -> Supervisor<'_> {
    Supervisor::of(environment.files(), &environment.layout.processes())
}

/// What the Procfile of the checkout wants to run; `None` when there is none.
///
/// # Errors
/// [`EnvironmentFault::Stack`] when it cannot be read.
fn spec(environment: &Environment) -> Result<Option<Spec>, EnvironmentFault> {
    let checkout = environment.layout.checkout();
    let named = environment.settings.procfile.clone();
    let path = named.clone().unwrap_or(RepoPath::new("Procfile"));
    let bytes = match environment.files().read(&checkout.join(path.as_str())) {
        Ok(bytes) => bytes,
        Err(_) if named.is_none() => return Ok(None),
        Err(error) => {
            return Err(EnvironmentFault::files("reading the Procfile", &checkout.join(path.as_str()))(error));
        }
    };
    let (entries, mut diagnostics) = procfile::parse(&path, &bytes);
    let env_path = RepoPath::new(".env");
    let (env, more) = match environment.files().read(&checkout.join(env_path.as_str())) {
        Ok(bytes) => procfile::parse_env(&env_path, &bytes),
        Err(_) => Default::default(),
    };
    diagnostics.extend(more);
    if has_errors(&diagnostics) {
        return Err(EnvironmentFault::Stack { stack: path, diagnostics });
    }
    let kilter = environment.world.kilter.to_string_lossy();
    let process = |(index, entry): (usize, &procfile::ProcfileEntry)| {
        let variables = procfile::variables(&env, index);
        ProcessSpec {
            name: entry.name.clone(),
            command: entry.command.clone(),
            words: resolve(&entry.command, &variables, &kilter).into_words(),
            directory: checkout.clone(),
            env: variables,
        }
    };
    let processes: Vec<ProcessSpec> = entries.iter().enumerate().map(process).collect();
    Ok((!processes.is_empty()).then_some(Spec { processes, grace: GRACE }))
}

/// Makes the processes run as the Procfile says. Those that run as they should are left alone, unless something was
/// `changed` under them. Says for each how it came up.
///
/// # Errors
/// [`EnvironmentFault`] when they cannot be started at all, or the ones before cannot be ended.
pub fn bring_up(
    environment: &Environment,
    changed: bool,
    watcher: &dyn Watcher,
) -> Result<Vec<Verification>, EnvironmentFault> {
    let supervisor = supervisor(environment);
    let Some(spec) = spec(environment)? else {
        supervisor.stop()?;
        return Ok(Vec::new());
    };
    if !environment.world.trusted {
        supervisor.stop()?;
        watcher.progress(Progress::Notice(format!("the processes of the Procfile are {DISTRUSTED}")));
        return Ok(distrusted(&spec.processes));
    }
    let now = supervisor.look();
    if !changed
        && now.supervised
        && now.processes.iter().all(is_well)
        && supervisor.running_spec().as_ref() == Some(&spec)
    {
        return Ok(verifications(&now));
    }
    for process in &spec.processes {
        watcher.progress(Progress::Process {
            name: process.name.clone(),
            message: format!("starting {}", process.command),
        });
    }
    let directory = environment.layout.processes();
    let made = environment.files().create_directory(&directory.join("logs"));
    made.map_err(EnvironmentFault::files("making the supervisor's directory", &directory))?;
    supervisor.start(&spec, &environment.world.kilter)?;
    // Who cannot begin (a port that is taken) mostly says so at once.
    pause(SETTLE);
    let started = supervisor.look();
    for process in &started.processes {
        watcher.progress(Progress::Process { name: process.name.clone(), message: standing(process) });
    }
    Ok(verifications(&started))
}

/// Ends all processes, proven.
///
/// # Errors
/// [`EnvironmentFault::Processes`]
pub fn take_down(environment: &Environment) -> Result<(), EnvironmentFault> {
    Ok(supervisor(environment).stop()?)
}

/// Each process of the Procfile as one check.
pub fn verify(environment: &Environment) -> Vec<Verification> {
    let wanted = match spec(environment) {
        Ok(Some(spec)) => spec.processes,
        Ok(None) => return Vec::new(),
        Err(fault) => {
            let why = match fault.diagnostics() {
                [] => fault.to_string(),
                diagnostics => first_error(diagnostics),
            };
            return vec![verification("Procfile", VerifyOutcome::Error, &why)];
        }
    };
    let now = supervisor(environment).look();
    if !environment.world.trusted && now.processes.is_empty() {
        return distrusted(&wanted);
    }
    let mut found = verifications(&now);
    for process in wanted.iter().filter(|process| !now.processes.iter().any(|known| known.name == process.name)) {
        let why = if now.lost { "not running: its supervisor is gone" } else { "not running: it was never started" };
        found.push(verification(&process.name, VerifyOutcome::Failed, why));
    }
    found
}

const DISTRUSTED: &str = "not started: this repo is not trusted to execute what it brings";

fn distrusted(processes: &[ProcessSpec]) -> Vec<Verification> {
    processes.iter().map(|process| verification(&process.name, VerifyOutcome::Error, DISTRUSTED)).collect()
}

/// Whether it runs and never fell over.
pub fn is_well(process: &ProcessStatus) -> bool {
    process.pid.is_some() && process.restarts == 0
}

fn verifications(supervision: &Supervision) -> Vec<Verification> {
    let one = |process: &ProcessStatus| {
        let outcome = if is_well(process) { VerifyOutcome::Passed } else { VerifyOutcome::Failed };
        let unwatched = if supervision.supervised { "" } else { "; its supervisor is gone, nobody starts it again" };
        let outcome = if supervision.supervised { outcome } else { VerifyOutcome::Failed };
        verification(&process.name, outcome, &format!("{}{unwatched}", standing(process)))
    };
    supervision.processes.iter().map(one).collect()
}

/// How a process stands, in words.
pub fn standing(process: &ProcessStatus) -> String {
    let last = process.last_exit.as_deref().unwrap_or("it ended");
    let times = if process.restarts == 1 { "once".to_owned() } else { format!("{} times", process.restarts) };
    match (process.pid, process.restarts) {
        (Some(pid), 0) => format!("runs as process {pid}"),
        (Some(pid), _) => format!("fell over and was started again {times}: {last}; runs as process {pid} now"),
        (None, _) => format!("not running: {last}"),
    }
}

fn verification(process: &str, outcome: VerifyOutcome, message: &str) -> Verification {
    Verification { subject: format!("process {process}"), outcome, message: message.to_owned(), took: Duration::ZERO }
}
