//! Why a type cannot become another, in terraform's words.

use super::relation::convertible;
use crate::model::value::{ObjectType, Type};

/// What is wrong with a value of type `got` where `want` is needed.
pub fn mismatch(got: &Type, want: &Type) -> String {
    match (got, want) {
        (Type::Object(got), Type::Object(want)) => objects(got, want),
        (Type::Tuple(_), Type::List(element)) if **element == Type::Dynamic => {
            "all list elements must have the same type".to_owned()
        }
        (Type::Tuple(_), Type::Set(element)) if **element == Type::Dynamic => {
            "all set elements must have the same type".to_owned()
        }
        (Type::Object(_), Type::Map(element)) if **element == Type::Dynamic => {
            "all map elements must have the same type".to_owned()
        }
        (Type::Tuple(elements), Type::List(wanted) | Type::Set(wanted)) => {
            let wrong = elements.iter().enumerate().find(|(_, ty)| *ty != &**wanted && !convertible(ty, wanted));
            match wrong {
                Some((at, ty)) => format!("element {at}: {}", mismatch(ty, wanted)),
                None => format!("all elements must be {}", wanted.friendly_name_for_constraint()),
            }
        }
        (Type::Object(object), Type::Map(wanted)) => {
            let wrong = object.attributes.iter().find(|(_, ty)| *ty != &**wanted && !convertible(ty, wanted));
            match wrong {
                Some((name, ty)) => format!("element {name:?}: {}", mismatch(ty, wanted)),
                None => format!("all elements must be {}", wanted.friendly_name_for_constraint()),
            }
        }
        (Type::List(got) | Type::Set(got), Type::List(wanted)) => {
            format!("incorrect list element type: {}", mismatch(got, wanted))
        }
        (Type::List(got) | Type::Set(got), Type::Set(wanted)) => {
            format!("incorrect set element type: {}", mismatch(got, wanted))
        }
        (Type::Map(got), Type::Map(wanted)) => format!("incorrect map element type: {}", mismatch(got, wanted)),
        (_, want) => format!("{} required", want.friendly_name_for_constraint()),
    }
}

/// Missing attributes are reported before unsuitable ones, and of those only the first.
fn objects(got: &ObjectType, want: &ObjectType) -> String {
    let missing: Vec<String> = want
        .attributes
        .keys()
        .filter(|name| !got.attributes.contains_key(*name) && !want.optional.contains(*name))
        .map(|name| format!("{name:?}"))
        .collect();
    match missing.as_slice() {
        [] => {}
        [one] => return format!("attribute {one} is required"),
        [one, two] => return format!("attributes {one} and {two} are required"),
        [most @ .., last] => return format!("attributes {}, and {last} are required", most.join(", ")),
    }
    for (name, wanted) in &want.attributes {
        if let Some(ty) = got.attributes.get(name)
            && ty != wanted
            && !convertible(ty, wanted)
        {
            return format!("attribute {name:?}: {}", mismatch(ty, wanted));
        }
    }
    "incorrect object attributes".to_owned()
}
