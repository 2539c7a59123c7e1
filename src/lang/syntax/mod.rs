//! Text to syntax tree, lossless and with recovery: one broken top-level block leaves the others alive.

pub mod ast;
mod source;

pub use source::SourceFile;
