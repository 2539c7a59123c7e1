//! Questions about collections and picks from them: `alltrue anytrue compact contains distinct index length matchkeys
//! one sum`.

use std::collections::HashSet;

use unicode_segmentation::UnicodeSegmentation;

use super::definition::{Call, Function, Parameter, Returns, Shape};
use super::error::FunctionError;
use crate::lang::{types, value};
use crate::model::value::{Number, Refinement, Type, Value, ValueKind};

const LIST: Parameter = Parameter::new("list", Shape::Any);
const ANY_LIST: Parameter = Parameter::new("list", Shape::List);
const BOOLS: Parameter = Parameter::new("list", Shape::Bools);
const BOOL: Returns = Returns::Always(Shape::Bool);
const NUMBER: Returns = Returns::Always(Shape::Number);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("alltrue", "Whether all elements are true; true when there are none.", &[BOOLS], BOOL, all_true),
    Function::new("anytrue", "Whether any element is true; false when there are none.", &[BOOLS], BOOL, any_true),
    Function::new(
        "compact",
        "The strings of a list without nulls and empty ones.",
        &[Parameter::new("list", Shape::Strings)],
        Returns::Always(Shape::Strings),
        compact,
    ),
    Function::new(
        "contains",
        "Whether a value is among the elements of a list, tuple or set.",
        &[LIST, Parameter::new("value", Shape::Any)],
        BOOL,
        contains,
    ),
    Function::new(
        "distinct",
        "The elements of a list without repetitions, in the order of their first appearance.",
        &[ANY_LIST],
        Returns::Decided(first_type),
        distinct,
    ),
    Function::new(
        "index",
        "The position of the first element that equals a value.",
        &[LIST, Parameter::new("value", Shape::Any)],
        NUMBER,
        index,
    ),
    Function::new(
        "length",
        "How many elements a collection, or how many characters a string has.",
        &[Parameter::new("value", Shape::Any).dynamic().unknown().marked()],
        Returns::Decided(length_type),
        length,
    ),
    Function::new(
        "matchkeys",
        "The values at whose positions a second list holds one of the wanted keys.",
        &[
            Parameter::new("values", Shape::List),
            Parameter::new("keys", Shape::List),
            Parameter::new("searchset", Shape::List),
        ],
        Returns::Decided(matchkeys_type),
        matchkeys,
    ),
    Function::new(
        "one",
        "The only element of a collection, or null when it is empty.",
        &[LIST],
        Returns::Decided(one_type),
        one,
    )
    .maybe_null(),
    Function::new("sum", "The sum of the numbers of a list, tuple or set.", &[LIST], NUMBER, sum),
];

fn first_type(args: &[Value]) -> Result<Type, FunctionError> {
    Ok(args[0].ty())
}

fn items(value: &Value) -> &[Value] {
    value.as_items().unwrap_or_default()
}

fn all_true(call: &Call<'_>) -> Result<Value, FunctionError> {
    for item in items(&call.args[0]) {
        if item.is_unknown() {
            return Ok(call.unknown());
        }
        if item.as_bool() != Some(true) {
            return Ok(Value::bool(false));
        }
    }
    Ok(Value::bool(true))
}

fn any_true(call: &Call<'_>) -> Result<Value, FunctionError> {
    let found = items(&call.args[0]);
    if found.iter().any(|item| item.as_bool() == Some(true)) {
        return Ok(Value::bool(true));
    }
    Ok(if found.iter().any(Value::is_unknown) { call.unknown() } else { Value::bool(false) })
}

fn compact(call: &Call<'_>) -> Result<Value, FunctionError> {
    let list = &call.args[0];
    if !list.is_wholly_known() {
        return Ok(call.unknown());
    }
    let kept = items(list).iter().filter(|item| item.as_str().is_some_and(|text| !text.is_empty()));
    Ok(Value::list(Type::String, kept.cloned().collect()))
}

