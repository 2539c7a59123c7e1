//! Why a call has no result, and what its message may show.

use crate::model::value::Marks;

/// Why a call has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FunctionError {
    /// The argument that is at fault, counted from 0, when it is one.
    pub argument: Option<usize>,
    /// What is wrong, as terraform words it, without a full stop.
    pub message: String,
}

impl FunctionError {
    /// An error of the call as a whole.
    pub fn new(message: impl Into<String>) -> Self {
        FunctionError { argument: None, message: message.into() }
    }

    /// An error of one argument.
    pub fn at(argument: usize, message: impl Into<String>) -> Self {
        FunctionError { argument: Some(argument), message: message.into() }
    }
}

/// `show()` unless the marks forbid it.
pub(super) fn redact(marks: Marks, show: impl FnOnce() -> String) -> String {
    let sensitive = marks.contains(Marks::SENSITIVE);
    let ephemeral = marks.contains(Marks::EPHEMERAL);
    match (sensitive, ephemeral) {
        (true, true) => "(ephemeral sensitive value)".to_owned(),
        (true, false) => "(sensitive value)".to_owned(),
        (false, true) => "(ephemeral value)".to_owned(),
        (false, false) => show(),
    }
}
