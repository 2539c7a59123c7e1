//! The tests pane: suites, their cases, and what failed in them; and, when somebody asked, what the tests do not notice.

use std::collections::BTreeMap;

use crate::app::age::short;
use crate::app::list::{Identity, List, identity};
use crate::app::marks::{Mark, of_test};
use crate::app::screen::line::{LineRow, Tone, diagnostic_rows};
use crate::model::mutation::{CoverageReport, Mutant, MutationReport};
use crate::model::report::TestReport;
use crate::model::test::{LeftBehind, TestCase, TestStatus};

/// The pane's memory.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TestsScreen {
    /// The rows.
    pub list: List<LineRow>,
    /// Suites and cases that the person opened or closed; the others are open when something in them failed.
    pub folds: BTreeMap<Identity, bool>,
}

/// What is known about the tests themselves.
#[derive(Debug, Clone, Copy, Default)]
pub struct Survey<'a> {
    /// What they notice.
    pub mutations: Option<&'a MutationReport>,
    /// What their assertions depend on.
    pub coverage: Option<&'a CoverageReport>,
}

/// How many changes were tried, in how much time.
fn tried(report: &MutationReport) -> String {
    let took = short(report.provenance.took);
    match report.stopped {
        None => format!("{} tried, {took}", report.tried()),
        Some(_) => format!("{} of {} tried, {took}", report.tried(), report.found),
    }
}

impl TestsScreen {
    /// The rows of changes that no test notices.
    pub fn survivors(&self) -> Vec<usize> {
        let rows = self.list.rows().iter().enumerate();
        let is = |row: &LineRow| row.indent == 1 && row.mark == Some(Mark::Warning) && row.open.is_some();
        rows.filter(|(_, row)| is(row) && row.place.is_some()).map(|(at, _)| at).collect()
    }

    fn is_open(&self, id: Identity, case: &TestCase) -> bool {
        let telling = match case.status {
            TestStatus::Failed | TestStatus::Error => true,
            // Why it was skipped is said at the first one only.
            TestStatus::Skipped => !case.diagnostics.is_empty(),
            TestStatus::Passed => false,
        };
        self.folds.get(&id).copied().unwrap_or(telling)
    }

    /// Makes the rows anew.
    pub fn rebuild(&mut self, report: Option<&TestReport>, survey: &Survey<'_>, keep: impl Fn(&str) -> bool) {
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
        if let Some(mutations) = survey.mutations {
            self.push_mutations(&mut rows, mutations, &keep);
        }
        if let Some(coverage) = survey.coverage {
            self.push_coverage(&mut rows, coverage, &keep);
        }
        self.list.set_rows(rows);
    }

    fn push_mutations(&self, rows: &mut Vec<LineRow>, report: &MutationReport, keep: &impl Fn(&str) -> bool) {
        let id = identity("mutants");
        let open = self.folds.get(&id).copied().unwrap_or(true);
        for (index, diagnostic) in report.diagnostics.iter().enumerate() {
            diagnostic_rows(rows, identity((id, index)), 0, diagnostic, true);
        }
        if report.found == 0 {
            return;
        }
        let (killed, noticeable) = report.score();
        let mark = if killed == noticeable { Mark::Ok } else { Mark::Warning };
        let share = (killed * 100).checked_div(noticeable).map(|share| format!(" · {share} %")).unwrap_or_default();
        let row = LineRow::outcome(id, mark, format!("{killed} of {noticeable} changes noticed{share}"));
        rows.push(row.right(tried(report)).folding(open));
        if !open {
            return;
        }
        for mutant in report.survivors().filter(|mutant| keep(&mutant.block)) {
            self.push_survivor(rows, mutant);
        }
        let left_out = [(report.unchanged(), "that no run plans differently"), (report.unsound, "unsound")];
        for (index, (count, why)) in left_out.into_iter().enumerate().filter(|(_, (count, _))| *count > 0) {
            let text = format!("{count} more left out: {why}");
            rows.push(LineRow::text(identity((id, "left out", index)), Tone::Muted, text).indented(1));
        }
    }

    fn push_survivor(&self, rows: &mut Vec<LineRow>, mutant: &Mutant) {
        let place = &mutant.place;
        let id = identity(("mutant", place.path.as_str(), place.start.byte, mutant.kind, &mutant.after));
        let open = self.folds.get(&id).copied().unwrap_or(false);
        let text = format!("unnoticed {} in {}", mutant.kind.word(), mutant.block);
        let right = format!("{}:{}", place.path.file_name(), place.start.line);
        rows.push(
            LineRow::outcome(id, Mark::Warning, text).indented(1).right(right).at(Some(place.clone())).folding(open),
        );
        if !open {
            return;
        }
        let line = |index: usize, tone: Tone, sign: char, text: &str| {
            LineRow::text(identity((id, sign, index)), tone, format!("{sign} {}", text.trim_end()))
                .indented(2)
                .at(Some(place.clone()))
        };
        rows.extend(mutant.before.lines().enumerate().map(|(index, text)| line(index, Tone::Removed, '-', text)));
        rows.extend(mutant.after.lines().enumerate().map(|(index, text)| line(index, Tone::Added, '+', text)));
        let ran = format!("ran {}", mutant.ran.join(", "));
        rows.push(LineRow::text(identity((id, "ran")), Tone::Muted, ran).indented(2).at(Some(place.clone())));
    }

