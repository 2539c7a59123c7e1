//! What formatting moves: a token and the blanks before it.

use std::borrow::Cow;

use crate::lang::syntax::TokenKind;

/// A token and the blanks before it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece<'a> {
    pub(super) kind: TokenKind,
    pub(super) text: Cow<'a, str>,
    pub(super) spaces: usize,
}
