//! Integration tests.
mod lang_syntax;