fn contains(call: &Call<'_>) -> Result<Value, FunctionError> {
    let Some(items) = call.args[0].as_items() else {
        return Err(FunctionError::new("argument must be list, tuple, or set"));
    };
    let mut open = false;
    for item in items {
        match value::equals(&call.args[1], item).as_bool() {
            Some(true) => return Ok(Value::bool(true)),
            Some(false) => {}
            None => open = true,
        }
    }
    Ok(if open { call.unknown() } else { Value::bool(false) })
}

fn distinct(call: &Call<'_>) -> Result<Value, FunctionError> {
    let list = &call.args[0];
    if !list.is_wholly_known() {
        return Ok(call.unknown());
    }
    let Type::List(element) = call.result else { return Ok(list.clone()) };
    Ok(Value::list((**element).clone(), without_repetitions(items(list))))
}

/// The items in the order of their first appearance.
fn without_repetitions(items: &[Value]) -> Vec<Value> {
    let mut texts = HashSet::new();
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        let is_new = match &item.kind {
            ValueKind::String(text) => texts.insert(text.clone()),
            _ => !kept.iter().any(|other| value::equals(other, item).as_bool() == Some(true)),
        };
        if is_new {
            kept.push(item.clone());
        }
    }
    kept
}

fn index(call: &Call<'_>) -> Result<Value, FunctionError> {
    let list = &call.args[0];
    if !matches!(list.kind, ValueKind::List(_) | ValueKind::Tuple(_)) {
        return Err(FunctionError::new("argument must be a list or tuple"));
    }
    if items(list).is_empty() {
        return Err(FunctionError::new("cannot search an empty list"));
    }
    for (index, item) in items(list).iter().enumerate() {
        match value::equals(item, &call.args[1]).as_bool() {
            Some(true) => return Ok(Value::int(index as i64)),
            Some(false) => {}
            None => return Ok(call.unknown()),
        }
    }
    Err(FunctionError::new("item not found"))
}

fn length_type(args: &[Value]) -> Result<Type, FunctionError> {
    match args[0].ty() {
        Type::Bool | Type::Number => {
            Err(FunctionError::new("argument must be a string, a collection type, or a structural type"))
        }
        _ => Ok(Type::Number),
    }
}

fn length(call: &Call<'_>) -> Result<Value, FunctionError> {
    let given = &call.args[0];
    let known = match (&given.kind, given.ty()) {
        (_, Type::Tuple(elements)) => Some(elements.len()),
        (_, Type::Object(object)) => Some(object.attributes.len()),
        (ValueKind::String(text), _) => Some(text.graphemes(true).count()),
        (ValueKind::Set(set), _) if set.items.len() > 1 && !given.is_wholly_known() => None,
        (ValueKind::List(list) | ValueKind::Set(list), _) => Some(list.items.len()),
        (ValueKind::Map(map), _) => Some(map.entries.len()),
        _ => None,
    };
    let result = match known {
        Some(count) => Value::int(count as i64),
        None => call.refined(length_bounds(given)),
    };
    Ok(result.mark(given.marks))
}

/// What is certain about the length of something that is not wholly known.
fn length_bounds(given: &Value) -> Refinement {
    let (least, most) = match &given.kind {
        ValueKind::Set(set) => (1, Some(set.items.len() as u64)),
        ValueKind::Unknown(unknown) => match unknown.ty {
            Type::String => {
                let prefix = unknown.refinement.prefix.as_deref().unwrap_or_default();
                (prefix.graphemes(true).count() as u64, None)
            }
            Type::Dynamic => return Refinement::not_null(),
            _ => {
                (unknown.refinement.length_minimum, Some(unknown.refinement.length_maximum.unwrap_or(i64::MAX as u64)))
            }
        },
        _ => (0, None),
    };
    let bound = |length: u64| (Number::from(i64::try_from(length).unwrap_or(i64::MAX)), true);
    Refinement { minimum: Some(bound(least)), maximum: most.map(bound), ..Refinement::not_null() }
}

