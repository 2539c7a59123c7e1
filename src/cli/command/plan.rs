//! `kilter plan [STACK]`: what applying would do, previewed natively or planned by the real tool.

use crate::cli::Here;
use crate::cli::args::{Plan as Args, Rung, Variables};
use crate::cli::exit::Exit;
use crate::cli::fault::{Fault, FaultKind};
use crate::cli::output::{Format, Paint, say};
use crate::cli::text;
use crate::engine::{PlanMode, VariableInput};
use crate::format::stacks_json::{StackPlan, stack_plans};
use crate::model::address::ResourceInstanceAddress;
use crate::model::diagnostic::has_errors;
use crate::model::id::Generation;
use crate::model::report::{Fidelity, PlanReport, Prior};
use crate::model::stack::{Stack, StackKind};
use crate::runtime::work::plan_bytes::plan_bytes;
use crate::runtime::work::preview::{PreviewAsk, details, preview};
use crate::runtime::work::scan;
use crate::runtime::work::tool_plan::{ToolPlanAsk, tool_plan};
use crate::runtime::world::World;
use crate::sys::processes::CancelLevel;

/// Runs the command.
pub fn run(here: &Here, args: &Args) -> Result<Exit, Fault> {
    let outputs = here.outputs(&[Format::Text, Format::Json])?;
    let ask = ask(args)?;
    let world = here.world()?;
    let stacks = scan::named(&world, &args.stacks.stack).map_err(|fault| Fault::user(fault.to_string()))?;
    if args.stacks.stack.is_empty() && ask.state.is_some() {
        return Err(Fault::user("a state file belongs to one stack").hint("name it: kilter plan STACK --state FILE"));
    }
    let one = args.stacks.stack.len() == 1;
    if let Some(stack) = stacks.first().filter(|stack| one && stack.kind != StackKind::Terraform) {
        return Err(Fault::user(format!(
            "`{}` is a stack of {}, which has no native preview",
            stack.name(),
            stack.kind.word()
        ))
        .hint("`kilter doctor` says which tool would plan it"));
    }
    let mut planned = Vec::new();
    for stack in &stacks {
        let report = if stack.kind == StackKind::Terraform { Some(report(&world, stack, args, &ask)?) } else { None };
        planned.push((stack, report));
    }
    outputs.write(&|format, paint| match (format, one, planned.first()) {
        (Format::Json, true, Some((stack, Some(report)))) => {
            let previewed = report.fidelity == Fidelity::Previewed;
            let details = previewed.then(|| details(&world, stack, &ask, &report.prior)).flatten();
            plan_bytes(&world, &report.plan, details.as_ref())
        }
        (Format::Json, ..) => {
            stack_plans(planned.iter().map(|(stack, report)| StackPlan { stack, report: report.as_ref() }))
        }
        _ => as_text(&planned, paint),
    })?;
    let reports: Vec<&PlanReport> = planned.iter().filter_map(|(_, report)| report.as_ref()).collect();
    if !outputs.is_text() {
        let diagnostics = reports.iter().flat_map(|report| &report.diagnostics);
        diagnostics.for_each(|diagnostic| say(&text::diagnostic_line(diagnostic)));
    }
    let errored = reports.iter().any(|report| report.plan.errored || has_errors(&report.diagnostics));
    let changes = reports.iter().any(|report| !report.plan.summary().is_empty());
    Ok(match (errored, changes && args.detailed_exitcode) {
        (true, _) => Exit::Broke,
        (false, true) => Exit::Changes,
        (false, false) => Exit::Fine,
    })
}

fn report(world: &World, stack: &Stack, args: &Args, ask: &PreviewAsk) -> Result<PlanReport, Fault> {
    let fidelity = match args.fidelity {
        Rung::Previewed => return Ok(preview(world, stack, ask, Generation::default()).0),
        Rung::Planned => Fidelity::Planned,
        Rung::Refreshed => Fidelity::Refreshed,
    };
    let tool_ask = ToolPlanAsk { fidelity, variables: ask.variables.clone(), destroy: args.destroy };
    tool_plan(world, stack, &tool_ask, &mut |line| say(line), &|| CancelLevel::None)
        .map_err(|fault| Fault::new(FaultKind::Tool, fault.to_string()).hint(fault.hint()))
}

fn ask(args: &Args) -> Result<PreviewAsk, Fault> {
    let replace = args
        .replace
        .iter()
        .map(|text| ResourceInstanceAddress::parse(text).map_err(|error| Fault::user(error.to_string())));
    Ok(PreviewAsk {
        prior: args.against.as_deref().map(prior),
        state: args.state.clone(),
        variables: variables(&args.variables)?,
        mode: if args.destroy { PlanMode::Destroy } else { PlanMode::Normal },
        targets: args.target.clone(),
        replace: replace.collect::<Result<_, _>>()?,
    })
}

fn prior(word: &str) -> Prior {
    match (word, word.strip_prefix("env:")) {
        ("state", _) => Prior::State,
        ("remembered", _) => Prior::Remembered,
        (_, Some(name)) => Prior::Environment(name.to_owned()),
        (revision, None) => Prior::Revision(revision.to_owned()),
    }
}

/// `--var` and `--var-file` in terraform's order: files first, as they may be mixed freely only there.
pub fn variables(args: &Variables) -> Result<Vec<VariableInput>, Fault> {
    let here = std::env::current_dir().map_err(|error| Fault::io("there is no current directory", &error))?;
    let files = args.var_file.iter().map(|path| Ok(VariableInput::File(here.join(path))));
    let values = args.var.iter().map(|text| match text.split_once('=') {
        Some((name, text)) => Ok(VariableInput::Argument { name: name.trim().into(), text: text.to_owned() }),
        None => Err(Fault::user(format!("`--var {text}` has no value")).hint("write --var 'name=value'")),
    });
    files.chain(values).collect()
}

fn as_text(planned: &[(&Stack, Option<PlanReport>)], paint: &Paint) -> Vec<u8> {
    let mut out = String::new();
    for (index, (stack, report)) in planned.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        match report {
            Some(report) => out += &text::plan::report(report, paint),
            None => out += &format!("{}  {}: no native preview\n", stack.name(), stack.kind.word()),
        }
    }
    if planned.is_empty() {
        out += "No stacks here.\n";
    }
    out.into_bytes()
}
