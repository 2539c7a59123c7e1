//! What formatting changes besides blanks: `"${x}"` becomes `x`, old quoted types become type expressions, labels are
//! quoted.

use std::borrow::Cow;

use super::piece::Piece;
use crate::lang::syntax::ast::{Block, Body, Item};
use crate::lang::syntax::{SourceFile, Token, TokenKind as K};
use crate::model::place::Span;

/// A stretch of tokens to rewrite.
enum Edit<'a> {
    /// An argument's value.
    Value(Span),
    /// The `type` of a `variable`.
    Type(Span),
    /// A block's header.
    Labels(&'a Block),
}

impl Edit<'_> {
    fn span(&self) -> Span {
        match self {
            Edit::Value(span) | Edit::Type(span) => *span,
            Edit::Labels(block) => block.header,
        }
    }
}

/// The tokens of a file without blanks, rewritten.
pub(super) fn pieces<'a>(source: &'a SourceFile, tokens: &[Token], body: &Body) -> Vec<Piece<'a>> {
    let mut edits = Vec::new();
    collect(body, &[], &mut edits);
    let mut edits = edits.into_iter().peekable();
    let mut pieces: Vec<Piece<'a>> = Vec::with_capacity(tokens.len());
    let mut index = 0;
    let mut end_of_last = 0;
    while let Some(token) = tokens.get(index) {
        if matches!(token.kind, K::Space | K::ByteOrderMark) {
            index += 1;
            continue;
        }
        if edits.peek().is_some_and(|edit| edit.span().start <= token.span.start)
            && let Some(edit) = edits.next()
        {
            let count = tokens[index..].iter().take_while(|token| token.span.start < edit.span().end).count();
            let inside = cut(source, &tokens[index..index + count]);
            end_of_last = edit.span().end;
            index += count;
            pieces.extend(apply(&edit, inside, Next::of(source, &tokens[index..])));
            continue;
        }
        let mut piece = piece(source, token);
        if token.kind == K::End {
            piece.spaces = (token.span.start - end_of_last) as usize;
        }
        end_of_last = token.span.end;
        pieces.push(piece);
        index += 1;
    }
    pieces
}

/// What follows a value on its line.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    LineEnd,
    Comment,
    /// The brace of a block on one line, before which no line may end.
    Brace,
}

impl Next {
    fn of(source: &SourceFile, rest: &[Token]) -> Self {
        let mut found = Next::LineEnd;
        for token in rest {
            match token.kind {
                K::Space => {}
                K::Comment => {
                    found = Next::Comment;
                    if source.slice(token.span).ends_with('\n') {
                        break;
                    }
                }
                K::CloseBrace => return Next::Brace,
                _ => break,
            }
        }
        found
    }
}

fn piece<'a>(source: &'a SourceFile, token: &Token) -> Piece<'a> {
    Piece { kind: token.kind, text: Cow::Borrowed(source.slice(token.span)), spaces: 0 }
}

fn cut<'a>(source: &'a SourceFile, tokens: &[Token]) -> Vec<Piece<'a>> {
    tokens.iter().filter(|token| token.kind != K::Space).map(|token| piece(source, token)).collect()
}

/// All edits of a body, in the order they are written.
fn collect<'a>(body: &'a Body, within: &[&str], edits: &mut Vec<Edit<'a>>) {
    for item in &body.items {
        match item {
            Item::Attribute(attribute) if within == ["variable"] && &*attribute.name.text == "type" => {
                edits.push(Edit::Type(attribute.expr.span));
            }
            Item::Attribute(attribute) => edits.push(Edit::Value(attribute.expr.span)),
            Item::Block(block) => {
                if !block.labels.is_empty() {
                    edits.push(Edit::Labels(block));
                }
                let inner: Vec<&str> = within.iter().copied().chain([&*block.kind.text]).collect();
                collect(&block.body, &inner, edits);
            }
        }
    }
}

fn apply<'a>(edit: &Edit<'_>, pieces: Vec<Piece<'a>>, next: Next) -> Vec<Piece<'a>> {
    match edit {
        Edit::Value(_) => unwrapped(pieces, next),
        Edit::Type(_) => type_expression(pieces),
        Edit::Labels(block) => quoted_labels(block, pieces),
    }
}

fn new<'a>(kind: K, text: impl Into<Cow<'a, str>>) -> Piece<'a> {
    Piece { kind, text: text.into(), spaces: 0 }
}

