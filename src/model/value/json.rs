//! Plain JSON ⇄ values, exactly: numbers keep every digit, text is in normal form C, and what is written escapes as
//! Go's `encoding/json` does (so that a file of ours is byte for byte the file terraform writes).
//!
//! Reading gives values typed only as JSON is: tuples and objects. Types on the wire are [`super::stored`]'s business.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::io;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{self, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::{Number, Str, Value, ValueKind};

/// A value inside a structure that is read from JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Json(pub Value);

/// A value inside a structure that is written as JSON. Unknown and infinite values cannot be; marks are left out.
#[derive(Debug, Clone, Copy)]
pub struct JsonRef<'a>(pub &'a Value);

/// Why a text is no JSON, or a value cannot become JSON.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct JsonFault(String);

impl From<serde_json::Error> for JsonFault {
    fn from(error: serde_json::Error) -> Self {
        JsonFault(error.to_string())
    }
}

/// Reads one JSON text.
///
/// # Errors
/// With line and column when it is none.
pub fn read(bytes: &[u8]) -> Result<Value, JsonFault> {
    serde_json::from_slice::<Json>(bytes).map(|json| json.0).map_err(|error| JsonFault(error.to_string()))
}

/// Reads one JSON text; texts that were met before are shared.
///
/// # Errors
/// With line and column when it is none.
pub fn read_sharing(text: &str, strings: &mut Strings) -> Result<Value, JsonFault> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = deserializer.deserialize_any(ValueVisitor { strings: Some(strings) })?;
    deserializer.end()?;
    Ok(value)
}

/// Texts that were met before: the same words stand in a large file thousands of times.
#[derive(Debug, Default)]
pub struct Strings {
    known: HashSet<Str, foldhash::fast::RandomState>,
}

impl Strings {
    /// The text in normal form C, as one shared string.
    pub fn share(&mut self, text: &str) -> Str {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let new = normal_form(text);
        self.known.insert(new.clone());
        new
    }
}

/// Writes a value without spaces.
///
/// # Errors
/// When something in it is unknown or infinite.
pub fn write(value: &Value) -> Result<String, JsonFault> {
    let bytes = compact(&JsonRef(value))?;
    String::from_utf8(bytes).map_err(|error| JsonFault(error.to_string()))
}

/// Writes anything without spaces, escaping as Go does.
///
/// # Errors
/// When something in it refuses to be written.
pub fn compact(what: &impl Serialize) -> Result<Vec<u8>, JsonFault> {
    with_formatter(what, GoEscapes(CompactFormatter))
}

/// Writes anything indented by two spaces, escaping as Go does. No line end follows.
///
/// # Errors
/// When something in it refuses to be written.
pub fn pretty(what: &impl Serialize) -> Result<Vec<u8>, JsonFault> {
    with_formatter(what, GoEscapes(PrettyFormatter::with_indent(b"  ")))
}

fn with_formatter(what: &impl Serialize, formatter: impl Formatter) -> Result<Vec<u8>, JsonFault> {
    let mut bytes = Vec::with_capacity(1024);
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    what.serialize(&mut serializer).map_err(|error| JsonFault(error.to_string()))?;
    Ok(bytes)
}

/// Text in normal form C.
pub fn normal_form(text: &str) -> Str {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        Str::from(text)
    } else {
        text.nfc().collect::<String>().into()
    }
}

/// The key under which serde_json hands over a number with all its digits.
const NUMBER_KEY: &str = "$serde_json::private::Number";

struct ValueVisitor<'s> {
    strings: Option<&'s mut Strings>,
}

impl ValueVisitor<'_> {
    fn text(&mut self, text: &str) -> Str {
        match &mut self.strings {
            Some(strings) => strings.share(text),
            None => normal_form(text),
        }
    }

    /// The same for what lies inside.
    fn inner(&mut self) -> ValueVisitor<'_> {
        ValueVisitor { strings: self.strings.as_deref_mut() }
    }
}

impl<'de> DeserializeSeed<'de> for ValueVisitor<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// The key of an object, shared as it is met.
struct KeyVisitor<'v, 's>(&'v mut ValueVisitor<'s>);

/// What a key is.
enum Key {
    Name(Str),
    /// What follows are the digits of a number.
    Number,
}

impl<'de> DeserializeSeed<'de> for KeyVisitor<'_, '_> {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyVisitor<'_, '_> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, text: &str) -> Result<Key, E> {
        Ok(if text == NUMBER_KEY { Key::Number } else { Key::Name(self.0.text(text)) })
    }
}

