//! The common shape of rows in panes that list outcomes: a mark, a text, something on the right, a place to open, and
//! whether more hangs below.

use crate::app::list::{Identity, Row};
use crate::app::marks::Mark;
use crate::model::diagnostic::Diagnostic;
use crate::model::place::Place;

/// How a text is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tone {
    /// Plain.
    Text,
    /// Of less weight.
    Muted,
    /// A heading.
    Heading,
    /// Code.
    Code,
    /// Something new.
    Added,
    /// Something gone.
    Removed,
    /// Fine.
    Ok,
    /// To look at.
    Warning,
    /// Broken.
    Error,
}

/// A text with its meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToneLine {
    /// How it is meant.
    pub tone: Tone,
    /// What it says.
    pub text: String,
}

impl ToneLine {
    /// A line.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        ToneLine { tone, text: text.into() }
    }
}

/// One row of a list of outcomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineRow {
    /// Which thing.
    pub id: Identity,
    /// How deep it is nested.
    pub indent: u16,
    /// Whether it can open, and whether it is open.
    pub open: Option<bool>,
    /// How it came out.
    pub mark: Option<Mark>,
    /// How the text is meant.
    pub tone: Tone,
    /// What it says.
    pub text: String,
    /// At the right edge: a place, a duration, an age.
    pub right: String,
    /// What `e` opens.
    pub place: Option<Place>,
}

impl LineRow {
    /// A row that is only text.
    pub fn text(id: Identity, tone: Tone, text: impl Into<String>) -> Self {
        LineRow { id, indent: 0, open: None, mark: None, tone, text: text.into(), right: String::new(), place: None }
    }

    /// A row with an outcome.
    pub fn outcome(id: Identity, mark: Mark, text: impl Into<String>) -> Self {
        LineRow { mark: Some(mark), ..LineRow::text(id, Tone::Text, text) }
    }

    /// The same, so deep.
    #[must_use]
    pub fn indented(mut self, indent: u16) -> Self {
        self.indent = indent;
        self
    }

    /// The same, with something at the right edge.
    #[must_use]
    pub fn right(mut self, right: impl Into<String>) -> Self {
        self.right = right.into();
        self
    }

    /// The same, standing somewhere.
    #[must_use]
    pub fn at(mut self, place: Option<Place>) -> Self {
        self.place = place;
        self
    }

    /// The same, with something below that shows or not.
    #[must_use]
    pub fn folding(mut self, open: bool) -> Self {
        self.open = Some(open);
        self
    }
}

impl Row for LineRow {
    fn id(&self) -> Identity {
        self.id
    }

    fn text(&self) -> String {
        if self.right.is_empty() { self.text.clone() } else { format!("{}  {}", self.text, self.right) }
    }
}

/// A diagnostic as rows: summary with its place, then the detail.
pub fn diagnostic_rows(out: &mut Vec<LineRow>, key: Identity, indent: u16, diagnostic: &Diagnostic, detail: bool) {
    let mark = if diagnostic.is_error() { Mark::Error } else { Mark::Warning };
    let place = diagnostic.subject.clone();
    let right = place.as_ref().map(|place| format!("{}:{}", place.path.file_name(), place.start.line));
    let row = LineRow::outcome(key, mark, diagnostic.summary.clone()).indented(indent);
    out.push(row.right(right.unwrap_or_default()).at(place.clone()));
    if detail {
        let lines = diagnostic.detail.lines().filter(|line| !line.trim().is_empty()).enumerate();
        out.extend(lines.map(|(index, line)| {
            let id = crate::app::list::identity((key, index));
            LineRow::text(id, Tone::Muted, line.trim_end()).indented(indent + 1).at(place.clone())
        }));
    }
}
