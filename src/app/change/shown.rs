//! One value in words: short, masked where it is sensitive, and honest about what is not known.

use crate::model::value::{UnknownSource, Value, ValueKind};

/// How a value reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// As the language writes it.
    Text(String),
    /// `null`.
    Null,
    /// `(sensitive value)`.
    Sensitive,
    /// `(known after apply)`; with what is known about it already.
    AfterApply,
    /// `(not asked: …)`.
    NotAsked(String),
}

impl Shown {
    /// A value in words.
    pub fn of(value: &Value) -> Shown {
        if value.is_sensitive() {
            return Shown::Sensitive;
        }
        match &value.kind {
            ValueKind::Null(_) => Shown::Null,
            ValueKind::Unknown(unknown) => match &unknown.source {
                UnknownSource::AfterApply => Shown::AfterApply,
                UnknownSource::NotAsked(who) => Shown::NotAsked(who.to_string()),
            },
            _ => {
                let mut text = String::new();
                write_compact(&mut text, value);
                Shown::Text(text)
            }
        }
    }

    /// The words.
    pub fn words(&self) -> String {
        match self {
            Shown::Text(text) => text.clone(),
            Shown::Null => "null".to_owned(),
            Shown::Sensitive => "(sensitive value)".to_owned(),
            Shown::AfterApply => "(known after apply)".to_owned(),
            Shown::NotAsked(who) => format!("(not asked: {who})"),
        }
    }
}

/// A string as the language would quote it on one line.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A key of an object or map: quoted only when it must be.
pub fn key(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(plain) { name.to_owned() } else { quoted(name) }
}

fn write_compact(out: &mut String, value: &Value) {
    if value.is_sensitive() {
        return out.push_str(&Shown::Sensitive.words());
    }
    match &value.kind {
        ValueKind::Null(_) | ValueKind::Unknown(_) => out.push_str(&Shown::of(value).words()),
        ValueKind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        ValueKind::Number(number) => out.push_str(&number.to_string()),
        ValueKind::String(text) => out.push_str(&quoted(text)),
        ValueKind::List(_) | ValueKind::Set(_) | ValueKind::Tuple(_) => {
            out.push('[');
            for (index, item) in value.children().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write_compact(out, item);
            }
            out.push(']');
        }
        ValueKind::Map(_) | ValueKind::Object(_) => {
            let entries = value.as_entries().into_iter().flatten();
            out.push('{');
            for (index, (name, item)) in entries.enumerate() {
                out.push_str(if index == 0 { " " } else { ", " });
                out.push_str(&key(name));
                out.push_str(" = ");
                write_compact(out, item);
            }
            out.push_str(if out.ends_with('{') { "}" } else { " }" });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::{Marks, Type};

    #[test]
    fn values_read_as_the_language_writes_them() {
        let secret = Value::string("hunter2").mark(Marks::SENSITIVE);
        let value = Value::object([
            ("a b", Value::tuple([Value::int(1), Value::bool(true), Value::null()])),
            ("n", Value::string("x\ny\"")),
            ("s", secret),
            ("u", Value::unknown(Type::String)),
            ("w", Value::not_asked(Type::String, "data.aws_ami.base")),
            ("z", Value::empty_object()),
        ]);
        assert_eq!(
            Shown::of(&value).words(),
            "{ \"a b\" = [1, true, null], n = \"x\\ny\\\"\", s = (sensitive value), u = (known after apply), \
             w = (not asked: data.aws_ami.base), z = {} }"
        );
    }
}
