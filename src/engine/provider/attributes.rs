//! Reading and replacing attributes of the objects that providers are handed. Nothing of a particular provider.

use std::path::{Path, PathBuf};

use super::World;
use crate::model::value::{Str, Type, Value, ValueKind};

/// The text of a known, non-null string attribute.
pub(super) fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.as_object()?.get(name)?.as_str()
}

/// A known bool attribute.
pub(super) fn flag(object: &Value, name: &str) -> Option<bool> {
    object.as_object()?.get(name)?.as_bool()
}

/// A known whole number attribute.
pub(super) fn whole(object: &Value, name: &str) -> Option<i64> {
    object.as_object()?.get(name)?.as_number()?.to_i64()
}

/// An attribute, null when the object lacks it.
pub(super) fn attribute(object: &Value, name: &str) -> Value {
    object.as_object().and_then(|attributes| attributes.get(name)).cloned().unwrap_or_else(Value::null)
}

/// Whether an attribute is given, known or not.
pub(super) fn is_given(object: &Value, name: &str) -> bool {
    !attribute(object, name).is_null()
}

/// The object with some attributes replaced.
pub(super) fn with<'a>(object: &Value, changes: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let mut attributes = object.as_object().cloned().unwrap_or_default();
    for (name, value) in changes {
        attributes.insert(Str::from(name), value);
    }
    Value::object(attributes)
}

/// An object of a type whose attributes are null but for these.
pub(super) fn object_of<'a>(ty: &Type, given: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let Type::Object(object) = ty else { return Value::empty_object() };
    let nulls = object.attributes.iter().map(|(name, ty)| (name.clone(), Value::null_of(ty.clone())));
    with(&Value::object(nulls), given)
}

/// Whether two values are the same; the elements of a set may stand in another order, as another program wrote them.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    let (ValueKind::Set(old), ValueKind::Set(new)) = (&a.kind, &b.kind) else { return a == b };
    let mut left: Vec<&Value> = new.items.iter().collect();
    let mut found =
        |item: &Value| left.iter().position(|other| *other == item).map(|at| left.swap_remove(at)).is_some();
    old.items.len() == new.items.len() && old.items.iter().all(&mut found)
}

/// A path as the working directory of the run sees it.
pub(super) fn path_in(world: &World<'_>, path: &str) -> PathBuf {
    let path = Path::new(path);
    if path.is_absolute() { path.to_path_buf() } else { world.directory.join(path) }
}

/// Sixteen random bytes as terraform's plugins write them: in the shape of a UUID.
pub(super) fn uuid(world: &World<'_>) -> Value {
    let mut bytes = [0u8; 16];
    (world.random)(&mut bytes);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Value::string(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
}
