//! Expressions: operators by precedence, terms, and the steps after them.

use super::{MAX_CHAIN, Parser, unreadable};
use crate::lang::syntax::ast::{BinaryOperator, Expr, ExprKind, Step, StepKind, Template, Traversal, UnaryOperator};
use crate::lang::syntax::token::{Token, TokenKind as K};
use crate::model::place::Span;
use crate::model::value::{Number, Str, Type, Value};

impl Parser<'_> {
    /// Any expression.
    pub(super) fn expression(&mut self) -> Expr {
        if !self.enter() {
            let span = self.peek().span;
            self.leave();
            return unreadable(span);
        }
        let expr = self.conditional();
        self.leave();
        expr
    }

    fn conditional(&mut self) -> Expr {
        let start = self.peek().span;
        let mark = self.faults.count;
        let condition = self.binary(0);
        if self.lost_since(mark) || self.peek_kind() != K::Question {
            return condition;
        }
        self.read();
        let yes = self.expression();
        if self.lost_since(mark) {
            return condition;
        }
        let colon = self.peek();
        if colon.kind != K::Colon {
            let detail = "The conditional operator (...?...:...) requires a false expression, delimited by a colon.";
            self.fault_within("Missing false expression in conditional", detail, colon.span, start.to(colon.span));
            return condition;
        }
        self.read();
        let no = self.expression();
        if self.lost_since(mark) {
            return condition;
        }
        let span = start.to(no.span);
        let kind = ExprKind::Conditional { condition: Box::new(condition), yes: Box::new(yes), no: Box::new(no) };
        Expr { kind, span }
    }

    /// Operators of at least this precedence, left to right.
    fn binary(&mut self, least: u8) -> Expr {
        let mark = self.faults.count;
        let mut left = self.operand();
        let mut length = 0;
        while !self.lost_since(mark) {
            let token = self.peek();
            let Some((operator, precedence)) = binary_operator(token.kind) else { break };
            if precedence < least {
                break;
            }
            length += 1;
            if length > MAX_CHAIN {
                self.chain_too_long(token.span);
                break;
            }
            self.read();
            let right = self.binary(precedence + 1);
            if self.lost_since(mark) {
                break;
            }
            let span = left.span.to(right.span);
            left = Expr { kind: ExprKind::Binary { operator, left: Box::new(left), right: Box::new(right) }, span };
        }
        left
    }

    fn operand(&mut self) -> Expr {
        let term = self.term();
        self.steps(term)
    }

    /// `.name`, `.0`, `.*`, `[key]`, `[*]` after an expression.
    fn steps(&mut self, from: Expr) -> Expr {
        let mut result = from;
        let mut length = 0;
        loop {
            let next = self.peek();
            if !matches!(next.kind, K::Dot | K::OpenBracket) {
                return result;
            }
            length += 1;
            if length > MAX_CHAIN {
                self.chain_too_long(next.span);
                return result;
            }
            self.read();
            result = if next.kind == K::Dot { self.dot(result, next) } else { self.bracket(result, next) };
        }
    }

    fn dot(&mut self, from: Expr, dot: Token) -> Expr {
        let token = self.peek();
        match token.kind {
            K::Ident => {
                self.read();
                let name = self.shared(self.slice(token.span));
                with_step(from, Step { kind: StepKind::Attribute(name), span: dot.span.to(token.span) })
            }
            K::Number => {
                self.read();
                let step = self.legacy_index(dot, token, token, "Use the proper index syntax instead, like");
                with_step(from, step)
            }
            K::Star => self.attribute_splat(from, dot),
            _ => {
                self.fault("Invalid attribute name", "An attribute name is required after a dot.", token.span);
                self.recovery = true;
                from
            }
        }
    }

    fn legacy_index(&mut self, dot: Token, number: Token, subject: Token, advice: &str) -> Step {
        let text = self.slice(number.span);
        let span = dot.span.to(number.span);
        if let Some((first, second)) = text.split_once('.') {
            let detail = format!(
                "When using the legacy index syntax, chaining two indexes together is not permitted. {advice} [{first}][{second}]."
            );
            self.fault("Invalid legacy index syntax", detail, subject.span);
            return Step { kind: StepKind::Index(Value::unknown(Type::Dynamic)), span };
        }
        Step { kind: StepKind::Index(self.number(number)), span }
    }

    /// `.*` and the attributes after it.
    fn attribute_splat(&mut self, from: Expr, dot: Token) -> Expr {
        let star = self.read();
        let marker = dot.span.to(star.span);
        let mut steps = Vec::new();
        let mut last = star.span;
        while self.peek_kind() == K::Dot {
            let dot = self.read();
            let token = self.peek();
            match token.kind {
                K::Number => {
                    self.read();
                    let advice = "Use the proper index syntax with a full splat expression [*] instead, like";
                    // Terraform points at the star here.
                    steps.push(self.legacy_index(dot, token, star, advice));
                }
                K::Ident => {
                    self.read();
                    let name = self.shared(self.slice(token.span));
                    steps.push(Step { kind: StepKind::Attribute(name), span: dot.span.to(token.span) });
                }
                _ => {
                    self.bad_splat_attribute(token, star);
                    return from;
                }
            }
            last = token.span;
        }
        let element = Expr { kind: ExprKind::SplatElement, span: marker };
        let each = if steps.is_empty() {
            element
        } else {
            let span = steps[0].span.to(last);
            Expr { kind: ExprKind::Relative { source: Box::new(element), steps }, span }
        };
        let span = from.span.to(last);
        Expr { kind: ExprKind::Splat { source: Box::new(from), full: false, each: Box::new(each), marker }, span }
    }

    fn bad_splat_attribute(&mut self, token: Token, star: Token) {
        if !self.recovery {
            if token.kind == K::Star {
                let detail = "A splat expression (*) cannot be used inside another attribute-only splat expression.";
                self.fault("Nested splat expression not allowed", detail, token.span);
            } else {
                self.fault("Invalid attribute name", "An attribute name is required after a dot.", star.span);
            }
        }
        self.recovery = true;
    }

    fn bracket(&mut self, from: Expr, open: Token) -> Expr {
        if self.peek_kind() == K::Star {
            return self.full_splat(from, open);
        }
        let mark = self.faults.count;
        self.newlines.push(false);
        let key = self.expression();
        let close = if self.lost_since(mark) { self.recover(K::CloseBracket) } else { self.close_index() };
        self.newlines.pop();
        let span = open.span.to(close.span);
        match constant_key(&key) {
            Some(value) => with_step(from, Step { kind: StepKind::Index(value), span }),
            None => {
                let span = from.span.to(span);
                Expr { kind: ExprKind::Index { collection: Box::new(from), key: Box::new(key) }, span }
            }
        }
    }

    fn close_index(&mut self) -> Token {
        let close = self.read();
        if close.kind == K::CloseBracket || self.recovery {
            return close;
        }
        // Terraform points at where it found the way back, not at what stood in it.
        let close = self.recover(K::CloseBracket);
        let detail = "The index operator must end with a closing bracket (\"]\").";
        self.fault("Missing close bracket on index", detail, close.span);
        close
    }

    fn full_splat(&mut self, from: Expr, open: Token) -> Expr {
        self.read(); // the star
        let mut close = self.read();
        if close.kind != K::CloseBracket && !self.recovery {
            let detail =
                "The star for a full splat operator must be immediately followed by a closing bracket (\"]\").";
            close = self.recover(K::CloseBracket);
            self.fault("Missing close bracket on splat index", detail, close.span);
        }
        let marker = open.span.to(close.span);
        let element = Expr { kind: ExprKind::SplatElement, span: marker };
        let each = if self.enter() { self.steps(element) } else { element };
        self.leave();
        let span = from.span.to(each.span);
        Expr { kind: ExprKind::Splat { source: Box::new(from), full: true, each: Box::new(each), marker }, span }
    }

    fn term(&mut self) -> Expr {
        let start = self.peek();
        match start.kind {
            K::OpenParen => self.parens(),
            K::Number => {
                self.read();
                Expr { kind: ExprKind::Literal(self.number(start)), span: start.span }
            }
            K::Ident => {
                self.read();
                self.word(start)
            }
            K::OpenQuote | K::OpenHeredoc => {
                self.read();
                self.quoted_template(start)
            }
            K::Minus => self.unary(UnaryOperator::Negate),
            K::Bang => self.unary(UnaryOperator::Not),
            K::OpenBracket => self.tuple(),
            K::OpenBrace => self.object(),
            _ => self.no_term(start),
        }
    }

    fn no_term(&mut self, start: Token) -> Expr {
        if !self.recovery {
            if start.kind == K::End {
                let detail = "Expected the start of an expression, but found the end of the file.";
                self.fault("Missing expression", detail, start.span);
            } else {
                let detail = "Expected the start of an expression, but found an invalid expression token.";
                self.fault("Invalid expression", detail, start.span);
            }
        }
        self.recovery = true;
        unreadable(start.span)
    }

    fn parens(&mut self) -> Expr {
        let open = self.read();
        self.newlines.push(false);
        let mark = self.faults.count;
        let inner = self.expression();
        if self.faults.count > mark {
            self.recover(K::CloseParen);
            self.newlines.pop();
            return inner;
        }
        let close = self.peek();
        if close.kind != K::CloseParen {
            let detail = "Expected a closing parenthesis to terminate the expression.";
            self.fault_within("Unbalanced parentheses", detail, close.span, open.span.to(close.span));
            self.recovery = true;
        }
        self.read();
        self.newlines.pop();
        Expr { kind: ExprKind::Parens(Box::new(inner)), span: open.span.to(close.span) }
    }

    fn unary(&mut self, operator: UnaryOperator) -> Expr {
        let sign = self.read();
        let operand = if self.enter() { self.operand() } else { unreadable(sign.span) };
        self.leave();
        let span = sign.span.to(operand.span);
        Expr { kind: ExprKind::Unary { operator, operand: Box::new(operand) }, span }
    }

    fn word(&mut self, word: Token) -> Expr {
        if matches!(self.peek_kind(), K::OpenParen | K::DoubleColon) {
            return self.call(word);
        }
        let kind = match self.slice(word.span) {
            "true" => ExprKind::Literal(Value::bool(true)),
            "false" => ExprKind::Literal(Value::bool(false)),
            "null" => ExprKind::Literal(Value::null()),
            _ => ExprKind::Traversal(Traversal { root: self.name(word), steps: Vec::new() }),
        };
        Expr { kind, span: word.span }
    }

    fn number(&mut self, token: Token) -> Value {
        match Number::parse(self.slice(token.span)) {
            Ok(number) => Value::number(number),
            Err(_) => {
                let detail = "Failed to recognize the value of this number literal.";
                self.fault("Invalid number literal", detail, token.span);
                Value::unknown(Type::Number)
            }
        }
    }

    fn quoted_template(&mut self, open: Token) -> Expr {
        let heredoc = open.kind == K::OpenHeredoc;
        let flush = heredoc && self.slice(open.span).starts_with("<<-");
        let end = if heredoc { K::CloseHeredoc } else { K::CloseQuote };
        let parts = self.template_parts(end, flush);
        let span = open.span.to(self.previous_span());
        Expr { kind: ExprKind::Template(Template { parts, heredoc }), span }
    }
}

