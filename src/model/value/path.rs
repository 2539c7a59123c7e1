//! Paths into a value: what `replace_paths`, `sensitive_attributes` and `ignore_changes` name.

use std::fmt;

use super::{Number, Str, Value};
use crate::model::value::ValueKind;

/// One step into a value.
#[derive(Debug, Clone, PartialEq)]
pub enum PathStep {
    /// `.name` of an object.
    Attribute(Str),
    /// `[key]` of a map.
    Key(Str),
    /// `[index]` of a list or tuple.
    Index(i64),
    /// A set element, which is its own key.
    Element(Value),
}

/// A path from a value to something inside it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ValuePath(pub Vec<PathStep>);

impl ValuePath {
    /// The path to an attribute of the value itself.
    pub fn attribute(name: impl Into<Str>) -> Self {
        ValuePath(vec![PathStep::Attribute(name.into())])
    }

    /// This path with one more step.
    #[must_use]
    pub fn then(&self, step: PathStep) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        ValuePath(steps)
    }

    /// Whether `other` is this path or leads further into it.
    pub fn is_prefix_of(&self, other: &ValuePath) -> bool {
        other.0.len() >= self.0.len() && self.0.iter().zip(&other.0).all(|(a, b)| a == b)
    }

    /// What stands at this path, with the marks of every layer on the way; `None` when nothing does.
    pub fn find(&self, value: &Value) -> Option<Value> {
        let mut current = value.clone();
        for step in &self.0 {
            let child = match (step, &current.kind) {
                (PathStep::Attribute(name) | PathStep::Key(name), _) => current.get(name)?,
                (PathStep::Index(index), ValueKind::List(list)) => {
                    list.items.get(usize::try_from(*index).ok()?)?.clone()
                }
                (PathStep::Index(index), ValueKind::Tuple(items)) => items.get(usize::try_from(*index).ok()?)?.clone(),
                (PathStep::Element(element), ValueKind::Set(set)) => {
                    set.items.iter().find(|item| *item == element)?.clone()
                }
                _ => return None,
            };
            current = child.mark(current.marks);
        }
        Some(current)
    }
}

impl fmt::Display for ValuePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            match step {
                PathStep::Attribute(name) if index == 0 => f.write_str(name)?,
                PathStep::Attribute(name) => write!(f, ".{name}")?,
                PathStep::Key(key) => write!(f, "[\"{key}\"]")?,
                PathStep::Index(at) => write!(f, "[{at}]")?,
                PathStep::Element(_) => f.write_str("[…]")?,
            }
        }
        Ok(())
    }
}

impl From<i64> for PathStep {
    fn from(index: i64) -> Self {
        PathStep::Index(index)
    }
}

impl PathStep {
    /// The step as the value that terraform would index with.
    pub fn as_value(&self) -> Value {
        match self {
            PathStep::Attribute(name) | PathStep::Key(name) => Value::string(name.clone()),
            PathStep::Index(index) => Value::number(Number::from(*index)),
            PathStep::Element(value) => value.clone(),
        }
    }
}
