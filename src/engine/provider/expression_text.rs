//! Values as text of the language and back: the functions `encode_expr`, `encode_tfvars`, `decode_tfvars`.

use crate::lang::expr::evaluate;
use crate::lang::fmt::format_source;
use crate::lang::inputs::NoInputs;
use crate::lang::syntax::ast::Item;
use crate::lang::syntax::{SourceFile, TokenKind, parse_file, tokens};
use crate::lang::value::quote;
use crate::model::diagnostic::Diagnostic;
use crate::model::place::RepoPath;
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

/// The text of a `.tfvars` file as an object. Nothing may be referred to or called, as in such a file.
///
/// # Errors
/// When it is not the text of a `.tfvars` file.
pub(super) fn decode_tfvars(value: &Value) -> Result<Value, String> {
    let text = value.as_str().ok_or("the text is not known yet")?;
    let source = SourceFile::new(RepoPath::new("<decode_tfvars argument>"), text);
    let parsed = parse_file(&source);
    if let Some(fault) = parsed.diagnostics.iter().find(|found| found.is_error()) {
        return Err(format!("invalid tfvars syntax: {}", in_one_line(fault)));
    }
    let mut values = Vec::new();
    for item in &parsed.body.items {
        let Item::Attribute(attribute) = item else {
            return Err("invalid tfvars content: Blocks are not allowed here.".to_owned());
        };
        let name = &attribute.name.text;
        let fault = |problem: String| format!("invalid expression for variable \"{name}\": {problem}");
        let piece = SourceFile::new(source.path().clone(), source.slice(attribute.expr.span));
        if calls_a_function(&piece) {
            return Err(fault("Function calls not allowed; Functions may not be called here.".to_owned()));
        }
        let evaluation = evaluate(&attribute.expr, &source, &NoInputs);
        if let Some(found) = evaluation.diagnostics.iter().find(|found| found.is_error()) {
            return Err(fault(in_one_line(found)));
        }
        values.push((name.clone(), evaluation.value));
    }
    Ok(Value::object(values))
}

fn in_one_line(found: &Diagnostic) -> String {
    let place = found.subject.as_ref().map(|place| format!("{}: ", place.range_text())).unwrap_or_default();
    format!("{place}{}; {}", found.summary, found.detail)
}

/// Whether a name is followed by an opening parenthesis; `for x in (…)` and `if (…)` are no calls.
fn calls_a_function(source: &SourceFile) -> bool {
    let tokens: Vec<_> = tokens(source).into_iter().filter(|token| !token.kind.is_trivia()).collect();
    tokens.windows(2).any(|pair| {
        pair[0].kind == TokenKind::Ident
            && pair[1].kind == TokenKind::OpenParen
            && !matches!(source.slice(pair[0].span), "in" | "if")
    })
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::lang::value::set_of;
    use crate::model::value::Type;

    fn text(value: Result<Value, String>) -> String {
        value.unwrap().as_str().unwrap().to_owned()
    }

    /// Every expectation was printed by terraform 1.11.4.
    #[test]
    fn values_are_written_as_terraform_writes_them() {
        let inner = Value::object([
            ("x", Value::tuple([Value::int(1), Value::string("y${z}\n")])),
            ("e", Value::empty_object()),
            ("l", Value::tuple([])),
        ]);
        let value = Value::object([
            ("a b", Value::int(1)),
            ("long_name", inner),
            ("t", Value::tuple([Value::object([("q", Value::int(1))])])),
            ("n", Value::null()),
            ("s", set_of(Type::String, vec![Value::string("b"), Value::string("a")])),
        ]);
        assert_eq!(
            text(encode_expression(&value)),
            "{\n  \"a b\" = 1\n  long_name = {\n    e = {}\n    l = []\n    x = [1, \"y$${z}\\n\"]\n  }\n  n = null\n  \
             s = [\"a\", \"b\"]\n  t = [{\n    q = 1\n  }]\n}"
        );
        let aligned = Value::tuple([Value::int(1), Value::object([("a", Value::int(1)), ("bcd", Value::int(2))])]);
        assert_eq!(text(encode_expression(&aligned)), "[1, {\n  a   = 1\n  bcd = 2\n}]");
        let odd = Value::string("a\u{1}é\t\"\\ %{x}");
        assert_eq!(text(encode_expression(&odd)), "\"a\\u0001é\\t\\\"\\\\ %%{x}\"");
        let map = Value::map(Type::String, BTreeMap::from([("k".into(), Value::string("v"))]));
        let variables = Value::object([("a", Value::int(1)), ("long", Value::string("x")), ("o", map)]);
        assert_eq!(text(encode_tfvars(&variables)), "a    = 1\nlong = \"x\"\no = {\n  k = \"v\"\n}\n");
    }

    #[test]
    fn what_is_no_tfvars_is_refused_in_terraforms_words() {
        let decode = |text: &str| decode_tfvars(&Value::string(text));
        let value = decode("a = 1\nb = { x = [true, null] }\n").unwrap();
        assert_eq!(value.get("a"), Some(Value::int(1)));
        assert_eq!(value.get("b").unwrap().get("x").unwrap().as_items().unwrap().len(), 2);
        assert!(decode("a = upper(1)\n").unwrap_err().contains("Functions may not be called here."));
        assert!(decode("a = [for x in ([1]) : x]\n").is_ok());
        assert!(decode("a = \n").unwrap_err().starts_with("invalid tfvars syntax: "));
        assert!(decode("x {}\n").unwrap_err().contains("Blocks are not allowed here."));
        assert!(decode("a = b\n").unwrap_err().contains("Variables not allowed"));
        assert!(encode_tfvars(&Value::tuple([])).unwrap_err().contains("must be an object"));
        assert!(encode_tfvars(&Value::object([("a b", Value::int(1))])).unwrap_err().contains("\"a b\""));
    }
}
