//! Several collections into one: `coalesce coalescelist concat merge setproduct zipmap`.

use std::collections::BTreeMap;

use super::definition::{Call, Function, Parameter, Returns, Shape};
use super::error::FunctionError;
use super::limit;
use crate::lang::{types, value};
use crate::model::value::{Marks, Refinement, Str, Type, Value, ValueKind};

const VALS: Parameter = Parameter::new("vals", Shape::Any).unknown().dynamic().null();

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "coalesce",
        "The first of the values that is neither null nor an empty string.",
        &[],
        Returns::Decided(coalesce_type),
        coalesce,
    )
    .and(VALS),
    Function::new(
        "coalescelist",
        "The first of the lists or tuples that has elements.",
        &[],
        Returns::Decided(coalescelist_type),
        coalescelist,
    )
    .and(VALS),
    Function::new(
        "concat",
        "The elements of all given lists and tuples, one after the other.",
        &[],
        Returns::Decided(concat_type),
        concat,
    )
    .and(Parameter::new("seqs", Shape::Any).marked()),
    Function::new(
        "merge",
        "The entries of all given maps and objects; of equal keys the last wins.",
        &[],
        Returns::DecidedUnlessObjects(merge_type),
        merge,
    )
    .and(Parameter::new("maps", Shape::Any).dynamic().null().marked()),
    Function::new(
        "setproduct",
        "All combinations of one element of each given collection.",
        &[],
        Returns::Decided(setproduct_type),
        setproduct,
    )
    .and(Parameter::new("sets", Shape::Any).marked().unknown()),
    Function::new(
        "zipmap",
        "A map or object of the given keys with the values at the same positions.",
        &[Parameter::new("keys", Shape::Strings).marked(), Parameter::new("values", Shape::Any).marked()],
        Returns::Decided(zipmap_type),
        zipmap,
    ),
];

fn types_of(args: &[Value]) -> Vec<Type> {
    args.iter().map(Value::ty).collect()
}

fn coalesce_type(args: &[Value]) -> Result<Type, FunctionError> {
    types::unify(&types_of(args)).ok_or_else(|| FunctionError::new("all arguments must have the same type"))
}

fn coalesce(call: &Call<'_>) -> Result<Value, FunctionError> {
    for argument in call.args {
        // What cannot become what all could become is passed over, as terraform does.
        let Ok(argument) = types::convert(argument, call.result) else { continue };
        if argument.is_unknown() {
            return Ok(call.unknown());
        }
        if argument.is_null() || (*call.result == Type::String && argument.as_str() == Some("")) {
            continue;
        }
        return Ok(argument);
    }
    Err(FunctionError::new("no non-null, non-empty-string arguments"))
}

fn coalescelist_type(args: &[Value]) -> Result<Type, FunctionError> {
    if args.is_empty() {
        return Err(FunctionError::new("at least one argument is required"));
    }
    for argument in args {
        if argument.is_unknown() {
            return Ok(Type::Dynamic);
        }
        if !matches!(argument.ty(), Type::List(_) | Type::Tuple(_)) {
            return Err(FunctionError::new("coalescelist arguments must be lists or tuples"));
        }
    }
    let first = args[0].ty();
    Ok(if args.iter().all(|argument| argument.ty() == first) { first } else { Type::Dynamic })
}

fn coalescelist(call: &Call<'_>) -> Result<Value, FunctionError> {
    for argument in call.args {
        if argument.is_unknown() {
            return Ok(call.unknown());
        }
        if argument.as_items().is_some_and(|items| !items.is_empty()) {
            return Ok(argument.clone());
        }
    }
    Err(FunctionError::new("no non-null arguments"))
}

fn concat_type(args: &[Value]) -> Result<Type, FunctionError> {
    if args.is_empty() {
        return Err(FunctionError::new("at least one argument is required"));
    }
    let given = types_of(args);
    if given.iter().all(|ty| matches!(ty, Type::List(_)))
        && let Some(common) = types::unify(&given)
    {
        return Ok(common);
    }
    let mut elements = Vec::new();
    for (index, (argument, ty)) in args.iter().zip(&given).enumerate() {
        match ty {
            Type::Tuple(own) => elements.extend(own.iter().cloned()),
            Type::List(_) if argument.is_unknown() => return Ok(Type::Dynamic),
            Type::List(element) => {
                let count = argument.as_items().map_or(0, <[Value]>::len);
                elements.extend(std::iter::repeat_n((**element).clone(), count));
            }
            other => {
                let got = types::friendly_name(other);
                return Err(FunctionError::at(index, format!("all arguments must be lists or tuples; got {got}")));
            }
        }
    }
    Ok(Type::tuple(elements))
}

