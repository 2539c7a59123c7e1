//! Which type can become which, and which one type several can become: cty's rules on types alone.

use crate::model::value::{ObjectType, Type};

/// Whether values of type `from` can (perhaps, depending on the value) become `to`.
pub fn convertible(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (_, Type::Dynamic) | (Type::Dynamic, _) => true,
        (Type::Bool | Type::Number, Type::String) | (Type::String, Type::Bool | Type::Number) => true,
        (Type::Object(from), Type::Object(to)) => {
            to.attributes.iter().all(|(name, to_type)| match from.attributes.get(name) {
                Some(from_type) => from_type == to_type || convertible(from_type, to_type),
                None => to.optional.contains(name),
            })
        }
        (Type::Tuple(from), Type::Tuple(to)) => {
            from.len() == to.len() && from.iter().zip(to.iter()).all(|(from, to)| convertible(from, to))
        }
        (Type::List(from) | Type::Set(from), Type::List(to) | Type::Set(to)) | (Type::Map(from), Type::Map(to)) => {
            from == to || convertible(from, to)
        }
        (Type::Tuple(elements), Type::List(to) | Type::Set(to)) => elements_convertible(elements.iter(), to, false),
        (Type::Object(object), Type::Map(to)) => elements_convertible(object.attributes.values(), to, true),
        (Type::Map(from), Type::Object(to)) => to.attributes.iter().all(|(name, to_type)| {
            from.as_ref() == to_type || convertible(from, to_type) || to.optional.contains(name)
        }),
        (from, to) => from == to,
    }
}

/// Under a dynamic element type a common type has to be found first. That it is not yet known is `enough` for objects:
/// cty finds out with the values.
fn elements_convertible<'a>(
    elements: impl ExactSizeIterator<Item = &'a Type> + Clone,
    to: &Type,
    enough: bool,
) -> bool {
    if elements.len() == 0 {
        return true;
    }
    if *to == Type::Dynamic {
        let types: Vec<Type> = elements.clone().cloned().collect();
        return match unify(&types) {
            None => false,
            Some(Type::Dynamic) => enough || types.iter().all(|ty| *ty == Type::Dynamic),
            Some(common) => types.iter().all(|ty| *ty == common || convertible(ty, &common)),
        };
    }
    elements.clone().all(|element| element == to || convertible(element, to))
}

/// The one type that all of these can become, if there is one; `None` for no types at all.
pub fn unify(types: &[Type]) -> Option<Type> {
    let first = types.first()?;
    if types.iter().all(|ty| ty == first) && !first.has_dynamic() {
        return Some(first.clone());
    }
    let count = |test: fn(&Type) -> bool| types.iter().filter(|ty| test(ty)).count();
    let dynamics = count(|ty| *ty == Type::Dynamic);
    let maps = count(|ty| matches!(ty, Type::Map(_)));
    let lists = count(|ty| matches!(ty, Type::List(_)));
    let sets = count(|ty| matches!(ty, Type::Set(_)));
    let objects = count(|ty| matches!(ty, Type::Object(_)));
    let tuples = count(|ty| matches!(ty, Type::Tuple(_)));
    let all = types.len();
    let unless_dynamic = |find: &dyn Fn() -> Option<Type>| if dynamics > 0 { Some(Type::Dynamic) } else { find() };
    if maps > 0 && maps + dynamics == all {
        return unless_dynamic(&|| unify_elements(types, Type::map));
    }
    if maps > 0 && maps + objects + dynamics == all {
        if let Some(common) = unify_structural_as_collection(types) {
            return Some(common);
        }
    } else if lists > 0 && lists + dynamics == all {
        return unless_dynamic(&|| unify_elements(types, Type::list));
    } else if lists > 0 && lists + tuples + dynamics == all {
        if let Some(common) = unify_structural_as_collection(types) {
            return Some(common);
        }
    } else if sets > 0 && sets + dynamics == all {
        return unless_dynamic(&|| unify_elements(types, Type::set));
    } else if objects > 0 && objects + dynamics == all {
        return unless_dynamic(&|| unify_objects(types));
    } else if tuples > 0 && tuples + dynamics == all {
        return unless_dynamic(&|| unify_tuples(types));
    } else if objects > 0 && tuples > 0 {
        return None;
    }
    preferred(types).find(|wanted| types.iter().all(|ty| ty == wanted || convertible(ty, wanted)))
}

fn unify_elements(types: &[Type], collection: fn(Type) -> Type) -> Option<Type> {
    let elements: Vec<Type> = types.iter().filter_map(Type::element).cloned().collect();
    unify(&elements).map(collection)
}

fn objects_of(types: &[Type]) -> Vec<&ObjectType> {
    types
        .iter()
        .filter_map(|ty| match ty {
            Type::Object(object) => Some(&**object),
            _ => None,
        })
        .collect()
}

fn tuples_of(types: &[Type]) -> Vec<&[Type]> {
    types
        .iter()
        .filter_map(|ty| match ty {
            Type::Tuple(elements) => Some(&**elements),
            _ => None,
        })
        .collect()
}

