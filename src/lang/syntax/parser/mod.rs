//! The recursive-descent parser: a cursor over the significant tokens, line ends on or off, and terraform's way of
//! recovering. The grammar is in the files below: [`body`], [`expr`], [`collection`], [`template`].

mod body;
mod collection;
mod expr;
mod template;

use std::borrow::Cow;
use std::collections::HashMap;

use super::ast::{Body, Expr, ExprKind, Name, Template};
use super::fault::Faults;
use super::invalid;
use super::lexer::{Start, lex};
use super::literal::normal;
use super::source::SourceFile;
use super::token::{Token, TokenKind};
use crate::model::place::Span;
use crate::model::value::{Str, Type, Value};

/// How deep expressions and blocks may nest. Terraform has no limit of its own; a person never comes near this one,
/// and every later walk over the tree may recurse without fear.
pub(super) const MAX_DEPTH: u32 = 200;

/// How many operators, indexes or splats may follow each other in one expression.
pub(super) const MAX_CHAIN: u32 = 1000;

pub(super) struct Parser<'a> {
    source: &'a SourceFile,
    text: &'a str,
    base: u32,
    tokens: Vec<Token>,
    next: usize,
    newlines: Vec<bool>,
    /// Recovery was tried: faults that follow are likely noise and are kept back.
    recovery: bool,
    depth: u32,
    pub(super) faults: Faults,
    /// Names already met, so that each is made into a shared string once.
    names: HashMap<&'a str, Str>,
}

/// Parses a part of a file as a whole body.
pub(super) fn body(source: &SourceFile, part: Span) -> (Body, Faults) {
    let mut parser = Parser::new(source, source.slice(part), part.start, Start::Normal);
    let body = parser.body(TokenKind::End);
    (body, parser.faults)
}

/// Parses a part of a file as one expression; newlines are free as inside parentheses.
pub(super) fn expression(source: &SourceFile, part: Span) -> (Expr, Faults) {
    expression_of(source, source.slice(part), part.start)
}

/// Parses `text`, which was taken out of the file at `base` and may differ from it (JSON escapes), as one expression.
pub(super) fn expression_of(source: &SourceFile, text: &str, base: u32) -> (Expr, Faults) {
    let mut parser = Parser::new(source, text, base, Start::Normal);
    parser.newlines.push(false);
    let expr = parser.expression();
    let next = parser.peek();
    if next.kind != TokenKind::End && !parser.recovery {
        let detail = "An expression was successfully parsed, but extra characters were found after it.";
        parser.faults.push("Extra characters after expression", detail, next.span, None);
    }
    (expr, parser.faults)
}

/// Parses a part of a file as a bare template.
pub(super) fn template(source: &SourceFile, part: Span) -> (Template, Faults) {
    template_of(source, source.slice(part), part.start)
}

/// Parses `text`, which was taken out of the file at `base` and may differ from it, as a bare template.
pub(super) fn template_of(source: &SourceFile, text: &str, base: u32) -> (Template, Faults) {
    let mut parser = Parser::new(source, text, base, Start::Template);
    let parts = parser.template_parts(TokenKind::End, false);
    (Template { parts, heredoc: false }, parser.faults)
}

impl<'a> Parser<'a> {
    fn new(source: &'a SourceFile, text: &'a str, base: u32, start: Start) -> Self {
        let mut tokens = lex(text, start, base);
        let mut faults = Faults::default();
        invalid::check(text, base, &tokens, &mut faults);
        keep_significant(text, base, &mut tokens);
        Parser {
            source,
            text,
            base,
            tokens,
            next: 0,
            newlines: vec![true],
            recovery: false,
            depth: 0,
            faults,
            names: HashMap::new(),
        }
    }

