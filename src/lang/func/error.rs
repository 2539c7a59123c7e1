//! Why a call has no result, and what its message may show.

use crate::model::value::{Marks, Value, ValueKind};

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

    /// The same without the sensitive texts among the arguments. Terraform shows them in some messages.
    #[must_use]
    pub fn hiding(mut self, arguments: &[Value]) -> Self {
        for argument in arguments {
            self.hide(argument, Marks::NONE);
        }
        self
    }

    fn hide(&mut self, value: &Value, around: Marks) {
        let marks = value.marks.union(around);
        match &value.kind {
            ValueKind::String(text) if marks.contains(Marks::SENSITIVE) => {
                let shown = redact(marks, String::new);
                self.message = without(&self.message, text, &shown);
            }
            ValueKind::String(_) => {}
            _ => value.children().for_each(|child| self.hide(child, marks)),
        }
    }
}

/// Shorter texts stand in messages by chance, as parts of words.
const TELLING: usize = 8;

/// The message with `shown` for `secret`.
fn without(message: &str, secret: &str, shown: &str) -> String {
    if secret.is_empty() || !message.contains(secret) {
        return message.to_owned();
    }
    let mut made = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(at) = rest.find(secret) {
        let (before, after) = (&rest[..at], &rest[at + secret.len()..]);
        let alone = !made.chars().chain(before.chars()).next_back().is_some_and(char::is_alphanumeric)
            && !after.starts_with(char::is_alphanumeric);
        made.push_str(before);
        made.push_str(if alone || secret.len() >= TELLING { shown } else { secret });
        rest = after;
    }
    made + rest
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sensitive_texts_are_not_shown() {
        let told = |message: &str, values: &[Value]| FunctionError::new(message).hiding(values).message;
        let secret = |text: &str| Value::string(text).mark(Marks::SENSITIVE);
        assert_eq!(told("open hunter2secret: no", &[secret("hunter2secret")]), "open (sensitive value): no");
        assert_eq!(told("open ./hunter2secretly", &[secret("hunter2secret")]), "open ./(sensitive value)ly");
        assert_eq!(
            told("\"a\" is a bad a", &[secret("a")]),
            "\"(sensitive value)\" is (sensitive value) bad (sensitive value)"
        );
        assert_eq!(told("bad area: ä", &[secret("a")]), "bad area: ä");
        let nested = Value::tuple([Value::string("open"), secret("key")]);
        assert_eq!(told("open key", std::slice::from_ref(&nested)), "open (sensitive value)");
        let all = Value::tuple([Value::string("open")]).mark(Marks::SENSITIVE);
        assert_eq!(told("open", &[all]), "(sensitive value)");
        assert_eq!(told("open", &[secret(""), Value::string("open")]), "open");
    }
}
