//! How names and places are written inside messages.

use crate::model::place::Place;

/// Text in quotes, as Go's `%q` writes it in terraform's messages.
pub(in crate::lang::syntax) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for char in text.chars() {
        match char {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            char if char.is_control() => quoted.extend(char.escape_unicode()),
            char => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

/// A place inside a message: `main.tf:3,5-9`.
pub(in crate::lang::syntax) fn range_text(place: &Place) -> String {
    let (start, end) = (place.start, place.end);
    if start.line == end.line {
        format!("{}:{},{}-{}", place.path, start.line, start.column, end.column)
    } else {
        format!("{}:{},{}-{},{}", place.path, start.line, start.column, end.line, end.column)
    }
}
