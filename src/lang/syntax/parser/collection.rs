//! Function calls, tuples, objects and `for` expressions.

use super::{Parser, unreadable};
use crate::lang::syntax::ast::{Expr, ExprKind, ForExpr, Name, ObjectItem};
use crate::lang::syntax::token::{Token, TokenKind as K};

const BAD_FOR: &str = "Invalid 'for' expression";

impl Parser<'_> {
    /// `name(…)` or `ns::name(…)`, after the first word.
    pub(super) fn call(&mut self, word: Token) -> Expr {
        let mut open = self.read();
        let mut name_span = word.span;
        while open.kind == K::DoubleColon {
            let next = self.read();
            if next.kind != K::Ident {
                let detail = "Function scope resolution symbol :: must be followed by a function name in this scope.";
                self.fault_within("Missing function name", detail, next.span, word.span.to(next.span));
                self.recover_over(K::OpenParen);
                return unreadable(word.span.to(next.span));
            }
            name_span = word.span.to(next.span);
            open = self.read();
        }
        if open.kind != K::OpenParen {
            let detail = "Function selector must be followed by an open parenthesis to begin the function call.";
            self.fault_within("Missing open parenthesis", detail, open.span, word.span.to(open.span));
            self.recover_over(K::OpenParen);
            return unreadable(word.span.to(open.span));
        }
        let name = self.call_name(word, name_span);
        self.newlines.push(false);
        let (args, expand, close) = self.arguments(word, open);
        self.newlines.pop();
        Expr { kind: ExprKind::Call { name, args, expand }, span: word.span.to(close.span) }
    }

    fn call_name(&mut self, word: Token, span: crate::model::place::Span) -> Name {
        if span == word.span {
            return self.name(word);
        }
        // Blanks may stand around the double colons; the name has none.
        let text: String = self.slice(span).chars().filter(|char| !char.is_whitespace()).collect();
        Name { text: crate::lang::syntax::literal::normal(&text), span }
    }

    fn arguments(&mut self, word: Token, open: Token) -> (Vec<Expr>, bool, Token) {
        let mut args = Vec::new();
        loop {
            if self.peek_kind() == K::CloseParen {
                return (args, false, self.read());
            }
            let mark = self.faults.count;
            args.push(self.expression());
            if self.lost_since(mark) {
                return (args, false, self.recover(K::CloseParen));
            }
            let separator = self.read();
            match separator.kind {
                K::CloseParen => return (args, false, separator),
                K::Ellipsis => return (args, true, self.after_ellipsis(word, separator)),
                K::Comma => {}
                _ => {
                    self.bad_separator(word, open, separator);
                    return (args, false, self.recover(K::CloseParen));
                }
            }
        }
    }

    fn after_ellipsis(&mut self, word: Token, ellipsis: Token) -> Token {
        if self.peek_kind() == K::CloseParen {
            return self.read();
        }
        if !self.recovery {
            let detail =
                "An expanded function argument (with ...) must be immediately followed by closing parentheses.";
            self.fault_within("Missing closing parenthesis", detail, ellipsis.span, word.span.to(ellipsis.span));
        }
        self.recover(K::CloseParen)
    }

    fn bad_separator(&mut self, word: Token, open: Token, separator: Token) {
        if separator.kind == K::End {
            let detail = "There is no closing parenthesis for this function call before the end of the file. This may be caused by incorrect parenthesis nesting elsewhere in this file.";
            self.fault("Unterminated function call", detail, word.span.to(open.span));
        } else {
            let detail = "A comma is required to separate each function argument from the next.";
            self.fault_within("Missing argument separator", detail, separator.span, word.span.to(separator.span));
        }
    }

    pub(super) fn tuple(&mut self) -> Expr {
        let open = self.read();
        self.newlines.push(false);
        let expr = if self.is_keyword("for") { self.for_expr(open) } else { self.tuple_items(open) };
        self.newlines.pop();
        expr
    }

    fn tuple_items(&mut self, open: Token) -> Expr {
        let mut items = Vec::new();
        let close = loop {
            if self.peek_kind() == K::CloseBracket {
                break self.read();
            }
            let mark = self.faults.count;
            items.push(self.expression());
            if self.lost_since(mark) {
                break self.recover(K::CloseBracket);
            }
            let next = self.peek();
            match next.kind {
                K::CloseBracket => break self.read(),
                K::Comma => {
                    self.read();
                }
                _ => {
                    self.bad_tuple_separator(open, next);
                    break self.recover(K::CloseBracket);
                }
            }
        };
        Expr { kind: ExprKind::Tuple(items), span: open.span.to(close.span) }
    }

    fn bad_tuple_separator(&mut self, open: Token, next: Token) {
        if self.recovery {
            return;
        }
        if next.kind == K::End {
            let detail = "There is no corresponding closing bracket before the end of the file. This may be caused by incorrect bracket nesting elsewhere in this file.";
            self.fault("Unterminated tuple constructor expression", detail, open.span);
        } else {
            let detail = "Expected a comma to mark the beginning of the next item.";
            self.fault_within("Missing item separator", detail, next.span, open.span.to(next.span));
        }
    }

    pub(super) fn object(&mut self) -> Expr {
        let open = self.read();
        self.newlines.push(false);
        let is_for = self.is_keyword("for");
        let expr = if is_for {
            self.for_expr(open)
        } else {
            self.newlines.push(true);
            let expr = self.object_items(open);
            self.newlines.pop();
            expr
        };
        self.newlines.pop();
        expr
    }

    fn object_items(&mut self, open: Token) -> Expr {
        let mut items = Vec::new();
        let close = loop {
            match self.peek_kind() {
                K::Newline => {
                    self.read();
                    continue;
                }
                K::CloseBrace => break self.read(),
                _ => {}
            }
            let Some(item) = self.object_item(open) else { break self.recover(K::CloseBrace) };
            items.push(item);
            let next = self.peek();
            match next.kind {
                K::CloseBrace => break self.read(),
                K::Comma | K::Newline => {
                    self.read();
                }
                _ => {
                    self.bad_item_end(open, next);
                    break self.recover(K::CloseBrace);
                }
            }
        };
        Expr { kind: ExprKind::Object(items), span: open.span.to(close.span) }
    }

    fn object_item(&mut self, open: Token) -> Option<ObjectItem> {
        let mark = self.faults.count;
        let key = self.expression();
        if self.lost_since(mark) {
            return None;
        }
        let next = self.peek();
        if !matches!(next.kind, K::Equal | K::Colon) {
            self.bad_key_end(open, next);
            return None;
        }
        self.read();
        let mark = self.faults.count;
        let value = self.expression();
        (!self.lost_since(mark)).then_some(ObjectItem { key, value })
    }

    fn bad_key_end(&mut self, open: Token, next: Token) {
        if self.recovery {
            return;
        }
        let (summary, detail) = match next.kind {
            K::Newline | K::Comma => {
                ("Missing attribute value", "Expected an attribute value, introduced by an equals sign (\"=\").")
            }
            K::Ident => (
                "Missing key/value separator",
                "Expected an equals sign (\"=\") to mark the beginning of the attribute value. If you intended to given an attribute name containing periods or spaces, write the name in quotes to create a string literal.",
            ),
            K::End => return self.unterminated_object(open),
            _ => (
                "Missing key/value separator",
                "Expected an equals sign (\"=\") to mark the beginning of the attribute value.",
            ),
        };
        self.fault_within(summary, detail, next.span, open.span.to(next.span));
    }

    fn bad_item_end(&mut self, open: Token, next: Token) {
        if self.recovery {
            return;
        }
        if next.kind == K::End {
            return self.unterminated_object(open);
        }
        let detail = "Expected a newline or comma to mark the beginning of the next attribute.";
        self.fault_within("Missing attribute separator", detail, next.span, open.span.to(next.span));
    }

    fn unterminated_object(&mut self, open: Token) {
        let detail = "There is no corresponding closing brace before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.";
        self.fault("Unterminated object constructor expression", detail, open.span);
    }

    /// A `for` expression after its opening bracket.
    fn for_expr(&mut self, open: Token) -> Expr {
        let end = if open.kind == K::OpenBrace { K::CloseBrace } else { K::CloseBracket };
        match self.for_parts(open, end) {
            Some(expr) => expr,
            None => {
                let close = self.recover(end);
                unreadable(open.span.to(close.span))
            }
        }
    }

    fn bad_for(&mut self, open: Token, detail: &'static str) {
        if !self.recovery {
            let next = self.peek();
            self.fault_within(BAD_FOR, detail, next.span, open.span.to(next.span));
        }
    }

    /// `k, v in`; `None` with a fault when it is not that.
    fn for_names(&mut self, open: Token) -> Option<(Option<Name>, Name)> {
        if self.peek_kind() != K::Ident {
            self.bad_for(open, "For expression requires variable name after 'for'.");
            return None;
        }
        let token = self.read();
        let mut value = self.name(token);
        let mut key = None;
        if self.peek_kind() == K::Comma {
            self.read();
            if self.peek_kind() != K::Ident {
                self.bad_for(open, "For expression requires value variable name after comma.");
                return None;
            }
            let token = self.read();
            key = Some(std::mem::replace(&mut value, self.name(token)));
        }
        if !self.is_keyword("in") {
            self.bad_for(open, "For expression requires the 'in' keyword after its name declarations.");
            return None;
        }
        self.read();
        Some((key, value))
    }

    fn for_parts(&mut self, open: Token, end: K) -> Option<Expr> {
        let word = self.read();
        let (key_variable, value_variable) = self.for_names(open)?;
        let mark = self.faults.count;
        let collection = self.expression();
        if self.lost_since(mark) {
            return None;
        }
        if self.peek_kind() != K::Colon {
            self.bad_for(open, "For expression requires a colon after the collection expression.");
            return None;
        }
        let intro = word.span.to(self.read().span);
        let mut value = self.expression();
        let mut key = None;
        if self.peek_kind() == K::FatArrow {
            self.read();
            key = Some(std::mem::replace(&mut value, self.expression()));
        }
        if self.lost_since(mark) {
            return None;
        }
        let ellipsis = (self.peek_kind() == K::Ellipsis).then(|| self.read());
        let condition = self.for_condition()?;
        let close = self.for_end(open, end);
        let span = open.span.to(close.span);
        if end == K::CloseBracket {
            if let Some(key) = &key {
                let detail = "Key expression is not valid when building a tuple.";
                self.fault_within(BAD_FOR, detail, key.span, span);
            }
            if let Some(ellipsis) = ellipsis {
                let detail = "Grouping ellipsis (...) cannot be used when building a tuple.";
                self.fault_within(BAD_FOR, detail, ellipsis.span, span);
            }
        } else if key.is_none() {
            self.fault_within(BAD_FOR, "Key expression is required when building an object.", value.span, span);
        }
        let group = ellipsis.is_some();
        let parts = ForExpr { key_variable, value_variable, collection, key, value, condition, group, intro };
        Some(Expr { kind: ExprKind::For(Box::new(parts)), span })
    }

    /// `if …` at the end: `None` when it could not be read.
    fn for_condition(&mut self) -> Option<Option<Expr>> {
        if !self.is_keyword("if") {
            return Some(None);
        }
        self.read();
        let mark = self.faults.count;
        let condition = self.expression();
        if self.lost_since(mark) { None } else { Some(Some(condition)) }
    }

    fn for_end(&mut self, open: Token, end: K) -> Token {
        if self.peek_kind() == end {
            return self.read();
        }
        self.bad_for(open, "Extra characters after the end of the 'for' expression.");
        self.recover(end)
    }
}
