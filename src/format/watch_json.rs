//! The lines of `kilter watch --format json`:
//! `{"report","stack","generation","millis","summary":{…},"diagnostics":[…]}`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::diagnostic_json::{self, DiagnosticOut};
use crate::model::diagnostic::Diagnostic;
use crate::model::id::Generation;
use crate::model::place::RepoPath;

/// Words and counts, in order.
pub type Summary = Vec<(&'static str, usize)>;

/// One report in short.
pub struct Line<'a> {
    /// `plan`, `lint` or `tests`.
    pub report: &'static str,
    /// The stack.
    pub stack: &'a RepoPath,
    /// The generation of its inputs.
    pub generation: Generation,
    /// Kilter's own time.
    pub took: Duration,
    /// Its counts.
    pub summary: Summary,
    /// What is wrong.
    pub diagnostics: &'a [Diagnostic],
}

#[derive(Serialize)]
struct Wire<'a> {
    report: &'a str,
    stack: &'a str,
    generation: u64,
    millis: f64,
    summary: BTreeMap<&'a str, usize>,
    diagnostics: Vec<DiagnosticOut>,
}

/// One line with its end.
pub fn line(line: &Line<'_>) -> Vec<u8> {
    let wire = Wire {
        report: line.report,
        stack: line.stack.as_str(),
        generation: line.generation.0,
        millis: (line.took.as_secs_f64() * 1e6).round() / 1e3,
        summary: line.summary.iter().copied().collect(),
        diagnostics: line.diagnostics.iter().map(|found| diagnostic_json::out(found, &|_| None)).collect(),
    };
    let mut bytes = serde_json::to_vec(&wire).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// What a report says apart from when: two that say the same are printed once.
pub fn substance(summary: &Summary, diagnostics: &[Diagnostic], more: Vec<u8>) -> Vec<u8> {
    let mut bytes = more;
    for (word, count) in summary {
        bytes.extend(format!("{word}{count}\n").bytes());
    }
    for diagnostic in diagnostics {
        bytes.extend(format!("{diagnostic:?}\n").bytes());
    }
    bytes
}
