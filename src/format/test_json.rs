//! The log that `terraform test -json` prints, both ways.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::diagnostic_json::{self, DiagnosticIn, DiagnosticOut, Sources};
use crate::model::diagnostic::Diagnostic;
use crate::model::test::{LeftBehind, TestCase, TestCounts, TestStatus, TestSuite};
use crate::model::value::json;

/// What a test log tells.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TestLog {
    /// By file, in the order of the log.
    pub suites: Vec<TestSuite>,
    /// What concerns no file.
    pub diagnostics: Vec<Diagnostic>,
}

#[derive(Deserialize)]
struct LineIn {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(rename = "@testfile")]
    file: Option<String>,
    #[serde(rename = "@testrun")]
    run: Option<String>,
    test_abstract: Option<BTreeMap<String, Vec<String>>>,
    test_run: Option<RunIn>,
    test_cleanup: Option<CleanupIn>,
    diagnostic: Option<DiagnosticIn>,
}

#[derive(Deserialize)]
struct CleanupIn {
    failed_resources: Option<Vec<ResourceIn>>,
}

#[derive(Deserialize)]
struct ResourceIn {
    instance: String,
}

#[derive(Deserialize)]
struct RunIn {
    path: String,
    run: String,
    progress: Option<String>,
    status: Option<String>,
    elapsed: Option<u64>,
}

fn suite<'a>(log: &'a mut TestLog, name: &str) -> &'a mut TestSuite {
    if let Some(at) = log.suites.iter().position(|suite| suite.name == name) {
        return &mut log.suites[at];
    }
    log.suites.push(TestSuite { name: name.to_owned(), cases: Vec::new(), diagnostics: Vec::new(), left: Vec::new() });
    let last = log.suites.len() - 1;
    &mut log.suites[last]
}

fn case<'a>(suite: &'a mut TestSuite, name: &str) -> &'a mut TestCase {
    if let Some(at) = suite.cases.iter().position(|case| case.name == name) {
        return &mut suite.cases[at];
    }
    suite.cases.push(TestCase {
        name: name.to_owned(),
        status: TestStatus::Skipped,
        took: Duration::ZERO,
        diagnostics: Vec::new(),
        place: None,
    });
    let last = suite.cases.len() - 1;
    &mut suite.cases[last]
}

/// Reads a whole log. Lines of no meaning here, and lines that are not JSON, are passed over.
pub fn read(text: &str) -> TestLog {
    let mut log = TestLog::default();
    for line in text.lines() {
        if let Ok(line) = serde_json::from_str::<LineIn>(line) {
            take(&mut log, line);
        }
    }
    log
}

fn take(log: &mut TestLog, line: LineIn) {
    for (file, runs) in line.test_abstract.into_iter().flatten() {
        let suite = suite(log, &file);
        for run in runs {
            case(suite, &run);
        }
    }
    if let Some(run) = line.test_run {
        let case = case(suite(log, &run.path), &run.run);
        if let Some(elapsed) = run.elapsed {
            case.took = case.took.max(Duration::from_millis(elapsed));
        }
        if run.progress.as_deref() == Some("complete") {
            case.status = match run.status.as_deref() {
                Some("pass") => TestStatus::Passed,
                Some("fail") => TestStatus::Failed,
                Some("skip") => TestStatus::Skipped,
                _ => TestStatus::Error,
            };
        }
    }
    if let (Some(cleanup), Some(file), Some(run)) = (line.test_cleanup, &line.file, &line.run) {
        let failed = cleanup.failed_resources.into_iter().flatten();
        let resources = failed.map(|resource| resource.instance).collect();
        suite(log, file).left.push(LeftBehind { run: run.clone(), resources, diagnostics: Vec::new() });
    }
    if let Some(found) = line.diagnostic.filter(|_| line.kind == "diagnostic") {
        let found = found.into_diagnostic();
        match (line.file, line.run) {
            (Some(file), Some(run)) => {
                let suite = suite(log, &file);
                match suite.left.iter_mut().find(|left| left.run == run) {
                    // What is said after a cleanup failed is about the cleanup.
                    Some(left) => left.diagnostics.push(found),
                    None => case(suite, &run).diagnostics.push(found),
                }
            }
            (Some(file), None) => suite(log, &file).diagnostics.push(found),
            _ => log.diagnostics.push(found),
        }
    }
}

