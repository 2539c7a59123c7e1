//! Sets: `setintersection setsubtract setunion`.

use super::definition::{Call, Function, Parameter, Returns, Shape};
use super::error::FunctionError;
use crate::lang::{types, value};
use crate::model::value::{Type, Value};

const FIRST: Parameter = Parameter::new("first_set", Shape::Set).dynamic();
const OTHERS: Parameter = Parameter::new("other_sets", Shape::Set).dynamic();

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "setintersection",
        "The elements that all given sets share.",
        &[FIRST],
        Returns::Decided(common_type),
        intersection,
    )
    .and(OTHERS),
    Function::new(
        "setsubtract",
        "The elements of the first set that the second does not have.",
        &[Parameter::new("a", Shape::Set).dynamic(), Parameter::new("b", Shape::Set).dynamic()],
        Returns::Decided(common_type),
        subtraction,
    ),
    Function::new("setunion", "The elements of all given sets.", &[FIRST], Returns::Decided(common_type), union)
        .and(OTHERS),
];

fn common_type(args: &[Value]) -> Result<Type, FunctionError> {
    let mut elements = Vec::new();
    for argument in args {
        let Type::Set(element) = argument.ty() else { return Ok(Type::Dynamic) };
        let says_nothing = *element == Type::Dynamic && argument.as_items().is_some_and(<[Value]>::is_empty);
        if !says_nothing {
            elements.push((*element).clone());
        }
    }
    if elements.is_empty() {
        return Ok(Type::set(Type::Dynamic));
    }
    types::unify(&elements)
        .map(Type::set)
        .ok_or_else(|| FunctionError::new("given sets must all have compatible element types"))
}

/// The arguments as sets of the common type.
fn converted(call: &Call<'_>) -> Result<Vec<Vec<Value>>, FunctionError> {
    let sets = call.args.iter().enumerate().map(|(index, argument)| {
        let set = types::convert(argument, call.result).map_err(|error| FunctionError::at(index, error.to_string()))?;
        Ok(set.as_items().unwrap_or_default().to_vec())
    });
    sets.collect()
}

fn set_like(ty: &Type, items: Vec<Value>) -> Value {
    let element = match ty {
        Type::Set(element) => (**element).clone(),
        _ => Type::Dynamic,
    };
    value::set_of(element, items)
}

fn union(call: &Call<'_>) -> Result<Value, FunctionError> {
    Ok(set_like(call.result, converted(call)?.concat()))
}

/// The elements of the first set for which `keep` holds of every other set.
fn sift(call: &Call<'_>, keep: impl Fn(&[Value], &Value) -> bool) -> Result<Value, FunctionError> {
    let sets = converted(call)?;
    if !call.args.iter().all(Value::is_wholly_known) {
        return Ok(call.unknown());
    }
    let Some((first, others)) = sets.split_first() else { return Ok(call.unknown()) };
    let kept = first.iter().filter(|item| others.iter().all(|other| keep(other, item))).cloned().collect();
    Ok(set_like(call.result, kept))
}

fn intersection(call: &Call<'_>) -> Result<Value, FunctionError> {
    sift(call, |other, item| other.contains(item))
}

fn subtraction(call: &Call<'_>) -> Result<Value, FunctionError> {
    sift(call, |other, item| !other.contains(item))
}