/// `"${x}"` becomes `x`, when the tokens prove that there is nothing else between the quotes.
fn unwrapped(pieces: Vec<Piece<'_>>, next: Next) -> Vec<Piece<'_>> {
    let [open, interpolation, inside @ .., close_sequence, close] = pieces.as_slice() else { return pieces };
    let is_wrapped = open.kind == K::OpenQuote
        && interpolation.kind == K::OpenInterpolation
        && close_sequence.kind == K::CloseSequence
        && close.kind == K::CloseQuote;
    if !is_wrapped || inside.is_empty() || !is_one_expression(inside) {
        return pieces;
    }
    let is_newline = |piece: &Piece<'_>| piece.kind == K::Newline;
    let start = inside.iter().position(|piece| !is_newline(piece)).unwrap_or(0);
    let end = inside.iter().rposition(|piece| !is_newline(piece)).map_or(start, |at| at + 1);
    let inside = &inside[start..end];
    // Over several lines the expression still needs brackets around it.
    // (Terraform takes the first and the last bracket for a pair, and forgets line ends that a comment takes along: it
    // then writes a file that it cannot read.)
    let before_last = if next == Next::Brace { inside } else { &inside[..inside.len().saturating_sub(1)] };
    let bare = has_bare_line_end(before_last);
    let in_parens = inside.first().is_some_and(|piece| piece.kind == K::OpenParen)
        && inside.last().is_some_and(|piece| piece.kind == K::CloseParen);
    let parens = bare || (inside.iter().any(is_newline) && !in_parens);
    // The line that closes a heredoc holds nothing else.
    if (parens || next != Next::LineEnd) && inside.last().is_some_and(|piece| piece.kind == K::CloseHeredoc) {
        return pieces;
    }
    if parens {
        let open = std::iter::once(new(K::OpenParen, "("));
        return open.chain(inside.iter().cloned()).chain([new(K::CloseParen, ")")]).collect();
    }
    inside.to_vec()
}

/// Whether a line ends outside of all brackets.
fn has_bare_line_end(pieces: &[Piece<'_>]) -> bool {
    let mut depth = 0;
    pieces.iter().any(|piece| {
        match piece.kind {
            K::OpenBrace | K::OpenBracket | K::OpenParen | K::OpenInterpolation | K::OpenDirective => depth += 1,
            K::CloseBrace | K::CloseBracket | K::CloseParen | K::CloseSequence => depth -= 1,
            _ => {}
        }
        let ends_line = piece.kind == K::Newline || (piece.kind == K::Comment && piece.text.ends_with('\n'));
        depth == 0 && ends_line
    })
}

fn is_one_expression(inside: &[Piece<'_>]) -> bool {
    let mut quotes = 0;
    for piece in inside {
        match piece.kind {
            K::OpenQuote => quotes += 1,
            K::CloseQuote => quotes -= 1,
            K::OpenInterpolation | K::CloseSequence | K::QuotedText if quotes <= 0 => return false,
            _ => {}
        }
    }
    true
}

/// `list` becomes `list(any)`; the quoted types of old become types.
fn type_expression(pieces: Vec<Piece<'_>>) -> Vec<Piece<'_>> {
    let of = |collection: &'static str, element: &'static str| {
        vec![new(K::Ident, collection), new(K::OpenParen, "("), new(K::Ident, element), new(K::CloseParen, ")")]
    };
    match pieces.as_slice() {
        [word] if word.kind == K::Ident => match &*word.text {
            "list" => of("list", "any"),
            "map" => of("map", "any"),
            "set" => of("set", "any"),
            _ => pieces,
        },
        [open, text, _] if open.kind == K::OpenQuote && text.kind == K::QuotedText => match &*text.text {
            "string" => vec![new(K::Ident, "string")],
            "list" => of("list", "string"),
            "map" => of("map", "string"),
            _ => pieces,
        },
        _ => pieces,
    }
}

/// Bare labels get quotes; quoted ones are written in the plainest way.
fn quoted_labels<'a>(block: &Block, pieces: Vec<Piece<'a>>) -> Vec<Piece<'a>> {
    let mut labels = block.labels.iter();
    let mut result: Vec<Piece<'a>> = Vec::with_capacity(pieces.len() + 4);
    let mut rest = pieces.into_iter();
    result.extend(rest.next());
    while let Some(piece) = rest.next() {
        match piece.kind {
            K::Ident | K::OpenQuote => {
                let mut original = vec![piece];
                if original[0].kind == K::OpenQuote {
                    for part in rest.by_ref() {
                        let last = part.kind == K::CloseQuote;
                        original.push(part);
                        if last {
                            break;
                        }
                    }
                }
                let text = labels.next().map_or("", |label| &*label.text);
                // A label of several pieces holds an escaped sequence: it stays as it is.
                if original.len() > 3 { result.extend(original) } else { result.extend(quoted(text)) }
            }
            _ => result.push(piece),
        }
    }
    result
}

fn quoted(text: &str) -> Vec<Piece<'static>> {
    let mut pieces = vec![new(K::OpenQuote, "\"")];
    if !text.is_empty() {
        pieces.push(new(K::QuotedText, escaped(text)));
    }
    pieces.push(new(K::CloseQuote, "\""));
    pieces
}

fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' => result.push_str("\\n"),
            '\r' => result.push_str("\\r"),
            '\t' => result.push_str("\\t"),
            '"' => result.push_str("\\\""),
            '\\' => result.push_str("\\\\"),
            char if char.is_control() && (char as u32) < 0x10000 => {
                result.push_str(&format!("\\u{:04x}", char as u32));
            }
            char => result.push(char),
        }
    }
    result
}
