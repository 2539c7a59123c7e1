//! What is wrong with a text, by spans: turned into diagnostics once the parse is done.

use std::borrow::Cow;

use super::source::SourceFile;
use crate::model::diagnostic::Diagnostic;
use crate::model::place::Span;

/// More faults than this in one text help nobody.
pub(super) const MOST: usize = 200;

/// One fault.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fault {
    pub(super) summary: Cow<'static, str>,
    pub(super) detail: Cow<'static, str>,
    pub(super) subject: Span,
    pub(super) context: Option<Span>,
}

/// The faults of one parse.
#[derive(Debug, Default)]
pub(super) struct Faults {
    pub(super) list: Vec<Fault>,
    /// How many there were, also those beyond what is kept.
    pub(super) count: usize,
}

impl Faults {
    pub(super) fn push(
        &mut self,
        summary: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
        subject: Span,
        context: Option<Span>,
    ) {
        self.count += 1;
        if self.list.len() < MOST {
            self.list.push(Fault { summary: summary.into(), detail: detail.into(), subject, context });
        }
    }

    pub(super) fn diagnostics(self, source: &SourceFile) -> Vec<Diagnostic> {
        self.list.into_iter().map(|fault| fault.diagnostic(source)).collect()
    }
}

impl Fault {
    fn diagnostic(self, source: &SourceFile) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.summary, self.detail).at(source.place(self.subject));
        match self.context {
            Some(context) => diagnostic.within(source.place(context)),
            None => diagnostic,
        }
    }
}
