//! JSON and YAML documents inside strings, read so that a diff can show what changed in them. Anything else, and what
//! does not read as an object or a list, stays text.

use saphyr::{LoadableYamlNode, Scalar, Yaml};

use crate::model::value::{Number, Value};

/// What kind of document a string holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

impl Document {
    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Document::Json => "json",
            Document::Yaml => "yaml",
        }
    }
}

/// Beyond this a document is compared as text: the screen must stay quick.
const LARGEST: usize = 256 * 1024;
/// Deeper documents stay text.
const DEEPEST: usize = 64;

/// Reads two versions of a document as structure, when both are of the same kind.
pub fn both(before: &str, after: &str) -> Option<(Document, Value, Value)> {
    if before.len().max(after.len()) > LARGEST {
        return None;
    }
    if let (Some(before), Some(after)) = (json(before), json(after)) {
        return Some((Document::Json, before, after));
    }
    match (yaml(before), yaml(after)) {
        (Some(before), Some(after)) => Some((Document::Yaml, before, after)),
        _ => None,
    }
}

fn json(text: &str) -> Option<Value> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    from_json(&serde_json::from_str(text).ok()?, 0)
}

fn from_json(json: &serde_json::Value, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    Some(match json {
        serde_json::Value::Null => Value::null(),
        serde_json::Value::Bool(value) => Value::bool(*value),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(whole) => Value::int(whole),
            None => Number::from_f64(number.as_f64()?).map(Value::number)?,
        },
        serde_json::Value::String(text) => Value::string(text.as_str()),
        serde_json::Value::Array(items) => {
            Value::tuple(items.iter().map(|item| from_json(item, depth + 1)).collect::<Option<Vec<_>>>()?)
        }
        serde_json::Value::Object(entries) => {
            let entry = |(name, item): (&String, &serde_json::Value)| Some((name.clone(), from_json(item, depth + 1)?));
            Value::object(entries.iter().map(entry).collect::<Option<Vec<(String, Value)>>>()?)
        }
    })
}

fn yaml(text: &str) -> Option<Value> {
    // Most strings with line ends are no YAML; a key or a list item at the start of a line is the least it takes.
    let looks = |line: &str| {
        line.starts_with("- ")
            || line.split_once(':').is_some_and(|(key, rest)| {
                !key.is_empty() && !key.contains(char::is_whitespace) && (rest.is_empty() || rest.starts_with(' '))
            })
    };
    let mut lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#') && *line != "---");
    if !text.contains('\n') || !lines.next().is_some_and(looks) || text.contains(['&', '*']) {
        return None;
    }
    let documents = Yaml::load_from_str(text).ok()?;
    match documents.as_slice() {
        [document] if document.is_mapping() || document.is_sequence() => from_yaml(document, 0),
        _ => None,
    }
}

fn from_yaml(yaml: &Yaml<'_>, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    Some(match yaml {
        Yaml::Value(scalar) => match scalar {
            Scalar::Null => Value::null(),
            Scalar::Boolean(value) => Value::bool(*value),
            Scalar::Integer(value) => Value::int(*value),
            Scalar::FloatingPoint(value) => Number::from_f64(value.into_inner()).map(Value::number)?,
            Scalar::String(text) => Value::string(&**text),
        },
        Yaml::Sequence(items) => {
            Value::tuple(items.iter().map(|item| from_yaml(item, depth + 1)).collect::<Option<Vec<_>>>()?)
        }
        Yaml::Mapping(entries) => {
            let entry = |(name, item): (&Yaml<'_>, &Yaml<'_>)| Some((scalar_key(name)?, from_yaml(item, depth + 1)?));
            Value::object(entries.iter().map(entry).collect::<Option<Vec<(String, Value)>>>()?)
        }
        _ => return None,
    })
}

fn scalar_key(key: &Yaml<'_>) -> Option<String> {
    match key {
        Yaml::Value(Scalar::String(text)) => Some(text.to_string()),
        Yaml::Value(Scalar::Integer(value)) => Some(value.to_string()),
        Yaml::Value(Scalar::Boolean(value)) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_recognised_and_prose_is_not() {
        let (kind, before, after) = both(r#"{"a":1,"b":[true]}"#, r#"{ "a": 2, "b": [true] }"#).expect("JSON");
        assert_eq!((kind, before.get("b")), (Document::Json, after.get("b")));
        let (kind, before, _) = both("port: 80\nnames:\n  - a\n", "port: 81\nnames:\n  - a\n").expect("YAML");
        assert_eq!((kind, before.get("port")), (Document::Yaml, Some(Value::int(80))));
        assert!(both("server {\n  listen 80;\n}\n", "server {\n  listen 81;\n}\n").is_none());
        assert!(both("hello", "world").is_none());
    }
}
