//! Marks: `sensitive nonsensitive issensitive ephemeralasnull`.

use super::definition::{Call, Function, Parameter, Returns, Shape};
use super::error::FunctionError;
use crate::lang::value;
use crate::model::value::{Marks, Type, Value, ValueKind};

const VALUE: Parameter = Parameter::new("value", Shape::Any).anything();

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "ephemeralasnull",
        "The value with every ephemeral part replaced by null.",
        &[VALUE],
        Returns::Decided(same_type),
        ephemeral_as_null,
    )
    .maybe_null(),
    Function::new(
        "issensitive",
        "Whether a value is marked as sensitive.",
        &[VALUE],
        Returns::Always(Shape::Bool),
        is_sensitive,
    )
    .maybe_null(),
    Function::new(
        "nonsensitive",
        "The value without its sensitive mark: what it holds may be shown.",
        &[VALUE],
        Returns::Decided(same_type),
        nonsensitive,
    )
    .maybe_null(),
    Function::new(
        "sensitive",
        "The value marked as sensitive: never shown to people.",
        &[VALUE],
        Returns::Decided(same_type),
        sensitive,
    )
    .maybe_null(),
];

fn same_type(args: &[Value]) -> Result<Type, FunctionError> {
    Ok(args[0].ty())
}

fn sensitive(call: &Call<'_>) -> Result<Value, FunctionError> {
    Ok(call.args[0].clone().mark(Marks::SENSITIVE))
}

fn nonsensitive(call: &Call<'_>) -> Result<Value, FunctionError> {
    let mut result = call.args[0].clone();
    result.marks = result.marks.without(Marks::SENSITIVE);
    Ok(result)
}

fn is_sensitive(call: &Call<'_>) -> Result<Value, FunctionError> {
    let value = &call.args[0];
    if value.is_sensitive() {
        return Ok(Value::bool(true));
    }
    // A value that is not known yet may still turn out to be sensitive.
    Ok(if value.is_unknown() { call.unknown() } else { Value::bool(false) })
}

fn ephemeral_as_null(call: &Call<'_>) -> Result<Value, FunctionError> {
    Ok(without_ephemeral(&call.args[0]))
}

fn without_ephemeral(value: &Value) -> Value {
    if value.marks.contains(Marks::EPHEMERAL) {
        return Value::null_of(value.ty()).mark(value.marks.without(Marks::EPHEMERAL));
    }
    match &value.kind {
        ValueKind::Set(set) => {
            let items = set.items.iter().map(without_ephemeral).collect();
            value::set_of(set.element.clone(), items).mark(value.marks)
        }
        _ => value.map_children(&without_ephemeral),
    }
}
