//! Tokens that never belong into the language, and what to write instead of them.

use super::fault::Faults;
use super::token::{Token, TokenKind};

/// How often a fault was told already, so that one foreign habit does not fill the screen.
#[derive(Default)]
struct Told {
    bitwise: usize,
    backticks: usize,
    apostrophes: usize,
    semicolons: usize,
}

/// Adds a fault for each token that must not be there.
pub(super) fn check(text: &str, base: u32, tokens: &[Token], faults: &mut Faults) {
    let mut told = Told::default();
    for token in tokens {
        if let Some((summary, detail)) = judge(text, base, token, &mut told) {
            faults.push(summary, detail, token.span, None);
        }
    }
}

fn judge(text: &str, base: u32, token: &Token, told: &mut Told) -> Option<(&'static str, &'static str)> {
    let range = (token.span.start - base) as usize..(token.span.end - base) as usize;
    match token.kind {
        TokenKind::Bitwise => bitwise(text.get(range)?, told),
        TokenKind::Backtick => every_other(&mut told.backticks).then_some((
            "Invalid character",
            "The \"`\" character is not valid. To create a multi-line string, use the \"heredoc\" syntax, like \"<<EOT\".",
        )),
        TokenKind::Apostrophe => every_other(&mut told.apostrophes)
            .then_some(("Invalid character", "Single quotes are not valid. Use double quotes (\") to enclose strings.")),
        TokenKind::Semicolon => {
            told.semicolons += 1;
            (told.semicolons == 1).then_some((
                "Invalid character",
                "The \";\" character is not valid. Use newlines to separate arguments and blocks, and commas to separate items in collection values.",
            ))
        }
        TokenKind::QuotedNewline => Some((
            "Invalid multi-line string",
            "Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \\n escape to represent a newline character or use the \"heredoc\" multi-line template syntax.",
        )),
        TokenKind::Invalid if matches!(text.get(range)?, "\u{201c}" | "\u{201d}") => Some((
            "Invalid character",
            "\"Curly quotes\" are not valid here. These can sometimes be inadvertently introduced when sharing code via documents or discussion forums. It might help to replace the character with a \"straight quote\".",
        )),
        TokenKind::Invalid => Some(("Invalid character", "This character is not used within the language.")),
        _ => None,
    }
}

fn bitwise(sign: &str, told: &mut Told) -> Option<(&'static str, &'static str)> {
    told.bitwise += 1;
    if told.bitwise > 4 {
        return None;
    }
    let detail = match sign {
        "&" => "Bitwise operators are not supported. Did you mean boolean AND (\"&&\")?",
        "|" => "Bitwise operators are not supported. Did you mean boolean OR (\"||\")?",
        "~" => "Bitwise operators are not supported. Did you mean boolean NOT (\"!\")?",
        _ => "Bitwise operators are not supported.",
    };
    Some(("Unsupported operator", detail))
}

/// Quotes come in pairs: only the opening one is told, and after the second pair each.
fn every_other(told: &mut usize) -> bool {
    let tell = told.is_multiple_of(2);
    if *told <= 2 {
        *told += 1;
    }
    tell
}
