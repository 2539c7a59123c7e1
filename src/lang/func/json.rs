//! `jsondecode` and `jsonencode`; the codec itself is `lang::value`'s.

use super::definition::{Call, Function, Parameter, Returns, Shape};
use super::error::FunctionError;
use super::outcome::string;
use crate::lang::value;
use crate::model::value::{Refinement, Type, Value, ValueKind};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "jsondecode",
        "The value that a JSON text describes.",
        &[Parameter::new("str", Shape::String)],
        Returns::Decided(decoded_type),
        decode,
    )
    .maybe_null(),
    Function::new(
        "jsonencode",
        "The value as JSON text.",
        &[Parameter::new("val", Shape::Any).null().unknown().dynamic()],
        Returns::Always(Shape::String),
        encode,
    ),
];

fn decoded_type(args: &[Value]) -> Result<Type, FunctionError> {
    if let Some(text) = args[0].as_str() {
        return value::json_decode(text).map(|value| value.ty()).map_err(|error| FunctionError::new(error.to_string()));
    }
    let prefix = args[0].as_unknown().and_then(|unknown| unknown.refinement.prefix.clone()).unwrap_or_default();
    match prefix.trim().chars().next() {
        None | Some('{' | '[' | 'n') => Ok(Type::Dynamic),
        Some('"') => Ok(Type::String),
        Some('t' | 'f') => Ok(Type::Bool),
        Some('-' | '0'..='9' | '.') => Ok(Type::Number),
        Some(other) => Err(FunctionError::at(0, format!("a JSON document cannot begin with the character '{other}'"))),
    }
}

fn decode(call: &Call<'_>) -> Result<Value, FunctionError> {
    value::json_decode(call.text(0)).map_err(|error| FunctionError::new(error.to_string()))
}

fn encode(call: &Call<'_>) -> Result<Value, FunctionError> {
    let given = &call.args[0];
    if given.is_wholly_known() {
        return value::json_encode(given).map(string).map_err(|error| FunctionError::new(error.to_string()));
    }
    let may_be_null = match &given.kind {
        ValueKind::Unknown(unknown) => !unknown.refinement.not_null,
        _ => false,
    };
    let prefix = match given.ty() {
        _ if may_be_null => None,
        Type::String => Some("\""),
        Type::Object(_) | Type::Map(_) => Some("{"),
        Type::Tuple(_) | Type::List(_) | Type::Set(_) => Some("["),
        _ => None,
    };
    Ok(call.refined(Refinement { prefix: prefix.map(Into::into), ..Refinement::default() }))
}
