//! What terraform says about a value beside the snippet of a diagnostic: `is "x"`, `is list of string with 2 elements`.

use crate::lang::types::friendly_name;
use crate::lang::value::quote;
use crate::model::value::{Marks, Type, Value, ValueKind};

/// What a diagnostic is caused by: only then is it mentioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The value itself.
    Value,
    /// That it is not known.
    Unknown,
    /// That it is sensitive.
    Sensitive,
    /// That it is ephemeral.
    Ephemeral,
}

/// The words for a value; `None` when there is nothing to say.
pub fn statement(value: &Value, cause: Cause) -> Option<String> {
    if value.marks.contains(Marks::SENSITIVE) {
        return (cause == Cause::Sensitive).then(|| "has a sensitive value".to_owned());
    }
    if value.marks.contains(Marks::EPHEMERAL) {
        return (cause == Cause::Ephemeral).then(|| "has an ephemeral value".to_owned());
    }
    match &value.kind {
        ValueKind::Unknown(unknown) => match (&unknown.ty, cause) {
            (Type::Dynamic, Cause::Unknown) => Some("will be known only after apply".to_owned()),
            (Type::Dynamic, _) => None,
            (ty, Cause::Unknown) => Some(format!("is a {}, known only after apply", friendly_name(ty))),
            (ty, _) => Some(format!("is a {}", friendly_name(ty))),
        },
        _ => Some(format!("is {}", compact(value))),
    }
}

/// A value in a few words.
fn compact(value: &Value) -> String {
    match &value.kind {
        ValueKind::Null(ty) if ty.is_primitive() || *ty == Type::Dynamic => "null".to_owned(),
        ValueKind::Null(ty) => format!("null {}", friendly_name(ty)),
        ValueKind::Bool(flag) => flag.to_string(),
        ValueKind::Number(number) => number.to_string(),
        ValueKind::String(text) => quote(text),
        ValueKind::List(list) | ValueKind::Set(list) => counted(&friendly_name(&value.ty()), list.items.len()),
        ValueKind::Tuple(items) => counted("tuple", items.len()),
        ValueKind::Map(map) => counted(&friendly_name(&value.ty()), map.entries.len()),
        ValueKind::Object(attributes) => match attributes.len() {
            0 => "object with no attributes".to_owned(),
            1 => format!("object with 1 attribute {}", quote(attributes.keys().next().map_or("", |name| name))),
            count => format!("object with {count} attributes"),
        },
        ValueKind::Unknown(unknown) => friendly_name(&unknown.ty),
    }
}

fn counted(what: &str, count: usize) -> String {
    match count {
        0 => format!("empty {what}"),
        1 => format!("{what} with 1 element"),
        count => format!("{what} with {count} elements"),
    }
}
