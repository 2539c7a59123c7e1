//! Values from one type to another.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::mismatch::mismatch;
use super::relation::{convertible, unify};
use crate::lang::value::{deep_source, length_bounds, quote, set_of, settle};
use crate::model::value::{
    ListValue, MapValue, Number, ObjectType, PathStep, Refinement, Str, Type, Unknown, UnknownSource, Value, ValueKind,
    ValuePath,
};

/// Why a value is not of the wanted type. Shown, it is the message alone; [`ConversionError::with_path`] says where.
#[derive(Debug, Clone, PartialEq)]
pub struct ConversionError {
    /// Where in the value.
    pub path: ValuePath,
    /// What is wrong there, without capital and full stop: `string required`.
    pub message: String,
}

impl fmt::Display for ConversionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConversionError {}

impl ConversionError {
    /// `.a["k"][0]: message`, as terraform words errors about variables.
    pub fn with_path(&self) -> String {
        let mut out = String::new();
        for step in &self.path.0 {
            match step {
                PathStep::Attribute(name) => {
                    out.push('.');
                    out.push_str(name);
                }
                PathStep::Key(key) => out.push_str(&format!("[{}]", quote(key))),
                PathStep::Index(at) => out.push_str(&format!("[{at}]")),
                PathStep::Element(_) => out.push_str("[...]"),
            }
        }
        if out.is_empty() { self.message.clone() } else { format!("{out}: {}", self.message) }
    }
}

/// The value as one of type `want`: unknowns stay unknown of the new type, marks stay, optional attributes appear.
///
/// # Errors
/// When it cannot be one, with the place inside the value.
pub fn convert(value: &Value, want: &Type) -> Result<Value, ConversionError> {
    match (&value.kind, want) {
        (_, Type::Dynamic)
        | (ValueKind::String(_), Type::String)
        | (ValueKind::Number(_), Type::Number)
        | (ValueKind::Bool(_), Type::Bool) => return Ok(value.clone()),
        _ => {}
    }
    let mut path = Vec::new();
    to(value, want, &mut path).map_err(|fault| {
        // A mismatch of the types as a whole comes before what is wrong with single values.
        let got = value.ty();
        if !convertible(&got, want) {
            return ConversionError { path: ValuePath::default(), message: mismatch(&got, want) };
        }
        fault
    })
}

/// Whether [`convert`] would succeed.
pub fn is_conversion_possible(value: &Value, want: &Type) -> bool {
    convert(value, want).is_ok()
}

type Outcome = Result<Value, ConversionError>;

fn fault(path: &[PathStep], message: impl Into<String>) -> ConversionError {
    ConversionError { path: ValuePath(path.to_vec()), message: message.into() }
}