fn matchkeys_type(args: &[Value]) -> Result<Type, FunctionError> {
    match types::unify(&[args[1].ty(), args[2].ty()]) {
        Some(_) => Ok(args[0].ty()),
        None => Err(FunctionError::new("keys and searchset must be of the same type")),
    }
}

fn matchkeys(call: &Call<'_>) -> Result<Value, FunctionError> {
    let values = &call.args[0];
    if items(values).len() != items(&call.args[1]).len() {
        return Err(FunctionError::new("length of keys and values should be equal"));
    }
    let common = types::unify(&[call.args[1].ty(), call.args[2].ty()]).unwrap_or(Type::Dynamic);
    let as_common = |index: usize| {
        types::convert(&call.args[index], &common).map_err(|error| FunctionError::at(index, error.to_string()))
    };
    let (keys, wanted) = (as_common(1)?, as_common(2)?);
    let Type::List(element) = values.ty() else { return Ok(values.clone()) };
    let list = |found: Vec<Value>| Ok(Value::list((*element).clone(), found));
    if items(&wanted).is_empty() {
        return list(Vec::new());
    }
    if !values.is_wholly_known() || !keys.is_wholly_known() {
        return Ok(call.unknown());
    }
    let mut found = Vec::new();
    for (item, key) in items(values).iter().zip(items(&keys)) {
        for candidate in items(&wanted) {
            match value::equals(key, candidate).as_bool() {
                Some(true) => {
                    found.push(item.clone());
                    break;
                }
                Some(false) => {}
                // Terraform answers an undecided search with the empty list.
                None => return list(Vec::new()),
            }
        }
    }
    list(found)
}

const ONE: &str = "must be a list, set, or tuple value with either zero or one elements";

fn one_type(args: &[Value]) -> Result<Type, FunctionError> {
    match args[0].ty() {
        Type::List(element) | Type::Set(element) => Ok((*element).clone()),
        Type::Tuple(elements) if elements.is_empty() => Ok(Type::Dynamic),
        Type::Tuple(elements) if elements.len() == 1 => Ok(elements[0].clone()),
        _ => Err(FunctionError::at(0, ONE)),
    }
}

fn one(call: &Call<'_>) -> Result<Value, FunctionError> {
    match items(&call.args[0]) {
        [] => Ok(Value::null_of(call.result.clone())),
        [single] => Ok(single.clone()),
        _ if matches!(call.args[0].kind, ValueKind::Set(_)) && !call.args[0].is_wholly_known() => Ok(call.unknown()),
        _ => Err(FunctionError::at(0, ONE)),
    }
}

fn sum(call: &Call<'_>) -> Result<Value, FunctionError> {
    const NUMBERS: &str = "argument must be list, set, or tuple of number values";
    let given = &call.args[0];
    let empty = match (given.as_items(), given.as_entries()) {
        (Some(items), _) => items.is_empty(),
        (_, Some(entries)) => entries.is_empty(),
        _ => return Err(FunctionError::at(0, "cannot sum noniterable")),
    };
    if empty {
        return Err(FunctionError::at(0, "cannot sum an empty list"));
    }
    let Some(items) = given.as_items() else {
        let got = types::friendly_name(&given.ty());
        return Err(FunctionError::at(0, format!("argument must be list, set, or tuple. Received {got}")));
    };
    if !given.is_wholly_known() {
        return Ok(call.unknown());
    }
    let mut total: Option<Number> = None;
    for item in items {
        let converted = types::convert(item, &Type::Number).map_err(|_| FunctionError::at(0, NUMBERS))?;
        let number = converted.as_number().ok_or_else(|| FunctionError::at(0, NUMBERS))?;
        total = Some(match total {
            None => number.clone(),
            Some(so_far) => {
                so_far.add(number).map_err(|_| FunctionError::new("can't compute sum of opposing infinities"))?
            }
        });
    }
    Ok(Value::number(total.unwrap_or(Number::ZERO)))
}
