//! cty's JSON form of types, for what is written with serde_json. The form itself is `model::value::stored`'s.

use serde_json::Value as Json;

use crate::model::value::Type;
use crate::model::value::json;
use crate::model::value::stored::type_to_plain;

/// The type as cty writes it: `["list","string"]`.
pub fn type_to_json(ty: &Type) -> Json {
    let text = json::write(&type_to_plain(ty)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_written_as_cty_writes_them() {
        let ty = Type::object([("a", Type::list(Type::String)), ("b", Type::Dynamic)]);
        assert_eq!(type_to_json(&ty).to_string(), r#"["object",{"a":["list","string"],"b":"dynamic"}]"#);
    }
}