fn to(value: &Value, want: &Type, path: &mut Vec<PathStep>) -> Outcome {
    if *want == Type::Dynamic {
        return Ok(value.clone());
    }
    let kind = match &value.kind {
        ValueKind::Unknown(unknown) => return unknown_to(unknown, want, path).map(|new| new.mark(value.marks)),
        ValueKind::Null(ty) => {
            if !convertible(ty, want) {
                return Err(fault(path, mismatch(ty, want)));
            }
            return Ok(Value::null_of(filled(ty, &want.without_optional())).mark(value.marks));
        }
        kind => kind,
    };
    let converted = match (kind, want) {
        (ValueKind::String(_), Type::String)
        | (ValueKind::Number(_), Type::Number)
        | (ValueKind::Bool(_), Type::Bool) => return Ok(value.clone()),
        (ValueKind::Number(number), Type::String) => {
            if !number.is_spelled() {
                return Err(fault(path, "the number is too large to be written out as a string"));
            }
            Value::string(number.to_string())
        }
        (ValueKind::Bool(value), Type::String) => Value::string(if *value { "true" } else { "false" }),
        (ValueKind::String(text), Type::Number) => {
            Number::parse(text).map(Value::number).map_err(|error| fault(path, error.to_string()))?
        }
        (ValueKind::String(text), Type::Bool) => text_to_bool(text, path)?,
        (ValueKind::Tuple(items), Type::Tuple(types)) if items.len() == types.len() => {
            Value::tuple(each_to(items, types.iter(), path)?)
        }
        (ValueKind::Tuple(items), Type::List(element)) => {
            let element = common_element(items, element, path, want)?;
            let items = each_to(items, std::iter::repeat(&element), path)?;
            list(&element, items, path, "list")?
        }
        (ValueKind::Tuple(items), Type::Set(element)) => {
            let element = common_element(items, element, path, want)?;
            let items = each_to(items, std::iter::repeat(&element), path)?;
            let ty = same_type(&element, items.iter()).ok_or_else(|| fault(path, unlike("set")))?;
            set_of(ty, items)
        }
        (ValueKind::List(old), Type::List(element)) => {
            if old.element == **element {
                return Ok(value.clone());
            }
            list_elements(old, element, path, "list")?
        }
        (ValueKind::Set(old), Type::List(element)) => {
            let (least, most) = length_bounds(value);
            if most != Some(least) {
                return Ok(set_of_uncertain_length(value, &old.element));
            }
            list_elements(old, element, path, "list")?
        }
        (ValueKind::Set(old) | ValueKind::List(old), Type::Set(element)) => {
            if matches!(kind, ValueKind::Set(_)) && old.element == **element {
                return Ok(value.clone());
            }
            let items = each_to(&old.items, std::iter::repeat(&**element), path)?;
            let fallback = if **element == Type::Dynamic { &old.element } else { &**element };
            let ty = same_type(fallback, items.iter()).ok_or_else(|| fault(path, unlike("set")))?;
            set_of(ty, items)
        }
        (ValueKind::Map(old), Type::Map(element)) => {
            if old.element == **element {
                return Ok(value.clone());
            }
            let fallback = if **element == Type::Dynamic { &old.element } else { &**element };
            map(&old.entries, element, fallback, path)?
        }
        (ValueKind::Object(attributes), Type::Map(element)) => {
            let element = if **element == Type::Dynamic && !attributes.is_empty() {
                let types: Vec<Type> = attributes.values().map(Value::ty).collect();
                let ty = unify(&types).ok_or_else(|| fault(path, mismatch(&value.ty(), want)))?;
                if ty == Type::Dynamic {
                    let mut known = types.iter().filter(|ty| **ty != Type::Dynamic);
                    let first = known.next().cloned().unwrap_or(Type::Dynamic);
                    if known.any(|other| *other != first) {
                        return Err(fault(path, "attribute types must all match for conversion to map"));
                    }
                    first
                } else if types.iter().any(|from| loses(from, &ty)) {
                    return Err(fault(path, mismatch(&value.ty(), want)));
                } else {
                    ty
                }
            } else {
                (**element).clone()
            };
            map(attributes, &element, &element, path)?
        }
        (ValueKind::Object(attributes), Type::Object(object)) => object_to_object(attributes, object, path)?,
        (ValueKind::Map(old), Type::Object(object)) => map_to_object(old, object, path)?,
        _ => return Err(fault(path, mismatch(&value.ty(), want))),
    };
    Ok(converted.mark(value.marks))
}

/// Unknown elements of the set may fall together: how long the list will be cannot be told.
fn set_of_uncertain_length(set: &Value, element: &Type) -> Value {
    let ty = Type::list(element.clone());
    let source = deep_source(set).unwrap_or(UnknownSource::AfterApply);
    settle(Unknown { ty, source, refinement: Refinement::default() }).mark(set.marks)
}

fn unlike(kind: &str) -> String {
    format!("element types must all match for conversion to {kind}")
}

fn text_to_bool(text: &str, path: &[PathStep]) -> Outcome {
    let hint =
        |word: &str| fault(path, format!("a bool is required; to convert from string, use lowercase \"{word}\""));
    match text {
        "true" | "1" => Ok(Value::bool(true)),
        "false" | "0" => Ok(Value::bool(false)),
        _ if text.eq_ignore_ascii_case("true") => Err(hint("true")),
        _ if text.eq_ignore_ascii_case("false") => Err(hint("false")),
        _ => Err(fault(path, "a bool is required")),
    }
}

