//! `kilter test --mutate` and `kilter test --coverage`: what the tests notice, and what no assertion depends on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::cli::Here;
use crate::cli::args::Test as Args;
use crate::cli::exit::Exit;
use crate::cli::fault::Fault;
use crate::cli::interrupt;
use crate::cli::output::{Format, Paint, Tone, safe};
use crate::cli::text;
use crate::engine::{SurveyWatch, TestOptions};
use crate::format::{github, mutation_json};
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::id::Generation;
use crate::model::mutation::{CoverageReport, Covered, CoveredKind, Mutant, MutationReport, StoppedBy};
use crate::model::stack::{Stack, StackKind};
use crate::runtime::work::{mutation, scan};
use crate::runtime::world::World;

/// Ends with ctrl-c.
struct Interruptible(std::sync::Arc<AtomicBool>);

impl SurveyWatch for Interruptible {
    fn progress(&self, _: usize, _: usize) {}

    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

fn stacks(world: &World, args: &Args) -> Result<Vec<Stack>, Fault> {
    let named = scan::named(world, &args.stacks.stack).map_err(|fault| Fault::user(fault.to_string()))?;
    Ok(named.into_iter().filter(|stack| stack.kind == StackKind::Terraform).collect())
}

/// Whether a share is as large as was asked for.
fn is_enough((part, whole): (usize, usize), at_least: Option<u8>) -> bool {
    part * 100 >= usize::from(at_least.unwrap_or(0)) * whole
}

/// Tries mutants.
pub fn mutate(here: &Here, args: &Args, tests: TestOptions) -> Result<Exit, Fault> {
    let outputs = here.outputs(&[Format::Text, Format::Json, Format::Github])?;
    let world = here.world()?;
    let budget = args.budget.map(Duration::from_secs);
    let options = mutation::options(tests, args.limit, budget);
    let watch = Interruptible(interrupt::flag());
    let mut reports = Vec::new();
    for stack in stacks(&world, args)? {
        reports.push(mutation::mutate(&world, &stack, &options, Generation::default(), &watch).0);
    }
    outputs.write(&|format, paint| match format {
        Format::Json => mutation_json::write_mutations(&reports),
        Format::Github => github::diagnostics(&annotations(&reports)).into_bytes(),
        _ => mutations_text(&reports, paint).into_bytes(),
    })?;
    if reports.iter().any(|report| report.stopped == Some(StoppedBy::Cancelled)) {
        return Ok(Exit::Interrupted);
    }
    if reports.iter().any(|report| has_errors(&report.diagnostics)) {
        return Ok(Exit::TestsFailed);
    }
    let enough = reports.iter().all(|report| is_enough(report.score(), args.at_least));
    Ok(if enough { Exit::Fine } else { Exit::Findings })
}

fn mutations_text(reports: &[MutationReport], paint: &Paint) -> String {
    let mut out = String::new();
    for report in reports.iter().filter(|report| report.found > 0 || !report.diagnostics.is_empty()) {
        out += &format!("{}\n", paint.tone(Tone::Strong, report.stack.as_str()));
        out += &text::diagnostics(&report.diagnostics, paint);
        let judges = judges(report);
        for mutant in report.survivors() {
            out += &survivor(mutant, judges.is_none(), paint);
        }
        out += &summary(report, judges, paint);
    }
    if out.is_empty() { "No test file, so nothing to notice a change.\n".to_owned() } else { out }
}

/// The files whose runs judged every survivor, when they are the same for all of them.
fn judges(report: &MutationReport) -> Option<&[String]> {
    let first = report.survivors().next()?;
    report.survivors().all(|mutant| mutant.ran == first.ran).then_some(&first.ran)
}

/// Survivors as annotations of the lines that they change.
fn annotations(reports: &[MutationReport]) -> Vec<Diagnostic> {
    let told = |mutant: &Mutant| {
        let detail = match mutant.after.trim() {
            "" => format!("No test notices when this is left out of {}.", mutant.block),
            after => format!("No test notices when this line of {} says: {after}", mutant.block),
        };
        Diagnostic::warning(format!("Unnoticed {}", mutant.kind.word()), detail).at(mutant.place.clone())
    };
    let of = |report: &MutationReport| {
        report.diagnostics.iter().cloned().chain(report.survivors().map(told)).collect::<Vec<_>>()
    };
    reports.iter().flat_map(of).collect()
}

/// What no assertion depends on, as annotations.
fn uncovered(reports: &[CoverageReport]) -> Vec<Diagnostic> {
    let told = |thing: &Covered| {
        let detail = format!("No assertion of a test depends on {}.", thing.name);
        Diagnostic::warning("Not covered by tests", detail).at(thing.place.clone())
    };
    let of = |report: &CoverageReport| {
        report.diagnostics.iter().cloned().chain(report.uncovered().map(told)).collect::<Vec<_>>()
    };
    reports.iter().flat_map(of).collect()
}

fn survivor(mutant: &Mutant, with_judges: bool, paint: &Paint) -> String {
    let place = format!("{}:{}:{}", mutant.place.path, mutant.place.start.line, mutant.place.start.column);
    let head = format!("{} survived in {}", mutant.kind.word(), mutant.block);
    let mut out = format!("  {} {}  {}\n", paint.tone(Tone::Bad, paint.sign("✗", "x")), safe(&head), safe(&place));
    for line in mutant.before.lines() {
        out += &format!("      {}\n", paint.tone(Tone::Bad, &format!("- {}", safe(line))));
    }
    for line in mutant.after.lines() {
        out += &format!("      {}\n", paint.tone(Tone::Good, &format!("+ {}", safe(line))));
    }
    if with_judges {
        out += &format!("      {}\n", paint.tone(Tone::Muted, &format!("ran {}", safe(&mutant.ran.join(", ")))));
    }
    out
}

fn summary(report: &MutationReport, judges: Option<&[String]>, paint: &Paint) -> String {
    if report.found == 0 {
        return String::new();
    }
    let (killed, noticeable) = report.score();
    let share = (killed * 100).checked_div(noticeable).map(|share| format!(" ({share} %)")).unwrap_or_default();
    let line = format!("{killed} of {noticeable} mutants killed{share}");
    let tone = if killed == noticeable { Tone::Good } else { Tone::Bad };
    let mut rest = vec![format!("{} survived", noticeable - killed)];
    if report.unchanged() > 0 {
        rest.push(format!("{} that no run plans differently, left out", report.unchanged()));
    }
    if report.unsound > 0 {
        rest.push(format!("{} unsound, left out", report.unsound));
    }
    let tried = match report.stopped {
        None => format!("all {} tried", report.found),
        Some(why) => {
            let why = match why {
                StoppedBy::Limit => "as many as were asked for",
                StoppedBy::Budget => "then the time was up",
                StoppedBy::Cancelled => "then interrupted",
            };
            format!("{} of {} tried, {why},", report.tried(), report.found)
        }
    };
    rest.push(format!("{tried} in {}", text::duration(report.provenance.took)));
    rest.extend(judges.map(|files| format!("survivors ran {}", safe(&files.join(", ")))));
    format!("  {}\n  {}\n", paint.tone(tone, &line), paint.tone(Tone::Muted, &rest.join(" · ")))
}

/// Follows assertions.
pub fn coverage(here: &Here, args: &Args) -> Result<Exit, Fault> {
    let outputs = here.outputs(&[Format::Text, Format::Json, Format::Github])?;
    let world = here.world()?;
    let reports: Vec<CoverageReport> =
        stacks(&world, args)?.iter().map(|stack| mutation::coverage(&world, stack).0).collect();
    outputs.write(&|format, paint| match format {
        Format::Json => mutation_json::write_coverage(&reports),
        Format::Github => github::diagnostics(&uncovered(&reports)).into_bytes(),
        _ => coverage_text(&reports, paint).into_bytes(),
    })?;
    if reports.iter().any(|report| has_errors(&report.diagnostics)) {
        return Ok(Exit::Broke);
    }
    let share = |report: &CoverageReport| (report.things.len() - report.uncovered().count(), report.things.len());
    let enough = reports.iter().all(|report| is_enough(share(report), args.at_least));
    Ok(if enough { Exit::Fine } else { Exit::Findings })
}

fn coverage_text(reports: &[CoverageReport], paint: &Paint) -> String {
    let mut out = String::new();
    for report in reports {
        out += &format!("{}\n", paint.tone(Tone::Strong, report.stack.as_str()));
        out += &text::diagnostics(&report.diagnostics, paint);
        for thing in report.uncovered() {
            let place = format!("{}:{}", thing.place.path, thing.place.start.line);
            let line = format!("no assertion depends on {}", thing.name);
            out += &format!("  {} {}  {}\n", paint.tone(Tone::Bad, paint.sign("✗", "x")), safe(&line), safe(&place));
        }
        let counts: Vec<String> = CoveredKind::ALL
            .iter()
            .map(|kind| (kind, report.count(*kind)))
            .filter(|(_, (_, all))| *all > 0)
            .map(|(kind, (covered, all))| format!("{covered} of {}", text::counted(all, kind.word(), &plural(*kind))))
            .collect();
        out += &format!("  {}\n", paint.tone(Tone::Muted, &format!("covered: {}", counts.join(", "))));
    }
    out
}

fn plural(kind: CoveredKind) -> String {
    format!("{}s", kind.word())
}