fn concat(call: &Call<'_>) -> Result<Value, FunctionError> {
    let (mut items, mut marks) = (Vec::new(), Marks::NONE);
    for (index, argument) in call.args.iter().enumerate() {
        let argument = match call.result {
            Type::List(_) => {
                types::convert(argument, call.result).map_err(|error| FunctionError::at(index, error.to_string()))?
            }
            _ => argument.clone(),
        };
        marks = marks.union(argument.marks);
        items.extend_from_slice(argument.as_items().unwrap_or_default());
    }
    let result = match call.result {
        Type::List(element) => Value::list((**element).clone(), items),
        _ => Value::tuple(items),
    };
    Ok(result.mark(marks))
}

fn merge_type(args: &[Value]) -> Result<Type, FunctionError> {
    let mut attributes: BTreeMap<Str, Type> = BTreeMap::new();
    let mut keys_are_known = true;
    for argument in args {
        match argument.ty() {
            Type::Dynamic => return Ok(Type::Dynamic),
            Type::Object(object) => {
                if !argument.is_null() {
                    attributes.extend(object.attributes.iter().map(|(name, ty)| (name.clone(), ty.clone())));
                }
            }
            Type::Map(element) => match argument.as_entries() {
                Some(entries) => attributes.extend(entries.keys().map(|key| (key.clone(), (*element).clone()))),
                None => keys_are_known &= argument.is_null(),
            },
            other => {
                let got = types::friendly_name(&other);
                return Err(FunctionError::new(format!("arguments must be maps or objects, got {got:?}")));
            }
        }
    }
    match args.first().map(Value::ty) {
        Some(first) if args.iter().all(|argument| argument.ty() == first) => Ok(first),
        Some(_) if !keys_are_known => Ok(Type::Dynamic),
        _ => Ok(Type::object(attributes)),
    }
}

fn merge(call: &Call<'_>) -> Result<Value, FunctionError> {
    let mut merged: BTreeMap<Str, Value> = BTreeMap::new();
    let mut marks = Marks::NONE;
    for argument in call.args {
        if argument.is_null() {
            continue;
        }
        marks = marks.union(argument.marks);
        match (&argument.kind, argument.as_entries()) {
            (_, Some(entries)) if merged.is_empty() => merged = entries.clone(),
            // Two sorted maps are joined in one go; a few entries are put in one by one.
            (_, Some(entries)) if entries.len() > merged.len() / 8 => merged.append(&mut entries.clone()),
            (_, Some(entries)) => merged.extend(entries.iter().map(|(key, value)| (key.clone(), value.clone()))),
            // Behind a bare null terraform does not look at types, and an element of a set is its own key.
            (ValueKind::Set(set), _) if set.element == Type::String => {
                merged.extend(set.items.iter().filter_map(|item| Some((Str::from(item.as_str()?), item.clone()))));
            }
            _ => {
                let got = types::friendly_name(&argument.ty());
                return Err(FunctionError::new(format!("arguments must be maps or objects, got {got:?}")));
            }
        }
    }
    let result = match call.result {
        Type::Map(element) => Value::map((**element).clone(), merged),
        _ => Value::object(merged),
    };
    Ok(result.mark(marks))
}

fn setproduct_type(args: &[Value]) -> Result<Type, FunctionError> {
    if args.len() < 2 {
        return Err(FunctionError::new("at least two arguments are required"));
    }
    let (mut elements, mut any_set) = (Vec::new(), false);
    for (index, argument) in args.iter().enumerate() {
        elements.push(match argument.ty() {
            Type::Set(element) => {
                any_set = true;
                (*element).clone()
            }
            Type::List(element) => (*element).clone(),
            Type::Tuple(own) if own.is_empty() => Type::Dynamic,
            Type::Tuple(own) => {
                types::unify(&own).ok_or_else(|| FunctionError::at(index, "all elements must be of the same type"))?
            }
            _ => return Err(FunctionError::at(index, "a set or a list is required")),
        });
    }
    let tuple = Type::tuple(elements);
    Ok(if any_set { Type::set(tuple) } else { Type::list(tuple) })
}

