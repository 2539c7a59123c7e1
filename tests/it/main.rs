//! Integration tests.
mod lang_fmt;
mod lang_syntax;
