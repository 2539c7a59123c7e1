//! Reports as Kilter remembers them between sessions. Private to Kilter: the version in front changes with the form, and
//! what does not fit is not remembered. Plans travel in terraform's plan JSON.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::plan_json;
use crate::model::diagnostic::{Diagnostic, Severity};
use crate::model::finding::{Finding, Level, Rule};
use crate::model::id::Generation;
use crate::model::place::{Place, Position, RepoPath};
use crate::model::report::{Fidelity, LintReport, PlanReport, Prior, Provenance, TestReport};
use crate::model::test::{LeftBehind, TestCase, TestStatus, TestSuite};

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct WirePlan {
    version: u32,
    stack: String,
    fidelity: u8,
    prior: String,
    priors: Vec<String>,
    plan: Box<RawValue>,
    diagnostics: Vec<WireDiagnostic>,
    provenance: WireProvenance,
}

#[derive(Serialize, Deserialize)]
struct WireLint {
    version: u32,
    stack: String,
    findings: Vec<WireFinding>,
    diagnostics: Vec<WireDiagnostic>,
    provenance: WireProvenance,
}

#[derive(Serialize, Deserialize)]
struct WireTests {
    version: u32,
    stack: String,
    suites: Vec<WireSuite>,
    diagnostics: Vec<WireDiagnostic>,
    provenance: WireProvenance,
}

#[derive(Serialize, Deserialize)]
struct WireProvenance {
    at: u64,
    took: u64,
}

#[derive(Serialize, Deserialize)]
struct WireDiagnostic {
    error: bool,
    summary: String,
    detail: String,
    address: Option<String>,
    subject: Option<WirePlace>,
}

#[derive(Serialize, Deserialize)]
struct WirePlace {
    path: String,
    start: (u32, u32, u32),
    end: (u32, u32, u32),
}