fn setproduct(call: &Call<'_>) -> Result<Value, FunctionError> {
    let marks = call.args.iter().fold(Marks::NONE, |marks, argument| marks.union(argument.marks));
    if !call.args.iter().all(has_certain_length) {
        return Ok(call.refined(product_bounds(call.args)).mark(marks));
    }
    let factors: Vec<&[Value]> = call.args.iter().map(|argument| argument.as_items().unwrap_or_default()).collect();
    let total = factors.iter().fold(1usize, |total, factor| total.saturating_mul(factor.len()));
    limit::elements(&call.inputs.limits(), total.saturating_mul(factors.len()))?;
    let (Type::List(tuple) | Type::Set(tuple)) = call.result else { return Ok(call.unknown()) };
    let Type::Tuple(elements) = &**tuple else { return Ok(call.unknown()) };
    let mut product = Vec::with_capacity(total);
    for number in 0..total {
        let mut rest = number;
        let mut picked: Vec<Value> = Vec::with_capacity(factors.len());
        for (factor, ty) in factors.iter().zip(elements.iter()).rev() {
            let item = &factor[rest % factor.len()];
            rest /= factor.len();
            picked.push(types::convert(item, ty).map_err(|error| FunctionError::new(error.to_string()))?);
        }
        picked.reverse();
        product.push(Value::tuple(picked));
    }
    let result = match call.result {
        Type::Set(_) => value::set_of((**tuple).clone(), product),
        _ => Value::list((**tuple).clone(), product),
    };
    Ok(result.mark(marks))
}

fn has_certain_length(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Set(set) => set.items.len() < 2 || value.is_wholly_known(),
        _ => !value.is_unknown(),
    }
}

/// What is certain about the length of a product of which not all factors are known: terraform says it up to a size.
fn product_bounds(args: &[Value]) -> Refinement {
    let mut most: u64 = 1;
    for argument in args {
        let own = match &argument.kind {
            ValueKind::Unknown(unknown) => match &unknown.ty {
                Type::Tuple(elements) => Some(elements.len() as u64),
                _ => unknown.refinement.length_maximum,
            },
            _ => argument.as_items().map(|items| items.len() as u64),
        };
        let Some(own) = own.filter(|own| *own <= 1024) else { return Refinement::default() };
        most *= own;
        if most > 2048 {
            return Refinement::default();
        }
    }
    Refinement { length_minimum: most.min(1), length_maximum: Some(most), ..Refinement::default() }
}

fn lengths_differ(keys: usize, values: usize) -> FunctionError {
    FunctionError::new(format!("number of keys ({keys}) does not match number of values ({values})"))
}

fn key_texts(keys: &Value) -> Result<Vec<Str>, FunctionError> {
    let items = keys.as_items().unwrap_or_default().iter().enumerate();
    items
        .map(|(index, key)| match &key.kind {
            ValueKind::String(text) => Ok(text.clone()),
            _ => Err(FunctionError::new(format!("keys list has null value at index {index}"))),
        })
        .collect()
}

fn zipmap_type(args: &[Value]) -> Result<Type, FunctionError> {
    match args[1].ty() {
        Type::List(element) => Ok(Type::map((*element).clone())),
        Type::Tuple(elements) => {
            if !args[0].is_wholly_known() {
                return Ok(Type::Dynamic);
            }
            let count = args[0].as_items().map_or(0, <[Value]>::len);
            if count != elements.len() {
                return Err(lengths_differ(count, elements.len()));
            }
            let keys = key_texts(&args[0])?;
            Ok(Type::object(keys.into_iter().zip(elements.iter().cloned())))
        }
        _ => Err(FunctionError::new("values argument must be a list or tuple value")),
    }
}

fn zipmap(call: &Call<'_>) -> Result<Value, FunctionError> {
    let (keys, values) = (&call.args[0], &call.args[1]);
    let marks = keys.marks.union(values.marks);
    if !keys.is_wholly_known() {
        return Ok(call.unknown().mark(marks));
    }
    let items = values.as_items().unwrap_or_default();
    let count = keys.as_items().map_or(0, <[Value]>::len);
    if count != items.len() {
        return Err(lengths_differ(count, items.len()));
    }
    let texts = key_texts(keys)?;
    let entries: BTreeMap<Str, Value> = texts.into_iter().zip(items.iter().cloned()).collect();
    let result = match call.result {
        Type::Map(element) => Value::map((**element).clone(), entries),
        _ => Value::object(entries),
    };
    Ok(result.mark(marks.union(keys.deep_marks())))
}