impl<'de> Visitor<'de> for ValueVisitor<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::null())
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::null())
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        number(&value.to_string())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        number(&value.to_string())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        number(&value.to_string())
    }

    fn visit_str<E>(mut self, text: &str) -> Result<Value, E> {
        Ok(Value::string(self.text(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut sequence: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(self.inner())? {
            items.push(item);
        }
        Ok(Value::tuple(items))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Value, A::Error> {
        // A map that is made from all its entries at once has full nodes, one that grows has half empty ones.
        let mut entries = Vec::new();
        while let Some(key) = map.next_key_seed(KeyVisitor(&mut self))? {
            match key {
                Key::Number => return number(&map.next_value::<String>()?),
                Key::Name(name) => entries.push((name, map.next_value_seed(self.inner())?)),
            }
        }
        Ok(ValueKind::Object(std::sync::Arc::new(entries.into_iter().collect::<BTreeMap<Str, Value>>())).into())
    }
}

fn number<E: de::Error>(text: &str) -> Result<Value, E> {
    Number::parse(text).map(Value::number).map_err(|_| E::custom(format!("{text} is not a number")))
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor { strings: None }).map(Json)
    }
}

impl Serialize for JsonRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0.kind {
            ValueKind::Null(_) => serializer.serialize_unit(),
            ValueKind::Unknown(_) => Err(ser::Error::custom("an unknown value has no JSON")),
            ValueKind::Bool(value) => serializer.serialize_bool(*value),
            ValueKind::Number(number) => serialize_number(number, serializer),
            ValueKind::String(text) => serializer.serialize_str(text),
            ValueKind::List(list) | ValueKind::Set(list) => serialize_items(&list.items, serializer),
            ValueKind::Tuple(items) => serialize_items(items, serializer),
            ValueKind::Map(map) => serialize_entries(&map.entries, serializer),
            ValueKind::Object(entries) => serialize_entries(entries, serializer),
        }
    }
}

fn serialize_number<S: Serializer>(number: &Number, serializer: S) -> Result<S::Ok, S::Error> {
    let text = number.to_string();
    if let Ok(small) = text.parse::<i64>()
        && text != "-0"
    {
        return serializer.serialize_i64(small);
    }
    let number: serde_json::Number =
        text.parse().map_err(|_| ser::Error::custom(format!("the number {text} has no JSON")))?;
    number.serialize(serializer)
}

fn serialize_items<S: Serializer>(items: &[Value], serializer: S) -> Result<S::Ok, S::Error> {
    let mut sequence = serializer.serialize_seq(Some(items.len()))?;
    for item in items {
        sequence.serialize_element(&JsonRef(item))?;
    }
    sequence.end()
}

fn serialize_entries<S: Serializer>(entries: &BTreeMap<Str, Value>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(entries.len()))?;
    for (key, value) in entries {
        map.serialize_entry(&**key, &JsonRef(value))?;
    }
    map.end()
}

/// Go escapes what would be dangerous inside HTML or JavaScript, too.
struct GoEscapes<F>(F);

impl<F: Formatter> Formatter for GoEscapes<F> {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut written = 0;
        for (at, c) in fragment.char_indices() {
            let escape = match c {
                '<' => "\\u003c",
                '>' => "\\u003e",
                '&' => "\\u0026",
                '\u{2028}' => "\\u2028",
                '\u{2029}' => "\\u2029",
                _ => continue,
            };
            writer.write_all(&fragment.as_bytes()[written..at])?;
            writer.write_all(escape.as_bytes())?;
            written = at + c.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[written..])
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn end_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_key(writer)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_survives_the_round_trip() {
        for text in [
            r#"{"a":[1,-2,true,null,"x\"y"],"b":{"c":9007199254740993}}"#,
            "123456789012345678901234567890",
            "[]",
            "{}",
            "\"\"",
            r#""\u003ca\u0026b\u003e\u2028\b\f""#,
        ] {
            assert_eq!(write(&read(text.as_bytes()).unwrap()).unwrap(), text);
        }
        assert!(read(b"{\"a\":").is_err());
        assert!(read(b"1 2").is_err());
        assert!(write(&Value::unknown(super::super::Type::String)).is_err());
    }

    #[test]
    fn the_last_of_two_keys_wins_and_texts_are_shared() {
        assert_eq!(write(&read(br#"{"a":1,"b":2,"a":3}"#).unwrap()).unwrap(), r#"{"a":3,"b":2}"#);
        let mut strings = Strings::default();
        let first = read_sharing(r#"{"name":"web"}"#, &mut strings).unwrap();
        let second = read_sharing(r#"["web"]"#, &mut strings).unwrap();
        let text = |value: Option<&Value>| match value.map(|value| &value.kind) {
            Some(ValueKind::String(text)) => text.clone(),
            other => panic!("{other:?} is no text"),
        };
        let one = text(first.as_entries().and_then(|entries| entries.get("name")));
        let two = text(second.as_items().and_then(<[Value]>::first));
        assert!(Str::ptr_eq(&one, &two));
        assert!(read_sharing("1 2", &mut strings).is_err());
    }

    #[test]
    fn text_is_brought_into_normal_form() {
        assert_eq!(read("\"e\u{301}\"".as_bytes()).unwrap().as_str(), Some("\u{e9}"));
    }

    #[test]
    fn deep_nesting_is_refused_and_not_fatal() {
        let deep = "[".repeat(100_000);
        assert!(read(deep.as_bytes()).is_err());
    }
}
