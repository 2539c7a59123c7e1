//! Terraform's JSON for one diagnostic, with range and snippet, both ways. Used by `validate`, the log lines and `test`.

use serde::{Deserialize, Serialize};

use super::around;
use crate::model::diagnostic::{Diagnostic, Severity};
use crate::model::place::{Place, Position, RepoPath};

/// Where the writer finds the text of a file for its snippets; `None` leaves the snippet out.
pub type Sources<'a> = &'a dyn Fn(&RepoPath) -> Option<String>;

#[derive(Debug, Serialize, Deserialize)]
struct PositionWire {
    line: u32,
    column: u32,
    byte: u32,
}

#[derive(Debug, Serialize, Deserialize)]
struct RangeWire {
    filename: String,
    start: PositionWire,
    end: PositionWire,
}

#[derive(Debug, Serialize)]
struct SnippetOut {
    context: Option<String>,
    code: String,
    start_line: u32,
    highlight_start_offset: usize,
    highlight_end_offset: usize,
    values: Vec<ValueWire>,
}

/// What a name in the snippet stands for.
#[derive(Debug, Serialize, Deserialize)]
struct ValueWire {
    traversal: String,
    statement: String,
}

#[derive(Debug, Deserialize, Default)]
struct SnippetIn {
    #[serde(default)]
    values: Vec<ValueWire>,
}

/// A diagnostic to be written.
#[derive(Debug, Serialize)]
pub(super) struct DiagnosticOut {
    severity: &'static str,
    summary: String,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<RangeWire>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<SnippetOut>,
}

/// A diagnostic as it was read.
#[derive(Debug, Deserialize)]
pub(super) struct DiagnosticIn {
    severity: Option<String>,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    detail: String,
    address: Option<String>,
    range: Option<RangeWire>,
    snippet: Option<SnippetIn>,
}

impl From<Position> for PositionWire {
    fn from(at: Position) -> Self {
        PositionWire { line: at.line, column: at.column, byte: at.byte }
    }
}

impl From<PositionWire> for Position {
    fn from(at: PositionWire) -> Self {
        Position { line: at.line, column: at.column, byte: at.byte }
    }
}

impl DiagnosticIn {
    /// What it says.
    pub(super) fn into_diagnostic(self) -> Diagnostic {
        let severity = if self.severity.as_deref() == Some("warning") { Severity::Warning } else { Severity::Error };
        let subject = self.range.map(|range| Place {
            path: RepoPath::new(&range.filename),
            start: range.start.into(),
            end: range.end.into(),
        });
        Diagnostic {
            severity,
            summary: self.summary,
            detail: self.detail,
            address: self.address,
            subject,
            context: None,
            values: self
                .snippet
                .unwrap_or_default()
                .values
                .into_iter()
                .map(|value| (value.traversal, value.statement))
                .collect(),
        }
    }
}

/// The word of a severity.
pub(super) fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// A diagnostic ready to be written.
pub(super) fn out(diagnostic: &Diagnostic, sources: Sources<'_>) -> DiagnosticOut {
    let subject = diagnostic.subject.as_ref().map(visible);
    let snippet = subject.as_ref().and_then(|subject| {
        let text = sources(&subject.path)?;
        let values = diagnostic
            .values
            .iter()
            .map(|(traversal, statement)| ValueWire { traversal: traversal.clone(), statement: statement.clone() });
        Some(SnippetOut { values: values.collect(), ..snippet(&text, subject, diagnostic.context.as_ref()) })
    });
    DiagnosticOut {
        severity: word(diagnostic.severity),
        summary: diagnostic.summary.clone(),
        detail: diagnostic.detail.clone(),
        address: diagnostic.address.clone(),
        range: subject.map(|subject| RangeWire {
            filename: subject.path.to_string(),
            start: subject.start.into(),
            end: subject.end.into(),
        }),
        snippet,
    }
}

