//! Values of the Terraform language: what expressions give, what states and plans hold.
//!
//! The model is cty's (typed nulls, unknowns with refinements, marks on every value). Conversion, unification,
//! equality with unknowns and JSON are `lang`'s business; this is only the data and its invariants.

pub mod identical;
pub mod json;
pub mod marked;
mod number;
mod path;
pub mod stored;
mod ty;
mod unknown;

pub use number::{Number, NumberError};
pub use path::{PathStep, ValuePath};
pub use ty::{ObjectType, Type};
pub use unknown::{Refinement, Unknown, UnknownSource};

use std::collections::BTreeMap;
use std::sync::Arc;

/// Shared immutable text. Text of the language is always in Unicode normal form C.
pub type Str = Arc<str>;

/// What clings to a value wherever it goes. A set of flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Marks(u8);

impl Marks {
    /// No marks.
    pub const NONE: Marks = Marks(0);
    /// Never shown to a person.
    pub const SENSITIVE: Marks = Marks(1);
    /// Never written to a plan or a state.
    pub const EPHEMERAL: Marks = Marks(2);

    /// Both sets together.
    #[must_use]
    pub fn union(self, other: Marks) -> Marks {
        Marks(self.0 | other.0)
    }

    /// These without `other`.
    #[must_use]
    pub fn without(self, other: Marks) -> Marks {
        Marks(self.0 & !other.0)
    }

    /// Whether all of `other` are here.
    pub fn contains(self, other: Marks) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// A value with the marks of its outermost layer; what it holds carries marks of its own. Cloning is cheap.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// What it is.
    pub kind: ValueKind,
    /// The marks of this layer.
    pub marks: Marks,
}

/// The shapes a value can have.
#[derive(Debug, Clone, PartialEq)]
pub enum ValueKind {
    /// The absence of a value of a type (`Type::Dynamic` for a bare `null`).
    Null(Type),
    /// Not known yet, or not asked for.
    Unknown(Arc<Unknown>),
    /// `true` or `false`.
    Bool(bool),
    /// A 512-bit number.
    Number(Number),
    /// Text in normal form C.
    String(Str),
    /// A list and its element type.
    List(Arc<ListValue>),
    /// A set and its element type; elements are distinct and in cty's order.
    Set(Arc<ListValue>),
    /// A map and its element type.
    Map(Arc<MapValue>),
    /// A tuple.
    Tuple(Arc<[Value]>),
    /// An object.
    Object(Arc<BTreeMap<Str, Value>>),
}

/// The elements of a list or a set.
#[derive(Debug, Clone, PartialEq)]
pub struct ListValue {
    /// The type of every element.
    pub element: Type,
    /// The elements in order. For a set the constructor in `lang::value` keeps them distinct and ordered.
    pub items: Vec<Value>,
}

/// The entries of a map.
#[derive(Debug, Clone, PartialEq)]
pub struct MapValue {
    /// The type of every element.
    pub element: Type,
    /// The entries in the order of their keys.
    pub entries: BTreeMap<Str, Value>,
}

impl From<ValueKind> for Value {
    fn from(kind: ValueKind) -> Self {
        Value { kind, marks: Marks::NONE }
    }
}

impl Value {
    /// A bare `null`.
    pub fn null() -> Self {
        Value::null_of(Type::Dynamic)
    }

    /// The null of a type.
    pub fn null_of(ty: Type) -> Self {
        ValueKind::Null(ty).into()
    }

    /// A string; the caller sees to normal form C (`lang::value::string` does it).
    pub fn string(text: impl Into<Str>) -> Self {
        ValueKind::String(text.into()).into()
    }

    /// A bool.
    pub fn bool(value: bool) -> Self {
        ValueKind::Bool(value).into()
    }

    /// A whole number.
    pub fn int(value: i64) -> Self {
        ValueKind::Number(Number::from(value)).into()
    }

    /// A number.
    pub fn number(value: Number) -> Self {
        ValueKind::Number(value).into()
    }

    /// A value of `ty` that the apply will tell.
    pub fn unknown(ty: Type) -> Self {
        ValueKind::Unknown(Arc::new(Unknown {
            ty,
            source: UnknownSource::AfterApply,
            refinement: Refinement::default(),
        }))
        .into()
    }

    /// A value of `ty` that `who` (an address) would tell if it were asked.
    pub fn not_asked(ty: Type, who: impl Into<Str>) -> Self {
        let source = UnknownSource::NotAsked(who.into());
        ValueKind::Unknown(Arc::new(Unknown { ty, source, refinement: Refinement::default() })).into()
    }

    /// An object of these attributes.
    pub fn object<K: Into<Str>>(attributes: impl IntoIterator<Item = (K, Value)>) -> Self {
        ValueKind::Object(Arc::new(attributes.into_iter().map(|(key, value)| (key.into(), value)).collect())).into()
    }

    /// The object without attributes.
    pub fn empty_object() -> Self {
        ValueKind::Object(Arc::new(BTreeMap::new())).into()
    }

    /// A tuple of these elements.
    pub fn tuple(items: impl IntoIterator<Item = Value>) -> Self {
        ValueKind::Tuple(items.into_iter().collect()).into()
    }

    /// A list whose elements are all of type `element`.
    pub fn list(element: Type, items: Vec<Value>) -> Self {
        ValueKind::List(Arc::new(ListValue { element, items })).into()
    }

    /// A map whose elements are all of type `element`.
    pub fn map(element: Type, entries: BTreeMap<Str, Value>) -> Self {
        ValueKind::Map(Arc::new(MapValue { element, entries })).into()
    }

