//! Text: normal form, quoting, and values as `terraform console` prints them.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use unicode_segmentation::UnicodeSegmentation;

use crate::model::value::{Marks, Str, Type, Value, ValueKind};

/// Text in normal form C, as every string of the language is.
pub fn normal(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// The string value of a text, brought to normal form C.
pub fn string(text: &str) -> Value {
    Value::string(normal(text).as_ref())
}

/// How much of a known beginning is kept of an unknown text.
const LONGEST_PREFIX: usize = 128;

/// The beginning of a text that stays whatever follows it (empty when nothing is certain): the last grapheme may still
/// change, unless it is a delimiter that nothing combines with.
pub fn safe_prefix(text: &str) -> String {
    let mut end = text.len().min(LONGEST_PREFIX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = normal(&text[..end]);
    match text.chars().next_back() {
        Some(last) if is_delimiter(last) => text.into_owned(),
        _ => {
            let last = text.grapheme_indices(true).next_back().map_or(0, |(at, _)| at);
            text[..last].to_owned()
        }
    }
}

/// cty's list of characters that never combine with what follows.
fn is_delimiter(char: char) -> bool {
    matches!(
        char,
        '-' | '_'
            | ':'
            | ';'
            | '/'
            | '\\'
            | ','
            | '.'
            | '('
            | ')'
            | '{'
            | '}'
            | '|'
            | '?'
            | '!'
            | '~'
            | ' '
            | '\t'
            | '@'
            | '#'
            | '$'
            | '%'
            | '^'
            | '&'
            | '*'
            | '+'
            | '"'
            | '\''
    )
}

/// Quoted as Go's `%q` does it.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            ' '..='~' => out.push(char),
            _ if is_printable(char) => out.push(char),
            _ => {
                let code = u32::from(char);
                // Writing to a String cannot fail.
                let _ = match code {
                    0..=0x7f => write!(out, "\\x{code:02x}"),
                    0x80..=0xffff => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push('"');
    out
}

/// Go's `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols, and of the spaces only U+0020.
fn is_printable(char: char) -> bool {
    if char.is_control() || char.is_whitespace() {
        return false;
    }
    // The standard library knows what is printable only through `escape_debug`; a combining mark needs a base before it.
    let mut buffer = String::with_capacity(8);
    buffer.push('a');
    buffer.push(char);
    buffer.escape_debug().nth(1) != Some('\\')
}

/// The value as `terraform console` prints it: an expression that gives it again, where there is one.
pub fn to_expression_text(value: &Value) -> String {
    let mut out = String::new();
    write_value(value, 0, &mut out);
    out
}

fn write_value(value: &Value, indent: usize, out: &mut String) {
    if value.is_unknown() {
        return out.push_str("(known after apply)");
    }
    if value.is_sensitive() {
        return out.push_str("(sensitive value)");
    }
    if value.marks.contains(Marks::EPHEMERAL) {
        return out.push_str("(ephemeral value)");
    }
    match &value.kind {
        ValueKind::Null(ty) => out.push_str(&null_text(ty)),
        ValueKind::Unknown(_) => {}
        ValueKind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        ValueKind::Number(number) => out.push_str(&number.to_string()),
        ValueKind::String(text) => write_string(text, indent, out),
        ValueKind::Tuple(items) => write_sequence(items, indent, out),
        ValueKind::List(list) => wrapped("tolist", out, |out| write_sequence(&list.items, indent, out)),
        ValueKind::Set(set) => wrapped("toset", out, |out| write_sequence(&set.items, indent, out)),
        ValueKind::Object(attributes) => write_mapping(attributes.iter(), indent, out),
        ValueKind::Map(map) => wrapped("tomap", out, |out| write_mapping(map.entries.iter(), indent, out)),
    }
}

fn null_text(ty: &Type) -> String {
    let of = |function: &str, element: &Type| format!("{function}(null) /* of {} */", element.friendly_name());
    match ty {
        Type::Dynamic => "null".to_owned(),
        Type::String => "tostring(null)".to_owned(),
        Type::Number => "tonumber(null)".to_owned(),
        Type::Bool => "tobool(null)".to_owned(),
        Type::List(element) => of("tolist", element),
        Type::Set(element) => of("toset", element),
        Type::Map(element) => of("tomap", element),
        ty => format!("null /* {} */", ty.friendly_name()),
    }
}

fn wrapped(function: &str, out: &mut String, inner: impl FnOnce(&mut String)) {
    out.push_str(function);
    out.push('(');
    inner(out);
    out.push(')');
}

fn new_line(indent: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

fn write_string(text: &str, indent: usize, out: &mut String) {
    if !text.contains('\n') {
        return out.push_str(&quote(text));
    }
    let mut delimiter = "EOT".to_owned();
    while text.split('\n').any(|line| line.trim() == delimiter) {
        delimiter.push('_');
    }
    out.push_str(if indent > 0 { "<<-" } else { "<<" });
    out.push_str(&delimiter);
    for line in text.split('\n') {
        new_line(indent, out);
        out.push_str(line);
    }
    new_line(indent, out);
    out.push_str(&delimiter);
}

fn write_sequence(items: &[Value], indent: usize, out: &mut String) {
    out.push('[');
    for item in items {
        new_line(indent + 2, out);
        write_value(item, indent + 2, out);
        out.push(',');
    }
    if !items.is_empty() {
        new_line(indent, out);
    }
    out.push(']');
}

fn write_mapping<'a>(entries: impl ExactSizeIterator<Item = (&'a Str, &'a Value)>, indent: usize, out: &mut String) {
    let empty = entries.len() == 0;
    out.push('{');
    for (key, value) in entries {
        new_line(indent + 2, out);
        out.push_str(&quote(key));
        out.push_str(" = ");
        write_value(value, indent + 2, out);
    }
    if !empty {
        new_line(indent, out);
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_in_normal_form_c() {
        assert_eq!(string("e\u{301}").as_str(), Some("é"));
        assert_eq!(string("plain").as_str(), Some("plain"));
    }

    #[test]
    fn quoting_is_that_of_go() {
        assert_eq!(quote("a\"\\\n\u{7}\u{1}é\u{200b}\u{a0}"), "\"a\\\"\\\\\\n\\a\\x01é\\u200b\\u00a0\"");
        assert_eq!(quote("e\u{301}x"), "\"e\u{301}x\"");
    }

    #[test]
    fn console_text() {
        let value = Value::object([
            ("a", Value::list(Type::String, vec![Value::string("x")])),
            ("b", Value::null_of(Type::String)),
            ("c", Value::string("s").mark(Marks::SENSITIVE)),
            ("d", Value::string("one\ntwo")),
            ("e", Value::tuple([])),
        ]);
        let expected = "{\n  \"a\" = tolist([\n    \"x\",\n  ])\n  \"b\" = tostring(null)\n  \"c\" = (sensitive value)\n  \
                        \"d\" = <<-EOT\n  one\n  two\n  EOT\n  \"e\" = []\n}";
        assert_eq!(to_expression_text(&value), expected);
    }
}
