//! `kilter drift --env NAME`: what differs from the state.

use super::apply::broken;
use crate::cli::Here;
use crate::cli::args::Environment as Args;
use crate::cli::exit::Exit;
use crate::cli::fault::Fault;
use crate::cli::output::{Format, Paint, Tone};
use crate::cli::text;
use crate::cli::watching::{Telling, verified};
use crate::environment::Watcher;
use crate::environment::drift::{Drift, drift};
use crate::format::environment_json;
use crate::model::environment::VerifyOutcome;
use crate::runtime::work::environments::environment;

/// Runs the command.
pub fn run(here: &Here, args: &Args) -> Result<Exit, Fault> {
    let outputs = here.outputs(&[Format::Text, Format::Json])?;
    let world = here.world()?;
    let environment = environment(&world, &args.env).map_err(|fault| Fault::user(fault.to_string()))?;
    let telling = Telling::begin();
    let found = match drift(&environment, &telling) {
        Ok(found) => found,
        Err(_) if telling.cancelled() => return Ok(Exit::Interrupted),
        Err(fault) => return Err(broken(fault)),
    };
    outputs.write(&|format, paint| match format {
        Format::Json => {
            let plans = found.plans.iter().map(|stack| (&stack.stack, &*stack.planned.plan));
            environment_json::drifted(&environment.name, found.count, plans, &found.processes)
        }
        _ => as_text(&environment.name, &found, paint).into_bytes(),
    })?;
    Ok(if found.count > 0 { Exit::Drift } else { Exit::Fine })
}

fn as_text(environment: &str, found: &Drift, paint: &Paint) -> String {
    if found.count == 0 {
        return format!("{} is as it was applied.\n", environment);
    }
    let mut out = String::new();
    for stack in &found.plans {
        let plan = &stack.planned.plan;
        if plan.drift.is_empty() && plan.summary().is_empty() {
            continue;
        }
        out += &format!("{}\n", paint.tone(Tone::Strong, stack.stack.as_str()));
        for change in &plan.drift {
            let head =
                format!("  {} {} differs from what was applied", change.change.action.sign().trim(), change.address);
            out += &format!("{}\n", paint.tone(Tone::Warn, &head));
        }
        out += "  applying again would:\n";
        out += &text::plan::plan(plan, paint);
    }
    for process in found.processes.iter().filter(|process| process.outcome != VerifyOutcome::Passed) {
        out += &format!("{}\n", paint.tone(Tone::Bad, &verified(process)));
    }
    out + &format!("{} in {environment}\n", text::counted(found.count, "thing drifted", "things drifted"))
}