#[derive(Serialize, Default)]
struct LineOut<'a> {
    #[serde(rename = "@level")]
    level: &'a str,
    #[serde(rename = "@message")]
    message: String,
    #[serde(rename = "@module")]
    module: &'a str,
    #[serde(rename = "@testfile", skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(rename = "@testrun", skip_serializing_if = "Option::is_none")]
    run: Option<&'a str>,
    #[serde(rename = "@timestamp")]
    timestamp: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnostic: Option<DiagnosticOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    terraform: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_abstract: Option<BTreeMap<&'a str, Vec<&'a str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_file: Option<FileOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_run: Option<RunOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_cleanup: Option<CleanupOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_summary: Option<SummaryOut>,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ui: Option<&'a str>,
}

#[derive(Serialize)]
struct FileOut<'a> {
    path: &'a str,
    progress: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
}

#[derive(Serialize)]
struct RunOut<'a> {
    path: &'a str,
    run: &'a str,
    progress: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed: Option<u128>,
}

#[derive(Serialize)]
struct CleanupOut<'a> {
    failed_resources: Vec<ResourceOut<'a>>,
}

#[derive(Serialize)]
struct ResourceOut<'a> {
    instance: &'a str,
}

#[derive(Serialize)]
struct SummaryOut {
    status: &'static str,
    passed: usize,
    failed: usize,
    errored: usize,
    skipped: usize,
}

struct Writer<'a> {
    timestamp: &'a str,
    out: Vec<u8>,
}

