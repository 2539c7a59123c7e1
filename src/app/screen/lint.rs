//! The lint pane: the findings of the selected stack, then those of directories outside all stacks.

use std::collections::HashMap;

use crate::app::list::{Identity, List, identity};
use crate::app::marks::of_level;
use crate::app::screen::line::{LineRow, Tone, diagnostic_rows};
use crate::app::world::World;
use crate::model::diagnostic::Diagnostic;
use crate::model::finding::{Finding, Level};
use crate::model::place::RepoPath;
use crate::model::report::LintReport;

/// The pane's memory.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LintScreen {
    /// The rows.
    pub list: List<LineRow>,
    findings: HashMap<Identity, Finding>,
    diagnostics: HashMap<Identity, Diagnostic>,
}

impl LintScreen {
    /// The finding under the cursor.
    pub fn finding(&self) -> Option<&Finding> {
        self.findings.get(&self.list.current()?.id)
    }

    /// What is wrong under the cursor: the message whose title or whose lines it is on.
    pub fn diagnostic(&self) -> Option<&Diagnostic> {
        self.diagnostics.get(&self.list.current()?.id)
    }

    /// Makes the rows anew.
    pub fn rebuild(&mut self, world: &World, stack: Option<&RepoPath>, keep: impl Fn(&str) -> bool) {
        self.findings.clear();
        self.diagnostics.clear();
        let mut rows = Vec::new();
        let own = stack.and_then(|path| world.lints.get(path));
        if let Some(report) = own {
            self.push_report(&mut rows, report);
        }
        let elsewhere = world.lints.values().filter(|report| {
            Some(&report.stack) != stack && world.stack(&report.stack).is_none() && !report.findings.is_empty()
        });
        for report in elsewhere {
            let heading = format!("outside the stacks: {}", report.stack);
            rows.push(LineRow::text(identity(("lint in", &report.stack)), Tone::Heading, heading));
            self.push_report(&mut rows, report);
        }
        rows.retain(|row| row.tone == Tone::Heading || keep(&row.text) || keep(&row.right));
        self.list.set_rows(rows);
    }

    fn push_report(&mut self, rows: &mut Vec<LineRow>, report: &LintReport) {
        for (index, diagnostic) in report.diagnostics.iter().enumerate() {
            let key = identity(("lint diagnostic", &report.stack, index, &diagnostic.summary));
            let first = rows.len();
            diagnostic_rows(rows, key, 0, diagnostic, true);
            self.diagnostics.extend(rows[first..].iter().map(|row| (row.id, diagnostic.clone())));
        }
        for (index, finding) in report.findings.iter().enumerate() {
            if finding.suppressed.is_some() {
                continue;
            }
            let twins = report.findings[..index].iter().filter(|other| other.fingerprint == finding.fingerprint);
            let id = identity(("finding", &report.stack, &finding.fingerprint, twins.count()));
            let place = &finding.place;
            let row = LineRow::outcome(id, of_level(finding.level), finding.message.clone());
            let right = format!("{}:{}", file_in(&report.stack, &place.path), place.start.line);
            rows.push(row.right(right).at(Some(place.clone())));
            self.findings.insert(id, finding.clone());
        }
    }
}

/// A file's name; with its directory's when that is not the stack's own, since many modules have a `main.tf`.
fn file_in(stack: &RepoPath, file: &RepoPath) -> String {
    let directory = file.parent();
    match directory == *stack || directory.is_root() {
        true => file.file_name().to_owned(),
        false => format!("{}/{}", directory.file_name(), file.file_name()),
    }
}

/// Counts for the title: errors, warnings, notes, suppressed.
pub fn counts(report: &LintReport) -> [usize; 4] {
    let mut counts = [report.diagnostics.iter().filter(|d| d.is_error()).count(), 0, 0, 0];
    for finding in &report.findings {
        let at = match (finding.suppressed.is_some(), finding.level) {
            (true, _) => 3,
            (false, Level::Error) => 0,
            (false, Level::Warning) => 1,
            (false, Level::Note) => 2,
        };
        counts[at] += 1;
    }
    counts
}
