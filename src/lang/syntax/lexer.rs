//! Cuts a text into tokens, by the lexical rules of HCL's native syntax. Lossless and linear; never fails: what the
//! language has no use for becomes a token of its own, and [`super::invalid`] says what is wrong with it.

use super::token::{Token, TokenKind};
use crate::model::place::Span;

/// Where the text begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// A file or an expression.
    Normal,
    /// A bare template: literal text with interpolations.
    Template,
}

/// All tokens of `text`, trivia included, ending with [`TokenKind::End`]. Spans are moved by `base`.
pub fn lex(text: &str, start: Start, base: u32) -> Vec<Token> {
    let mut lexer = Lexer {
        text: text.as_bytes(),
        source: text,
        at: 0,
        base,
        tokens: Vec::with_capacity(text.len() / 3 + 8),
        modes: vec![if start == Start::Normal { Mode::Code } else { Mode::BareTemplate }],
        braces: 0,
        sequences: Vec::new(),
        heredocs: Vec::new(),
        no_comment_end_after: usize::MAX,
    };
    lexer.run(start);
    lexer.tokens
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Code,
    Quoted,
    Heredoc,
    BareTemplate,
}

struct Heredoc<'a> {
    marker: &'a str,
    at_line_start: bool,
}

struct Lexer<'a> {
    text: &'a [u8],
    source: &'a str,
    at: usize,
    base: u32,
    tokens: Vec<Token>,
    modes: Vec<Mode>,
    braces: i64,
    /// The brace depths at which a template sequence was opened.
    sequences: Vec<i64>,
    heredocs: Vec<Heredoc<'a>>,
    /// From here on there is no `*/`; keeps a row of unclosed `/*` linear.
    no_comment_end_after: usize,
}

impl<'a> Lexer<'a> {
    fn run(&mut self, start: Start) {
        if start == Start::Normal && self.source.starts_with('\u{feff}') {
            self.emit(TokenKind::ByteOrderMark, 3);
        }
        while self.at < self.text.len() {
            match self.modes.last().copied().unwrap_or(Mode::Code) {
                Mode::Code => self.code(),
                Mode::Quoted => self.quoted(),
                Mode::Heredoc => self.heredoc(),
                Mode::BareTemplate => self.bare_template(),
            }
        }
        self.emit(TokenKind::End, 0);
    }

