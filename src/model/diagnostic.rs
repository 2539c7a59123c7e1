//! What is wrong, where, and what to do next, in the form terraform gives its own diagnostics.
//!
//! How one is drawn, printed or written as JSON is left to `ui`, `cli` and `format`.

use super::place::Place;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The operation goes on.
    Warning,
    /// The operation cannot do what was asked.
    Error,
}

/// One message to a person. Summary is a short title, detail whole sentences that say what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// A short title without a full stop, as terraform words it where terraform has the same one.
    pub summary: String,
    /// Full sentences: what happened and what to do next. May be empty.
    pub detail: String,
    /// The resource, module or check that it concerns, when there is one.
    pub address: Option<String>,
    /// What exactly is wrong.
    pub subject: Option<Place>,
    /// The surrounding construct (a block header), when it helps to understand the subject.
    pub context: Option<Place>,
    /// What the names in the subject stand for: `var.port`, `is 80`.
    pub values: Vec<(String, String)>,
}

impl Diagnostic {
    /// An error with a title and its explanation.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Severity::Error, summary, detail)
    }

    /// A warning with a title and its explanation.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Severity::Warning, summary, detail)
    }

    fn new(severity: Severity, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Diagnostic {
            severity,
            summary: summary.into(),
            detail: detail.into(),
            address: None,
            subject: None,
            context: None,
            values: Vec::new(),
        }
    }

    /// The same, pointing at `place`.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.subject = Some(place);
        self
    }

    /// The same, with the construct around its subject.
    #[must_use]
    pub fn within(mut self, context: Place) -> Self {
        self.context = Some(context);
        self
    }

    /// The same, with what the names in its subject stand for.
    #[must_use]
    pub fn with_values(mut self, values: Vec<(String, String)>) -> Self {
        self.values = values;
        self
    }

    /// The same, about `address`.
    #[must_use]
    pub fn about(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Whether any of them is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(Diagnostic::is_error)
}
