//! Typed values ⇄ the form in which states and plans store them: plain values, with `{"value": …, "type": …}` wherever
//! a schema leaves the type open. Also the JSON form of types.
//!
//! Nothing here reads or writes text: that is [`super::json`]'s business.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::json::normal_form;
use super::{ListValue, MapValue, ObjectType, PathStep, Str, Type, Value, ValueKind, ValuePath};

/// Why a stored value does not fit its type.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}{problem}", if path.0.is_empty() { String::new() } else { format!("{path}: ") })]
pub struct StoredFault {
    /// Where in the value.
    pub path: ValuePath,
    /// What is wrong there.
    pub problem: String,
}

impl StoredFault {
    fn new(problem: impl Into<String>) -> Self {
        StoredFault { path: ValuePath::default(), problem: problem.into() }
    }

    fn below(mut self, step: PathStep) -> Self {
        self.path.0.insert(0, step);
        self
    }
}

/// The JSON form of a type as a plain value: `"string"`, `["list","string"]`, `["object",{…}]`.
pub fn type_to_plain(ty: &Type) -> Value {
    let pair = |word: &str, inner: Value| Value::tuple([Value::string(word), inner]);
    match ty {
        Type::Dynamic => Value::string("dynamic"),
        Type::Bool => Value::string("bool"),
        Type::Number => Value::string("number"),
        Type::String => Value::string("string"),
        Type::List(element) => pair("list", type_to_plain(element)),
        Type::Set(element) => pair("set", type_to_plain(element)),
        Type::Map(element) => pair("map", type_to_plain(element)),
        Type::Tuple(elements) => pair("tuple", Value::tuple(elements.iter().map(type_to_plain))),
        Type::Object(object) => {
            let attributes = object.attributes.iter().map(|(name, ty)| (name.clone(), type_to_plain(ty)));
            let attributes = Value::object(attributes);
            if object.optional.is_empty() {
                return pair("object", attributes);
            }
            let optional = Value::tuple(object.optional.iter().map(|name| Value::string(name.clone())));
            Value::tuple([Value::string("object"), attributes, optional])
        }
    }
}

/// Reads what [`type_to_plain`] makes.
///
/// # Errors
/// When the value is not the JSON form of a type.
pub fn type_from_plain(plain: &Value) -> Result<Type, StoredFault> {
    let fault = || StoredFault::new("this is not a type");
    if let Some(word) = plain.as_str() {
        return match word {
            "dynamic" => Ok(Type::Dynamic),
            "bool" => Ok(Type::Bool),
            "number" => Ok(Type::Number),
            "string" => Ok(Type::String),
            _ => Err(fault()),
        };
    }
    match plain.as_items() {
        Some([word, inner]) => match word.as_str() {
            Some("list") => Ok(Type::list(type_from_plain(inner)?)),
            Some("set") => Ok(Type::set(type_from_plain(inner)?)),
            Some("map") => Ok(Type::map(type_from_plain(inner)?)),
            Some("tuple") => {
                let elements = inner.as_items().ok_or_else(fault)?;
                Ok(Type::tuple(elements.iter().map(type_from_plain).collect::<Result<Vec<_>, _>>()?))
            }
            Some("object") => object_type(inner, None),
            _ => Err(fault()),
        },
        Some([word, inner, optional]) if word.as_str() == Some("object") => object_type(inner, Some(optional)),
        _ => Err(fault()),
    }
}

fn object_type(attributes: &Value, optional: Option<&Value>) -> Result<Type, StoredFault> {
    let fault = || StoredFault::new("this is not an object type");
    let mut object = ObjectType::default();
    for (name, ty) in attributes.as_object().ok_or_else(fault)? {
        object.attributes.insert(name.clone(), type_from_plain(ty)?);
    }
    if let Some(optional) = optional {
        let names = optional.as_items().ok_or_else(fault)?.iter();
        let names = names.map(|name| name.as_str().map(Str::from).ok_or_else(fault));
        object.optional = names.collect::<Result<BTreeSet<Str>, _>>()?;
    }
    Ok(Type::Object(Arc::new(object)))
}

