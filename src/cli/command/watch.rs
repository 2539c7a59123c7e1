//! `kilter watch`: one line for each report that changed, after each save. For editors and scripts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;

use crate::app::event::Event;
use crate::cli::Here;
use crate::cli::args::Watch as Args;
use crate::cli::exit::Exit;
use crate::cli::fault::Fault;
use crate::cli::output::{Format, Outputs, Paint, say};
use crate::cli::text;
use crate::format::watch_json::{self, Line, Summary};
use crate::model::diagnostic::Diagnostic;
use crate::model::finding::Level;
use crate::model::place::RepoPath;
use crate::model::report::Provenance;
use crate::model::test::TestCounts;
use crate::runtime::live::Live;
use crate::runtime::watching;

/// Runs the command until it is interrupted.
pub fn run(here: &Here, args: &Args) -> Result<Exit, Fault> {
    let outputs = here.outputs(&[Format::Text, Format::Json])?;
    let world = Arc::new(here.world()?);
    let wanted: Vec<RepoPath> = args.stacks.stack.iter().map(|name| RepoPath::new(name)).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(1)
        .build()
        .map_err(|error| Fault::io("cannot start", &error))?;
    runtime.block_on(async {
        let (sender, mut events) = unbounded_channel();
        let live = Live::new(world.clone(), sender);
        let watcher = watching::start(&live).map_err(|error| Fault::io("cannot watch", &error))?;
        live.look();
        let mut last = BTreeMap::new();
        loop {
            let event = tokio::select! {
                event = events.recv() => event,
                _ = tokio::signal::ctrl_c() => None,
            };
            match event {
                None => break,
                Some(event) => report(&outputs, &wanted, event, &mut last)?,
            }
        }
        drop(watcher);
        Ok(Exit::Interrupted)
    })
}

/// Prints the line of a report, unless it says what the last one said.
fn report(
    outputs: &Outputs,
    wanted: &[RepoPath],
    event: Event,
    last: &mut BTreeMap<(&'static str, RepoPath), Vec<u8>>,
) -> Result<(), Fault> {
    let (kind, stack, provenance, summary, diagnostics) = match &event {
        Event::Plan(report) => {
            let counts = report.plan.summary();
            let summary = vec![
                ("add", counts.add),
                ("change", counts.change),
                ("remove", counts.remove),
                ("replace", counts.replace),
                ("import", counts.import),
                ("moved", counts.moved),
                ("forget", counts.forget),
                ("outputs", counts.outputs),
                ("undecided", counts.undecided),
            ];
            ("plan", &report.stack, &report.provenance, summary, report.diagnostics.clone())
        }
        Event::Lint(report) => {
            let count = |level| report.findings.iter().filter(|f| f.suppressed.is_none() && f.level == level).count();
            let summary =
                vec![("error", count(Level::Error)), ("warning", count(Level::Warning)), ("note", count(Level::Note))];
            ("lint", &report.stack, &report.provenance, summary, report.diagnostics.clone())
        }
        Event::Tests(report) => {
            let counts = TestCounts::of(&report.suites);
            let summary = vec![
                ("passed", counts.passed),
                ("failed", counts.failed),
                ("errors", counts.errors),
                ("skipped", counts.skipped),
            ];
            let cases = report.suites.iter().flat_map(|suite| &suite.cases);
            let found = cases.flat_map(|case| case.diagnostics.clone());
            let diagnostics = report.diagnostics.iter().cloned().chain(found).collect();
            ("tests", &report.stack, &report.provenance, summary, diagnostics)
        }
        Event::Fault(fault) => {
            say(&fault.line);
            return Ok(());
        }
        _ => return Ok(()),
    };
    if !wanted.is_empty() && !wanted.contains(stack) {
        return Ok(());
    }
    let said = watch_json::substance(&summary, &diagnostics, fingerprint(&event));
    if last.insert((kind, stack.clone()), said.clone()) == Some(said) {
        return Ok(());
    }
    let line = Line {
        report: kind,
        stack,
        generation: provenance.generation,
        took: provenance.took,
        summary,
        diagnostics: &diagnostics,
    };
    outputs.write(&|format, paint| match format {
        Format::Json => watch_json::line(&line),
        _ => as_text(&line, provenance, paint),
    })
}

/// What else of a report counts as a change: a plan that changes the same number of other things is another plan.
fn fingerprint(event: &Event) -> Vec<u8> {
    match event {
        Event::Plan(report) => crate::format::plan_json::embedded(&report.plan)
            .map(|json| json.get().as_bytes().to_vec())
            .unwrap_or_default(),
        Event::Lint(report) => report.findings.iter().flat_map(|f| f.fingerprint.bytes().chain(*b"\n")).collect(),
        _ => Vec::new(),
    }
}

fn as_text(line: &Line<'_>, provenance: &Provenance, paint: &Paint) -> Vec<u8> {
    let counts = |summary: &Summary| {
        let shown = summary.iter().filter(|(_, count)| *count > 0);
        let words: Vec<String> = shown.map(|(word, count)| format!("{count} {word}")).collect();
        if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
    };
    let took: Duration = provenance.took;
    let mut out = format!("{}  {}: {}  {}\n", line.stack, line.report, counts(&line.summary), text::duration(took));
    let diagnostics: Vec<Diagnostic> = line.diagnostics.to_vec();
    out += &text::diagnostics(&diagnostics, paint);
    out.into_bytes()
}
