//! Values to JSON, byte for byte as terraform's `jsonencode` writes it.

use std::fmt::Write;

use crate::model::value::{Value, ValueKind};

/// The value as compact JSON, keys sorted. Marks play no part.
///
/// # Errors
/// What cannot be written: an unknown value, an infinity, a number of millions of digits.
pub fn json_encode(value: &Value) -> Result<String, String> {
    let mut out = String::new();
    write(value, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut String) -> Result<(), String> {
    match &value.kind {
        ValueKind::Null(_) => out.push_str("null"),
        ValueKind::Unknown(_) => return Err("value is not known".to_owned()),
        ValueKind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        ValueKind::Number(number) if number.is_infinite() => {
            return Err("cannot serialize infinity as JSON".to_owned());
        }
        ValueKind::Number(number) if !number.is_spelled() => {
            return Err("the number is too large to be written out".to_owned());
        }
        ValueKind::Number(number) => out.push_str(&number.to_string()),
        ValueKind::String(text) => json_quote(text, out),
        ValueKind::List(list) | ValueKind::Set(list) => write_items(&list.items, out)?,
        ValueKind::Tuple(items) => write_items(items, out)?,
        ValueKind::Map(_) | ValueKind::Object(_) => {
            out.push('{');
            for (at, (key, value)) in value.as_entries().into_iter().flatten().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                json_quote(key, out);
                out.push(':');
                write(value, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn write_items(items: &[Value], out: &mut String) -> Result<(), String> {
    out.push('[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(item, out)?;
    }
    out.push(']');
    Ok(())
}

/// A JSON string with Go's escapes: `<`, `>`, `&`, U+2028 and U+2029 are written as `\u…`.
pub fn json_quote(text: &str, out: &mut String) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(char));
            }
            _ => out.push(char),
        }
    }
    out.push('"');
}