fn binary_operator(kind: K) -> Option<(BinaryOperator, u8)> {
    Some(match kind {
        K::Or => (BinaryOperator::Or, 0),
        K::And => (BinaryOperator::And, 1),
        K::EqualOperator => (BinaryOperator::Equal, 2),
        K::NotEqual => (BinaryOperator::NotEqual, 2),
        K::Less => (BinaryOperator::Less, 3),
        K::LessOrEqual => (BinaryOperator::LessOrEqual, 3),
        K::Greater => (BinaryOperator::Greater, 3),
        K::GreaterOrEqual => (BinaryOperator::GreaterOrEqual, 3),
        K::Plus => (BinaryOperator::Add, 4),
        K::Minus => (BinaryOperator::Subtract, 4),
        K::Star => (BinaryOperator::Multiply, 5),
        K::Slash => (BinaryOperator::Divide, 5),
        K::Percent => (BinaryOperator::Modulo, 5),
        _ => return None,
    })
}

/// The key when it is constant: a literal, or a string without interpolation.
fn constant_key(key: &Expr) -> Option<Value> {
    match &key.kind {
        ExprKind::Literal(value) => Some(value.clone()),
        ExprKind::Template(_) => key.literal_text().map(|text: Str| Value::string(text)),
        _ => None,
    }
}

fn with_step(from: Expr, step: Step) -> Expr {
    let span: Span = from.span.to(step.span);
    let kind = match from.kind {
        ExprKind::Traversal(mut traversal) => {
            traversal.steps.push(step);
            ExprKind::Traversal(traversal)
        }
        ExprKind::Relative { source, mut steps } => {
            steps.push(step);
            ExprKind::Relative { source, steps }
        }
        kind => ExprKind::Relative { source: Box::new(Expr { kind, span: from.span }), steps: vec![step] },
    };
    Expr { kind, span }
}