/// Objects with the same attribute names give an object, others a map.
fn unify_objects(types: &[Type]) -> Option<Type> {
    let objects = objects_of(types);
    let first = objects.first()?;
    if objects.iter().any(|object| object.attributes.keys().ne(first.attributes.keys())) {
        return unify_objects_to_map(types);
    }
    let attributes = first.attributes.keys().map(|name| {
        let across: Vec<Type> = objects.iter().filter_map(|object| object.attributes.get(name)).cloned().collect();
        unify(&across).map(|ty| (name.clone(), ty))
    });
    attributes.collect::<Option<Vec<_>>>().map(Type::object)
}

fn unify_objects_to_map(types: &[Type]) -> Option<Type> {
    let attributes: Vec<Type> =
        objects_of(types).iter().flat_map(|object| object.attributes.values()).cloned().collect();
    let map = Type::map(unify(&attributes)?);
    types.iter().all(|ty| convertible(ty, &map)).then_some(map)
}

/// Tuples of one length give a tuple, others a list.
fn unify_tuples(types: &[Type]) -> Option<Type> {
    let tuples = tuples_of(types);
    let first = tuples.first()?;
    if tuples.iter().any(|tuple| tuple.len() != first.len()) {
        return unify_tuples_to_list(types);
    }
    let elements = (0..first.len()).map(|at| {
        let across: Vec<Type> = tuples.iter().map(|tuple| tuple[at].clone()).collect();
        unify(&across)
    });
    elements.collect::<Option<Vec<_>>>().map(Type::tuple)
}

fn unify_tuples_to_list(types: &[Type]) -> Option<Type> {
    let elements: Vec<Type> = tuples_of(types).iter().flat_map(|tuple| tuple.iter()).cloned().collect();
    let list = Type::list(unify(&elements)?);
    types.iter().all(|ty| convertible(ty, &list)).then_some(list)
}

/// Lists and tuples as one list, maps and objects as one map; `None` when their elements have nothing in common.
fn unify_structural_as_collection(types: &[Type]) -> Option<Type> {
    let (collections, structural): (Vec<Type>, Vec<Type>) =
        types.iter().filter(|ty| **ty != Type::Dynamic).cloned().partition(Type::is_collection);
    let common = unify(&collections)?;
    let other = match structural.first()? {
        Type::Object(_) => unify_objects_to_map(&structural),
        _ => unify_tuples_to_list(&structural),
    };
    match other {
        Some(other) => unify(&[common, other]),
        // Nothing in them: they fit every element type.
        None if structural.iter().all(is_empty) => Some(common),
        None => None,
    }
}

fn is_empty(ty: &Type) -> bool {
    match ty {
        Type::Tuple(elements) => elements.is_empty(),
        Type::Object(object) => object.attributes.is_empty(),
        _ => false,
    }
}

/// The types, those that others prefer to become first.
fn preferred(types: &[Type]) -> impl Iterator<Item = Type> {
    let mut left: Vec<&Type> = types.iter().collect();
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let at = (0..left.len())
            .find(|at| !left.iter().any(|other| preference(other, left[*at]) == Preference::First))
            .unwrap_or(0);
        order.push(left.remove(at).clone());
    }
    order.into_iter()
}

#[derive(PartialEq, Eq)]
enum Preference {
    First,
    Second,
    Neither,
}

fn preference(a: &Type, b: &Type) -> Preference {
    match (a, b) {
        (Type::Dynamic, Type::Dynamic) => Preference::Neither,
        (_, Type::Dynamic) => Preference::First,
        (Type::Dynamic, _) => Preference::Second,
        (Type::String, Type::Bool | Type::Number) => Preference::First,
        (Type::Bool | Type::Number, Type::String) => Preference::Second,
        (Type::List(a), Type::List(b)) | (Type::Set(a), Type::Set(b)) | (Type::Map(a), Type::Map(b)) => {
            preference(a, b)
        }
        (Type::Tuple(_) | Type::List(_), Type::Set(_))
        | (Type::List(_), Type::Tuple(_))
        | (Type::Map(_), Type::Object(_)) => Preference::First,
        (Type::Set(_), Type::Tuple(_) | Type::List(_))
        | (Type::Tuple(_), Type::List(_))
        | (Type::Object(_), Type::Map(_)) => Preference::Second,
        _ => Preference::Neither,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unification() {
        let object = |pairs: &[(&str, Type)]| Type::object(pairs.iter().cloned());
        let number = Type::Number;
        assert_eq!(unify(&[Type::Number, Type::String]), Some(Type::String));
        assert_eq!(unify(&[Type::Number, Type::Bool]), None);
        assert_eq!(
            unify(&[object(&[("a", number.clone())]), object(&[("b", number.clone())])]),
            Some(Type::map(Type::Number))
        );
        assert_eq!(
            unify(&[Type::tuple([Type::Number, Type::Number]), Type::tuple([Type::Number])]),
            Some(Type::list(Type::Number))
        );
        assert_eq!(
            unify(&[Type::tuple([Type::Number]), Type::tuple([Type::String])]),
            Some(Type::tuple([Type::String]))
        );
        assert_eq!(unify(&[Type::set(Type::Number), Type::list(Type::Number)]), Some(Type::list(Type::Number)));
        assert_eq!(unify(&[Type::list(Type::Number), Type::tuple([])]), Some(Type::list(Type::Number)));
        assert_eq!(unify(&[Type::Dynamic, Type::Number]), Some(Type::Number));
        assert_eq!(unify(&[]), None);
        assert_eq!(unify(&[Type::tuple([]), object(&[])]), None);
    }
}
