//! `kilter test [STACK]`: the stacks' tests, natively and in memory.

use super::mutate;
use super::plan::variables;
use super::validate::text_of;
use crate::cli::Here;
use crate::cli::args::Test as Args;
use crate::cli::exit::Exit;
use crate::cli::fault::Fault;
use crate::cli::output::{Format, Paint, Tone};
use crate::cli::text;
use crate::engine::TestOptions;
use crate::format::junit;
use crate::format::test_json::{self, TestLog};
use crate::model::diagnostic::has_errors;
use crate::model::id::Generation;
use crate::model::report::TestReport;
use crate::model::stack::StackKind;
use crate::model::test::{TestCounts, TestStatus, TestSuite};
use crate::runtime::work::{scan, test};
use crate::runtime::world::World;

/// Runs the command.
pub fn run(here: &Here, args: &Args) -> Result<Exit, Fault> {
    let options = TestOptions {
        variables: variables(&args.variables)?,
        files: args.file.clone(),
        run: args.run.clone(),
        ..TestOptions::default()
    };
    if args.mutate {
        return mutate::mutate(here, args, options);
    }
    if args.coverage {
        return mutate::coverage(here, args);
    }
    let outputs = here.outputs(&[Format::Text, Format::Json, Format::Junit, Format::Github])?;
    let world = here.world()?;
    let stacks = scan::named(&world, &args.stacks.stack).map_err(|fault| Fault::user(fault.to_string()))?;
    let terraform = stacks.iter().filter(|stack| stack.kind == StackKind::Terraform);
    let reports: Vec<TestReport> =
        terraform.map(|stack| test::test_as_asked(&world, stack, &options, Generation::default()).0).collect();
    outputs.write(&|format, paint| match format {
        Format::Json => json(&world, &reports),
        Format::Junit => junit::write_tests("kilter test", &suites(&reports)).unwrap_or_default().into_bytes(),
        Format::Github => github(&reports).into_bytes(),
        _ => as_text(&reports, paint).into_bytes(),
    })?;
    let broken = reports.iter().any(|report| has_errors(&report.diagnostics));
    let green = reports.iter().all(|report| TestCounts::of(&report.suites).is_green());
    Ok(match (broken, green) {
        (true, _) => Exit::Broke,
        (false, true) => Exit::Fine,
        (false, false) => Exit::TestsFailed,
    })
}

/// The suites of all stacks, each named with its stack.
fn suites(reports: &[TestReport]) -> Vec<TestSuite> {
    let named = |report: &TestReport| {
        let stack = report.stack.clone();
        let suites = report.suites.iter().cloned();
        suites.map(move |suite| TestSuite { name: stack.join(&suite.name).to_string(), ..suite }).collect::<Vec<_>>()
    };
    reports.iter().flat_map(named).collect()
}

fn json(world: &World, reports: &[TestReport]) -> Vec<u8> {
    let one = reports.len() == 1;
    let log = TestLog {
        suites: if one { reports[0].suites.clone() } else { suites(reports) },
        diagnostics: reports.iter().flat_map(|report| report.diagnostics.clone()).collect(),
    };
    let at = reports.first().map_or(world.clock.now(), |report| report.provenance.at);
    let moment = jiff::Timestamp::try_from(at).map(|moment| moment.to_string()).unwrap_or_default();
    test_json::write(&log, crate::engine::TERRAFORM_VERSION, &moment, &|path| text_of(world, path)).unwrap_or_default()
}

fn github(reports: &[TestReport]) -> String {
    let suites = reports.iter().flat_map(|report| &report.suites);
    let in_suite = |suite: &TestSuite| {
        let cases = suite.cases.iter().flat_map(|case| case.diagnostics.clone());
        suite.diagnostics.iter().cloned().chain(cases).collect::<Vec<_>>()
    };
    crate::format::github::diagnostics(&suites.flat_map(in_suite).collect::<Vec<_>>())
}

fn as_text(reports: &[TestReport], paint: &Paint) -> String {
    let mut out = String::new();
    let mut counts = TestCounts::default();
    for report in reports.iter().filter(|r| !r.suites.is_empty() || !r.diagnostics.is_empty()) {
        out += &format!("{}\n", paint.tone(Tone::Strong, report.stack.as_str()));
        out += &text::diagnostics(&report.diagnostics, paint);
        for suite in &report.suites {
            out += &suite_text(suite, paint);
        }
        let these = TestCounts::of(&report.suites);
        counts.passed += these.passed;
        counts.failed += these.failed;
        counts.errors += these.errors;
        counts.skipped += these.skipped;
    }
    let line = format!(
        "{} passed, {} failed, {} errors, {} skipped",
        counts.passed, counts.failed, counts.errors, counts.skipped
    );
    out + &format!("{}\n", paint.tone(if counts.is_green() { Tone::Good } else { Tone::Bad }, &line))
}

fn suite_text(suite: &TestSuite, paint: &Paint) -> String {
    let mut out =
        format!("  {}\n{}", crate::cli::output::safe(&suite.name), text::diagnostics(&suite.diagnostics, paint));
    for case in &suite.cases {
        let (tone, sign) = match case.status {
            TestStatus::Passed => (Tone::Good, paint.sign("✓", "ok")),
            TestStatus::Failed => (Tone::Bad, paint.sign("✗", "x")),
            TestStatus::Error => (Tone::Bad, "!"),
            TestStatus::Skipped => (Tone::Muted, paint.sign("–", "-")),
        };
        out += &format!(
            "    {} {}  {}\n",
            paint.tone(tone, sign),
            crate::cli::output::safe(&case.name),
            text::duration(case.took)
        );
        for line in text::diagnostics(&case.diagnostics, paint).lines() {
            out += &format!("      {line}\n");
        }
    }
    for left in &suite.left {
        let line = format!("left behind by {}: {}", left.run, left.resources.join(", "));
        out += &format!("    {} {}\n", paint.tone(Tone::Bad, "!"), crate::cli::output::safe(&line));
        for line in text::diagnostics(&left.diagnostics, paint).lines() {
            out += &format!("      {line}\n");
        }
    }
    out
}