/// The stored form of a value under the type that its schema gives it. Marks are left out; unknowns stay unknown.
pub fn to_stored(value: &Value, ty: &Type) -> Value {
    match (&value.kind, ty) {
        (ValueKind::Null(own), Type::Dynamic) if *own != Type::Dynamic => {
            Value::object([("value", Value::null()), ("type", type_to_plain(own))])
        }
        (ValueKind::Null(_), _) => Value::null(),
        (ValueKind::Unknown(_), _) => value.clone().unmark(),
        (_, Type::Dynamic) => {
            let ty = value.ty();
            Value::object([("value", to_stored(value, &ty)), ("type", type_to_plain(&ty))])
        }
        (ValueKind::List(list) | ValueKind::Set(list), Type::List(element) | Type::Set(element)) => {
            Value::tuple(list.items.iter().map(|item| to_stored(item, element)))
        }
        (ValueKind::Tuple(items), Type::Tuple(types)) => {
            Value::tuple(items.iter().zip(types.iter()).map(|(item, ty)| to_stored(item, ty)))
        }
        (ValueKind::Map(map), Type::Map(element)) => {
            Value::object(map.entries.iter().map(|(key, item)| (key.clone(), to_stored(item, element))))
        }
        (ValueKind::Object(attributes), Type::Object(object)) => {
            let dynamic = Type::Dynamic;
            Value::object(
                attributes.iter().map(|(name, item)| {
                    (name.clone(), to_stored(item, object.attributes.get(name).unwrap_or(&dynamic)))
                }),
            )
        }
        _ => value.clone().unmark(),
    }
}

/// The value of a type from its stored form. Attributes that the type does not know are left out and missing ones are
/// null, as terraform does with states of other provider versions. Where the type is open, both the stored
/// `{"value","type"}` form and a plain value are taken.
///
/// # Errors
/// When the stored form does not fit.
pub fn from_stored(stored: &Value, ty: &Type) -> Result<Value, StoredFault> {
    if stored.is_null() {
        return Ok(Value::null_of(ty.clone()));
    }
    if stored.is_unknown() {
        return Ok(stored.clone());
    }
    match ty {
        Type::Dynamic => from_dynamic(stored),
        Type::Bool => match &stored.kind {
            ValueKind::Bool(_) => Ok(stored.clone()),
            ValueKind::String(text) if matches!(&**text, "true" | "1") => Ok(Value::bool(true)),
            ValueKind::String(text) if matches!(&**text, "false" | "0") => Ok(Value::bool(false)),
            _ => Err(StoredFault::new("a bool is required")),
        },
        Type::Number => match &stored.kind {
            ValueKind::Number(_) => Ok(stored.clone()),
            ValueKind::String(text) => {
                text.parse().map(Value::number).map_err(|_| StoredFault::new("a number is required"))
            }
            _ => Err(StoredFault::new("a number is required")),
        },
        Type::String => match &stored.kind {
            ValueKind::String(_) => Ok(stored.clone()),
            ValueKind::Number(number) => Ok(Value::string(number.to_string())),
            ValueKind::Bool(value) => Ok(Value::string(if *value { "true" } else { "false" })),
            _ => Err(StoredFault::new("a string is required")),
        },
        Type::List(element) => Ok(Value::list((**element).clone(), elements(stored, element)?)),
        // A writer of states and plans keeps a set's elements distinct and in cty's order.
        Type::Set(element) => {
            Ok(ValueKind::Set(Arc::new(ListValue { element: (**element).clone(), items: elements(stored, element)? }))
                .into())
        }
        Type::Map(element) => from_map(stored, element),
        Type::Tuple(types) => from_tuple(stored, types),
        Type::Object(object) => from_object(stored, object),
    }
}

fn from_dynamic(stored: &Value) -> Result<Value, StoredFault> {
    if let Some(attributes) = stored.as_object()
        && attributes.len() == 2
        && let (Some(value), Some(ty)) = (attributes.get("value"), attributes.get("type"))
        && let Ok(ty) = type_from_plain(ty)
    {
        return from_stored(value, &ty);
    }
    Ok(stored.clone())
}

