//! Types of the Terraform language.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Str;

/// A type. Cloning is cheap.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Any type: `any` in a constraint, the type of a bare null, an unknown of unknown type.
    Dynamic,
    /// `bool`
    Bool,
    /// `number`
    Number,
    /// `string`
    String,
    /// `list(…)`
    List(Arc<Type>),
    /// `set(…)`
    Set(Arc<Type>),
    /// `map(…)`
    Map(Arc<Type>),
    /// `tuple([…])`
    Tuple(Arc<[Type]>),
    /// `object({…})`
    Object(Arc<ObjectType>),
}

/// The attributes of an object type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ObjectType {
    /// All attributes with their types.
    pub attributes: BTreeMap<Str, Type>,
    /// Those that a conversion may find missing (they become null). Only constraints have them, never values.
    pub optional: BTreeSet<Str>,
}

impl Type {
    /// `list(element)`
    pub fn list(element: Type) -> Type {
        Type::List(Arc::new(element))
    }

    /// `set(element)`
    pub fn set(element: Type) -> Type {
        Type::Set(Arc::new(element))
    }

    /// `map(element)`
    pub fn map(element: Type) -> Type {
        Type::Map(Arc::new(element))
    }

    /// `tuple([…])`
    pub fn tuple(elements: impl IntoIterator<Item = Type>) -> Type {
        Type::Tuple(elements.into_iter().collect())
    }

    /// `object({…})` without optional attributes.
    pub fn object<K: Into<Str>>(attributes: impl IntoIterator<Item = (K, Type)>) -> Type {
        let attributes = attributes.into_iter().map(|(name, ty)| (name.into(), ty)).collect();
        Type::Object(Arc::new(ObjectType { attributes, optional: BTreeSet::new() }))
    }

    /// Bool, number or string.
    pub fn is_primitive(&self) -> bool {
        matches!(self, Type::Bool | Type::Number | Type::String)
    }

    /// Whether `Dynamic` stands anywhere in it.
    pub fn has_dynamic(&self) -> bool {
        match self {
            Type::Dynamic => true,
            Type::Bool | Type::Number | Type::String => false,
            Type::List(element) | Type::Set(element) | Type::Map(element) => element.has_dynamic(),
            Type::Tuple(elements) => elements.iter().any(Type::has_dynamic),
            Type::Object(object) => object.attributes.values().any(Type::has_dynamic),
        }
    }

    /// The same without the marks of optional attributes, as values have it.
    #[must_use]
    pub fn without_optional(&self) -> Type {
        if !self.has_optional() {
            return self.clone();
        }
        match self {
            Type::List(element) => Type::list(element.without_optional()),
            Type::Set(element) => Type::set(element.without_optional()),
            Type::Map(element) => Type::map(element.without_optional()),
            Type::Tuple(elements) => Type::tuple(elements.iter().map(Type::without_optional)),
            Type::Object(object) => {
                Type::object(object.attributes.iter().map(|(name, ty)| (name.clone(), ty.without_optional())))
            }
            primitive => primitive.clone(),
        }
    }

    /// Whether an optional attribute stands anywhere in it.
    pub fn has_optional(&self) -> bool {
        match self {
            Type::Dynamic | Type::Bool | Type::Number | Type::String => false,
            Type::List(element) | Type::Set(element) | Type::Map(element) => element.has_optional(),
            Type::Tuple(elements) => elements.iter().any(Type::has_optional),
            Type::Object(object) => !object.optional.is_empty() || object.attributes.values().any(Type::has_optional),
        }
    }

    /// The element type of a list, set or map.
    pub fn element(&self) -> Option<&Type> {
        match self {
            Type::List(element) | Type::Set(element) | Type::Map(element) => Some(element),
            _ => None,
        }
    }

    /// Whether it is a list, set or map.
    pub fn is_collection(&self) -> bool {
        self.element().is_some()
    }

    /// How terraform names the type in a sentence: `list of string`, `object`.
    pub fn friendly_name(&self) -> String {
        self.named(false)
    }

    /// How terraform names it where it is what is wanted: `any type`, `map of any single type`.
    pub fn friendly_name_for_constraint(&self) -> String {
        self.named(true)
    }

    fn named(&self, constraint: bool) -> String {
        let of = |kind: &str, element: &Type| match element {
            Type::Dynamic if constraint => format!("{kind} of any single type"),
            element => format!("{kind} of {}", element.named(constraint)),
        };
        match self {
            Type::Dynamic if constraint => "any type".to_owned(),
            Type::Dynamic => "dynamic".to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::Number => "number".to_owned(),
            Type::String => "string".to_owned(),
            Type::List(element) => of("list", element),
            Type::Set(element) => of("set", element),
            Type::Map(element) => of("map", element),
            Type::Tuple(_) => "tuple".to_owned(),
            Type::Object(_) => "object".to_owned(),
        }
    }
}
