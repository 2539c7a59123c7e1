//! Explicit conversions: `tobool tolist tomap tonumber toset tostring`.

use super::definition::{Call, Function, Parameter, Returns, Shape};
use super::error::FunctionError;
use crate::lang::types;
use crate::lang::value::quote;
use crate::model::value::{Marks, Type, Value};

const V: Parameter = Parameter::new("v", Shape::Any).null().unknown().dynamic().marked();

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("tobool", "The value as a bool.", &[V], Returns::Decided(|args| check(args, Shape::Bool)), convert)
        .maybe_null(),
    Function::new("tolist", "The value as a list.", &[V], Returns::Decided(|args| check(args, Shape::List)), convert)
        .maybe_null(),
    Function::new("tomap", "The value as a map.", &[V], Returns::Decided(|args| check(args, Shape::Map)), convert)
        .maybe_null(),
    Function::new(
        "tonumber",
        "The value as a number.",
        &[V],
        Returns::Decided(|args| check(args, Shape::Number)),
        convert,
    )
    .maybe_null(),
    Function::new("toset", "The value as a set.", &[V], Returns::Decided(|args| check(args, Shape::Set)), convert)
        .maybe_null(),
    Function::new(
        "tostring",
        "The value as a string.",
        &[V],
        Returns::Decided(|args| check(args, Shape::String)),
        convert,
    )
    .maybe_null(),
];

/// The wanted type, when values of the given type can be converted to it at all.
fn check(args: &[Value], wanted: Shape) -> Result<Type, FunctionError> {
    let (given, wanted) = (args[0].ty(), wanted.ty());
    if given == wanted || types::convertible(&given, &wanted) {
        return Ok(wanted);
    }
    Err(impossible(&given, &wanted))
}

fn impossible(given: &Type, wanted: &Type) -> FunctionError {
    FunctionError::at(0, format!("cannot convert {} to {}", types::friendly_name(given), wanted_name(wanted)))
}

/// The name of a wanted type, with `any` as terraform words it in constraints.
fn wanted_name(wanted: &Type) -> String {
    let any = |kind: &str| format!("{kind} of any single type");
    match wanted {
        Type::List(_) => any("list"),
        Type::Set(_) => any("set"),
        Type::Map(_) => any("map"),
        other => types::friendly_name(other),
    }
}

fn convert(call: &Call<'_>) -> Result<Value, FunctionError> {
    let given = &call.args[0];
    // Whatever is certain of something unknown is lost here, also where nothing needs to be converted.
    if given.is_unknown() {
        return Ok(call.unknown().mark(given.marks));
    }
    types::convert(given, call.result).map_err(|_| {
        let (ty, wanted) = (given.ty(), call.result);
        let marks = given.deep_marks();
        if marks.contains(Marks::SENSITIVE) {
            let (from, to) = (types::friendly_name(&ty), wanted_name(wanted));
            return FunctionError::at(0, format!("cannot convert this sensitive {from} to {to}"));
        }
        let what = given.as_str().map_or_else(|| "string".to_owned(), quote);
        match (&ty, wanted) {
            (Type::String, Type::Bool) => FunctionError::at(
                0,
                format!("cannot convert {what} to bool; only the strings \"true\" or \"false\" are allowed"),
            ),
            (Type::String, Type::Number) => FunctionError::at(
                0,
                format!("cannot convert {what} to number; given string must be a decimal representation of a number"),
            ),
            _ => impossible(&ty, wanted),
        }
    })
}
