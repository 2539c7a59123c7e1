//! cty's JSON for types (`["list","string"]`) and for values of a known type, as states and plans hold them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;

use super::json_write::json_encode;
use super::set::set_of;
use super::text::{normal, string};
use crate::model::value::{ListValue, MapValue, Number, ObjectType, Str, Type, Value, ValueKind};

/// The type as cty writes it.
pub fn type_to_json(ty: &Type) -> Json {
    let of = |kind: &str, element: &Type| Json::Array(vec![kind.into(), type_to_json(element)]);
    match ty {
        Type::Dynamic => "dynamic".into(),
        Type::Bool => "bool".into(),
        Type::Number => "number".into(),
        Type::String => "string".into(),
        Type::List(element) => of("list", element),
        Type::Set(element) => of("set", element),
        Type::Map(element) => of("map", element),
        Type::Tuple(elements) => {
            Json::Array(vec!["tuple".into(), Json::Array(elements.iter().map(type_to_json).collect())])
        }
        Type::Object(object) => {
            let attributes = object.attributes.iter().map(|(name, ty)| (name.to_string(), type_to_json(ty))).collect();
            let mut parts = vec!["object".into(), Json::Object(attributes)];
            if !object.optional.is_empty() {
                parts.push(object.optional.iter().map(|name| Json::from(&**name)).collect());
            }
            Json::Array(parts)
        }
    }
}

