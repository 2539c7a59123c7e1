//! Text to syntax tree, lossless and with recovery: one broken top-level block leaves the others alive.
//!
//! One token stream with spans and trivia serves the parser, the formatter and the colours. What the names mean is
//! left to `engine`.

pub mod ast;
mod fault;
mod file;
mod invalid;
mod json;
mod lexer;
mod literal;
mod parser;
mod source;
mod token;

pub use file::{Parsed, ParsedPart, parse_expression, parse_expression_at, parse_file, parse_template, tokens};
pub use json::parse_json_file;
pub use source::SourceFile;
pub use token::{Token, TokenClass, TokenKind, classify};

use crate::model::place::Place;

/// Text in quotes, as Go's `%q` writes it in terraform's messages.
fn quote(text: &str) -> String {
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
fn range_text(place: &Place) -> String {
    let (start, end) = (place.start, place.end);
    if start.line == end.line {
        format!("{}:{},{}-{}", place.path, start.line, start.column, end.column)
    } else {
        format!("{}:{},{}-{},{}", place.path, start.line, start.column, end.line, end.column)
    }
}
