//! The answers of `kilter console --format json`: one object a line,
//! `{"type","value","sensitive","unknown","diagnostics"}`.
//!
//! `type` is cty's JSON form of the type, `value` the JSON value with what is unknown as null; a sensitive value is
//! shown as null too, since what Kilter prints may end up in a log.

use serde::Serialize;
use serde_json::Value as Json;

use super::diagnostic_json::{self, DiagnosticOut};
use crate::model::diagnostic::Diagnostic;
use crate::model::value::{Marks, Value};

#[derive(Serialize)]
struct Line {
    r#type: Json,
    value: Json,
    sensitive: bool,
    unknown: bool,
    diagnostics: Vec<DiagnosticOut>,
}

/// What an expression gave, its type and value in cty's JSON.
pub struct Answer<'a> {
    /// The value itself.
    pub value: &'a Value,
    /// Its type.
    pub ty: Json,
    /// Its content, what is unknown as null.
    pub content: Json,
}

/// One answer with its line end.
pub fn line(answer: Option<Answer<'_>>, diagnostics: &[Diagnostic]) -> Vec<u8> {
    let value = answer.as_ref().map(|answer| answer.value);
    let marks = value.map_or(Marks::NONE, Value::deep_marks);
    let sensitive = marks.contains(Marks::SENSITIVE);
    let line = Line {
        r#type: answer.as_ref().map_or(Json::Null, |answer| answer.ty.clone()),
        value: answer.as_ref().filter(|_| !sensitive).map_or(Json::Null, |answer| answer.content.clone()),
        sensitive,
        unknown: value.is_some_and(|value| !value.is_wholly_known()),
        diagnostics: diagnostics.iter().map(|found| diagnostic_json::out(found, &|_| None)).collect(),
    };
    let mut bytes = serde_json::to_vec(&line).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