/// At least one byte is highlighted.
fn visible(place: &Place) -> Place {
    let mut place = place.clone();
    if place.start.byte == place.end.byte {
        place.end.byte += 1;
        place.end.column += 1;
    }
    place
}

/// The whole lines that subject and context touch, and where in them the subject is.
fn snippet(text: &str, subject: &Place, context: Option<&Place>) -> SnippetOut {
    let first = context.map_or(subject.start.byte, |context| context.start.byte.min(subject.start.byte));
    let last = context.map_or(subject.end.byte, |context| context.end.byte.max(subject.end.byte));
    let lines: Vec<Line<'_>> = lines(text).filter(|line| line.touches(first as usize, last as usize)).collect();
    let code = lines.iter().map(|line| line.text).collect::<Vec<_>>().join("\n");
    let from = lines.first().map_or(0, |line| line.start);
    let start = (subject.start.byte as usize).saturating_sub(from);
    let end = start + subject.end.byte.saturating_sub(subject.start.byte) as usize;
    SnippetOut {
        context: around::header(&subject.path, text, (subject.start.byte as usize).checked_sub(1)),
        start_line: lines.first().map_or(subject.start.line, |line| line.number),
        highlight_start_offset: start.min(code.len()),
        highlight_end_offset: end.min(code.len()),
        code,
        values: Vec::new(),
    }
}

/// A line without its end.
struct Line<'t> {
    number: u32,
    start: usize,
    text: &'t str,
}

impl Line<'_> {
    /// Terraform's rule: empty lines are touched by nothing, and a range's end counts as part of it.
    fn touches(&self, first: usize, last: usize) -> bool {
        let end = self.start + self.text.len();
        let here = |at: usize| self.start <= at && at < end;
        let there = |at: usize| first <= at && at < last;
        !self.text.is_empty() && first < last && (here(first) || here(last) || there(self.start) || there(end))
    }
}

fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    text.split_inclusive('\n').zip(1..).map(move |(line, number)| {
        let here = start;
        start += line.len();
        let line = line.strip_suffix('\n').unwrap_or(line);
        Line { number, start: here, text: line.strip_suffix('\r').unwrap_or(line) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a = 1\nresource \"x\" \"y\" {\n  b = 2\n}\nc = 3\n";

    fn place(start: (u32, u32, u32), end: (u32, u32, u32)) -> Place {
        let position = |(line, column, byte)| Position { line, column, byte };
        Place { path: RepoPath::new("main.tf"), start: position(start), end: position(end) }
    }

    fn shown(place: Place) -> serde_json::Value {
        let diagnostic = Diagnostic::error("S", "D").at(place);
        serde_json::to_value(out(&diagnostic, &|_| Some(TEXT.to_owned()))).unwrap()
    }

    #[test]
    fn a_snippet_shows_whole_lines_and_its_block() {
        let json = shown(place((3, 3, 27), (3, 4, 28)));
        assert_eq!(json["snippet"]["code"], "  b = 2");
        assert_eq!(json["snippet"]["context"], "resource \"x\" \"y\"");
        assert_eq!(
            (&json["snippet"]["highlight_start_offset"], &json["snippet"]["highlight_end_offset"]),
            (&2.into(), &3.into())
        );
        let top = shown(place((5, 1, 35), (5, 1, 35)));
        assert_eq!(
            (&top["snippet"]["context"], &top["snippet"]["highlight_end_offset"]),
            (&serde_json::Value::Null, &1.into())
        );
        assert_eq!(shown(place((99, 1, 9999), (99, 2, 10000)))["snippet"]["code"], "");
    }

    #[test]
    fn a_diagnostic_survives_without_its_snippet() {
        let diagnostic = Diagnostic::warning("S", "D").at(place((3, 3, 27), (3, 4, 28))).about("x.y");
        let text = serde_json::to_string(&out(&diagnostic, &|_| None)).unwrap();
        assert_eq!(serde_json::from_str::<DiagnosticIn>(&text).unwrap().into_diagnostic(), diagnostic);
    }
}