    fn slice(&self, span: Span) -> &'a str {
        self.text.get((span.start - self.base) as usize..(span.end - self.base) as usize).unwrap_or("")
    }

    /// The index of the next token that counts here.
    fn next_index(&self) -> usize {
        let mut index = self.next;
        if !self.newlines.last().copied().unwrap_or(true) {
            while self.tokens[index].kind == TokenKind::Newline {
                index += 1;
            }
        }
        index
    }

    fn peek(&self) -> Token {
        self.tokens[self.next_index()]
    }

    fn peek_kind(&self) -> TokenKind {
        self.peek().kind
    }

    fn read(&mut self) -> Token {
        let index = self.next_index();
        let token = self.tokens[index];
        // The end is never passed.
        self.next = if token.kind == TokenKind::End { index } else { index + 1 };
        token
    }

    fn previous_span(&self) -> Span {
        match self.next.checked_sub(1) {
            Some(index) => self.tokens[index].span,
            None => self.peek().span,
        }
    }

    fn is_keyword(&self, word: &str) -> bool {
        let token = self.peek();
        token.kind == TokenKind::Ident && self.slice(token.span) == word
    }

    fn name(&mut self, token: Token) -> Name {
        Name { text: self.shared(self.slice(token.span)), span: token.span }
    }

    fn shared(&mut self, text: &'a str) -> Str {
        self.names.entry(text).or_insert_with(|| normal(text)).clone()
    }

    fn fault(&mut self, summary: impl Into<Cow<'static, str>>, detail: impl Into<Cow<'static, str>>, subject: Span) {
        self.faults.push(summary, detail, subject, None);
    }

    fn fault_within(
        &mut self,
        summary: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
        subject: Span,
        context: Span,
    ) {
        self.faults.push(summary, detail, subject, Some(context));
    }

    /// Whether faults have come since `mark` and the cursor stands somewhere odd because of them.
    fn lost_since(&self, mark: usize) -> bool {
        self.recovery && self.faults.count > mark
    }

    /// Goes one level deeper. False, with a diagnostic, when that would be too deep.
    fn enter(&mut self) -> bool {
        self.depth += 1;
        if self.depth <= MAX_DEPTH {
            return true;
        }
        let detail = format!(
            "Blocks and expressions may nest at most {MAX_DEPTH} levels deep here. Move the inner part into a local value."
        );
        let span = self.peek().span;
        if !self.recovery {
            self.fault("Nesting too deep", detail, span);
        }
        self.recovery = true;
        false
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Says that a row of operators or indexes is too long.
    fn chain_too_long(&mut self, subject: Span) {
        let detail = format!(
            "At most {MAX_CHAIN} operators or indexes may follow each other in one expression. Move a part into a local value."
        );
        if !self.recovery {
            self.fault("Expression too long", detail, subject);
        }
        self.recovery = true;
    }

    /// Skips to just after the `end` that closes the current bracket; nested ones are skipped with their content.
    fn recover(&mut self, end: TokenKind) -> Token {
        let start = end.opposite();
        self.recovery = true;
        let mut nesting = 0usize;
        loop {
            let token = self.read();
            let mut kind = token.kind;
            if end == TokenKind::CloseSequence && kind == TokenKind::OpenDirective {
                kind = TokenKind::OpenInterpolation;
            }
            if Some(kind) == start {
                nesting += 1;
            } else if kind == end {
                if nesting == 0 {
                    return token;
                }
                nesting -= 1;
            } else if kind == TokenKind::End {
                return token;
            }
        }
    }

    /// Skips back to a balanced place after a bad function name.
    fn recover_over(&mut self, start: TokenKind) {
        let Some(end) = start.opposite() else { return };
        // Find the opening bracket first; without one there is nothing to skip.
        loop {
            let token = self.read();
            if token.kind == start {
                break;
            }
            if token.kind == TokenKind::End {
                self.recovery = true;
                return;
            }
        }
        self.recover(end);
    }

    /// Skips to where the next item of a body may begin: past a line end outside of all brackets.
    fn recover_after_item(&mut self) {
        self.recovery = true;
        let mut open: Vec<TokenKind> = Vec::new();
        loop {
            let token = self.read();
            match token.kind {
                TokenKind::Newline if open.is_empty() => return,
                TokenKind::End => return,
                TokenKind::OpenBrace
                | TokenKind::OpenBracket
                | TokenKind::OpenParen
                | TokenKind::OpenQuote
                | TokenKind::OpenHeredoc
                | TokenKind::OpenInterpolation
                | TokenKind::OpenDirective => open.push(token.kind),
                TokenKind::CloseBrace
                | TokenKind::CloseBracket
                | TokenKind::CloseParen
                | TokenKind::CloseQuote
                | TokenKind::CloseHeredoc
                | TokenKind::CloseSequence => {
                    let opener = token.kind.opposite();
                    while let Some(last) = open.pop() {
                        let last = if last == TokenKind::OpenDirective { TokenKind::OpenInterpolation } else { last };
                        if Some(last) == opener {
                            break;
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

/// Drops blanks and comments. A comment that takes its line's end along becomes that line end.
fn keep_significant(text: &str, base: u32, tokens: &mut Vec<Token>) {
    tokens.retain_mut(|token| match token.kind {
        TokenKind::Space | TokenKind::ByteOrderMark => false,
        TokenKind::Comment => {
            let ends_line = text.as_bytes().get((token.span.end - base) as usize - 1) == Some(&b'\n');
            token.kind = TokenKind::Newline;
            ends_line
        }
        _ => true,
    });
}

/// Stands where an expression could not be read; never leaves the parser without a diagnostic beside it.
fn unreadable(span: Span) -> Expr {
    Expr { kind: ExprKind::Literal(Value::unknown(Type::Dynamic)), span }
}
