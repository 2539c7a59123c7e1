//! Bodies, arguments and blocks.

use std::collections::HashMap;
use std::sync::Arc;

use super::Parser;
use crate::lang::syntax::ast::{Attribute, Block, Body, Item, Name};
use crate::lang::syntax::literal::{normal, resolve};
use crate::lang::syntax::token::{Token, TokenKind as K};
use crate::lang::syntax::words::{quote, range_text};
use crate::model::place::Span;
use crate::model::value::Str;

const ITEM_REQUIRED: &str = "Argument or block definition required";
const ITEM_REQUIRED_HERE: &str = "An argument or block definition is required here.";
const USE_EQUALS: &str = "An argument or block definition is required here. To set an argument, use the equals sign \"=\" to introduce the argument value.";
const UNCLOSED_BLOCK: &str = "There is no closing brace for this block before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.";
const BAD_SINGLE: &str = "Invalid single-argument block definition";

impl Parser<'_> {
    /// Items up to `end`, which is read too.
    pub(super) fn body(&mut self, end: K) -> Body {
        let start = self.previous_span();
        let mut items = Vec::new();
        let mut set: HashMap<Str, Span> = HashMap::new();
        let close = loop {
            let next = self.peek();
            match next.kind {
                kind if kind == end => break self.read().span,
                K::Newline => {
                    self.read();
                }
                K::Ident => {
                    let item = self.item();
                    self.keep(item, &mut items, &mut set);
                }
                _ => {
                    self.bad_item(end, start);
                    let close = self.previous_span();
                    self.recover(end);
                    break close;
                }
            }
        };
        let inner = if end == K::End { Span::new(self.base, close.end) } else { Span::new(start.end, close.start) };
        Body { items, span: inner }
    }

    fn keep(&mut self, item: Option<Item>, items: &mut Vec<Item>, set: &mut HashMap<Str, Span>) {
        let Some(item) = item else { return };
        if let Item::Attribute(attribute) = &item {
            if let Some(earlier) = set.get(&attribute.name.text) {
                let detail = format!(
                    "The argument {} was already set at {}. Each argument may be set only once.",
                    quote(&attribute.name.text),
                    range_text(&self.source.place(*earlier)),
                );
                return self.fault("Attribute redefined", detail, attribute.name.span);
            }
            set.insert(attribute.name.text.clone(), attribute.name.span);
        }
        items.push(item);
    }

    fn bad_item(&mut self, end: K, start: Span) {
        let bad = self.read();
        if self.recovery {
            return;
        }
        match bad.kind {
            K::OpenQuote => self.fault("Invalid argument name", "Argument names must not be quoted.", bad.span),
            K::End if end == K::CloseBrace => self.fault("Unclosed configuration block", UNCLOSED_BLOCK, start),
            _ => self.fault(ITEM_REQUIRED, ITEM_REQUIRED_HERE, bad.span),
        }
    }

    fn item(&mut self) -> Option<Item> {
        let word = self.read();
        match self.peek_kind() {
            K::Equal => Some(Item::Attribute(self.attribute(word, false))),
            K::OpenQuote | K::OpenBrace | K::Ident => self.block(word).map(|block| Item::Block(Arc::new(block))),
            _ => {
                self.recover_after_item();
                self.fault(ITEM_REQUIRED, USE_EQUALS, word.span);
                None
            }
        }
    }

    fn attribute(&mut self, word: Token, single_line: bool) -> Attribute {
        self.read(); // the equals sign
        let mark = self.faults.count;
        let expr = self.expression();
        let end = self.previous_span();
        if self.lost_since(mark) {
            self.recover_after_item();
        } else if !single_line {
            self.end_of_attribute(word);
        }
        let span = word.span.to(end);
        Attribute { name: self.name(word), expr: Arc::new(expr), span }
    }

    fn end_of_attribute(&mut self, word: Token) {
        let next = self.peek();
        match next.kind {
            K::Newline | K::End => {
                self.read();
            }
            kind => {
                if !self.recovery {
                    let (summary, detail) = if kind == K::Comma {
                        (
                            "Unexpected comma after argument",
                            "Argument definitions must be separated by newlines, not commas. An argument definition must end with a newline.",
                        )
                    } else {
                        ("Missing newline after argument", "An argument definition must end with a newline.")
                    };
                    self.fault_within(summary, detail, next.span, word.span.to(next.span));
                }
                self.recover_after_item();
            }
        }
    }

    fn block(&mut self, word: Token) -> Option<Block> {
        let mut labels = Vec::new();
        let mut header = word.span;
        let open = loop {
            let token = self.peek();
            match token.kind {
                K::OpenBrace => break self.read(),
                K::OpenQuote => labels.push(self.quoted_label()),
                K::Ident => {
                    let token = self.read();
                    labels.push(self.name(token));
                }
                _ => {
                    self.bad_header(word, token);
                    self.recover_after_item();
                    return None;
                }
            }
            header = word.span.to(self.previous_span());
        };
        if !self.enter() {
            self.recover(K::CloseBrace);
            self.leave();
            return None;
        }
        let body = match self.peek_kind() {
            K::Newline | K::End | K::CloseBrace => self.body(K::CloseBrace),
            _ => self.single_line_body(word, open),
        };
        self.leave();
        let span = word.span.to(self.previous_span());
        self.end_of_block(word);
        Some(Block { kind: self.name(word), labels, body, header, span })
    }

    fn bad_header(&mut self, word: Token, token: Token) {
        let detail = match token.kind {
            K::Equal => {
                "The equals sign \"=\" indicates an argument definition, and must not be used when defining a block."
            }
            K::Newline => {
                "A block definition must have block content delimited by \"{\" and \"}\", starting on the same line as the block header."
            }
            _ if self.recovery => return,
            _ => "Either a quoted string block label or an opening brace (\"{\") is expected here.",
        };
        self.fault_within("Invalid block definition", detail, token.span, word.span.to(token.span));
    }

    fn end_of_block(&mut self, word: Token) {
        let next = self.peek();
        if matches!(next.kind, K::Newline | K::End) {
            self.read();
            return;
        }
        if !self.recovery {
            let detail = "A block definition must end with a newline.";
            self.fault_within("Missing newline after block definition", detail, next.span, word.span.to(next.span));
        }
        self.recover_after_item();
    }

    /// `{ name = expression }` on one line, after the brace.
    fn single_line_body(&mut self, word: Token, open: Token) -> Body {
        let before = self.faults.list.len();
        let attribute = self.single_attribute();
        let inside = self.faults.list.len();
        let next = self.peek();
        let close = match next.kind {
            K::CloseBrace => self.read(),
            _ => {
                self.bad_single_line_end(word, open, next);
                // Terraform tells the block's own fault before those inside it.
                self.faults.list[before..].rotate_left(inside - before);
                self.recover(K::CloseBrace)
            }
        };
        let items = attribute.map(Item::Attribute).into_iter().collect();
        Body { items, span: Span::new(open.span.end, close.span.start.max(open.span.end)) }
    }

    fn single_attribute(&mut self) -> Option<Attribute> {
        let word = self.read();
        if word.kind != K::Ident {
            self.recover_after_item();
            self.fault(ITEM_REQUIRED, ITEM_REQUIRED_HERE, word.span);
            return None;
        }
        let next = self.peek();
        match next.kind {
            K::Equal => return Some(self.attribute(word, true)),
            K::OpenQuote | K::OpenBrace | K::Ident => {
                self.recover_after_item();
                let detail = format!(
                    "A single-line block definition can contain only a single argument. If you meant to define argument {}, use an equals sign to assign it a value. To define a nested block, place it on a line of its own within its parent block.",
                    quote(self.slice(word.span))
                );
                self.fault("Argument definition required", detail, word.span.to(next.span));
            }
            _ => {
                self.recover_after_item();
                self.fault(ITEM_REQUIRED, USE_EQUALS, word.span);
            }
        }
        None
    }

    fn bad_single_line_end(&mut self, word: Token, open: Token, next: Token) {
        match next.kind {
            K::Comma => self.fault(
                BAD_SINGLE,
                "Single-line block syntax can include only one argument definition. To define multiple arguments, use the multi-line block syntax with one argument definition per line.",
                next.span,
            ),
            K::Newline => self.fault(
                BAD_SINGLE,
                "An argument definition on the same line as its containing block creates a single-line block definition, which must also be closed on the same line. Place the block's closing brace immediately after the argument definition.",
                next.span,
            ),
            _ if self.recovery => {}
            K::End => {
                let context = word.span.to(open.span);
                self.fault_within("Unclosed configuration block", UNCLOSED_BLOCK, open.span, context);
            }
            _ => self.fault(
                BAD_SINGLE,
                "A single-line block definition must end with a closing brace immediately after its single argument definition.",
                next.span,
            ),
        }
    }

    /// A quoted label: a string without interpolation.
    fn quoted_label(&mut self) -> Name {
        let open = self.read();
        let mut text = String::new();
        let end = loop {
            let token = self.read();
            match token.kind {
                K::CloseQuote => break token.span,
                K::QuotedText => resolve(self.slice(token.span), true, token.span, &mut text, &mut self.faults),
                K::OpenInterpolation | K::OpenDirective => {
                    let sign = if token.kind == K::OpenDirective { "%" } else { "$" };
                    let detail = format!(
                        "Template sequences are not allowed in this string. To include a literal \"{sign}\", double it (as \"{sign}{sign}\") to escape it."
                    );
                    self.fault_within("Invalid string literal", detail, token.span, open.span.to(token.span));
                    self.recover(K::CloseSequence);
                }
                K::End => {
                    let detail = "Unable to find the closing quote mark before the end of the file.";
                    self.fault_within("Unterminated string literal", detail, token.span, open.span.to(token.span));
                    break token.span;
                }
                _ => {
                    let detail = "This item is not valid in a string literal.";
                    self.fault_within("Invalid string literal", detail, token.span, open.span.to(token.span));
                    self.recover(K::CloseQuote);
                    break token.span;
                }
            }
        };
        Name { text: normal(&text), span: open.span.to(end) }
    }
}
