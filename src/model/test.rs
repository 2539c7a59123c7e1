//! Test suites and their outcomes (JUnit's vocabulary: a failure is not an error is not a skip).

use std::time::Duration;

use super::diagnostic::Diagnostic;
use super::place::Place;

/// How a test came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TestStatus {
    /// It held.
    Passed,
    /// An assertion did not hold.
    Failed,
    /// It could not be carried out.
    Error,
    /// It was not reached.
    Skipped,
}

impl TestStatus {
    /// The word of `terraform test -json`.
    pub fn word(self) -> &'static str {
        match self {
            TestStatus::Passed => "pass",
            TestStatus::Failed => "fail",
            TestStatus::Error => "error",
            TestStatus::Skipped => "skip",
        }
    }
}

/// One file of tests.
#[derive(Debug, Clone, PartialEq)]
pub struct TestSuite {
    /// The file, relative to the stack: `tests/site.tftest.hcl`.
    pub name: String,
    /// Its tests in order.
    pub cases: Vec<TestCase>,
    /// What concerns the file as a whole (it does not parse).
    pub diagnostics: Vec<Diagnostic>,
    /// What could not be destroyed in the end.
    pub left: Vec<LeftBehind>,
}

/// A state that was not empty after everything in it was to be destroyed.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftBehind {
    /// The run that used the state last.
    pub run: String,
    /// What is still there.
    pub resources: Vec<String>,
    /// Why.
    pub diagnostics: Vec<Diagnostic>,
}

/// One `run` block, or one assertion of another kind of test.
#[derive(Debug, Clone, PartialEq)]
pub struct TestCase {
    /// Its name.
    pub name: String,
    /// How it came out.
    pub status: TestStatus,
    /// How long it took.
    pub took: Duration,
    /// Failed assertions and errors.
    pub diagnostics: Vec<Diagnostic>,
    /// Where it stands.
    pub place: Option<Place>,
}

impl TestSuite {
    /// The worst of its cases; an error when the file itself has one or leaves something behind.
    pub fn status(&self) -> TestStatus {
        if super::diagnostic::has_errors(&self.diagnostics) || !self.left.is_empty() {
            return TestStatus::Error;
        }
        let worst = |status: &TestStatus| match status {
            TestStatus::Skipped => 0,
            TestStatus::Passed => 1,
            TestStatus::Failed => 2,
            TestStatus::Error => 3,
        };
        self.cases.iter().map(|case| case.status).max_by_key(worst).unwrap_or(TestStatus::Passed)
    }
}

/// How many of each over several suites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TestCounts {
    /// Passed.
    pub passed: usize,
    /// Failed.
    pub failed: usize,
    /// Errors.
    pub errors: usize,
    /// Skipped.
    pub skipped: usize,
}

impl TestCounts {
    /// Counts the cases of all suites; a suite whose file is broken counts as one error, and so does each state that
    /// could not be cleaned up.
    pub fn of(suites: &[TestSuite]) -> Self {
        let mut counts = TestCounts::default();
        for suite in suites {
            counts.errors += usize::from(super::diagnostic::has_errors(&suite.diagnostics)) + suite.left.len();
            for case in &suite.cases {
                match case.status {
                    TestStatus::Passed => counts.passed += 1,
                    TestStatus::Failed => counts.failed += 1,
                    TestStatus::Error => counts.errors += 1,
                    TestStatus::Skipped => counts.skipped += 1,
                }
            }
        }
        counts
    }

    /// All of them.
    pub fn total(&self) -> usize {
        self.passed + self.failed + self.errors + self.skipped
    }

    /// Whether nothing failed and nothing broke.
    pub fn is_green(&self) -> bool {
        self.failed == 0 && self.errors == 0
    }
}
