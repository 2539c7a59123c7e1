//! The value of a piece of literal text: escapes resolved, `$${` and `%%{` to `${` and `%{`, normal form C.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::fault::Faults;
use super::words::quote;
use crate::model::place::Span;
use crate::model::value::Str;

/// Text in normal form C.
pub(super) fn normal(text: &str) -> Str {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        Str::from(text)
    } else {
        Str::from(text.nfc().collect::<String>())
    }
}

/// Appends what the token's text means. Inside quotes backslashes escape, elsewhere they are text.
pub(super) fn resolve(text: &str, quoted: bool, span: Span, into: &mut String, faults: &mut Faults) {
    let bytes = text.as_bytes();
    // A token that begins with a sign is the sign alone or one escaped sequence.
    if let [sign @ (b'$' | b'%'), rest @ ..] = bytes
        && rest.first() == Some(sign)
        && rest.get(1) == Some(&b'{')
    {
        return into.push_str(&text[1..]);
    }
    if !quoted || !bytes.contains(&b'\\') {
        return into.push_str(text);
    }
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        into.push_str(&rest[..at]);
        let start = span.start + (text.len() - rest.len() + at) as u32;
        let length = escape(&rest[at..], start, into, faults);
        rest = &rest[at + length..];
    }
    into.push_str(rest);
}

/// Resolves the escape at the start of `text`; gives its length.
fn escape(text: &str, start: u32, into: &mut String, faults: &mut Faults) -> usize {
    let mut fault = |length: usize, detail: String| {
        let span = Span::new(start, start + length as u32);
        faults.push("Invalid escape sequence", detail, span, None);
    };
    let Some(selector) = text[1..].chars().next() else {
        fault(1, "Backslash must be followed by an escape sequence selector character.".to_owned());
        return 1;
    };
    let simple = match selector {
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        '"' => Some('"'),
        '\\' => Some('\\'),
        _ => None,
    };
    if let Some(char) = simple {
        into.push(char);
        return 2;
    }
    let wanted = match selector {
        'u' => 4,
        'U' => 8,
        other => {
            let shown = quote(&other.to_string());
            fault(1 + other.len_utf8(), format!("The symbol {shown} is not a valid escape sequence selector."));
            into.push(other);
            return 1 + other.len_utf8();
        }
    };
    let digits = text[2..].bytes().take(wanted).take_while(u8::is_ascii_hexdigit).count();
    let length = 2 + digits;
    if digits < wanted {
        let words = if wanted == 4 { "four" } else { "eight" };
        fault(length, format!("The \\{selector} escape sequence must be followed by {words} hexadecimal digits."));
        into.push_str(&text[..length]);
        return length;
    }
    let code = u32::from_str_radix(&text[2..length], 16).unwrap_or(u32::MAX);
    match char::from_u32(code) {
        Some(char) => into.push(char),
        None => fault(length, format!("Cannot encode character U+{code:04x} in UTF-8.")),
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> (String, usize) {
        let mut faults = Faults::default();
        let mut into = String::new();
        resolve(text, true, Span::new(0, text.len() as u32), &mut into, &mut faults);
        (into, faults.count)
    }

    #[test]
    fn escapes_resolve() {
        let cases = [
            (r#"a\n\t\r\"\\b"#, "a\n\t\r\"\\b"),
            (r"\u00e9\U0001F600", "é😀"),
            ("$${", "${"),
            ("%%{~", "%{~"),
            ("$", "$"),
        ];
        for (text, meant) in cases {
            assert_eq!(quoted(text), (meant.to_owned(), 0), "{text}");
        }
    }

    #[test]
    fn bad_escapes_are_faults() {
        for text in [r"\ud83d", r"\x41", r"\u12", r"\U0011ffff", r"\é"] {
            assert_eq!(quoted(text).1, 1, "{text}");
        }
    }
}
