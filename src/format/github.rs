//! GitHub's workflow commands: annotations of a pull request's lines. Written only.

use crate::model::diagnostic::Diagnostic;
use crate::model::finding::{Finding, Level};
use crate::model::place::Place;

/// One line per finding that is not suppressed.
pub fn findings(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let kind = match finding.level {
            Level::Note => "notice",
            Level::Warning => "warning",
            Level::Error => "error",
        };
        command(kind, Some(&finding.place), finding.rule.id, &finding.message)
    };
    findings.iter().filter(|finding| finding.suppressed.is_none()).map(line).collect()
}

/// One line per diagnostic.
pub fn diagnostics(diagnostics: &[Diagnostic]) -> String {
    let line = |diagnostic: &Diagnostic| {
        let kind = if diagnostic.is_error() { "error" } else { "warning" };
        let message = if diagnostic.detail.is_empty() { &diagnostic.summary } else { &diagnostic.detail };
        command(kind, diagnostic.subject.as_ref(), &diagnostic.summary, message)
    };
    diagnostics.iter().map(line).collect()
}

fn command(kind: &str, place: Option<&Place>, title: &str, message: &str) -> String {
    let mut out = format!("::{kind} ");
    if let Some(place) = place {
        let (file, start, end) = (property(place.path.as_str()), place.start, place.end.max(place.start));
        out.push_str(&format!("file={file},line={},endLine={},", start.line, end.line));
        if start.line == end.line {
            out.push_str(&format!("col={},endColumn={},", start.column, end.column));
        }
    }
    out.push_str(&format!("title={}::{}\n", property(title), data(message)));
    out
}

/// What stands after `::` must not begin another line or command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::place::{Position, RepoPath};

    #[test]
    fn nothing_in_a_message_can_become_a_command() {
        let at = |column| Position { line: 3, column, byte: 0 };
        let place = Place { path: RepoPath::new("a,b.tf"), start: at(1), end: at(4) };
        let found = [Diagnostic::error("Bad: thing", "one\n::error::two 100%").at(place), Diagnostic::warning("W", "")];
        assert_eq!(
            diagnostics(&found),
            "::error file=a%2Cb.tf,line=3,endLine=3,col=1,endColumn=4,title=Bad%3A thing::one%0A::error::two 100%25\n\
             ::warning title=W::W\n"
        );
    }
}
