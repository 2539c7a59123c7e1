//! Templates: first a flat row of texts, interpolations and directives with strip markers and flush indentation
//! applied, then the directives' nesting.

use unicode_segmentation::UnicodeSegmentation;

use super::Parser;
use crate::lang::syntax::ast::{Expr, Name, TemplatePart};
use crate::lang::syntax::literal::{normal, resolve};
use crate::lang::syntax::token::{Token, TokenKind as K};
use crate::lang::syntax::words::{quote, range_text};
use crate::model::place::Span;

/// One piece of a template before the directives are nested.
enum Piece {
    Text {
        text: String,
        span: Span,
    },
    Interpolation {
        expr: Expr,
        span: Span,
    },
    If {
        condition: Expr,
        span: Span,
    },
    For {
        key: Option<Name>,
        value: Name,
        collection: Expr,
        span: Span,
    },
    /// `else`, `endif`, `endfor`
    Close {
        word: Close,
        span: Span,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Close {
    Else,
    EndIf,
    EndFor,
}

impl Close {
    fn word(self) -> &'static str {
        match self {
            Close::Else => "else",
            Close::EndIf => "endif",
            Close::EndFor => "endfor",
        }
    }
}

impl Parser<'_> {
    /// The parts of a template up to its `end`, which is read too.
    pub(super) fn template_parts(&mut self, end: K, flush: bool) -> Vec<TemplatePart> {
        let (mut pieces, end_span) = self.pieces(end);
        if flush {
            remove_indentation(&mut pieces);
        }
        meld_texts(&mut pieces);
        let mut pieces = pieces.into_iter().peekable();
        let mut parts = Vec::new();
        while let Some(piece) = pieces.next() {
            if let Some(part) = self.part(piece, &mut pieces, end_span) {
                parts.push(part);
            }
        }
        parts
    }

    fn pieces(&mut self, end: K) -> (Vec<Piece>, Span) {
        let mut pieces = Vec::new();
        let start = self.peek().span;
        let mut strip_next = false;
        let mut after_text = false;
        loop {
            let next = self.read();
            if next.kind == end {
                return (pieces, next.span);
            }
            let strip = std::mem::take(&mut strip_next);
            let can_strip = std::mem::take(&mut after_text);
            match next.kind {
                K::Text | K::QuotedText => {
                    pieces.push(self.text_piece(next, strip));
                    after_text = true;
                }
                K::OpenInterpolation | K::OpenDirective => {
                    if can_strip && next.span.end - next.span.start == 3 {
                        strip_end(pieces.last_mut());
                    }
                    self.newlines.push(false);
                    let piece = if next.kind == K::OpenInterpolation {
                        Some(self.interpolation(next, end, start, &mut strip_next))
                    } else {
                        self.directive(next, start, &mut strip_next)
                    };
                    self.newlines.pop();
                    pieces.extend(piece);
                }
                _ => {
                    if !self.recovery {
                        let detail = "No closing marker was found for the string.";
                        self.fault_within("Unterminated template string", detail, next.span, start.to(next.span));
                    }
                    // The end of the text is never read past, so looking for the closing quote ends there.
                    let last = if next.kind == K::End { next } else { self.recover(end) };
                    self.recovery = true;
                    return (pieces, last.span);
                }
            }
        }
    }

    fn text_piece(&mut self, token: Token, strip: bool) -> Piece {
        let mut text = String::new();
        resolve(self.slice(token.span), token.kind == K::QuotedText, token.span, &mut text, &mut self.faults);
        if strip {
            text = text.trim_start().to_owned();
        }
        Piece::Text { text, span: token.span }
    }

    fn interpolation(&mut self, open: Token, end: K, start: Span, strip_next: &mut bool) -> Piece {
        let expr = self.expression();
        let close = self.peek();
        if close.kind == K::CloseSequence {
            self.read();
            *strip_next = close.span.end - close.span.start == 2;
        } else {
            self.bad_interpolation_end(close, end, start);
            self.recover(K::CloseSequence);
        }
        Piece::Interpolation { expr, span: open.span.to(close.span) }
    }

