//! The tests pane: suites, their cases, and what failed in them.

use std::collections::BTreeMap;

use crate::app::age::short;
use crate::app::list::{Identity, List, identity};
use crate::app::marks::of_test;
use crate::app::screen::line::{LineRow, diagnostic_rows};
use crate::model::report::TestReport;
use crate::model::test::TestStatus;

/// The pane's memory.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TestsScreen {
    /// The rows.
    pub list: List<LineRow>,
    /// Suites and cases that the person opened or closed; the others are open when something in them failed.
    pub folds: BTreeMap<Identity, bool>,
}

impl TestsScreen {
    fn is_open(&self, id: Identity, status: TestStatus) -> bool {
        let failed = matches!(status, TestStatus::Failed | TestStatus::Error);
        self.folds.get(&id).copied().unwrap_or(failed)
    }

    /// Makes the rows anew.
    pub fn rebuild(&mut self, report: Option<&TestReport>, keep: impl Fn(&str) -> bool) {
        let mut rows = Vec::new();
        if let Some(report) = report {
            for (index, diagnostic) in report.diagnostics.iter().enumerate() {
                let key = identity(("test diagnostic", index, &diagnostic.summary));
                diagnostic_rows(&mut rows, key, 0, diagnostic, true);
            }
            for suite in &report.suites {
                self.push_suite(&mut rows, suite, &keep);
            }
        }
        self.list.set_rows(rows);
    }

    fn push_suite(&self, rows: &mut Vec<LineRow>, suite: &crate::model::test::TestSuite, keep: &impl Fn(&str) -> bool) {
        let cases: Vec<_> = suite.cases.iter().filter(|case| keep(&case.name) || keep(&suite.name)).collect();
        if cases.is_empty() && !suite.cases.is_empty() {
            return;
        }
        let id = identity(("suite", &suite.name));
        let open = self.folds.get(&id).copied().unwrap_or(true);
        let passed = suite.cases.iter().filter(|case| case.status == TestStatus::Passed).count();
        let row = LineRow::outcome(id, of_test(suite.status()), suite.name.clone());
        rows.push(row.right(format!("{passed} of {}", suite.cases.len())).folding(open));
        if !open {
            return;
        }
        for (index, diagnostic) in suite.diagnostics.iter().enumerate() {
            diagnostic_rows(rows, identity((id, index)), 1, diagnostic, true);
        }
        for case in cases {
            let key = identity((id, &case.name));
            let open = self.is_open(key, case.status);
            let row = LineRow::outcome(key, of_test(case.status), case.name.clone()).indented(1);
            let row = row.right(short(case.took)).at(case.place.clone());
            rows.push(if case.diagnostics.is_empty() { row } else { row.folding(open) });
            if open {
                for (index, diagnostic) in case.diagnostics.iter().enumerate() {
                    diagnostic_rows(rows, identity((key, index)), 2, diagnostic, true);
                }
            }
        }
    }
}