fn elements(stored: &Value, element: &Type) -> Result<Vec<Value>, StoredFault> {
    let items = stored.as_items().ok_or_else(|| StoredFault::new("a list is required"))?;
    let convert = |(index, item)| {
        from_stored(item, element).map_err(|fault| fault.below(PathStep::Index(i64::try_from(index).unwrap_or(0))))
    };
    items.iter().enumerate().map(convert).collect()
}

fn from_map(stored: &Value, element: &Type) -> Result<Value, StoredFault> {
    let entries = stored.as_entries().ok_or_else(|| StoredFault::new("a map is required"))?;
    let mut map = BTreeMap::new();
    for (key, item) in entries {
        let item = from_stored(item, element).map_err(|fault| fault.below(PathStep::Key(key.clone())))?;
        map.insert(normal_form(key), item);
    }
    Ok(ValueKind::Map(Arc::new(MapValue { element: element.clone(), entries: map })).into())
}

fn from_tuple(stored: &Value, types: &[Type]) -> Result<Value, StoredFault> {
    let items = stored.as_items().ok_or_else(|| StoredFault::new("a tuple is required"))?;
    if items.len() != types.len() {
        return Err(StoredFault::new(format!("a tuple of {} elements is required", types.len())));
    }
    let pairs = items.iter().zip(types).enumerate();
    let convert = |(index, (item, ty))| {
        from_stored(item, ty).map_err(|fault| fault.below(PathStep::Index(i64::try_from(index).unwrap_or(0))))
    };
    pairs.map(convert).collect::<Result<Vec<_>, _>>().map(Value::tuple)
}

fn from_object(stored: &Value, object: &ObjectType) -> Result<Value, StoredFault> {
    let entries = stored.as_entries().ok_or_else(|| StoredFault::new("an object is required"))?;
    let mut attributes = BTreeMap::new();
    for (name, ty) in &object.attributes {
        let value = match entries.get(name) {
            Some(item) => from_stored(item, ty).map_err(|fault| fault.below(PathStep::Attribute(name.clone())))?,
            None => Value::null_of(ty.clone()),
        };
        attributes.insert(name.clone(), value);
    }
    Ok(ValueKind::Object(Arc::new(attributes)).into())
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;

    #[test]
    fn types_survive_their_json_form() {
        for text in [
            "\"dynamic\"",
            r#"["list","string"]"#,
            r#"["object",{"a":"number","b":["tuple",["bool",["map","string"]]]}]"#,
            r#"["object",{"a":["set","number"]},["a"]]"#,
        ] {
            let ty = type_from_plain(&json::read(text.as_bytes()).unwrap()).unwrap();
            assert_eq!(json::write(&type_to_plain(&ty)).unwrap(), text);
        }
        assert!(type_from_plain(&Value::string("strng")).is_err());
    }

    #[test]
    fn open_types_are_stored_with_their_type() {
        let ty = Type::object([("input", Type::Dynamic), ("n", Type::Number)]);
        let value =
            Value::object([("input", Value::list(Type::String, vec![Value::string("a")])), ("n", Value::int(3))]);
        let stored = to_stored(&value, &ty);
        let text = r#"{"input":{"type":["list","string"],"value":["a"]},"n":3}"#;
        assert_eq!(json::write(&stored).unwrap(), text);
        assert_eq!(from_stored(&stored, &ty).unwrap(), value);
    }

    #[test]
    fn what_does_not_fit_says_where() {
        let ty = Type::object([("tags", Type::map(Type::Number))]);
        let stored = json::read(br#"{"tags":{"a":[]},"gone":1}"#).unwrap();
        assert_eq!(from_stored(&stored, &ty).unwrap_err().to_string(), "tags[\"a\"]: a number is required");
        let missing = from_stored(&json::read(b"{}").unwrap(), &ty).unwrap();
        assert!(missing.get("tags").unwrap().is_null());
    }
}