    fn bad_interpolation_end(&mut self, close: Token, end: K, start: Span) {
        if self.recovery {
            return;
        }
        let unclosed = "Unclosed template interpolation sequence";
        let extra = "Extra characters after interpolation expression";
        match close.kind {
            K::End => self.fault(
                unclosed,
                "There is no closing brace for this interpolation sequence before the end of the file. This might be caused by incorrect nesting inside the given expression.",
                start,
            ),
            K::Colon => self.fault_within(
                extra,
                "Template interpolation doesn't expect a colon at this location. Did you intend this to be a literal sequence to be processed as part of another language? If so, you can escape it by starting with \"$${\" instead of just \"${\".",
                close.span,
                start.to(close.span),
            ),
            K::CloseQuote | K::OpenQuote if end == K::CloseQuote => self.fault(
                unclosed,
                "There is no closing brace for this interpolation sequence before the end of the quoted template. This might be caused by incorrect nesting inside the given expression.",
                start,
            ),
            _ => self.fault_within(
                extra,
                "Expected a closing brace to end the interpolation expression, but found extra characters.\n\nThis can happen when you include interpolation syntax for another language, such as shell scripting, but forget to escape the interpolation start token. If this is an embedded sequence for another language, escape it by starting with \"$${\" instead of just \"${\".",
                close.span,
                start.to(close.span),
            ),
        }
    }

    fn directive(&mut self, open: Token, start: Span, strip_next: &mut bool) -> Option<Piece> {
        let word = self.peek();
        if word.kind != K::Ident {
            if !self.recovery {
                let detail = "A template directive keyword (\"if\", \"for\", etc) is expected at the beginning of a %{ sequence.";
                self.fault_within("Invalid template directive", detail, word.span, open.span.to(word.span));
            }
            self.recover(K::CloseSequence);
            return None;
        }
        self.read();
        let Some(piece) = self.directive_content(open, word) else {
            self.recover(K::CloseSequence);
            return None;
        };
        let close = self.peek();
        if close.kind == K::CloseSequence {
            self.read();
            *strip_next = close.span.end - close.span.start == 2;
        } else {
            if !self.recovery {
                let summary = format!("Extra characters in {} marker", self.slice(word.span));
                let detail = "Expected a closing brace to end the sequence, but found extra characters.";
                self.fault_within(summary, detail, close.span, start.to(close.span));
            }
            self.recover(K::CloseSequence);
        }
        Some(piece)
    }

    fn directive_content(&mut self, open: Token, word: Token) -> Option<Piece> {
        let close = match self.slice(word.span) {
            "if" => {
                let condition = self.expression();
                return Some(Piece::If { condition, span: open.span.to(self.peek().span) });
            }
            "for" => return self.for_directive(open),
            "else" => Close::Else,
            "endif" => Close::EndIf,
            "endfor" => Close::EndFor,
            _ => {
                self.bad_directive_word(open, word);
                return None;
            }
        };
        Some(Piece::Close { word: close, span: open.span.to(self.peek().span) })
    }

    fn bad_directive_word(&mut self, open: Token, word: Token) {
        if self.recovery {
            return;
        }
        let given = self.slice(word.span);
        let near = ["if", "for", "else", "endif", "endfor"].into_iter().find(|known| distance(known, given) < 3);
        let hint = near.map(|known| format!(" Did you mean \"{known}\"?")).unwrap_or_default();
        let detail = format!("{} is not a valid template control keyword.{hint}", quote(given));
        self.fault_within("Invalid template control keyword", detail, word.span, open.span.to(word.span));
    }

    fn for_directive(&mut self, open: Token) -> Option<Piece> {
        if self.peek_kind() != K::Ident {
            return self.bad_for_directive("For directive requires variable name after 'for'.");
        }
        let token = self.read();
        let mut value = self.name(token);
        let mut key = None;
        if self.peek_kind() == K::Comma {
            self.read();
            if self.peek_kind() != K::Ident {
                return self.bad_for_directive("For directive requires value variable name after comma.");
            }
            let token = self.read();
            key = Some(std::mem::replace(&mut value, self.name(token)));
        }
        if !self.is_keyword("in") {
            return self.bad_for_directive("For directive requires 'in' keyword after names.");
        }
        self.read();
        let collection = self.expression();
        Some(Piece::For { key, value, collection, span: open.span.to(self.peek().span) })
    }

    fn bad_for_directive(&mut self, detail: &'static str) -> Option<Piece> {
        if !self.recovery {
            let span = self.peek().span;
            self.fault("Invalid 'for' directive", detail, span);
        }
        None
    }

