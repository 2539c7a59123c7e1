//! Escapes and classes of Go's regular expressions, and what is wrong with a pattern.

use regex::Regex;

/// What is wrong with a pattern: a kind in Go's words and the part that is at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PatternError {
    pub(super) kind: &'static str,
    pub(super) part: String,
}

const MISSING_BRACKET: &str = "missing closing ]";
pub(super) const CHAR_RANGE: &str = "invalid character class range";
pub(super) const ESCAPE: &str = "invalid escape sequence";
const TRAILING: &str = "trailing backslash at end of expression";

pub(super) type Outcome<T> = Result<T, PatternError>;

pub(super) fn fault<T>(kind: &'static str, part: impl Into<String>) -> Outcome<T> {
    Err(PatternError { kind, part: part.into() })
}

/// What lies between a text and its tail.
pub(super) fn consumed<'a>(text: &'a str, tail: &str) -> &'a str {
    &text[..text.len() - tail.len()]
}

/// The members of `\d`, `\pL` and their like, as the inside of a class.
pub(super) fn escaped_class(text: &str) -> Outcome<Option<(String, &str)>> {
    let Some(rest) = text.strip_prefix('\\') else { return Ok(None) };
    let members = match rest.chars().next() {
        Some('d') => "0-9",
        Some('D') => "[^0-9]",
        Some('s') => "\\t\\n\\f\\r\\x20",
        Some('S') => "[^\\t\\n\\f\\r\\x20]",
        Some('w') => "0-9A-Za-z_",
        Some('W') => "[^0-9A-Za-z_]",
        Some('p' | 'P') => return unicode_class(text),
        _ => return Ok(None),
    };
    Ok(Some((members.to_owned(), &rest[1..])))
}

fn unicode_class(text: &str) -> Outcome<Option<(String, &str)>> {
    let mut negative = text.starts_with("\\P");
    let after = &text[2..];
    let (mut name, rest) = match after.chars().next() {
        None => return Ok(None),
        Some('{') => match after.find('}') {
            Some(end) => (&after[1..end], &after[end + 1..]),
            None => return fault(CHAR_RANGE, text),
        },
        Some(single) => after.split_at(single.len_utf8()),
    };
    let written = consumed(text, rest);
    if let Some(bare) = name.strip_prefix('^') {
        negative = !negative;
        name = bare;
    }
    if name == "Any" {
        let all = if negative { "[^\\x{0}-\\x{10ffff}]" } else { "\\x{0}-\\x{10ffff}" };
        return Ok(Some((all.to_owned(), rest)));
    }
    let class = format!("\\{}{{{name}}}", if negative { 'P' } else { 'p' });
    let plausible = name.chars().next().is_some_and(|first| first.is_ascii_uppercase())
        && name.chars().all(|character| character.is_ascii_alphabetic() || character == '_');
    if !plausible || Regex::new(&class).is_err() {
        return fault(CHAR_RANGE, written);
    }
    Ok(Some((class, rest)))
}

pub(super) fn posix_class(name: &str) -> Option<&'static str> {
    Some(match name {
        "[:alnum:]" => "[:alnum:]",
        "[:^alnum:]" => "[:^alnum:]",
        "[:alpha:]" => "[:alpha:]",
        "[:^alpha:]" => "[:^alpha:]",
        "[:ascii:]" => "[:ascii:]",
        "[:^ascii:]" => "[:^ascii:]",
        "[:blank:]" => "[:blank:]",
        "[:^blank:]" => "[:^blank:]",
        "[:cntrl:]" => "[:cntrl:]",
        "[:^cntrl:]" => "[:^cntrl:]",
        "[:digit:]" => "[:digit:]",
        "[:^digit:]" => "[:^digit:]",
        "[:graph:]" => "[:graph:]",
        "[:^graph:]" => "[:^graph:]",
        "[:lower:]" => "[:lower:]",
        "[:^lower:]" => "[:^lower:]",
        "[:print:]" => "[:print:]",
        "[:^print:]" => "[:^print:]",
        "[:punct:]" => "[:punct:]",
        "[:^punct:]" => "[:^punct:]",
        "[:space:]" => "[:space:]",
        "[:^space:]" => "[:^space:]",
        "[:upper:]" => "[:upper:]",
        "[:^upper:]" => "[:^upper:]",
        "[:word:]" => "[:word:]",
        "[:^word:]" => "[:^word:]",
        "[:xdigit:]" => "[:xdigit:]",
        "[:^xdigit:]" => "[:^xdigit:]",
        _ => return None,
    })
}

/// One character of a class that opens at `whole`.
pub(super) fn class_character<'a>(text: &'a str, whole: &str) -> Outcome<(char, &'a str)> {
    match text.chars().next() {
        None => fault(MISSING_BRACKET, whole),
        Some('\\') => escaped_character(text),
        Some(plain) => Ok((plain, &text[plain.len_utf8()..])),
    }
}

/// The character that an escape stands for, and what follows.
pub(super) fn escaped_character(text: &str) -> Outcome<(char, &str)> {
    let mut rest = text[1..].chars();
    let Some(letter) = rest.next() else { return fault(TRAILING, "") };
    let after = rest.as_str();
    let simple = match letter {
        'a' => Some('\u{7}'),
        'f' => Some('\u{c}'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'v' => Some('\u{b}'),
        'x' => return hexadecimal(text, after),
        '0'..='7' if letter == '0' || after.starts_with(|digit| matches!(digit, '0'..='7')) => {
            let digits: String = std::iter::once(letter)
                .chain(after.chars().take_while(|digit| matches!(digit, '0'..='7')).take(2))
                .collect();
            let character = u32::from_str_radix(&digits, 8).ok().and_then(char::from_u32);
            return character
                .map(|character| (character, &after[digits.len() - 1..]))
                .map_or_else(|| fault(ESCAPE, text), Ok);
        }
        other if other.is_ascii() && !other.is_ascii_alphanumeric() => Some(other),
        _ => None,
    };
    simple.map(|character| (character, after)).map_or_else(|| fault(ESCAPE, consumed(text, after)), Ok)
}

/// `\x7f` or `\x{10ffff}`; `after` begins behind the `x`.
fn hexadecimal<'a>(text: &'a str, after: &'a str) -> Outcome<(char, &'a str)> {
    if let Some(braced) = after.strip_prefix('{') {
        let end = braced.find(|digit: char| !digit.is_ascii_hexdigit()).unwrap_or(braced.len());
        let tail = &braced[end..];
        let character = u32::from_str_radix(&braced[..end], 16).ok().and_then(char::from_u32);
        return match (character, tail.strip_prefix('}')) {
            (Some(character), Some(tail)) => Ok((character, tail)),
            _ => {
                let wrong = tail.chars().next().map_or(0, char::len_utf8);
                fault(ESCAPE, consumed(text, &tail[wrong..]))
            }
        };
    }
    let digits = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
    match digits {
        Some(code) => Ok((char::from(code), &after[2..])),
        None => {
            let taken: usize = after.chars().take(2).map(char::len_utf8).sum();
            fault(ESCAPE, consumed(text, &after[taken..]))
        }
    }
}
