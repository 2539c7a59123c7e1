//! Terraform's JSON for one diagnostic, with range and snippet, both ways. Used by `validate`, the log lines and `test`.

use serde::{Deserialize, Serialize};

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
    values: [(); 0],
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
        Some(snippet(&text, subject, diagnostic.context.as_ref()))
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
    let first = context.map_or(subject.start, |context| context.start.min(subject.start));
    let last = context.map_or(subject.end, |context| context.end.max(subject.end));
    let bytes = text.as_bytes();
    let from = (first.byte as usize).min(bytes.len());
    let to = (last.byte as usize).clamp(from, bytes.len());
    let start = bytes[..from].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    // A range that ends right after a line end does not touch the next line.
    let ends_a_line = to > from && bytes[to - 1] == b'\n';
    let end = match ends_a_line {
        true => to - 1,
        false => bytes[to..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| to + at),
    };
    let code = String::from_utf8_lossy(&bytes[start..end.max(start)]).replace("\r\n", "\n");
    let code = code.strip_suffix('\r').unwrap_or(&code).to_owned();
    let offset = |byte: u32| (byte as usize).saturating_sub(start).min(code.len());
    SnippetOut {
        context: header_around(text, subject.start.byte as usize),
        start_line: first.line,
        highlight_start_offset: offset(subject.start.byte),
        highlight_end_offset: offset(subject.end.byte),
        code,
        values: [],
    }
}

/// The header of the top-level block that holds a byte: `resource "terraform_data" "web"`.
fn header_around(text: &str, byte: usize) -> Option<String> {
    let mut found = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if at >= byte && byte > 0 || at > byte {
            break;
        }
        if line.starts_with('}') {
            found = None;
        } else if let Some(header) = line.trim_end().strip_suffix('{')
            && line.starts_with(|c: char| c.is_ascii_alphabetic())
            && !header.contains('=')
        {
            found = Some(header.trim_end().to_owned());
        }
        at += line.len();
    }
    found
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