    fn emit(&mut self, kind: TokenKind, length: usize) {
        let start = self.base + self.at as u32;
        self.tokens.push(Token { kind, span: Span::new(start, start + length as u32) });
        self.at += length;
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn char_length(&self, at: usize) -> usize {
        match self.text.get(at) {
            Some(0xf0..) => 4,
            Some(0xe0..) => 3,
            Some(0xc0..) => 2,
            _ => 1,
        }
    }

    fn code(&mut self) {
        let byte = self.text[self.at];
        match byte {
            b' ' | b'\t' => {
                let length = self.text[self.at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
                self.emit(TokenKind::Space, length);
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(),
            b'0'..=b'9' => self.number(),
            b'\n' => self.emit(TokenKind::Newline, 1),
            b'\r' if self.peek(1) == b'\n' => self.emit(TokenKind::Newline, 2),
            b'#' => self.line_comment(),
            b'/' => self.slash(),
            b'"' => {
                self.emit(TokenKind::OpenQuote, 1);
                self.modes.push(Mode::Quoted);
            }
            b'{' => {
                self.emit(TokenKind::OpenBrace, 1);
                self.braces += 1;
            }
            b'}' => self.close_brace(1),
            b'~' if self.peek(1) == b'}' => self.close_brace(2),
            b'<' => self.less(),
            0x80.. => self.other_char(),
            _ => self.operator(byte),
        }
    }

    fn operator(&mut self, byte: u8) {
        use TokenKind as K;
        let next = self.peek(1);
        let (kind, length) = match (byte, next) {
            (b'=', b'=') => (K::EqualOperator, 2),
            (b'=', b'>') => (K::FatArrow, 2),
            (b'!', b'=') => (K::NotEqual, 2),
            (b'>', b'=') => (K::GreaterOrEqual, 2),
            (b'&', b'&') => (K::And, 2),
            (b'|', b'|') => (K::Or, 2),
            (b':', b':') => (K::DoubleColon, 2),
            (b'.', b'.') if self.peek(2) == b'.' => (K::Ellipsis, 3),
            (b'=', _) => (K::Equal, 1),
            (b'!', _) => (K::Bang, 1),
            (b'>', _) => (K::Greater, 1),
            (b'.', _) => (K::Dot, 1),
            (b',', _) => (K::Comma, 1),
            (b':', _) => (K::Colon, 1),
            (b'?', _) => (K::Question, 1),
            (b'[', _) => (K::OpenBracket, 1),
            (b']', _) => (K::CloseBracket, 1),
            (b'(', _) => (K::OpenParen, 1),
            (b')', _) => (K::CloseParen, 1),
            (b'+', _) => (K::Plus, 1),
            (b'-', _) => (K::Minus, 1),
            (b'*', _) => (K::Star, 1),
            (b'%', _) => (K::Percent, 1),
            (b'&' | b'|' | b'^' | b'~', _) => (K::Bitwise, 1),
            (b'`', _) => (K::Backtick, 1),
            (b'\'', _) => (K::Apostrophe, 1),
            (b';', _) => (K::Semicolon, 1),
            _ => (K::Invalid, 1),
        };
        self.emit(kind, length);
    }

    /// How long the word is that starts at `at`; 0 when none does.
    fn word_length(&self, at: usize) -> usize {
        let mut end = at;
        loop {
            match self.text.get(end) {
                Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => end += 1,
                Some(b'0'..=b'9' | b'-') if end > at => end += 1,
                Some(0x80..) => {
                    let char = self.source.get(end..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
                    let belongs = if end == at {
                        unicode_ident::is_xid_start(char)
                    } else {
                        unicode_ident::is_xid_continue(char)
                    };
                    if !belongs {
                        return end - at;
                    }
                    end += char.len_utf8();
                }
                _ => return end - at,
            }
        }
    }

    fn word(&mut self) {
        let length = self.word_length(self.at);
        self.emit(TokenKind::Ident, length);
    }

    fn other_char(&mut self) {
        match self.word_length(self.at) {
            0 => self.emit(TokenKind::Invalid, self.char_length(self.at)),
            length => self.emit(TokenKind::Ident, length),
        }
    }

    /// A digit, then digits, dots and exponents as far as they do not end in a dot.
    fn number(&mut self) {
        let mut end = self.at + 1;
        let mut good = end;
        loop {
            match self.text.get(end) {
                Some(b'0'..=b'9') => {
                    end += 1;
                    good = end;
                }
                Some(b'.') => end += 1,
                Some(b'e' | b'E') => {
                    let sign = usize::from(matches!(self.text.get(end + 1), Some(b'+' | b'-')));
                    if !self.text.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
                        break;
                    }
                    end += 2 + sign;
                    good = end;
                }
                _ => break,
            }
        }
        self.emit(TokenKind::Number, good - self.at);
    }

    fn line_comment(&mut self) {
        let rest = &self.text[self.at..];
        let length = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
        self.emit(TokenKind::Comment, length);
    }

    fn slash(&mut self) {
        match self.peek(1) {
            b'/' => self.line_comment(),
            b'*' => match self.block_comment_length() {
                Some(length) => self.emit(TokenKind::Comment, length),
                None => self.emit(TokenKind::Slash, 1),
            },
            _ => self.emit(TokenKind::Slash, 1),
        }
    }

    fn block_comment_length(&mut self) -> Option<usize> {
        if self.at >= self.no_comment_end_after {
            return None;
        }
        let found = self.source.get(self.at + 2..)?.find("*/");
        match found {
            Some(at) => Some(at + 4),
            None => {
                self.no_comment_end_after = self.at;
                None
            }
        }
    }

    fn close_brace(&mut self, length: usize) {
        if self.sequences.last() == Some(&self.braces) {
            self.sequences.pop();
            self.emit(TokenKind::CloseSequence, length);
            if self.modes.len() > 1 {
                self.modes.pop();
            }
        } else if length == 2 {
            self.emit(TokenKind::CloseSequence, 2);
        } else {
            self.emit(TokenKind::CloseBrace, 1);
        }
        self.braces -= 1;
    }

    fn less(&mut self) {
        match self.peek(1) {
            b'=' => self.emit(TokenKind::LessOrEqual, 2),
            b'<' => self.open_heredoc(),
            _ => self.emit(TokenKind::Less, 1),
        }
    }

    fn open_heredoc(&mut self) {
        let word_at = self.at + 2 + usize::from(self.peek(2) == b'-');
        let length = self.word_length(word_at);
        let line_end = match self.text.get(word_at + length..) {
            Some([b'\n', ..]) => 1,
            Some([b'\r', b'\n', ..]) => 2,
            _ => 0,
        };
        if length == 0 || line_end == 0 {
            return self.emit(TokenKind::Less, 1);
        }
        let marker = self.source.get(word_at..word_at + length).unwrap_or("");
        self.emit(TokenKind::OpenHeredoc, word_at + length + line_end - self.at);
        self.heredocs.push(Heredoc { marker, at_line_start: true });
        self.modes.push(Mode::Heredoc);
    }

    /// `${`, `%{` and their `~` forms; `None` when none starts here.
    fn sequence_length(&self, at: usize) -> Option<usize> {
        match self.text.get(at..) {
            Some([b'$' | b'%', b'{', b'~', ..]) => Some(3),
            Some([b'$' | b'%', b'{', ..]) => Some(2),
            _ => None,
        }
    }

    fn open_sequence(&mut self, length: usize) {
        let kind = if self.text[self.at] == b'$' { TokenKind::OpenInterpolation } else { TokenKind::OpenDirective };
        self.emit(kind, length);
        self.braces += 1;
        self.sequences.push(self.braces);
        if let Some(heredoc) = self.heredocs.last_mut() {
            heredoc.at_line_start = false;
        }
        self.modes.push(Mode::Code);
    }

    /// How much literal text the `$` or `%` here is: the sign alone, or an escaped `$${`.
    fn sign_length(&self) -> usize {
        let sign = self.text[self.at];
        if self.peek(1) == sign { self.sequence_length(self.at + 1).map_or(1, |length| length + 1) } else { 1 }
    }

    fn quoted(&mut self) {
        match self.text[self.at] {
            b'"' => {
                self.emit(TokenKind::CloseQuote, 1);
                self.modes.pop();
            }
            b'\n' | b'\r' => {
                let length = self.text[self.at..].iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
                self.emit(TokenKind::QuotedNewline, length);
            }
            b'$' | b'%' => match self.sequence_length(self.at) {
                Some(length) => self.open_sequence(length),
                None if self.at + 1 == self.text.len() => self.emit(TokenKind::Invalid, 1),
                None => self.emit(TokenKind::QuotedText, self.sign_length()),
            },
            _ => self.quoted_text(),
        }
    }

    fn quoted_text(&mut self) {
        let mut end = self.at;
        loop {
            match self.text.get(end) {
                None | Some(b'"' | b'$' | b'%' | b'\n' | b'\r') => break,
                Some(b'\\') => match self.text.get(end + 1) {
                    None | Some(b'\n' | b'\r') => break,
                    Some(_) => end += 1 + self.char_length(end + 1),
                },
                Some(_) => end += 1,
            }
        }
        match end - self.at {
            0 => self.emit(TokenKind::Invalid, 1),
            length => self.emit(TokenKind::QuotedText, length),
        }
    }

    /// The length of the plain text here and of the line end after it (0 when a sign or the end follows).
    fn plain_line(&self) -> (usize, usize) {
        let rest = &self.text[self.at..];
        let stop = rest.iter().position(|byte| matches!(byte, b'$' | b'%' | b'\n' | b'\r')).unwrap_or(rest.len());
        match &rest[stop..] {
            [b'\n', ..] => (stop, 1),
            [b'\r', b'\n', ..] => (stop, 2),
            _ => (stop, 0),
        }
    }

    fn heredoc(&mut self) {
        if let Some(length) = self.sequence_length(self.at) {
            return self.open_sequence(length);
        }
        if matches!(self.text[self.at], b'$' | b'%') {
            if self.at + 1 == self.text.len() {
                return self.emit(TokenKind::Invalid, 1);
            }
            let length = if self.splits_line_end() { 2 } else { self.sign_length() };
            return self.heredoc_text(length);
        }
        let (plain, line_end) = self.plain_line();
        if line_end == 0 {
            // A lone carriage return is nothing that a heredoc may hold: terraform gives up on the rest.
            let length = if plain == 0 { self.text.len() - self.at } else { plain };
            return if plain == 0 { self.emit(TokenKind::Invalid, length) } else { self.heredoc_text(length) };
        }
        let line = self.source.get(self.at..self.at + plain).unwrap_or("");
        let Some(heredoc) = self.heredocs.last_mut() else { return self.emit(TokenKind::Invalid, plain + line_end) };
        if heredoc.at_line_start && line.trim() == heredoc.marker {
            self.heredocs.pop();
            self.modes.pop();
            self.emit(TokenKind::CloseHeredoc, plain);
            return self.emit(TokenKind::Newline, line_end);
        }
        heredoc.at_line_start = true;
        self.emit(TokenKind::Text, plain + line_end);
    }

    /// A lone sign takes the carriage return after it along, in terraform's lexer; only its column counts show it.
    fn splits_line_end(&self) -> bool {
        let lone = self.at == 0 || !matches!(self.text[self.at - 1], b'$' | b'%');
        lone && self.peek(1) == b'\r' && self.peek(2) == b'\n'
    }

    fn heredoc_text(&mut self, length: usize) {
        if let Some(heredoc) = self.heredocs.last_mut() {
            heredoc.at_line_start = false;
        }
        self.emit(TokenKind::Text, length);
    }

    fn bare_template(&mut self) {
        if let Some(length) = self.sequence_length(self.at) {
            return self.open_sequence(length);
        }
        if matches!(self.text[self.at], b'$' | b'%') {
            let length = self.sign_length();
            return self.emit(TokenKind::Text, length);
        }
        let (plain, line_end) = self.plain_line();
        self.emit(TokenKind::Text, (plain + line_end).max(1));
    }
}
