//! The canonical format of configuration files: the bytes that `terraform fmt` writes.
//!
//! Works on the token stream; the syntax tree only says which tokens are an argument's value or a block's labels.
//! Which files there are and writing them back is left to others. Where terraform would drop a comment (between a
//! block's labels) or a label it does not understand, they are kept here.

mod layout;
mod piece;
mod rewrite;

use std::sync::Arc;

use super::syntax::{SourceFile, parse_file, tokens};
use crate::model::diagnostic::Diagnostic;
use crate::model::place::RepoPath;

/// Formats a text.
///
/// # Errors
/// What is wrong with its syntax; a broken text is never formatted.
pub fn format_source(text: &str) -> Result<String, Vec<Diagnostic>> {
    format_file(&SourceFile::new(RepoPath::new("<stdin>"), text))
}

/// Formats a file. Diagnostics name its path.
///
/// # Errors
/// What is wrong with its syntax; a broken file is never formatted.
pub fn format_file(source: &Arc<SourceFile>) -> Result<String, Vec<Diagnostic>> {
    let parsed = parse_file(source);
    if !parsed.diagnostics.is_empty() {
        return Err(parsed.diagnostics);
    }
    let mut pieces = rewrite::pieces(source, &tokens(source), &parsed.body);
    layout::arrange(&mut pieces);
    let mut text = String::with_capacity(source.text().len() + source.text().len() / 8);
    for piece in &pieces {
        text.extend(std::iter::repeat_n(' ', piece.spaces));
        text.push_str(&piece.text);
    }
    Ok(text)
}
