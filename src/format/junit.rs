//! JUnit XML: a suite per file or per check, a failure is not an error is not a skip. Written only.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase as CaseOut, TestCaseStatus, TestSuite as SuiteOut};

use crate::model::diagnostic::Diagnostic;
use crate::model::run::{Job, JobState, Run};
use crate::model::test::{LeftBehind, TestCase, TestStatus, TestSuite};

/// Writes test outcomes.
///
/// # Errors
/// When the XML cannot be written; it is written to memory.
pub fn write_tests(name: &str, suites: &[TestSuite]) -> Result<String, String> {
    let mut report = Report::new(name);
    for suite in suites {
        let mut out = SuiteOut::new(suite.name.as_str());
        out.set_time(suite.cases.iter().map(|case| case.took).sum::<Duration>());
        if crate::model::diagnostic::has_errors(&suite.diagnostics) {
            let mut case = CaseOut::new(suite.name.as_str(), broken(NonSuccessKind::Error, &suite.diagnostics));
            case.set_classname(suite.name.as_str());
            out.add_test_case(case);
        }
        let mut broke = None;
        for case in &suite.cases {
            out.add_test_case(test_case(&suite.name, case, broke));
            if case.status == TestStatus::Error {
                broke = Some(case.name.as_str());
            }
        }
        out.add_test_cases(suite.left.iter().map(|left| left_behind(&suite.name, left)));
        report.add_test_suite(out);
    }
    report.to_string().map_err(|error| error.to_string())
}

fn left_behind(suite: &str, left: &LeftBehind) -> CaseOut {
    let mut status = broken(NonSuccessKind::Error, &left.diagnostics);
    if !left.resources.is_empty() {
        status.set_message(format!("left behind: {}", left.resources.join(", ")));
    }
    let mut out = CaseOut::new(format!("cleanup after {}", left.run), status);
    out.set_classname(suite);
    out
}

/// `broke` is the case before that kept this one from being reached.
fn skipped(broke: Option<&str>) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    if let Some(broke) = broke {
        status.set_message("Testcase skipped due to a previous testcase error");
        status.set_description(format!(
            "Previous testcase \"{broke}\" ended in error, which caused the remaining tests in the file to be skipped"
        ));
    }
    status
}

fn test_case(suite: &str, case: &TestCase, broke: Option<&str>) -> CaseOut {
    let status = match case.status {
        TestStatus::Passed => TestCaseStatus::success(),
        TestStatus::Failed => broken(NonSuccessKind::Failure, &case.diagnostics),
        TestStatus::Error => broken(NonSuccessKind::Error, &case.diagnostics),
        TestStatus::Skipped => skipped(broke),
    };
    let mut out = CaseOut::new(case.name.as_str(), status);
    out.set_classname(suite).set_time(case.took);
    if case.status == TestStatus::Passed && !case.diagnostics.is_empty() {
        out.set_system_err(story(&case.diagnostics));
    }
    out
}

fn broken(kind: NonSuccessKind, diagnostics: &[Diagnostic]) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    let first = diagnostics.iter().find(|diagnostic| diagnostic.is_error()).or(diagnostics.first());
    if let Some(first) = first {
        status.set_message(if first.detail.is_empty() { first.summary.as_str() } else { first.detail.as_str() });
        status.set_type(first.summary.as_str());
    }
    status.set_description(story(diagnostics));
    status
}

fn story(diagnostics: &[Diagnostic]) -> String {
    let tell = |diagnostic: &Diagnostic| {
        let title = if diagnostic.is_error() { "Error" } else { "Warning" };
        let place = diagnostic.subject.as_ref().map(|place| format!("  on {place}\n")).unwrap_or_default();
        format!("{title}: {}\n{place}\n{}\n", diagnostic.summary, diagnostic.detail)
    };
    diagnostics.iter().map(tell).collect::<Vec<_>>().join("\n")
}