impl<'a> Writer<'a> {
    fn line(
        &mut self,
        kind: &'a str,
        message: String,
        fill: impl FnOnce(&mut LineOut<'a>),
    ) -> Result<(), json::JsonFault> {
        let mut line = LineOut {
            level: "info",
            message,
            module: "terraform.ui",
            timestamp: self.timestamp,
            kind,
            ..LineOut::default()
        };
        fill(&mut line);
        self.out.extend(json::compact(&line)?);
        self.out.push(b'\n');
        Ok(())
    }

    fn diagnostic(
        &mut self,
        found: &Diagnostic,
        file: Option<&'a str>,
        run: Option<&'a str>,
        sources: Sources<'_>,
    ) -> Result<(), json::JsonFault> {
        let title = if found.is_error() { "Error" } else { "Warning" };
        let out = diagnostic_json::out(found, sources);
        self.line("diagnostic", format!("{title}: {}", found.summary), |line| {
            line.level = if found.is_error() { "error" } else { "warn" };
            (line.file, line.run, line.diagnostic) = (file, run, Some(out));
        })
    }
}

/// Writes a log as `terraform test -json` does. Every line carries the same timestamp: the moment of the report.
///
/// # Errors
/// Never for test outcomes; the signature is that of all writers.
pub fn write(
    log: &TestLog,
    terraform_version: &str,
    timestamp: &str,
    sources: Sources<'_>,
) -> Result<Vec<u8>, json::JsonFault> {
    let mut writer = Writer { timestamp, out: Vec::new() };
    writer.line("version", format!("Terraform {terraform_version}"), |line| {
        (line.terraform, line.ui) = (Some(terraform_version), Some("1.2"));
    })?;
    for found in &log.diagnostics {
        writer.diagnostic(found, None, None, sources)?;
    }
    let runs: usize = log.suites.iter().map(|suite| suite.cases.len()).sum();
    let count = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    let found = format!("Found {} and {}", count(log.suites.len(), "file"), count(runs, "run block"));
    writer.line("test_abstract", found, |line| {
        line.test_abstract = Some(log.suites.iter().map(|suite| (suite.name.as_str(), names(suite))).collect());
    })?;
    for suite in &log.suites {
        write_suite(&mut writer, suite, sources)?;
    }
    write_summary(&mut writer, &log.suites)?;
    Ok(writer.out)
}

fn names(suite: &TestSuite) -> Vec<&str> {
    suite.cases.iter().map(|case| case.name.as_str()).collect()
}

fn write_suite<'a>(writer: &mut Writer<'a>, suite: &'a TestSuite, sources: Sources<'_>) -> Result<(), json::JsonFault> {
    let file = |progress, status| Some(FileOut { path: &suite.name, progress, status });
    let name = suite.name.as_str();
    writer.line("test_file", format!("{name}... in progress"), |line| {
        (line.file, line.test_file) = (Some(name), file("starting", None));
    })?;
    for found in &suite.diagnostics {
        writer.diagnostic(found, Some(name), None, sources)?;
    }
    for case in &suite.cases {
        // Terraform's words for a person know no error: it is a failure there.
        let word = if case.status == TestStatus::Error { "fail" } else { case.status.word() };
        let run = case.name.as_str();
        writer.line("test_run", format!("  \"{run}\"... {word}"), |line| {
            (line.file, line.run) = (Some(name), Some(run));
            line.test_run = Some(RunOut {
                path: name,
                run,
                progress: "complete",
                status: Some(case.status.word()),
                elapsed: Some(case.took.as_millis()),
            });
        })?;
        for found in &case.diagnostics {
            writer.diagnostic(found, Some(name), Some(run), sources)?;
        }
    }
    writer.line("test_file", format!("{name}... tearing down"), |line| {
        (line.file, line.test_file) = (Some(name), file("teardown", None));
    })?;
    for left in &suite.left {
        let message = format!(
            "Terraform left some resources in state after executing {name}/{}, they need to be cleaned up manually.",
            left.run
        );
        writer.line("test_cleanup", message, |line| {
            line.level = "error";
            (line.file, line.run) = (Some(name), Some(left.run.as_str()));
            let failed_resources = left.resources.iter().map(|instance| ResourceOut { instance }).collect();
            line.test_cleanup = Some(CleanupOut { failed_resources });
        })?;
        for found in &left.diagnostics {
            writer.diagnostic(found, Some(name), Some(&left.run), sources)?;
        }
    }
    let status = suite.status();
    let word = if status == TestStatus::Error { "fail" } else { status.word() };
    writer.line("test_file", format!("{name}... {word}"), |line| {
        (line.file, line.test_file) = (Some(name), file("complete", Some(status.word())));
    })
}

fn write_summary(writer: &mut Writer<'_>, suites: &[TestSuite]) -> Result<(), json::JsonFault> {
    let counts = TestCounts::of(suites);
    // terraform counts runs; a file that leaves something behind only shows in the status.
    let of_cases = suites.iter().flat_map(|suite| &suite.cases);
    let errored = of_cases.filter(|case| case.status == TestStatus::Error).count();
    let failed = counts.failed + errored;
    let mut message =
        format!("{} {} passed, {failed} failed", if failed == 0 { "Success!" } else { "Failure!" }, counts.passed);
    if counts.skipped > 0 {
        message.push_str(&format!(", {} skipped", counts.skipped));
    }
    message.push('.');
    let status = match counts {
        counts if counts.errors > 0 => TestStatus::Error,
        counts if counts.failed > 0 => TestStatus::Failed,
        counts if counts.total() == 0 => TestStatus::Skipped,
        _ => TestStatus::Passed,
    };
    writer.line("test_summary", message, |line| {
        line.test_summary = Some(SummaryOut {
            status: status.word(),
            passed: counts.passed,
            failed: counts.failed,
            errored,
            skipped: counts.skipped,
        });
    })
}