    /// One part, with everything up to its end for directives. `None` when the nesting is wrong, with a fault.
    fn part(&mut self, piece: Piece, rest: &mut Pieces, end: Span) -> Option<TemplatePart> {
        match piece {
            Piece::Text { text, span } => Some(TemplatePart::Text { text: normal(&text), span }),
            Piece::Interpolation { expr, span } => Some(TemplatePart::Interpolation { expr, span }),
            Piece::If { condition, span } => self.nested(|parser| parser.if_part(condition, span, rest, end)),
            Piece::For { key, value, collection, span } => {
                let (body, close) = self.nested(|parser| parser.for_body(span, rest, end))?;
                let span = span.to(close);
                Some(TemplatePart::For { key_variable: key, value_variable: value, collection, body, span })
            }
            Piece::Close { word, span } => {
                let summary = format!("Unexpected {} directive", word.word());
                self.fault(summary, "The control directives within this template are unbalanced.", span);
                None
            }
        }
    }

    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let result = if self.enter() { inner(self) } else { None };
        self.leave();
        result
    }

    fn if_part(&mut self, condition: Expr, open: Span, rest: &mut Pieces, end: Span) -> Option<TemplatePart> {
        let (mut yes, mut no) = (Vec::new(), None);
        loop {
            let Some(piece) = rest.next() else {
                return self.unexpected_end("if", "endif", open, end);
            };
            match piece {
                Piece::Close { word: Close::Else, .. } if no.is_none() => no = Some(Vec::new()),
                Piece::Close { word: Close::Else, span } => {
                    let detail = format!("Already in the else clause for the if started at {}.", self.range(open));
                    self.fault("Unexpected else directive", detail, span);
                    return None;
                }
                Piece::Close { word: Close::EndIf, span } => {
                    let no = no.unwrap_or_default();
                    return Some(TemplatePart::If { condition, yes, no, span: open.to(span) });
                }
                Piece::Close { word, span } => {
                    let detail = format!("Expecting an endif directive for the if started at {}.", self.range(open));
                    self.fault(format!("Unexpected {} directive", word.word()), detail, span);
                    return None;
                }
                piece => {
                    let part = self.part(piece, rest, end);
                    no.as_mut().unwrap_or(&mut yes).extend(part);
                }
            }
        }
    }

    fn for_body(&mut self, open: Span, rest: &mut Pieces, end: Span) -> Option<(Vec<TemplatePart>, Span)> {
        let mut body = Vec::new();
        loop {
            let Some(piece) = rest.next() else {
                return self.unexpected_end("for", "endfor", open, end);
            };
            match piece {
                Piece::Close { word: Close::EndFor, span } => return Some((body, span)),
                Piece::Close { word: Close::Else, span } => {
                    let detail = "An else clause is not expected for a for directive.";
                    self.fault("Unexpected else directive", detail, span);
                    return None;
                }
                Piece::Close { word, span } => {
                    let detail = format!(
                        "Expecting an endfor directive corresponding to the for directive at {}.",
                        self.range(open)
                    );
                    self.fault(format!("Unexpected {} directive", word.word()), detail, span);
                    return None;
                }
                piece => body.extend(self.part(piece, rest, end)),
            }
        }
    }

    fn unexpected_end<T>(&mut self, word: &str, close: &str, open: Span, end: Span) -> Option<T> {
        let detail =
            format!("The {word} directive at {} is missing its corresponding {close} directive.", self.range(open));
        self.fault("Unexpected end of template", detail, end);
        None
    }

    fn range(&self, span: Span) -> String {
        range_text(&self.source.place(span))
    }
}

type Pieces = std::iter::Peekable<std::vec::IntoIter<Piece>>;

fn strip_end(piece: Option<&mut Piece>) {
    if let Some(Piece::Text { text, .. }) = piece {
        text.truncate(text.trim_end().len());
    }
}

/// `<<-`: takes the smallest indentation of all lines off each of them. Counted on the literal text only, so that an
/// interpolated value never changes it.
fn remove_indentation(pieces: &mut [Piece]) {
    let mut least = usize::MAX;
    let mut at_line_start = true;
    let mut indented = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let text = match piece {
            Piece::Text { text, .. } => Some(text.as_str()),
            _ => None,
        };
        if std::mem::take(&mut at_line_start) {
            match text {
                Some(text) if text.trim_start().is_empty() && text.ends_with('\n') => {}
                Some(text) => {
                    let blank = &text[..text.len() - text.trim_start().len()];
                    least = least.min(blank.graphemes(true).count());
                    indented.push(index);
                }
                None => least = 0,
            }
        }
        at_line_start = text.is_some_and(|text| text.ends_with('\n'));
    }
    for index in indented {
        if let Piece::Text { text, span } = &mut pieces[index] {
            let cut: usize = text.graphemes(true).take(least).map(str::len).sum();
            text.drain(..cut);
            span.start += cut as u32;
        }
    }
}

fn meld_texts(pieces: &mut Vec<Piece>) {
    let mut melded: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces.drain(..) {
        match (melded.last_mut(), piece) {
            (Some(Piece::Text { text, span }), Piece::Text { text: more, span: more_span }) => {
                text.push_str(&more);
                span.end = more_span.end;
            }
            (_, piece) => melded.push(piece),
        }
    }
    *pieces = melded;
}

/// Levenshtein's distance between two words.
fn distance(a: &str, b: &str) -> usize {
    if b.len() > 32 {
        return b.len();
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}