fn each_to<'a>(
    items: &[Value],
    types: impl Iterator<Item = &'a Type>,
    path: &mut Vec<PathStep>,
) -> Result<Vec<Value>, ConversionError> {
    let mut out = Vec::with_capacity(items.len());
    for (at, (item, ty)) in items.iter().zip(types).enumerate() {
        path.push(PathStep::Index(at as i64));
        out.push(to(item, ty, path)?);
        path.pop();
    }
    Ok(out)
}

/// The element type that a tuple's elements go to; found by unification when the constraint leaves it open.
fn common_element(items: &[Value], element: &Type, path: &[PathStep], want: &Type) -> Result<Type, ConversionError> {
    if *element != Type::Dynamic || items.is_empty() {
        return Ok(element.clone());
    }
    let types: Vec<Type> = items.iter().map(Value::ty).collect();
    unified(&types).ok_or_else(|| fault(path, mismatch(&Type::tuple(types.iter().cloned()), want)))
}

fn unified(types: &[Type]) -> Option<Type> {
    unify(types).filter(|common| !types.iter().any(|ty| loses(ty, common)))
}

/// Whether a common type leaves open what a type has: the elements would not be alike.
fn loses(ty: &Type, common: &Type) -> bool {
    match (ty, common) {
        (Type::Dynamic, _) => false,
        (_, Type::Dynamic) => true,
        (
            Type::List(ty) | Type::Set(ty) | Type::Map(ty),
            Type::List(common) | Type::Set(common) | Type::Map(common),
        ) => loses(ty, common),
        (Type::Tuple(types), Type::Tuple(common)) => types.iter().zip(common.iter()).any(|(ty, to)| loses(ty, to)),
        (Type::Object(object), Type::Object(common)) => {
            let mut pairs = object.attributes.iter().filter_map(|(name, ty)| Some((ty, common.attributes.get(name)?)));
            pairs.any(|(ty, to)| loses(ty, to))
        }
        _ => false,
    }
}

/// The type that all converted elements share. Parts that the constraint leaves open have to agree.
fn same_type<'a>(element: &Type, mut items: impl Iterator<Item = &'a Value> + Clone) -> Option<Type> {
    let plain = element.without_optional();
    if !plain.has_dynamic() {
        return Some(plain);
    }
    let Some(first) = items.next().map(Value::ty) else {
        return Some(plain);
    };
    let mut ty = first;
    for item in items {
        let other = item.ty();
        if ty == Type::Dynamic {
            ty = other;
        } else if other != ty && other != Type::Dynamic {
            return None;
        }
    }
    Some(ty)
}

fn list(element: &Type, items: Vec<Value>, path: &[PathStep], kind: &str) -> Outcome {
    match same_type(element, items.iter()) {
        Some(ty) => Ok(ValueKind::List(Arc::new(ListValue { element: ty, items })).into()),
        None => {
            // Elements whose open parts differ may still have a type in common.
            let types: Vec<Type> = items.iter().map(Value::ty).collect();
            let ty = unified(&types).ok_or_else(|| fault(path, unlike(kind)))?;
            let items = each_to(&items, std::iter::repeat(&ty), &mut path.to_vec())?;
            Ok(ValueKind::List(Arc::new(ListValue { element: ty, items })).into())
        }
    }
}

fn list_elements(old: &ListValue, element: &Type, path: &mut Vec<PathStep>, kind: &str) -> Outcome {
    let items = each_to(&old.items, std::iter::repeat(element), path)?;
    let element = if *element == Type::Dynamic { &old.element } else { element };
    list(element, items, path, kind)
}

fn map(entries: &BTreeMap<Str, Value>, element: &Type, fallback: &Type, path: &mut Vec<PathStep>) -> Outcome {
    let mut out = BTreeMap::new();
    for (key, item) in entries {
        path.push(PathStep::Key(key.clone()));
        out.insert(key.clone(), to(item, element, path)?);
        path.pop();
    }
    let ty = match same_type(fallback, out.values()) {
        Some(ty) => ty,
        None => {
            let types: Vec<Type> = out.values().map(Value::ty).collect();
            let ty = unified(&types).ok_or_else(|| fault(path, unlike("map")))?;
            for item in out.values_mut() {
                *item = to(item, &ty, path)?;
            }
            ty
        }
    };
    Ok(ValueKind::Map(Arc::new(MapValue { element: ty, entries: out })).into())
}