    /// The type of this value.
    pub fn ty(&self) -> Type {
        match &self.kind {
            ValueKind::Null(ty) => ty.clone(),
            ValueKind::Unknown(unknown) => unknown.ty.clone(),
            ValueKind::Bool(_) => Type::Bool,
            ValueKind::Number(_) => Type::Number,
            ValueKind::String(_) => Type::String,
            ValueKind::List(list) => Type::list(list.element.clone()),
            ValueKind::Set(set) => Type::set(set.element.clone()),
            ValueKind::Map(map) => Type::map(map.element.clone()),
            ValueKind::Tuple(items) => Type::tuple(items.iter().map(Value::ty)),
            ValueKind::Object(attributes) => {
                Type::object(attributes.iter().map(|(name, value)| (name.clone(), value.ty())))
            }
        }
    }

    /// Whether it is a null of any type.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, ValueKind::Null(_))
    }

    /// Whether this layer is unknown.
    pub fn is_unknown(&self) -> bool {
        matches!(self.kind, ValueKind::Unknown(_))
    }

    /// Whether nothing in it, at any depth, is unknown.
    pub fn is_wholly_known(&self) -> bool {
        !self.any(&|value| value.is_unknown())
    }

    /// Whether this value or anything in it satisfies `test`.
    pub fn any(&self, test: &dyn Fn(&Value) -> bool) -> bool {
        test(self) || self.children().any(|child| child.any(test))
    }

    /// What it directly holds, without keys; empty for primitives, nulls and unknowns.
    pub fn children(&self) -> Box<dyn Iterator<Item = &Value> + '_> {
        match &self.kind {
            ValueKind::List(list) | ValueKind::Set(list) => Box::new(list.items.iter()),
            ValueKind::Map(map) => Box::new(map.entries.values()),
            ValueKind::Tuple(items) => Box::new(items.iter()),
            ValueKind::Object(attributes) => Box::new(attributes.values()),
            _ => Box::new(std::iter::empty()),
        }
    }

    /// Whether this layer carries the sensitive mark.
    pub fn is_sensitive(&self) -> bool {
        self.marks.contains(Marks::SENSITIVE)
    }

    /// All marks of this value and of everything in it.
    pub fn deep_marks(&self) -> Marks {
        self.children().fold(self.marks, |marks, child| marks.union(child.deep_marks()))
    }

    /// The same with further marks on its outermost layer.
    #[must_use]
    pub fn mark(mut self, marks: Marks) -> Self {
        self.marks = self.marks.union(marks);
        self
    }

    /// The same without the marks of its outermost layer.
    #[must_use]
    pub fn unmark(mut self) -> Self {
        self.marks = Marks::NONE;
        self
    }

    /// The same without any mark at any depth.
    #[must_use]
    pub fn unmark_deep(&self) -> Self {
        if self.deep_marks().is_empty() {
            return self.clone();
        }
        self.map_children(&|child| child.unmark_deep()).unmark()
    }

    /// The same value with `change` applied to each direct child. The children's types must not change in lists,
    /// sets and maps. Sets keep their order: callers that change elements rebuild the set in `lang::value`.
    #[must_use]
    pub fn map_children(&self, change: &dyn Fn(&Value) -> Value) -> Self {
        let kind = match &self.kind {
            ValueKind::List(list) => ValueKind::List(Arc::new(list.map(change))),
            ValueKind::Set(set) => ValueKind::Set(Arc::new(set.map(change))),
            ValueKind::Map(map) => ValueKind::Map(Arc::new(MapValue {
                element: map.element.clone(),
                entries: map.entries.iter().map(|(key, value)| (key.clone(), change(value))).collect(),
            })),
            ValueKind::Tuple(items) => ValueKind::Tuple(items.iter().map(change).collect()),
            ValueKind::Object(attributes) => ValueKind::Object(Arc::new(
                attributes.iter().map(|(key, value)| (key.clone(), change(value))).collect(),
            )),
            primitive => primitive.clone(),
        };
        Value { kind, marks: self.marks }
    }

    /// The text of a known string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            ValueKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// A known bool.
    pub fn as_bool(&self) -> Option<bool> {
        match &self.kind {
            ValueKind::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// A known number.
    pub fn as_number(&self) -> Option<&Number> {
        match &self.kind {
            ValueKind::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The attributes of a known object.
    pub fn as_object(&self) -> Option<&BTreeMap<Str, Value>> {
        match &self.kind {
            ValueKind::Object(attributes) => Some(attributes),
            _ => None,
        }
    }

    /// The attribute of an object or the element of a map under `name`, with this layer's marks added.
    pub fn get(&self, name: &str) -> Option<Value> {
        let child = match &self.kind {
            ValueKind::Object(attributes) => attributes.get(name),
            ValueKind::Map(map) => map.entries.get(name),
            _ => None,
        }?;
        Some(child.clone().mark(self.marks))
    }

    /// The elements of a known list, set or tuple.
    pub fn as_items(&self) -> Option<&[Value]> {
        match &self.kind {
            ValueKind::List(list) | ValueKind::Set(list) => Some(&list.items),
            ValueKind::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a known map or object.
    pub fn as_entries(&self) -> Option<&BTreeMap<Str, Value>> {
        match &self.kind {
            ValueKind::Map(map) => Some(&map.entries),
            ValueKind::Object(attributes) => Some(attributes),
            _ => None,
        }
    }

    /// What is not known about it, when this layer is unknown.
    pub fn as_unknown(&self) -> Option<&Unknown> {
        match &self.kind {
            ValueKind::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }
}

impl ListValue {
    fn map(&self, change: &dyn Fn(&Value) -> Value) -> ListValue {
        ListValue { element: self.element.clone(), items: self.items.iter().map(change).collect() }
    }
}
