//! Tokens of the native syntax: what the lexer cuts a text into, and how each is coloured.
//!
//! The token stream is lossless: the texts of all tokens in order are the source, byte for byte.

use crate::model::place::Span;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A byte order mark at the start of the file.
    ByteOrderMark,
    /// Blanks and tabs.
    Space,
    /// `#…`, `//…` (both with their newline) or `/*…*/`.
    Comment,
    /// A line end.
    Newline,
    /// A word.
    Ident,
    /// Digits with dots and exponents.
    Number,
    /// `"` that opens a template.
    OpenQuote,
    /// `"` that closes it.
    CloseQuote,
    /// Literal text between quotes, escapes unresolved.
    QuotedText,
    /// A line end between quotes, which is an error.
    QuotedNewline,
    /// `<<EOT` or `<<-EOT` with its newline.
    OpenHeredoc,
    /// The line that closes a heredoc, without its newline.
    CloseHeredoc,
    /// Literal text of a heredoc or a bare template.
    Text,
    /// `${` or `${~`.
    OpenInterpolation,
    /// `%{` or `%{~`.
    OpenDirective,
    /// `}` or `~}` that ends an interpolation or a directive.
    CloseSequence,
    /// `{`
    OpenBrace,
    /// `}`
    CloseBrace,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// `(`
    OpenParen,
    /// `)`
    CloseParen,
    /// `.`
    Dot,
    /// `,`
    Comma,
    /// `...`
    Ellipsis,
    /// `:`
    Colon,
    /// `::`
    DoubleColon,
    /// `?`
    Question,
    /// `=`
    Equal,
    /// `=>`
    FatArrow,
    /// `==`
    EqualOperator,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `!`
    Bang,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Star,
    /// `/`
    Slash,
    /// `%`
    Percent,
    /// `&`, `|`, `^`, `~`: operators of other languages.
    Bitwise,
    /// A backtick.
    Backtick,
    /// `'`
    Apostrophe,
    /// `;`
    Semicolon,
    /// What the language has no use for.
    Invalid,
    /// The end of the text, of no length.
    End,
}

/// A token: its kind and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub span: Span,
}

impl TokenKind {
    /// Blanks, line ends and comments: what the meaning does not depend on (line ends aside).
    pub fn is_trivia(self) -> bool {
        matches!(self, TokenKind::ByteOrderMark | TokenKind::Space | TokenKind::Comment | TokenKind::Newline)
    }

    /// The bracket that this one opens for, or closes.
    pub(super) fn opposite(self) -> Option<TokenKind> {
        Some(match self {
            TokenKind::OpenBrace => TokenKind::CloseBrace,
            TokenKind::OpenBracket => TokenKind::CloseBracket,
            TokenKind::OpenParen => TokenKind::CloseParen,
            TokenKind::OpenQuote => TokenKind::CloseQuote,
            TokenKind::OpenHeredoc => TokenKind::CloseHeredoc,
            TokenKind::CloseBrace => TokenKind::OpenBrace,
            TokenKind::CloseBracket => TokenKind::OpenBracket,
            TokenKind::CloseParen => TokenKind::OpenParen,
            TokenKind::CloseQuote => TokenKind::OpenQuote,
            TokenKind::CloseHeredoc => TokenKind::OpenHeredoc,
            TokenKind::OpenDirective | TokenKind::OpenInterpolation => TokenKind::CloseSequence,
            TokenKind::CloseSequence => TokenKind::OpenInterpolation,
            _ => return None,
        })
    }
}

/// How a token is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenClass {
    /// Blanks and line ends.
    Space,
    /// A comment.
    Comment,
    /// The word that opens a block.
    BlockKind,
    /// The name of an argument or of an object's attribute, before its `=`.
    Argument,
    /// A function's name.
    Function,
    /// `for`, `in`, `if`, `else`, `endif`, `endfor` where they are keywords.
    Keyword,
    /// `true`, `false`, `null`.
    Constant,
    /// Any other word.
    Name,
    /// A number.
    Number,
    /// Quotes, literal text, heredoc markers.
    String,
    /// An escape sequence's or template sequence's markers: `${`, `%{`, `}`.
    Sequence,
    /// An operator.
    Operator,
    /// Brackets, commas, dots.
    Punctuation,
    /// What is not allowed.
    Invalid,
}

