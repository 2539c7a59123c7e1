//! `kilter apply --env NAME`: shows exactly what, asks, applies, starts the processes.

use std::io::{BufRead, IsTerminal, Write};

use crate::cli::Here;
use crate::cli::args::Apply as Args;
use crate::cli::exit::Exit;
use crate::cli::fault::{Fault, FaultKind};
use crate::cli::output::{Format, Paint, say, write_out};
use crate::cli::text;
use crate::cli::watching::Telling;
use crate::environment::apply::{Approval, apply};
use crate::environment::prepare::{Gate, Prepared, prepare};
use crate::environment::{EnvironmentFault, Watcher};
use crate::format::environment_json;
use crate::runtime::work::environments::environment;

/// Runs the command.
pub fn run(here: &Here, args: &Args) -> Result<Exit, Fault> {
    let outputs = here.outputs(&[Format::Text, Format::Json])?;
    let world = here.world()?;
    let mut environment = environment(&world, &args.environment.env).map_err(|fault| Fault::user(fault.to_string()))?;
    environment.parallelism = usize::from(args.parallelism);
    let commit = world
        .repo()
        .and_then(|repo| repo.resolve("HEAD").ok())
        .ok_or_else(|| Fault::user("there is no commit to apply").hint("commit first: git add, git commit"))?;
    let checks = world.store.run(Some(&commit)).map(|run| run.verdict());
    let telling = Telling::begin();
    let gate = Gate { checks, skip_checks: args.skip_checks };
    let prepared = prepare(&environment, &commit, gate, &telling).map_err(broken)?;
    prepared.notices.iter().for_each(|notice| say(notice));
    if !prepared.refusals.is_empty() {
        return Err(prepared.refusals.iter().fold(
            Fault::user(format!("{} is not applied to `{}`", short(&commit), environment.name)),
            |fault, refusal| fault.hint(format!("{}: {}", refusal.reason, refusal.hint)),
        ));
    }
    if outputs.is_text() {
        write_out(shown(&prepared, &outputs.paint()).as_bytes());
    }
    if !args.auto_approve && !approved(&prepared, &environment.name)? {
        say("kilter: nothing was applied");
        return Ok(Exit::Broke);
    }
    let approval = if args.auto_approve { Approval::Anything } else { Approval::Shown };
    let report = match apply(&environment, &prepared, approval, &telling) {
        Ok(report) => report,
        Err(_) if telling.cancelled() => return Ok(Exit::Interrupted),
        Err(fault) => return Err(broken(fault)),
    };
    outputs.write(&|format, _| match format {
        Format::Json => environment_json::applied(
            &environment.name,
            &prepared.commit,
            &report.line(),
            &report.verifications,
            report.took,
        ),
        _ => format!("{} in {}\n", report.line(), text::duration(report.took)).into_bytes(),
    })?;
    Ok(if report.is_green() { Exit::Fine } else { Exit::TestsFailed })
}

fn short(commit: &str) -> &str {
    commit.get(..8).unwrap_or(commit)
}

/// An environment's fault at the rim.
pub fn broken(fault: EnvironmentFault) -> Fault {
    let kind = if fault.is_refusal() { FaultKind::User } else { FaultKind::Io };
    let details: Vec<String> = fault.diagnostics().iter().map(text::diagnostic_line).collect();
    details.into_iter().fold(Fault::new(kind, fault.to_string()), Fault::hint)
}

fn shown(prepared: &Prepared, paint: &Paint) -> String {
    let mut out = String::new();
    for stack in &prepared.plans {
        out += &format!("{}\n", paint.tone(crate::cli::output::Tone::Strong, stack.stack.as_str()));
        out += &text::diagnostics(&stack.planned.diagnostics, paint);
        out += &text::plan::plan(&stack.planned.plan, paint);
    }
    out
}

/// Asks on a terminal; elsewhere the answer is no.
fn approved(prepared: &Prepared, environment: &str) -> Result<bool, Fault> {
    if !std::io::stdin().is_terminal() {
        say("kilter: nobody can be asked here: give --auto-approve to apply");
        return Ok(false);
    }
    let destroys = prepared
        .plans
        .iter()
        .any(|stack| stack.planned.plan.changes.iter().any(|change| change.change.action.destroys()));
    let question = if destroys {
        format!("Something is destroyed. Apply to `{environment}`? Type yes: ")
    } else {
        format!("Apply to `{environment}`? [y/N] ")
    };
    let answer = ask(&question)?;
    Ok(answer == "yes" || (!destroys && matches!(answer.as_str(), "y" | "Y")))
}

/// Asks a question and returns the trimmed answer.
pub fn ask(question: &str) -> Result<String, Fault> {
    let mut err = std::io::stderr().lock();
    let _ = err.write_all(question.as_bytes()).and_then(|()| err.flush());
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(|error| Fault::io("cannot read the answer", &error))?;
    Ok(answer.trim().to_owned())
}
