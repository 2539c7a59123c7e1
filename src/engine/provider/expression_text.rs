//! Values as text of the language and back: the functions `encode_expr`, `encode_tfvars`, `decode_tfvars`.

use crate::lang::fmt::format_source;
use crate::lang::value::quote;
use crate::model::value::{Value, ValueKind};

/// A value as an expression.
///
/// # Errors
/// When something in it is not known.
pub(super) fn encode_expression(value: &Value) -> Result<Value, String> {
    let mut text = "x = ".to_owned();
    write(value, &mut text)?;
    let formatted = formatted(&text)?;
    Ok(Value::string(formatted.strip_prefix("x = ").unwrap_or(&formatted).trim_end()))
}

/// An object as the text of a `.tfvars` file.
///
/// # Errors
/// When it is not an object, a key is not a name, or something is not known.
pub(super) fn encode_tfvars(value: &Value) -> Result<Value, String> {
    let entries = value.as_entries().ok_or(
        "invalid value to encode: must be an object whose attribute names will become the encoded variable names",
    )?;
    let mut text = String::new();
    for (name, value) in entries {
        if !is_identifier(name) {
            return Err(format!(
                "invalid variable name {}: must be a valid identifier, per Terraform's rules for input variable declarations",
                quote(name)
            ));
        }
        text.push_str(name);
        text.push_str(" = ");
        write(value, &mut text)?;
        text.push('\n');
    }
    Ok(Value::string(formatted(&text)?))
}

fn formatted(text: &str) -> Result<String, String> {
    format_source(text).map_err(|found| found.into_iter().map(|d| d.summary).collect::<Vec<_>>().join("; "))
}

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

fn write(value: &Value, out: &mut String) -> Result<(), String> {
    match &value.kind {
        ValueKind::Null(_) => out.push_str("null"),
        ValueKind::Unknown(_) => return Err("the value is not known yet".to_owned()),
        ValueKind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        ValueKind::Number(number) => out.push_str(&number.to_string()),
        ValueKind::String(text) => write_text(text, out),
        ValueKind::List(list) | ValueKind::Set(list) => write_items(&list.items, out)?,
        ValueKind::Tuple(items) => write_items(items, out)?,
        ValueKind::Map(_) | ValueKind::Object(_) => write_entries(value, out)?,
    }
    Ok(())
}

fn write_items(items: &[Value], out: &mut String) -> Result<(), String> {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write(item, out)?;
    }
    out.push(']');
    Ok(())
}

fn write_entries(value: &Value, out: &mut String) -> Result<(), String> {
    out.push('{');
    for (index, (name, item)) in value.as_entries().into_iter().flatten().enumerate() {
        if index == 0 {
            out.push('\n');
        }
        if is_identifier(name) {
            out.push_str(name)
        } else {
            write_text(name, out)
        }
        out.push_str(" = ");
        write(item, out)?;
        out.push('\n');
    }
    out.push('}');
    Ok(())
}

/// A quoted string in which nothing is a template.
fn write_text(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}