/// The type that cty wrote; `None` when it is no type.
pub fn type_from_json(json: &Json) -> Option<Type> {
    match json {
        Json::String(name) => match name.as_str() {
            "dynamic" => Some(Type::Dynamic),
            "bool" => Some(Type::Bool),
            "number" => Some(Type::Number),
            "string" => Some(Type::String),
            _ => None,
        },
        Json::Array(parts) => {
            let inner = parts.get(1)?;
            match parts.first()?.as_str()? {
                "list" => type_from_json(inner).map(Type::list),
                "set" => type_from_json(inner).map(Type::set),
                "map" => type_from_json(inner).map(Type::map),
                "tuple" => inner.as_array()?.iter().map(type_from_json).collect::<Option<Vec<_>>>().map(Type::tuple),
                "object" => object_type(inner, parts.get(2)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn object_type(attributes: &Json, optional: Option<&Json>) -> Option<Type> {
    let attributes = attributes
        .as_object()?
        .iter()
        .map(|(name, ty)| Some((Str::from(normal(name).as_ref()), type_from_json(ty)?)))
        .collect::<Option<BTreeMap<_, _>>>()?;
    let optional: BTreeSet<Str> =
        optional.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).map(Str::from).collect();
    Some(Type::Object(Arc::new(ObjectType { attributes, optional })))
}

/// The value as JSON where `ty` is what the reader knows: under a dynamic type it is wrapped as `{"value","type"}`.
///
/// # Errors
/// What cannot be written (unknown, infinite).
pub fn value_to_json(value: &Value, ty: &Type) -> Result<Json, String> {
    if *ty == Type::Dynamic {
        let own = value.ty();
        let inner = if own == Type::Dynamic { Json::Null } else { value_to_json(value, &own)? };
        let mut wrapped = serde_json::Map::new();
        wrapped.insert("value".to_owned(), inner);
        wrapped.insert("type".to_owned(), type_to_json(&own));
        return Ok(Json::Object(wrapped));
    }
    let list = |items: &[Value], element: &Type| -> Result<Json, String> {
        items.iter().map(|item| value_to_json(item, element)).collect::<Result<Vec<_>, _>>().map(Json::Array)
    };
    match (&value.kind, ty) {
        (ValueKind::Null(_), _) => Ok(Json::Null),
        (ValueKind::List(items) | ValueKind::Set(items), Type::List(element) | Type::Set(element)) => {
            list(&items.items, element)
        }
        (ValueKind::Tuple(items), Type::Tuple(types)) => {
            let pairs = items.iter().zip(types.iter());
            pairs.map(|(item, ty)| value_to_json(item, ty)).collect::<Result<Vec<_>, _>>().map(Json::Array)
        }
        (ValueKind::Map(map), Type::Map(element)) => {
            let entries = map.entries.iter();
            entries.map(|(key, item)| Ok((key.to_string(), value_to_json(item, element)?))).collect()
        }
        (ValueKind::Object(attributes), Type::Object(object)) => {
            let pairs = attributes.iter().map(|(name, item)| {
                let ty = object.attributes.get(name).unwrap_or(&Type::Dynamic);
                Ok((name.to_string(), value_to_json(item, ty)?))
            });
            pairs.collect()
        }
        _ => serde_json::from_str(&json_encode(value)?).map_err(|error| error.to_string()),
    }
}

/// The value that JSON holds where `ty` is known.
///
/// # Errors
/// When the JSON does not hold a value of that type, with the path in cty's words.
pub fn value_from_json(json: &Json, ty: &Type) -> Result<Value, String> {
    if *ty == Type::Dynamic {
        return dynamic_from_json(json);
    }
    if json.is_null() {
        return Ok(Value::null_of(ty.without_optional()));
    }
    match ty {
        Type::Dynamic => dynamic_from_json(json),
        Type::Bool => match json {
            Json::Bool(value) => Ok(Value::bool(*value)),
            Json::String(text) if text == "true" || text == "1" => Ok(Value::bool(true)),
            Json::String(text) if text == "false" || text == "0" => Ok(Value::bool(false)),
            _ => Err("bool is required".to_owned()),
        },
        Type::Number => match json {
            Json::Number(number) => Number::parse(&number.to_string()),
            Json::String(text) => Number::parse(text),
            _ => return Err("number is required".to_owned()),
        }
        .map(Value::number)
        .map_err(|error| error.to_string()),
        Type::String => match json {
            Json::String(text) => Ok(string(text)),
            Json::Number(number) => Ok(string(&number.to_string())),
            Json::Bool(value) => Ok(string(&value.to_string())),
            _ => Err("string is required".to_owned()),
        },
        Type::List(element) => {
            let items = items_from_json(json, element)?;
            Ok(ValueKind::List(Arc::new(ListValue { element: element.without_optional(), items })).into())
        }
        Type::Set(element) => Ok(set_of(element.without_optional(), items_from_json(json, element)?)),
        Type::Map(element) => {
            let entries = json.as_object().ok_or("an object is required")?.iter();
            let entries = entries
                .map(|(key, item)| {
                    let value = value_from_json(item, element).map_err(|error| format!("[{key:?}]: {error}"))?;
                    Ok((Str::from(normal(key).as_ref()), value))
                })
                .collect::<Result<_, String>>()?;
            Ok(ValueKind::Map(Arc::new(MapValue { element: element.without_optional(), entries })).into())
        }
        Type::Tuple(types) => {
            let items = json.as_array().ok_or("an array is required")?;
            if items.len() != types.len() {
                return Err(format!("a tuple of {} elements is required", types.len()));
            }
            let items = items.iter().zip(types.iter()).map(|(item, ty)| value_from_json(item, ty));
            Ok(Value::tuple(items.collect::<Result<Vec<_>, _>>()?))
        }
        Type::Object(object) => object_from_json(json, object),
    }
}

fn dynamic_from_json(json: &Json) -> Result<Value, String> {
    if json.is_null() {
        return Ok(Value::null());
    }
    let wrapped = json.as_object().ok_or("an object with \"value\" and \"type\" is required")?;
    let ty =
        wrapped.get("type").and_then(type_from_json).ok_or("missing or invalid type in dynamically-typed value")?;
    let inner = wrapped.get("value").ok_or("missing value in dynamically-typed value")?;
    if ty == Type::Dynamic { Ok(Value::null()) } else { value_from_json(inner, &ty) }
}

fn items_from_json(json: &Json, element: &Type) -> Result<Vec<Value>, String> {
    let items = json.as_array().ok_or("an array is required")?.iter().enumerate();
    items.map(|(at, item)| value_from_json(item, element).map_err(|error| format!("[{at}]: {error}"))).collect()
}

fn object_from_json(json: &Json, object: &ObjectType) -> Result<Value, String> {
    let given = json.as_object().ok_or("an object is required")?;
    if let Some(name) = given.keys().find(|name| !object.attributes.contains_key(normal(name).as_ref())) {
        return Err(format!("unsupported attribute {name:?}"));
    }
    let attributes = object
        .attributes
        .iter()
        .map(|(name, ty)| {
            let value = match given.get(&**name) {
                Some(json) => value_from_json(json, ty).map_err(|error| format!(".{name}: {error}"))?,
                None => Value::null_of(ty.without_optional()),
            };
            Ok((name.clone(), value))
        })
        .collect::<Result<BTreeMap<_, _>, String>>()?;
    Ok(ValueKind::Object(Arc::new(attributes)).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_round_trip() {
        let text = r#"["object",{"a":["list","string"],"b":["tuple",["number","dynamic"]],"c":["map","bool"]}]"#;
        let json: Json = serde_json::from_str(text).unwrap();
        let ty = type_from_json(&json).unwrap();
        assert_eq!(type_to_json(&ty).to_string(), text);
        assert_eq!(type_from_json(&Json::from("nonsense")), None);
    }

    #[test]
    fn values_of_dynamic_type_are_wrapped() {
        let value = Value::tuple([Value::int(1), Value::string("x")]);
        let json = value_to_json(&value, &Type::Dynamic).unwrap();
        assert_eq!(json.to_string(), r#"{"value":[1,"x"],"type":["tuple",["number","string"]]}"#);
        assert_eq!(value_from_json(&json, &Type::Dynamic).unwrap(), value);
        let set = Type::set(Type::Number);
        let read = value_from_json(&serde_json::json!([3, 1, 3]), &set).unwrap();
        assert_eq!(value_to_json(&read, &set).unwrap().to_string(), "[1,3]");
        assert_eq!(value_from_json(&serde_json::json!(["x"]), &set), Err("[0]: a number is required".to_owned()));
    }
}