fn object_to_object(attributes: &BTreeMap<Str, Value>, object: &ObjectType, path: &mut Vec<PathStep>) -> Outcome {
    let mut out = BTreeMap::new();
    for (name, ty) in &object.attributes {
        let Some(value) = attributes.get(name) else {
            if object.optional.contains(name) {
                out.insert(name.clone(), Value::null_of(ty.without_optional()));
                continue;
            }
            return Err(fault(path, format!("attribute {name:?} is required")));
        };
        path.push(PathStep::Attribute(name.clone()));
        out.insert(name.clone(), to(value, ty, path)?);
        path.pop();
    }
    Ok(ValueKind::Object(Arc::new(out)).into())
}

fn map_to_object(old: &MapValue, object: &ObjectType, path: &mut Vec<PathStep>) -> Outcome {
    let mut out = BTreeMap::new();
    for (name, ty) in &object.attributes {
        match old.entries.get(name) {
            Some(value) => {
                path.push(PathStep::Key(name.clone()));
                out.insert(name.clone(), to(value, ty, path)?);
                path.pop();
            }
            None if object.optional.contains(name) => {
                out.insert(name.clone(), Value::null_of(ty.without_optional()));
            }
            None => return Err(fault(path, format!("map has no element for required attribute {name:?}"))),
        }
    }
    Ok(ValueKind::Object(Arc::new(out)).into())
}

fn unknown_to(unknown: &Unknown, want: &Type, path: &[PathStep]) -> Outcome {
    if !convertible(&unknown.ty, want) {
        return Err(fault(path, mismatch(&unknown.ty, want)));
    }
    let want = want.without_optional();
    if unknown.ty == want {
        return Ok(ValueKind::Unknown(Arc::new(unknown.clone())).into());
    }
    let ty = filled(&unknown.ty, &want);
    let mut refinement = Refinement { not_null: unknown.refinement.not_null, ..Refinement::default() };
    if ty.is_collection() {
        let whole: Value = ValueKind::Unknown(Arc::new(unknown.clone())).into();
        let known = unknown.ty.is_collection() || matches!(unknown.ty, Type::Tuple(_) | Type::Object(_));
        if known {
            let (least, most) = length_bounds(&whole);
            // Elements may fall together in a set.
            let to_set = matches!(ty, Type::Set(_)) && !matches!(unknown.ty, Type::Set(_));
            refinement.length_minimum = if to_set { least.min(1) } else { least };
            refinement.length_maximum = most;
        }
    }
    if ty.element().is_some_and(|element| *element == Type::Dynamic) {
        refinement.length_minimum = 0;
        refinement.length_maximum = None;
    }
    Ok(settle(Unknown { ty, source: unknown.source.clone(), refinement }))
}

