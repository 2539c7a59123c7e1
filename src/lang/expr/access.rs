//! Going into values: attributes and elements.

use std::cmp::Ordering;

use crate::lang::syntax::ast::StepKind;
use crate::lang::types::convert;
use crate::lang::value::{quote, unknown_like};
use crate::model::diagnostic::Diagnostic;
use crate::model::value::{Marks, Number, Type, Value, ValueKind};

const INVALID_INDEX: &str = "Invalid index";
const UNSUPPORTED: &str = "Unsupported attribute";

type Outcome = Result<Value, Box<Diagnostic>>;

fn fault(summary: &str, detail: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(summary, detail))
}

/// One constant step.
pub(super) fn step_into(value: &Value, step: &StepKind) -> Outcome {
    match step {
        StepKind::Attribute(name) => attribute_of(value, name),
        StepKind::Index(key) => element_of(value, key),
    }
}

/// `value.name`
///
/// # Errors
/// A diagnostic without subject.
pub fn attribute_of(value: &Value, name: &str) -> Outcome {
    match &value.kind {
        ValueKind::Object(attributes) => match attributes.get(name) {
            Some(attribute) => Ok(marked(attribute, value.marks)),
            None => Err(no_attribute(name)),
        },
        ValueKind::Map(map) => match map.entries.get(name) {
            Some(element) => Ok(marked(element, value.marks)),
            None => Err(fault(
                "Missing map element",
                format!("This map does not have an element with the key {}.", quote(name)),
            )),
        },
        ValueKind::Null(_) => Err(fault(
            "Attempt to get attribute from null value",
            "This value is null, so it does not have any attributes.",
        )),
        ValueKind::Unknown(unknown) => match &unknown.ty {
            Type::Dynamic => Ok(unknown_like(value, Type::Dynamic)),
            Type::Map(element) => Ok(unknown_like(value, (**element).clone())),
            Type::Object(object) => match object.attributes.get(name) {
                Some(ty) => Ok(unknown_like(value, ty.clone())),
                None => Err(no_attribute(name)),
            },
            ty => Err(without_attributes(ty, name)),
        },
        _ => Err(without_attributes(&value.ty(), name)),
    }
}

fn marked(value: &Value, marks: Marks) -> Value {
    value.clone().mark(marks)
}

fn no_attribute(name: &str) -> Box<Diagnostic> {
    fault(UNSUPPORTED, format!("This object does not have an attribute named {}.", quote(name)))
}

fn without_attributes(ty: &Type, name: &str) -> Box<Diagnostic> {
    let detail = match ty {
        Type::List(element) => match &**element {
            Type::Object(object) if object.attributes.contains_key(name) => format!(
                "Can't access attributes on a list of objects. Did you mean to access attribute {} for a specific \
                 element of the list, or across all elements of the list?",
                quote(name)
            ),
            Type::Object(_) => "Can't access attributes on a list of objects. Did you mean to access an attribute for a \
                                specific element of the list, or across all elements of the list?"
                .to_owned(),
            _ => "This value does not have any attributes.".to_owned(),
        },
        Type::Set(element) if matches!(**element, Type::Object(_)) => {
            "Can't access attributes on a set of objects. Did you mean to access an attribute across all elements of the \
             set?"
                .to_owned()
        }
        ty if ty.is_primitive() => {
            format!("Can't access attributes on a primitive-typed value ({}).", ty.friendly_name())
        }
        _ => "This value does not have any attributes.".to_owned(),
    };
    fault(UNSUPPORTED, detail)
}