/// The tokens with their classes, trivia included: what an editor or the diff colours by.
pub fn classify(text: &str, tokens: &[Token]) -> Vec<(Span, TokenClass)> {
    let significant = |token: &&Token| !matches!(token.kind, TokenKind::Space | TokenKind::ByteOrderMark);
    let mut previous: Option<Token> = None;
    let mut classes = Vec::with_capacity(tokens.len());
    for (index, token) in tokens.iter().enumerate() {
        let class = match token.kind {
            TokenKind::Ident => {
                let next = tokens[index + 1..].iter().find(significant).map(|token| token.kind);
                class_of_word(text.get(token.span.range()).unwrap_or(""), previous.map(|token| token.kind), next)
            }
            kind => class_of(kind),
        };
        if !matches!(token.kind, TokenKind::Space | TokenKind::ByteOrderMark) {
            previous = Some(*token);
        }
        classes.push((token.span, class));
    }
    classes
}

fn class_of_word(word: &str, previous: Option<TokenKind>, next: Option<TokenKind>) -> TokenClass {
    let at_line_start = matches!(previous, None | Some(TokenKind::Newline | TokenKind::Comment));
    match (previous, next) {
        (Some(TokenKind::Dot), _) => TokenClass::Name,
        (_, Some(TokenKind::Equal)) => TokenClass::Argument,
        (_, Some(TokenKind::OpenParen | TokenKind::DoubleColon)) => TokenClass::Function,
        (_, Some(TokenKind::OpenQuote | TokenKind::OpenBrace | TokenKind::Ident)) if at_line_start => {
            TokenClass::BlockKind
        }
        _ => match word {
            "true" | "false" | "null" => TokenClass::Constant,
            "for" | "in" | "if" | "else" | "endif" | "endfor" => TokenClass::Keyword,
            _ => TokenClass::Name,
        },
    }
}

fn class_of(kind: TokenKind) -> TokenClass {
    use TokenKind as K;
    match kind {
        K::ByteOrderMark | K::Space | K::Newline | K::End => TokenClass::Space,
        K::Comment => TokenClass::Comment,
        K::Ident => TokenClass::Name,
        K::Number => TokenClass::Number,
        K::OpenQuote | K::CloseQuote | K::QuotedText | K::OpenHeredoc | K::CloseHeredoc | K::Text => TokenClass::String,
        K::OpenInterpolation | K::OpenDirective | K::CloseSequence => TokenClass::Sequence,
        K::OpenBrace | K::CloseBrace | K::OpenBracket | K::CloseBracket | K::OpenParen | K::CloseParen => {
            TokenClass::Punctuation
        }
        K::Dot | K::Comma | K::DoubleColon => TokenClass::Punctuation,
        K::QuotedNewline | K::Bitwise | K::Backtick | K::Apostrophe | K::Semicolon | K::Invalid => TokenClass::Invalid,
        _ => TokenClass::Operator,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::syntax::lexer::{Start, lex};

    #[test]
    fn words_are_coloured_by_where_they_stand() {
        let text =
            "resource \"a\" \"b\" { # c\n  count = true ? f(x.for) : 1\n  tags = { for k in v : k => \"${k}\" }\n}\n";
        let classes = classify(text, &lex(text, Start::Normal, 0));
        assert_eq!(classes.iter().map(|(span, _)| &text[span.range()]).collect::<String>(), text);
        let class_of = |word: &str| {
            let found = classes.iter().find(|(span, _)| &text[span.range()] == word);
            found.map(|(_, class)| *class)
        };
        let cases = [
            ("resource", TokenClass::BlockKind),
            ("a", TokenClass::String),
            ("# c\n", TokenClass::Comment),
            ("count", TokenClass::Argument),
            ("true", TokenClass::Constant),
            ("?", TokenClass::Operator),
            ("f", TokenClass::Function),
            ("x", TokenClass::Name),
            ("1", TokenClass::Number),
            ("in", TokenClass::Keyword),
            ("${", TokenClass::Sequence),
            ("{", TokenClass::Punctuation),
        ];
        for (word, class) in cases {
            assert_eq!(class_of(word), Some(class), "{word}");
        }
    }
}