/// `want` with its open parts filled in from `from`.
fn filled(from: &Type, want: &Type) -> Type {
    if *from == Type::Dynamic || !want.has_dynamic() {
        return want.clone();
    }
    let element = |from: &Type, wanted: &Type| match from {
        Type::List(element) | Type::Set(element) | Type::Map(element) => filled(element, wanted),
        Type::Tuple(elements) => unify(elements).map_or_else(|| wanted.clone(), |ty| filled(&ty, wanted)),
        Type::Object(object) => {
            let types: Vec<Type> = object.attributes.values().cloned().collect();
            unify(&types).map_or_else(|| wanted.clone(), |ty| filled(&ty, wanted))
        }
        _ => wanted.clone(),
    };
    match want {
        Type::Dynamic => from.clone(),
        Type::List(wanted) => Type::list(element(from, wanted)),
        Type::Set(wanted) => Type::set(element(from, wanted)),
        Type::Map(wanted) => Type::map(element(from, wanted)),
        Type::Tuple(wanted) => match from {
            Type::Tuple(given) => Type::tuple(given.iter().zip(wanted.iter()).map(|(given, want)| filled(given, want))),
            _ => want.clone(),
        },
        Type::Object(wanted) => Type::object(wanted.attributes.iter().map(|(name, ty)| {
            let ty = match from {
                Type::Object(given) => given.attributes.get(name).map_or_else(|| ty.clone(), |given| filled(given, ty)),
                Type::Map(given) => filled(given, ty),
                _ => ty.clone(),
            };
            (name.clone(), ty)
        })),
        primitive => primitive.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::Marks;

    fn object_type(pairs: &[(&str, Type)], optional: &[&str]) -> Type {
        Type::Object(Arc::new(ObjectType {
            attributes: pairs.iter().map(|(name, ty)| ((*name).into(), ty.clone())).collect(),
            optional: optional.iter().map(|name| (*name).into()).collect(),
        }))
    }

    fn message(value: &Value, want: &Type) -> String {
        convert(value, want).unwrap_err().with_path()
    }

    #[test]
    fn primitives() {
        assert_eq!(convert(&Value::string("1."), &Type::Number), Ok(Value::int(1)));
        assert_eq!(convert(&Value::int(5), &Type::String), Ok(Value::string("5")));
        assert_eq!(convert(&Value::string("1"), &Type::Bool), Ok(Value::bool(true)));
        assert_eq!(message(&Value::int(1), &Type::Bool), "bool required");
        assert_eq!(message(&Value::string("x"), &Type::Number), "a number is required");
        assert_eq!(
            message(&Value::string("True"), &Type::Bool),
            "a bool is required; to convert from string, use lowercase \"true\""
        );
        assert_eq!(message(&Value::tuple([]), &Type::String), "string required");
    }

    #[test]
    fn collections() {
        let tuple = Value::tuple([Value::int(1), Value::string("a")]);
        let list = convert(&tuple, &Type::list(Type::Dynamic)).unwrap();
        assert_eq!(list, Value::list(Type::String, vec![Value::string("1"), Value::string("a")]));
        let mixed = Value::tuple([Value::int(1), Value::bool(true)]);
        assert_eq!(message(&mixed, &Type::list(Type::Dynamic)), "all list elements must have the same type");
        assert_eq!(message(&tuple, &Type::list(Type::Number)), "[1]: a number is required");
        assert_eq!(message(&mixed, &Type::list(Type::Number)), "element 1: number required");
        let nested = Value::tuple([Value::tuple([Value::int(1)]), Value::tuple([Value::string("a")])]);
        let expected = Type::list(Type::tuple([Type::String]));
        assert_eq!(convert(&nested, &Type::list(Type::Dynamic)).unwrap().ty(), expected);
    }

    #[test]
    fn objects() {
        let want = object_type(&[("a", Type::String), ("b", Type::Number)], &["b"]);
        let given = Value::object([("a", Value::int(1)), ("z", Value::int(2))]);
        let expected = Value::object([("a", Value::string("1")), ("b", Value::null_of(Type::Number))]);
        assert_eq!(convert(&given, &want), Ok(expected));
        assert_eq!(message(&Value::empty_object(), &want), "attribute \"a\" is required");
        let wrong = Value::object([("a", Value::tuple([]))]);
        assert_eq!(message(&wrong, &want), "attribute \"a\": string required");
        let inner = Value::object([("a", Value::string("x")), ("b", Value::string("y"))]);
        assert_eq!(message(&inner, &want), ".b: a number is required");
    }

    #[test]
    fn unknowns_and_marks() {
        let want = Type::list(Type::String);
        let unknown = convert(&Value::unknown(Type::Dynamic), &want).unwrap();
        assert_eq!(unknown.ty(), want);
        let not_asked = convert(&Value::not_asked(Type::Number, "data.x.y"), &Type::String).unwrap();
        assert_eq!(not_asked, Value::not_asked(Type::String, "data.x.y"));
        let secret = Value::tuple([Value::int(1).mark(Marks::SENSITIVE)]);
        let list = convert(&secret, &want).unwrap();
        assert!(!list.is_sensitive() && list.as_items().unwrap()[0].is_sensitive());
        assert!(convert(&secret, &Type::set(Type::String)).unwrap().is_sensitive());
        assert_eq!(convert(&Value::null(), &want), Ok(Value::null_of(want)));
    }
}
