//! Text to syntax tree, lossless and with recovery: one broken top-level block leaves the others alive.
//!
//! One token stream with spans and trivia serves the parser, the formatter and the colours. What the names mean is
//! left to `engine`.

pub mod alike;
pub mod ast;
mod children;
mod fault;
mod file;
mod invalid;
mod json;
mod lexer;
mod literal;
mod parser;
mod source;
mod token;
mod words;

pub use file::{
    Parsed, ParsedPart, parse_expression, parse_expression_at, parse_file, parse_file_after, parse_template, tokens,
};
pub use json::parse_json_file;
pub use source::{SourceFile, common_prefix};
pub use token::{Token, TokenClass, TokenKind, classify};