    fn push_coverage(&self, rows: &mut Vec<LineRow>, report: &CoverageReport, keep: &impl Fn(&str) -> bool) {
        let id = identity("coverage");
        let open = self.folds.get(&id).copied().unwrap_or(false);
        let uncovered = report.uncovered().count();
        let covered = report.things.len() - uncovered;
        let mark = if uncovered == 0 { Mark::Ok } else { Mark::Warning };
        let text = format!("{covered} of {} declarations under an assertion", report.things.len());
        rows.push(LineRow::outcome(id, mark, text).folding(open));
        if !open {
            return;
        }
        for thing in report.uncovered().filter(|thing| keep(&thing.name)) {
            let key = identity((id, thing.module.as_str(), &thing.name));
            let right = format!("{}:{}", thing.place.path.file_name(), thing.place.start.line);
            let row = LineRow::outcome(key, Mark::Warning, format!("no assertion depends on {}", thing.name));
            rows.push(row.indented(1).right(right).at(Some(thing.place.clone())));
        }
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
            let open = self.is_open(key, case);
            let row = LineRow::outcome(key, of_test(case.status), case.name.clone()).indented(1);
            let row = row.right(short(case.took)).at(case.place.clone());
            rows.push(if case.diagnostics.is_empty() { row } else { row.folding(open) });
            if open {
                for (index, diagnostic) in case.diagnostics.iter().enumerate() {
                    diagnostic_rows(rows, identity((key, index)), 2, diagnostic, true);
                }
            }
        }
        for left in &suite.left {
            push_left(rows, id, left);
        }
    }
}

/// What could not be destroyed in the end, and why.
fn push_left(rows: &mut Vec<LineRow>, suite: Identity, left: &LeftBehind) {
    let key = identity((suite, "left", &left.run));
    let text = match left.resources.is_empty() {
        true => format!("cleaning up after {}", left.run),
        false => format!("left behind by {}: {}", left.run, left.resources.join(", ")),
    };
    rows.push(LineRow::outcome(key, Mark::Error, text).indented(1));
    for (index, diagnostic) in left.diagnostics.iter().enumerate() {
        diagnostic_rows(rows, identity((key, index)), 2, diagnostic, true);
    }
}

#[cfg(test)]
mod rows {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::model::diagnostic::Diagnostic;
    use crate::model::id::Generation;
    use crate::model::place::RepoPath;
    use crate::model::report::Provenance;
    use crate::model::test::TestSuite;

    #[test]
    fn what_was_left_out_and_what_was_left_behind_says_why() {
        let case = |name: &str, status, diagnostics| TestCase {
            name: name.to_owned(),
            status,
            took: Duration::ZERO,
            diagnostics,
            place: None,
        };
        let suite = TestSuite {
            name: "a.tftest.hcl".to_owned(),
            cases: vec![
                case("made", TestStatus::Skipped, vec![Diagnostic::warning("Run not made", "It runs a command.")]),
                case("next", TestStatus::Skipped, vec![]),
            ],
            diagnostics: vec![],
            left: vec![LeftBehind {
                run: "made".to_owned(),
                resources: vec!["terraform_data.a".to_owned()],
                diagnostics: vec![Diagnostic::error("local-exec provisioner error", "exit status 3")],
            }],
        };
        let provenance =
            Provenance { generation: Generation(1), at: UNIX_EPOCH, took: Duration::ZERO, remembered: false };
        let report = TestReport { stack: RepoPath::root(), suites: vec![suite], diagnostics: vec![], provenance };
        let mut screen = TestsScreen::default();
        screen.rebuild(Some(&report), &Survey::default(), |_| true);
        let texts: Vec<&str> = screen.list.rows().iter().map(|row| row.text.as_str()).collect();
        let position = |part: &str| {
            let found = texts.iter().position(|text| text.contains(part));
            found.unwrap_or_else(|| panic!("{part:?} is not in {texts:?}"))
        };
        assert!(position("Run not made") > position("made") && position("Run not made") < position("next"));
        assert!(position("left behind by made: terraform_data.a") < position("local-exec provisioner error"));
    }
}