/// `collection[key]`
///
/// # Errors
/// A diagnostic without subject.
pub fn element_of(collection: &Value, key: &Value) -> Outcome {
    if collection.is_null() {
        return Err(fault("Attempt to index null value", "This value is null, so it does not have any indices."));
    }
    if key.is_null() {
        return Err(invalid("Can't use a null value as an indexing key."));
    }
    let marks = collection.marks.union(key.marks);
    let hidden = !collection.marks.is_empty();
    if is_open(collection) || is_open(key) {
        let source = if collection.is_unknown() { collection } else { key };
        return Ok(unknown_like(source, Type::Dynamic).unmark().mark(collection.marks));
    }
    match &collection.kind {
        ValueKind::List(list) => {
            let key = converted(key, &Type::Number)?;
            match key.as_number() {
                Some(number) => sequence_element(&list.items, number, marks, hidden),
                None => Ok(unknown_like(&key, list.element.clone()).unmark().mark(collection.marks)),
            }
        }
        ValueKind::Tuple(items) => {
            let key = converted(key, &Type::Number)?;
            match key.as_number() {
                Some(number) => sequence_element(items, number, marks, hidden),
                None => Ok(unknown_like(&key, Type::Dynamic).unmark().mark(collection.marks)),
            }
        }
        ValueKind::Map(map) => {
            let key = converted(key, &Type::String)?;
            match key.as_str() {
                Some(text) => map.entries.get(text).map(|element| marked(element, marks)).ok_or_else(no_element),
                None => Ok(unknown_like(&key, map.element.clone()).unmark().mark(collection.marks)),
            }
        }
        ValueKind::Object(attributes) => {
            let text = converted(key, &Type::String)?;
            match text.as_str() {
                Some(name) => attributes.get(name).map(|value| marked(value, marks)).ok_or_else(|| not_in_object(key)),
                None => Ok(unknown_like(key, Type::Dynamic).unmark().mark(collection.marks)),
            }
        }
        ValueKind::Unknown(unknown) => unknown_element(collection, &unknown.ty, key),
        ValueKind::Set(_) => Err(set_index()),
        _ => Err(invalid("This value does not have any indices.")),
    }
}

fn is_open(value: &Value) -> bool {
    value.as_unknown().is_some_and(|unknown| unknown.ty == Type::Dynamic)
}

fn unknown_element(collection: &Value, ty: &Type, key: &Value) -> Outcome {
    match ty {
        Type::List(element) => {
            converted(key, &Type::Number)?;
            Ok(unknown_like(collection, (**element).clone()))
        }
        Type::Map(element) => {
            converted(key, &Type::String)?;
            Ok(unknown_like(collection, (**element).clone()))
        }
        Type::Tuple(types) => {
            let key = converted(key, &Type::Number)?;
            let Some(number) = key.as_number() else {
                return Ok(unknown_like(collection, Type::Dynamic));
            };
            let items: Vec<Value> = types.iter().map(|ty| unknown_like(collection, ty.clone())).collect();
            sequence_element(&items, number, Marks::NONE, !collection.marks.is_empty())
        }
        Type::Object(_) => {
            converted(key, &Type::String)?;
            // Terraform looks for the attribute only once the object is known.
            Ok(unknown_like(collection, Type::Dynamic))
        }
        Type::Set(_) => Err(set_index()),
        _ => Err(invalid("This value does not have any indices.")),
    }
}

fn sequence_element(items: &[Value], index: &Number, marks: Marks, hidden: bool) -> Outcome {
    if let Some(item) = index.to_i64().and_then(|at| usize::try_from(at).ok()).and_then(|at| items.get(at)) {
        return Ok(marked(item, marks));
    }
    let detail = if !index.is_integer() {
        "indexing a sequence requires a whole number, but the given index has a fractional part"
    } else if index.is_negative() {
        "a negative number is not a valid index for a sequence"
    } else if hidden || index.compare(&Number::from(items.len())) != Ordering::Equal {
        // Terraform explains only the first index behind the end, and not where the length is a secret.
        return Err(no_element());
    } else if items.is_empty() {
        "the collection has no elements"
    } else {
        "the given index is greater than or equal to the length of the collection"
    };
    Err(invalid(format!("The given key does not identify an element in this collection value: {detail}.")))
}

fn converted(key: &Value, want: &Type) -> Outcome {
    convert(key, want).map_err(|error| {
        invalid(format!("The given key does not identify an element in this collection value: {error}."))
    })
}

fn invalid(detail: impl Into<String>) -> Box<Diagnostic> {
    fault(INVALID_INDEX, detail)
}

fn no_element() -> Box<Diagnostic> {
    invalid("The given key does not identify an element in this collection value.")
}

fn not_in_object(key: &Value) -> Box<Diagnostic> {
    if key.ty() == Type::Number {
        return invalid(
            "The given key does not identify an element in this collection value. An object only supports looking up \
             attributes by name, not by numeric index.",
        );
    }
    no_element()
}

fn set_index() -> Box<Diagnostic> {
    invalid(
        "Elements of a set are identified only by their value and don't have any separate index or key to select with, so \
         it's only possible to perform operations across all elements of the set.",
    )
}