#[derive(Serialize, Deserialize)]
struct WireFinding {
    rule: String,
    level: u8,
    message: String,
    place: WirePlace,
    fingerprint: String,
    suppressed: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct WireSuite {
    name: String,
    cases: Vec<WireCase>,
    diagnostics: Vec<WireDiagnostic>,
    #[serde(default)]
    left: Vec<WireLeft>,
}

#[derive(Serialize, Deserialize)]
struct WireLeft {
    run: String,
    resources: Vec<String>,
    diagnostics: Vec<WireDiagnostic>,
}

#[derive(Serialize, Deserialize)]
struct WireCase {
    name: String,
    status: u8,
    took: u64,
    diagnostics: Vec<WireDiagnostic>,
    place: Option<WirePlace>,
}

/// A plan report's bytes; `None` when it cannot be written.
pub fn write_plan(report: &PlanReport) -> Option<Vec<u8>> {
    let wire = WirePlan {
        version: VERSION,
        stack: report.stack.to_string(),
        fidelity: report.fidelity as u8,
        prior: report.prior.word(),
        priors: report.priors.iter().map(Prior::word).collect(),
        plan: plan_json::embedded(&report.plan)?,
        diagnostics: report.diagnostics.iter().map(to_diagnostic).collect(),
        provenance: to_provenance(&report.provenance),
    };
    serde_json::to_vec(&wire).ok()
}

/// What [`write_plan`] wrote; `None` when it is of another version or broken.
pub fn read_plan(bytes: &[u8]) -> Option<PlanReport> {
    let wire: WirePlan = serde_json::from_slice(bytes).ok()?;
    let plan = plan_json::read(wire.plan.get().as_bytes()).ok()?;
    (wire.version == VERSION).then(|| PlanReport {
        stack: RepoPath::new(&wire.stack),
        fidelity: match wire.fidelity {
            0 => Fidelity::Parsed,
            1 => Fidelity::Previewed,
            2 => Fidelity::Planned,
            _ => Fidelity::Refreshed,
        },
        prior: prior(&wire.prior),
        priors: wire.priors.iter().map(|word| prior(word)).collect(),
        plan: std::sync::Arc::new(plan),
        stale: false,
        diagnostics: wire.diagnostics.into_iter().map(of_diagnostic).collect(),
        provenance: of_provenance(&wire.provenance),
        disagreements: Vec::new(),
        rates: Vec::new(),
        raw: Vec::new(),
    })
}

/// A lint report's bytes; `None` when it cannot be written.
pub fn write_lint(report: &LintReport) -> Option<Vec<u8>> {
    let wire = WireLint {
        version: VERSION,
        stack: report.stack.to_string(),
        findings: report.findings.iter().map(to_finding).collect(),
        diagnostics: report.diagnostics.iter().map(to_diagnostic).collect(),
        provenance: to_provenance(&report.provenance),
    };
    serde_json::to_vec(&wire).ok()
}

/// What [`write_lint`] wrote; findings of rules that `rule` does not know are left out.
pub fn read_lint(bytes: &[u8], rule: &dyn Fn(&str) -> Option<&'static Rule>) -> Option<LintReport> {
    let wire: WireLint = serde_json::from_slice(bytes).ok()?;
    (wire.version == VERSION).then(|| LintReport {
        stack: RepoPath::new(&wire.stack),
        findings: wire.findings.into_iter().filter_map(|finding| of_finding(finding, rule)).collect(),
        diagnostics: wire.diagnostics.into_iter().map(of_diagnostic).collect(),
        provenance: of_provenance(&wire.provenance),
    })
}

/// A test report's bytes; `None` when it cannot be written.
pub fn write_tests(report: &TestReport) -> Option<Vec<u8>> {
    let case = |case: &TestCase| WireCase {
        name: case.name.clone(),
        status: case.status as u8,
        took: micros(case.took),
        diagnostics: case.diagnostics.iter().map(to_diagnostic).collect(),
        place: case.place.as_ref().map(to_place),
    };
    let left = |left: &LeftBehind| WireLeft {
        run: left.run.clone(),
        resources: left.resources.clone(),
        diagnostics: left.diagnostics.iter().map(to_diagnostic).collect(),
    };
    let suite = |suite: &TestSuite| WireSuite {
        name: suite.name.clone(),
        cases: suite.cases.iter().map(case).collect(),
        diagnostics: suite.diagnostics.iter().map(to_diagnostic).collect(),
        left: suite.left.iter().map(left).collect(),
    };
    let wire = WireTests {
        version: VERSION,
        stack: report.stack.to_string(),
        suites: report.suites.iter().map(suite).collect(),
        diagnostics: report.diagnostics.iter().map(to_diagnostic).collect(),
        provenance: to_provenance(&report.provenance),
    };
    serde_json::to_vec(&wire).ok()
}

/// What [`write_tests`] wrote; `None` when it is of another version or broken.
pub fn read_tests(bytes: &[u8]) -> Option<TestReport> {
    let wire: WireTests = serde_json::from_slice(bytes).ok()?;
    let case = |case: WireCase| TestCase {
        name: case.name,
        status: match case.status {
            0 => TestStatus::Passed,
            1 => TestStatus::Failed,
            2 => TestStatus::Error,
            _ => TestStatus::Skipped,
        },
        took: Duration::from_micros(case.took),
        diagnostics: case.diagnostics.into_iter().map(of_diagnostic).collect(),
        place: case.place.map(of_place),
    };
    let left = |left: WireLeft| LeftBehind {
        run: left.run,
        resources: left.resources,
        diagnostics: left.diagnostics.into_iter().map(of_diagnostic).collect(),
    };
    let suite = |suite: WireSuite| TestSuite {
        name: suite.name,
        cases: suite.cases.into_iter().map(case).collect(),
        diagnostics: suite.diagnostics.into_iter().map(of_diagnostic).collect(),
        left: suite.left.into_iter().map(left).collect(),
    };
    (wire.version == VERSION).then(|| TestReport {
        stack: RepoPath::new(&wire.stack),
        suites: wire.suites.into_iter().map(suite).collect(),
        diagnostics: wire.diagnostics.into_iter().map(of_diagnostic).collect(),
        provenance: of_provenance(&wire.provenance),
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

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn to_provenance(provenance: &Provenance) -> WireProvenance {
    let at = provenance.at.duration_since(UNIX_EPOCH).unwrap_or_default();
    WireProvenance { at: micros(at), took: micros(provenance.took) }
}

fn of_provenance(wire: &WireProvenance) -> Provenance {
    let at = UNIX_EPOCH.checked_add(Duration::from_micros(wire.at)).unwrap_or(SystemTime::UNIX_EPOCH);
    Provenance { generation: Generation::default(), at, took: Duration::from_micros(wire.took), remembered: true }
}

fn to_diagnostic(diagnostic: &Diagnostic) -> WireDiagnostic {
    WireDiagnostic {
        error: diagnostic.is_error(),
        summary: diagnostic.summary.clone(),
        detail: diagnostic.detail.clone(),
        address: diagnostic.address.clone(),
        subject: diagnostic.subject.as_ref().map(to_place),
    }
}

fn of_diagnostic(wire: WireDiagnostic) -> Diagnostic {
    Diagnostic {
        severity: if wire.error { Severity::Error } else { Severity::Warning },
        summary: wire.summary,
        detail: wire.detail,
        address: wire.address,
        subject: wire.subject.map(of_place),
        context: None,
        values: Vec::new(),
    }
}

fn to_place(place: &Place) -> WirePlace {
    let point = |at: Position| (at.line, at.column, at.byte);
    WirePlace { path: place.path.to_string(), start: point(place.start), end: point(place.end) }
}

fn of_place(wire: WirePlace) -> Place {
    let point = |(line, column, byte)| Position { line, column, byte };
    Place { path: RepoPath::new(&wire.path), start: point(wire.start), end: point(wire.end) }
}

fn to_finding(finding: &Finding) -> WireFinding {
    WireFinding {
        rule: finding.rule.id.to_owned(),
        level: finding.level as u8,
        message: finding.message.clone(),
        place: to_place(&finding.place),
        fingerprint: finding.fingerprint.to_string(),
        suppressed: finding.suppressed.as_ref().map(ToString::to_string),
    }
}

fn of_finding(wire: WireFinding, rule: &dyn Fn(&str) -> Option<&'static Rule>) -> Option<Finding> {
    Some(Finding {
        rule: rule(&wire.rule)?,
        level: match wire.level {
            0 => Level::Note,
            1 => Level::Warning,
            _ => Level::Error,
        },
        message: wire.message,
        place: of_place(wire.place),
        fingerprint: wire.fingerprint.into(),
        suppressed: wire.suppressed.map(Into::into),
    })
}