/// Writes a run of the checks: a suite per step, a case per job.
///
/// # Errors
/// When the XML cannot be written; it is written to memory.
pub fn write_run(name: &str, run: &Run) -> Result<String, String> {
    let mut report = Report::new(name);
    report.set_time(run.took);
    let mut suites: Vec<(&'static str, SuiteOut)> = Vec::new();
    for job in &run.jobs {
        let word = job.step.word();
        let at = match suites.iter().position(|(name, _)| *name == word) {
            Some(at) => at,
            None => {
                suites.push((word, SuiteOut::new(word)));
                suites.len() - 1
            }
        };
        suites[at].1.add_test_case(job_case(job));
    }
    report.add_test_suites(suites.into_iter().map(|(_, suite)| suite));
    report.to_string().map_err(|error| error.to_string())
}

fn job_case(job: &Job) -> CaseOut {
    let fail = |kind| {
        let mut status = TestCaseStatus::non_success(kind);
        status.set_message(job.summary.as_str());
        status.set_description(job.log.join("\n"));
        status
    };
    let status = match job.state {
        JobState::Passed => TestCaseStatus::success(),
        JobState::Failed => fail(NonSuccessKind::Failure),
        JobState::Broken => fail(NonSuccessKind::Error),
        JobState::Waiting | JobState::Running | JobState::Skipped | JobState::Cancelled => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(if job.summary.is_empty() { job.state.word() } else { job.summary.as_str() });
            status
        }
    };
    let name = job.stack.as_ref().map_or("repo", |stack| stack.as_str());
    let mut out = CaseOut::new(name, status);
    out.set_classname(job.step.word()).set_time(job.took);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::place::RepoPath;
    use crate::model::run::StepKind;

    fn case(name: &str, status: TestStatus) -> TestCase {
        let diagnostics = vec![Diagnostic::error("Test assertion failed", "expected <large> & got ]]> small \u{1}")];
        TestCase { name: name.to_owned(), status, took: Duration::from_millis(5), diagnostics, place: None }
    }

    #[test]
    fn failures_errors_and_skips_are_three_things() {
        let cases = vec![
            case("ok", TestStatus::Passed),
            case("bad", TestStatus::Failed),
            case("broken", TestStatus::Error),
            case("left out", TestStatus::Skipped),
        ];
        let suites = [
            TestSuite { name: "a.tftest.hcl".to_owned(), cases, diagnostics: Vec::new(), left: Vec::new() },
            TestSuite {
                name: "b.tftest.hcl".to_owned(),
                cases: Vec::new(),
                diagnostics: vec![Diagnostic::error("Unsupported argument", "")],
                left: Vec::new(),
            },
        ];
        let xml = write_tests("kilter", &suites).unwrap();
        let read = Report::deserialize_from_str(&xml).unwrap();
        assert_eq!((read.tests, read.failures, read.errors), (5, 1, 2));
        assert!(matches!(read.test_suites[0].test_cases[3].status, TestCaseStatus::Skipped { .. }));
        let TestCaseStatus::NonSuccess { message, ty, .. } = &read.test_suites[0].test_cases[1].status else {
            panic!()
        };
        assert!(message.as_ref().unwrap().as_str().contains("expected <large> & got ]]> small"));
        assert_eq!(ty.as_ref().unwrap().as_str(), "Test assertion failed");
    }

    /// By suite its name and counts, and by case its name and kind of outcome.
    fn skeleton(xml: &str) -> Vec<String> {
        let read = Report::deserialize_from_str(xml).unwrap();
        let mut lines = Vec::new();
        for suite in &read.test_suites {
            let cases = &suite.test_cases;
            lines.push(format!("{} {:?}", suite.name.as_str(), (cases.len(), suite.failures, suite.errors)));
            for case in cases {
                let outcome = match &case.status {
                    TestCaseStatus::Success { .. } => "pass".to_owned(),
                    TestCaseStatus::NonSuccess { kind, .. } => format!("{kind:?}"),
                    TestCaseStatus::Skipped { message, .. } => {
                        format!("skip {:?}", message.as_ref().map(|text| text.as_str().to_owned()))
                    }
                };
                let class = case.classname.as_ref().map(|name| name.as_str().to_owned());
                lines.push(format!("  {} {class:?} {outcome}", case.name.as_str()));
            }
        }
        lines
    }

    #[test]
    fn the_same_log_makes_the_same_xml_as_terraforms() {
        let log = include_str!("../../tests/golden/terraform-1.11.4/test-mixed.jsonl");
        let theirs = include_str!("../../tests/golden/terraform-1.11.4/test-mixed.junit.xml");
        // terraform leaves the name of the whole out, which the reader wants.
        let theirs = theirs.replace("<testsuites>", "<testsuites name=\"terraform\">");
        let ours = write_tests("terraform", &crate::format::test_json::read(log).suites).unwrap();
        assert_eq!(skeleton(&ours), skeleton(&theirs));
    }

    #[test]
    fn what_could_not_be_cleaned_up_is_an_error() {
        let left = LeftBehind {
            run: "makes".to_owned(),
            resources: vec!["terraform_data.a".to_owned()],
            diagnostics: vec![Diagnostic::error("local-exec provisioner error", "exit status 3")],
        };
        let name = "a.tftest.hcl".to_owned();
        let cases = vec![case("makes", TestStatus::Passed)];
        let suite = TestSuite { name, cases, diagnostics: Vec::new(), left: vec![left] };
        let xml = write_tests("kilter", &[suite]).unwrap();
        assert_eq!(skeleton(&xml)[0], "a.tftest.hcl (2, 0, 1)");
        assert!(xml.contains("left behind: terraform_data.a"));
    }

    #[test]
    fn a_run_of_checks_is_a_suite_per_step() {
        let job = |step, state, stack: &str| Job {
            step,
            stack: Some(RepoPath::new(stack)),
            state,
            took: Duration::from_secs(1),
            summary: "2 findings".to_owned(),
            log: vec!["a line".to_owned()],
            cached: false,
            after: Vec::new(),
        };
        let jobs = vec![
            job(StepKind::Lint, JobState::Failed, "web"),
            job(StepKind::Test, JobState::Broken, "web"),
            job(StepKind::Lint, JobState::Passed, "net"),
            job(StepKind::Plan, JobState::Skipped, "net"),
        ];
        let run = Run { commit: None, started: std::time::UNIX_EPOCH, took: Duration::from_secs(3), jobs };
        let read = Report::deserialize_from_str(&write_run("kilter ci", &run).unwrap()).unwrap();
        let names: Vec<&str> = read.test_suites.iter().map(|suite| suite.name.as_str()).collect();
        assert_eq!(names, ["lint", "test", "plan"]);
        assert_eq!((read.tests, read.failures, read.errors), (4, 1, 1));
    }
}
