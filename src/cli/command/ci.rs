//! `kilter ci [COMMIT]` and `kilter commit-check`: the CI-style checks, of a commit or of the working tree.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use crate::cli::Here;
use crate::cli::args::{Ci as Args, Stacks};
use crate::cli::exit::Exit;
use crate::cli::fault::{Fault, FaultKind};
use crate::cli::output::{Format, Paint, Tone, safe, say};
use crate::cli::{interrupt, text};
use crate::format::{github, junit, run_json};
use crate::model::diagnostic::Diagnostic;
use crate::model::run::{Job, JobState, Run, StepKind, Verdict};
use crate::runtime::work::checks::{self, ChecksAsk};
use crate::runtime::world::World;

/// Checks a commit.
pub fn run(here: &Here, args: &Args) -> Result<Exit, Fault> {
    let world = here.world()?;
    let repo = world.repo().ok_or_else(|| {
        Fault::user("there is no git repo here, so there is no commit to check").hint("git init, then commit")
    })?;
    let commit = repo.resolve(&args.commit).map_err(|fault| Fault::user(fault.to_string()))?;
    check(here, &world, &ChecksAsk { commit: Some(commit), only: None, fresh: args.fresh })
}

/// Checks the working tree.
pub fn run_working_tree(here: &Here, args: &Stacks) -> Result<Exit, Fault> {
    if !args.stack.is_empty() {
        return Err(Fault::user("the checks look at the whole repo").hint("kilter commit-check takes no stack"));
    }
    check(here, &here.world()?, &ChecksAsk::default())
}

fn check(here: &Here, world: &World, ask: &ChecksAsk) -> Result<Exit, Fault> {
    let outputs = here.outputs(&[Format::Text, Format::Json, Format::Junit, Format::Github])?;
    let interrupted = interrupt::flag();
    let told: Mutex<BTreeMap<usize, JobState>> = Mutex::default();
    let tell = |run: &Run| {
        let mut told = told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for (index, job) in run.jobs.iter().enumerate().filter(|(_, job)| job.state.is_done()) {
            if told.insert(index, job.state).is_none() {
                say(&format!("{}: {}", name(job), job.state.word()));
            }
        }
    };
    let run = checks::run(world, ask, &tell, &|| interrupted.load(Ordering::Relaxed))
        .map_err(|why| Fault::new(FaultKind::Io, format!("the checks did not run: {why}")))?;
    outputs.write(&|format, paint| match format {
        Format::Json => run_json::write(&run),
        Format::Junit => junit::write_run("kilter ci", &run).unwrap_or_default().into_bytes(),
        Format::Github => annotations(&run).into_bytes(),
        _ => as_text(&run, paint).into_bytes(),
    })?;
    Ok(exit(&run))
}

fn exit(run: &Run) -> Exit {
    let failed = |step| run.jobs.iter().any(|job| job.state == JobState::Failed && job.step == step);
    match run.verdict() {
        Verdict::Green => Exit::Fine,
        Verdict::Cancelled | Verdict::Running => Exit::Interrupted,
        Verdict::Broken => Exit::Broke,
        Verdict::Red if failed(StepKind::Test) => Exit::TestsFailed,
        Verdict::Red if failed(StepKind::Validate) || failed(StepKind::Plan) => Exit::Broke,
        Verdict::Red => Exit::Findings,
    }
}

fn name(job: &Job) -> String {
    match &job.stack {
        Some(stack) => format!("{} {stack}", job.step.word()),
        None => job.step.word().to_owned(),
    }
}

fn annotations(run: &Run) -> String {
    let red = run.jobs.iter().filter(|job| matches!(job.state, JobState::Failed | JobState::Broken));
    let told: Vec<Diagnostic> = red.map(|job| Diagnostic::error(name(job), job.log.join("\n"))).collect();
    github::diagnostics(&told)
}

fn as_text(run: &Run, paint: &Paint) -> String {
    let mut out = String::new();
    for job in &run.jobs {
        let (tone, sign) = match job.state {
            JobState::Passed => (Tone::Good, paint.sign("✓", "ok")),
            JobState::Failed => (Tone::Bad, paint.sign("✗", "x")),
            JobState::Broken => (Tone::Bad, "!"),
            _ => (Tone::Muted, paint.sign("–", "-")),
        };
        let cached = if job.cached { ", known" } else { "" };
        out += &format!(
            "{} {}  {}  {}\n",
            paint.tone(tone, sign),
            safe(&name(job)),
            safe(&job.summary),
            paint.tone(Tone::Muted, &format!("{}{cached}", text::duration(job.took)))
        );
        if matches!(job.state, JobState::Failed | JobState::Broken) {
            for line in &job.log {
                out += &format!("    {}\n", safe(line));
            }
        }
    }
    let (tone, word) = match run.verdict() {
        Verdict::Green => (Tone::Good, "green"),
        Verdict::Red => (Tone::Bad, "red"),
        Verdict::Broken => (Tone::Bad, "broken"),
        Verdict::Running => (Tone::Muted, "running"),
        Verdict::Cancelled => (Tone::Muted, "cancelled"),
    };
    let what = run.commit.as_deref().map_or("the working tree".to_owned(), |id| text::commit(id).to_owned());
    out + &format!("{what} is {} in {}\n", paint.tone(tone, word), text::duration(run.took))
}
