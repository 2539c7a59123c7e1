//! Maps and objects: `keys lookup transpose values`.

use std::collections::BTreeMap;

use super::definition::{Call, Function, Parameter, Returns, Shape};
use super::error::{FunctionError, redact};
use super::outcome::string;
use crate::lang::types;
use crate::lang::value::quote;
use crate::model::value::{Str, Type, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "keys",
        "The keys of a map in their order, or the attribute names of an object.",
        &[Parameter::new("inputMap", Shape::Any).unknown().marked()],
        Returns::Decided(keys_type),
        keys,
    ),
    Function::new(
        "lookup",
        "The value under a key of a map, or a default when there is none.",
        &[
            Parameter::new("inputMap", Shape::Any).unknown().marked(),
            Parameter::new("key", Shape::String).unknown().marked(),
        ],
        Returns::Decided(lookup_type),
        lookup,
    )
    .and(Parameter::new("default", Shape::Any).anything())
    .maybe_null(),
    Function::new(
        "transpose",
        "A map of lists turned round: each string of the lists leads to the keys whose lists held it.",
        &[Parameter::new("values", Shape::MapOfStrings)],
        Returns::Always(Shape::MapOfStrings),
        transpose,
    ),
    Function::new(
        "values",
        "The values of a map in the order of their keys.",
        &[Parameter::new("mapping", Shape::Any).marked()],
        Returns::Decided(values_type),
        values,
    ),
];

fn keys_type(args: &[Value]) -> Result<Type, FunctionError> {
    match args[0].ty() {
        Type::Map(_) => Ok(Type::list(Type::String)),
        Type::Object(object) => Ok(Type::tuple(object.attributes.keys().map(|_| Type::String))),
        _ => Err(FunctionError::at(0, "must have map or object type")),
    }
}

fn keys(call: &Call<'_>) -> Result<Value, FunctionError> {
    let given = &call.args[0];
    let result = match (given.ty(), given.as_entries()) {
        (Type::Object(object), _) => Value::tuple(object.attributes.keys().map(string)),
        (_, Some(entries)) => Value::list(Type::String, entries.keys().map(string).collect()),
        (_, None) => call.unknown(),
    };
    Ok(result.mark(given.marks))
}

fn lookup_type(args: &[Value]) -> Result<Type, FunctionError> {
    if args.len() > 3 {
        return Err(FunctionError::new(format!("lookup() takes two or three arguments, got {}", args.len())));
    }
    match args[0].ty() {
        Type::Object(object) => {
            let Some(key) = args[1].as_str() else { return Ok(Type::Dynamic) };
            match (object.attributes.get(key), args.get(2)) {
                (Some(ty), _) => Ok(ty.clone()),
                (None, Some(default)) => Ok(default.ty()),
                (None, None) => {
                    let message = format!("the given object has no attribute {}", quote(key));
                    Err(FunctionError::at(0, message))
                }
            }
        }
        Type::Map(element) => {
            if let Some(default) = args.get(2) {
                types::convert(default, &element).map_err(|_| {
                    FunctionError::at(2, "the default value must have the same type as the map elements")
                })?;
            }
            Ok((*element).clone())
        }
        _ => Err(FunctionError::at(0, "lookup() requires a map as the first argument")),
    }
}

fn lookup(call: &Call<'_>) -> Result<Value, FunctionError> {
    let (map, key) = (&call.args[0], &call.args[1]);
    let marks = map.marks.union(key.marks);
    if map.is_unknown() || key.is_unknown() {
        return Ok(call.unknown().mark(marks));
    }
    let text = key.as_str().unwrap_or_default();
    if let Some(found) = map.as_entries().and_then(|entries| entries.get(text)) {
        return Ok(found.clone().mark(marks));
    }
    match call.args.get(2) {
        Some(default) => {
            let converted =
                types::convert(default, call.result).map_err(|error| FunctionError::new(error.to_string()))?;
            Ok(converted.mark(marks))
        }
        None => {
            let shown = redact(key.marks, || quote(text));
            Err(FunctionError::new(format!("lookup failed to find key {shown}")))
        }
    }
}

fn transpose(call: &Call<'_>) -> Result<Value, FunctionError> {
    let given = &call.args[0];
    if !given.is_wholly_known() {
        return Ok(call.unknown());
    }
    let mut turned: BTreeMap<Str, Vec<Str>> = BTreeMap::new();
    for (key, list) in given.as_entries().into_iter().flatten() {
        for item in list.as_items().ok_or_else(|| FunctionError::new("input must not contain null list"))? {
            let text = item.as_str().ok_or_else(|| FunctionError::new("input list must not contain null string"))?;
            turned.entry(text.into()).or_default().push(key.clone());
        }
    }
    let lists = turned
        .into_iter()
        .map(|(text, keys)| (text, Value::list(Type::String, keys.into_iter().map(Value::string).collect())));
    Ok(Value::map(Type::list(Type::String), lists.collect()))
}

fn values_type(args: &[Value]) -> Result<Type, FunctionError> {
    match args[0].ty() {
        Type::Map(element) => Ok(Type::list((*element).clone())),
        Type::Object(object) => Ok(Type::tuple(object.attributes.values().cloned())),
        _ => Err(FunctionError::new("values() requires a map as the first argument")),
    }
}

fn values(call: &Call<'_>) -> Result<Value, FunctionError> {
    let items: Vec<Value> =
        call.args[0].as_entries().into_iter().flat_map(|entries| entries.values()).cloned().collect();
    let result = match call.result {
        Type::List(element) => Value::list((**element).clone(), items),
        _ => Value::tuple(items),
    };
    Ok(result.mark(call.args[0].marks))
}
