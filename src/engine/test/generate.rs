//! Values that a mocked provider makes up: eight characters, zero, false, nothing in a collection; and given values
//! filled up with such ones. The same object, attribute and run always get the same text, so that a test can be repeated.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::lang::types::{convert, friendly_name};
use crate::lang::value::set_of;
use crate::model::value::{Str, Type, Value};

const CHARACTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// Makes values up.
#[derive(Debug, Clone)]
pub struct Maker {
    /// What is different for every object and run.
    pub seed: String,
}

impl Maker {
    /// A value of a type for what stands at a path.
    pub fn value(&self, ty: &Type, path: &str) -> Value {
        match ty {
            Type::String => Value::string(self.text(path)),
            Type::Number => Value::int(0),
            Type::Bool => Value::bool(false),
            Type::List(element) => Value::list((**element).clone(), Vec::new()),
            Type::Set(element) => set_of((**element).clone(), Vec::new()),
            Type::Map(element) => Value::map((**element).clone(), BTreeMap::new()),
            Type::Object(object) => Value::object(
                object.attributes.iter().map(|(name, ty)| (name.clone(), self.value(ty, &format!("{path}.{name}")))),
            ),
            Type::Tuple(items) => {
                Value::tuple(items.iter().enumerate().map(|(at, ty)| self.value(ty, &format!("{path}[{at}]"))))
            }
            // No value is sure to be right where anything may be.
            Type::Dynamic => Value::null(),
        }
    }

    fn text(&self, path: &str) -> String {
        let mut hasher = Sha256::new();
        hasher.update(&self.seed);
        hasher.update([0]);
        hasher.update(path);
        let bytes: [u8; 32] = hasher.finalize().into();
        bytes[..8].iter().map(|byte| char::from(CHARACTERS[usize::from(*byte) % CHARACTERS.len()])).collect()
    }

    /// A given value made to fit a type: what objects lack is made up, what they have too much is dropped.
    ///
    /// # Errors
    /// Why it does not fit.
    pub fn fill(&self, given: &Value, ty: &Type, path: &str) -> Result<Value, String> {
        match ty {
            Type::Object(object) => {
                let Some(entries) = given.as_entries() else { return Err(incompatible(given, ty)) };
                let mut filled = BTreeMap::new();
                for (name, ty) in &object.attributes {
                    let path = format!("{path}.{name}");
                    let value = match entries.get(name) {
                        Some(value) => self.fill(value, ty, &path)?,
                        None => self.value(ty, &path),
                    };
                    filled.insert(name.clone(), value);
                }
                Ok(Value::object(filled))
            }
            Type::List(element) if matches!(**element, Type::Object(_)) => {
                Ok(Value::list((**element).clone(), self.fill_items(given, ty, element, path)?))
            }
            Type::Set(element) if matches!(**element, Type::Object(_)) => {
                Ok(set_of((**element).clone(), self.fill_items(given, ty, element, path)?))
            }
            Type::Map(element) if matches!(**element, Type::Object(_)) => {
                let Some(entries) = given.as_entries() else { return Err(incompatible(given, ty)) };
                let filled: Result<BTreeMap<Str, Value>, String> = entries
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), self.fill(value, element, &format!("{path}[{key}]"))?)))
                    .collect();
                Ok(Value::map((**element).clone(), filled?))
            }
            ty => convert(given, ty).map_err(|fault| fault.to_string()),
        }
    }

    fn fill_items(&self, given: &Value, ty: &Type, element: &Type, path: &str) -> Result<Vec<Value>, String> {
        let Some(items) = given.as_items() else { return Err(incompatible(given, ty)) };
        items.iter().enumerate().map(|(at, item)| self.fill(item, element, &format!("{path}[{at}]"))).collect()
    }
}

fn incompatible(given: &Value, ty: &Type) -> String {
    format!("incompatible types; expected {}, found {}", friendly_name(ty), friendly_name(&given.ty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maker() -> Maker {
        Maker { seed: "aws_vpc.main".to_owned() }
    }

    #[test]
    fn what_is_made_up_has_the_type_and_can_be_repeated() {
        let ty = Type::object([("id", Type::String), ("size", Type::Number), ("tags", Type::map(Type::String))]);
        let made = maker().value(&ty, "x");
        assert_eq!(made.ty(), ty);
        assert_eq!(made, maker().value(&ty, "x"));
        let id = made.get("id").unwrap();
        assert!(id.as_str().is_some_and(|id| id.len() == 8 && id.chars().all(|c| c.is_ascii_alphanumeric())));
        assert_ne!(Some(id), Maker { seed: "another".to_owned() }.value(&ty, "x").get("id"));
        assert_eq!(made.get("size"), Some(Value::int(0)));
        assert!(maker().value(&Type::Dynamic, "x").is_null());
    }

    #[test]
    fn given_values_are_filled_up_and_converted() {
        let object = Type::object([("a", Type::String), ("b", Type::Bool)]);
        let given = Value::object([("a", Value::int(5)), ("too_much", Value::int(1))]);
        let filled = maker().fill(&Value::tuple([given.clone()]), &Type::list(object.clone()), "x").unwrap();
        let first = &filled.as_items().unwrap()[0];
        assert_eq!(first.get("a"), Some(Value::string("5")));
        assert_eq!(first.get("b"), Some(Value::bool(false)));
        assert_eq!(first.ty(), object);
        assert_eq!(maker().fill(&given, &Type::String, "x").unwrap_err(), "string required");
    }
}
