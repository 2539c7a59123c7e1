//! Whether the environment is what its commit says: `check` blocks, gossfile, processes, and a second plan that is empty.

use std::time::Duration;

use super::event::{Progress, Watcher};
use super::fault::{EnvironmentFault, first_error};
use super::goss::{self, Reach};
use super::lock;
use super::plans;
use super::prepare::check_out_applied;
use super::processes;
use super::record;
use super::stack_apply::second_plan;
use super::states;
use super::world::Environment;
use crate::engine::PlanOptions;
use crate::model::check::{CheckKind, CheckResult, CheckStatus};
use crate::model::diagnostic::has_errors;
use crate::model::environment::{ProcessStatus, Verification, VerifyOutcome};
use crate::model::place::RepoPath;
use crate::sys::clock::pause;
use crate::sys::processes::{CancelLevel, Invocation, Outcome};

/// How long a process that was just started may take until it answers.
const COMING_UP: Duration = Duration::from_secs(10);
/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(250);

/// Looks at everything and remembers how it came out.
///
/// # Errors
/// [`EnvironmentFault::Absent`], [`EnvironmentFault::Locked`] while somebody changes it, [`EnvironmentFault::Cancelled`],
/// or when the checkout cannot be restored. What is red is no fault but a [`Verification`].
pub fn verify(environment: &Environment, watcher: &dyn Watcher) -> Result<Vec<Verification>, EnvironmentFault> {
    let world = &environment.world;
    let lock = lock::take(&world.files, world.clock.as_ref(), &environment.layout.lock(), &world.user, "verify")?;
    lock.tell(watcher);
    check_out_applied(environment)?;
    let stacks = record::read(environment.files(), &environment.layout).stacks;
    let began = world.clock.elapsed();
    let patience = coming_up(environment);
    let mut found = processes::verify(environment);
    let processes_well = is_green(&found);
    loop {
        let mut rest: Vec<Verification> = Vec::new();
        for stack in &stacks {
            rest.extend(checks(environment, &stack.stack));
        }
        rest.extend(gossfile(environment));
        let waited = world.clock.elapsed().saturating_sub(began);
        // Only what is certainly still coming up is waited for; what fell over is red at once.
        if is_green(&rest) || !processes_well || waited >= patience {
            found.extend(rest);
            break;
        }
        if watcher.cancelled() {
            return Err(EnvironmentFault::Cancelled);
        }
        pause(PAUSE);
    }
    found.extend(stacks.iter().map(|stack| second_plan(environment, &stack.stack)));
    found.iter().for_each(|verification| watcher.progress(Progress::Verified(verification.clone())));
    let green = is_green(&found);
    record::update(environment.files(), &environment.layout, |record| {
        record.green = Some(green);
        if green {
            record.verified = Some(world.clock.now());
        }
    })?;
    drop(lock);
    Ok(found)
}

/// Whether everything is as it should be. What Kilter does not know how to look at does not make it red: it is shown.
pub fn is_green(found: &[Verification]) -> bool {
    found.iter().all(|one| matches!(one.outcome, VerifyOutcome::Passed | VerifyOutcome::Unsupported))
}

/// How long the youngest process may still take to come up.
fn coming_up(environment: &Environment) -> Duration {
    let now = environment.world.clock.now();
    let left = |process: &ProcessStatus| {
        let age = now.duration_since(process.since?).unwrap_or_default();
        Some(COMING_UP.saturating_sub(age))
    };
    processes::supervisor(environment).look().processes.iter().filter_map(left).max().unwrap_or_default()
}

/// The `check` blocks and conditions of one stack.
fn checks(environment: &Environment, stack: &RepoPath) -> Vec<Verification> {
    let began = environment.world.clock.elapsed();
    let took = || environment.world.clock.elapsed().saturating_sub(began);
    let one = |subject: String, outcome, message: String| Verification { subject, outcome, message, took: took() };
    let state = match states::load(environment.files(), &environment.layout, stack) {
        Ok(state) => state,
        Err(fault) => return vec![one(format!("state {stack}"), VerifyOutcome::Error, fault.to_string())],
    };
    let source = plans::source(environment, stack);
    let options = PlanOptions { variables: environment.variables_of(stack), state, ..PlanOptions::default() };
    let checked = environment.world.works.check(&source, &options);
    let mut found: Vec<Verification> = checked
        .results
        .iter()
        .map(|result| {
            let (outcome, message) = judged(result);
            one(format!("{} ({stack})", result.address), outcome, message)
        })
        .collect();
    // A condition that fails is a result; only what kept the checks from being asked at all is more than that.
    if has_errors(&checked.diagnostics) && is_green(&found) {
        found.push(one(format!("checks {stack}"), VerifyOutcome::Error, first_error(&checked.diagnostics)));
    }
    found
}

fn judged(result: &CheckResult) -> (VerifyOutcome, String) {
    let problems: Vec<&str> =
        result.instances.iter().flat_map(|i| &i.problems).map(|p| p.lines().next().unwrap_or(p)).collect();
    let said = if problems.is_empty() { None } else { Some(problems.join("; ")) };
    let kind = match result.kind {
        CheckKind::Check => "every assertion holds",
        CheckKind::Resource | CheckKind::OutputValue => "every condition holds",
        CheckKind::InputVariable => "every validation holds",
    };
    match result.status {
        CheckStatus::Pass => (VerifyOutcome::Passed, kind.to_owned()),
        CheckStatus::Fail => (VerifyOutcome::Failed, said.unwrap_or_else(|| "a condition does not hold".to_owned())),
        CheckStatus::Error => (VerifyOutcome::Error, said.unwrap_or_else(|| "it could not be evaluated".to_owned())),
        CheckStatus::Unknown => {
            (VerifyOutcome::Error, said.unwrap_or_else(|| "it depends on something unknown".to_owned()))
        }
    }
}

/// What the gossfile of the checkout says.
fn gossfile(environment: &Environment) -> Vec<Verification> {
    let world = &environment.world;
    let checkout = environment.layout.checkout();
    let named = environment.settings.goss.as_ref().map(RepoPath::as_str);
    let usual =
        ["goss.yaml", "goss.yml", "goss.json"].into_iter().find(|name| world.files.is_file(&checkout.join(name)));
    let Some(name) = named.or(usual) else { return Vec::new() };
    let run = |invocation: &Invocation, limit: Duration| run_limited(environment, invocation, limit);
    let reach = Reach {
        files: world.files.as_ref(),
        machine: world.machine.as_ref(),
        http: world.http.as_ref(),
        run: if world.trusted { Some(&run) } else { None },
        clock: world.clock.as_ref(),
        directory: &checkout,
    };
    goss::verify(name, &reach)
}

/// Runs a command, ending it when it takes too long.
fn run_limited(environment: &Environment, invocation: &Invocation, limit: Duration) -> Result<Outcome, String> {
    let world = &environment.world;
    let began = world.clock.elapsed();
    let late = || world.clock.elapsed().saturating_sub(began) >= limit;
    let invocation = Invocation { grace: Duration::from_secs(1), ..invocation.clone() };
    let cancelled = || if late() { CancelLevel::Interrupt } else { CancelLevel::None };
    let outcome = world.programs.run(&invocation, &mut |_, _| {}, &cancelled).map_err(|error| error.to_string())?;
    if outcome.cancelled { Err(format!("it took longer than {limit:?}")) } else { Ok(outcome) }
}
