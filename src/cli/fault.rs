//! What goes wrong at the rim: kind, message, source, hints; one line, and the story behind it.

use std::fmt;

/// Whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The command line or the repo asks for something that cannot be.
    User,
    /// A program that Kilter called.
    Tool,
    /// Files, processes, the network.
    Io,
}

/// Something that broke.
#[derive(Debug)]
pub struct Fault {
    /// Whose fault.
    pub kind: FaultKind,
    /// What happened and where.
    pub message: String,
    /// Why, from near to far.
    pub sources: Vec<String>,
    /// What to do next.
    pub hints: Vec<String>,
}

impl Fault {
    /// A fault of the person's: the words or the repo do not fit.
    pub fn user(message: impl Into<String>) -> Self {
        Self::new(FaultKind::User, message)
    }

    /// A fault of a file, a process or the network.
    pub fn io(message: impl Into<String>, source: &dyn std::error::Error) -> Self {
        Self::new(FaultKind::Io, message).because(source)
    }

    /// A fault of a kind.
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Fault { kind, message: message.into(), sources: Vec::new(), hints: Vec::new() }
    }

    /// The same with its cause and the causes behind it.
    #[must_use]
    pub fn because(mut self, source: &dyn std::error::Error) -> Self {
        let mut next = Some(source);
        while let Some(error) = next {
            self.sources.push(error.to_string());
            next = error.source();
        }
        self
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = match self.kind {
            FaultKind::User => "",
            FaultKind::Tool => "tool: ",
            FaultKind::Io => "",
        };
        write!(f, "kilter: {whose}{}", self.message)?;
        self.sources.iter().try_for_each(|source| write!(f, "\n  because {source}"))?;
        self.hints.iter().try_for_each(|hint| write!(f, "\n  {hint}"))
    }
}

impl std::error::Error for Fault {}
