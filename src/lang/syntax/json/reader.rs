//! JSON with spans, in the words of terraform's own reader.

use crate::lang::syntax::fault::Faults;
use crate::lang::syntax::parser::MAX_DEPTH;
use crate::lang::syntax::words::quote;
use crate::model::place::Span;
use crate::model::value::{Number, Str};

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Json {
    pub(super) kind: JsonKind,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) enum JsonKind {
    Null,
    Bool(bool),
    Number(Number),
    String(Str),
    Array(Vec<Json>),
    Object(Vec<Property>),
}

/// `"name": value`
#[derive(Debug)]
pub(super) struct Property {
    pub(super) name: Str,
    pub(super) name_span: Span,
    pub(super) value: Json,
}

const VALUE_STARTS: &str = "A JSON value must start with a brace, a bracket, a number, a string, or a keyword.";

/// Reads a whole text. `None` with a fault when it is no JSON.
pub(super) fn read(text: &str, faults: &mut Faults) -> Option<Json> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, depth: 0, faults };
    if text.starts_with('\u{feff}') {
        reader.at = 3;
    }
    let value = reader.value()?;
    reader.blanks();
    if reader.at < text.len() {
        return reader.fail("Extraneous data after value", "Extra characters appear after the JSON value.");
    }
    Some(value)
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: u32,
    faults: &'a mut Faults,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// The next byte that is not blank.
    fn peek(&mut self) -> Option<u8> {
        self.blanks();
        self.bytes.get(self.at).copied()
    }

    fn span_from(&self, start: usize) -> Span {
        Span::new(start as u32, self.at as u32)
    }

    fn fail<T>(&mut self, summary: &'static str, detail: impl Into<String>) -> Option<T> {
        let length = self.text.get(self.at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let span = Span::new(self.at as u32, (self.at + length) as u32);
        self.faults.push(summary, detail.into(), span, None);
        None
    }

    fn value(&mut self) -> Option<Json> {
        let byte = self.peek();
        let start = self.at;
        let kind = match byte {
            None => return self.fail("Missing value", "The JSON data ends prematurely."),
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b'"') => JsonKind::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => JsonKind::Number(self.number()?),
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$') => self.keyword()?,
            Some(b'}') => return self.fail("Missing JSON value", VALUE_STARTS),
            Some(b']') => return self.fail("Missing array element value", VALUE_STARTS),
            Some(_) => return self.fail("Invalid start of value", VALUE_STARTS),
        };
        Some(Json { kind, span: self.span_from(start) })
    }

    fn nested(&mut self, inner: impl FnOnce(&mut Self) -> Option<JsonKind>) -> Option<JsonKind> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.fail("Nesting too deep", format!("Values may nest at most {MAX_DEPTH} levels deep here."));
        }
        let kind = inner(self);
        self.depth -= 1;
        kind
    }

    fn object(&mut self) -> Option<JsonKind> {
        self.at += 1;
        let mut properties = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Some(JsonKind::Object(properties));
        }
        loop {
            properties.push(self.property()?);
            match self.peek() {
                Some(b',') => {
                    let comma = self.at;
                    self.at += 1;
                    if self.peek() == Some(b'}') {
                        self.at = comma;
                        let detail = "JSON does not permit a trailing comma after the final property in an object.";
                        return self.fail("Trailing comma in object", detail);
                    }
                }
                Some(b'}') => {
                    self.at += 1;
                    return Some(JsonKind::Object(properties));
                }
                None => return self.fail("Unclosed object", "No closing brace was found for this JSON object."),
                Some(b']') => {
                    let detail = "A JSON object must be closed with a brace, not a bracket.";
                    return self.fail("Mismatched braces", detail);
                }
                Some(_) => {
                    let detail = "A comma must appear between each property definition in an object.";
                    return self.fail("Missing attribute seperator comma", detail);
                }
            }
        }
    }

    fn property(&mut self) -> Option<Property> {
        if self.peek() != Some(b'"') {
            return self.fail("Invalid object property name", "A JSON object property name must be a string");
        }
        let start = self.at;
        let name = self.string()?;
        let name_span = self.span_from(start);
        match self.peek() {
            Some(b':') => self.at += 1,
            Some(b'=') => {
                let detail = "JSON uses a colon as its name/value delimiter, not an equals sign.";
                return self.fail("Missing property value colon", detail);
            }
            Some(b',' | b'}') => {
                let detail = "A JSON object attribute must have a value, introduced by a colon.";
                return self.fail("Missing object value", detail);
            }
            _ => {
                let detail = "A colon must appear between an object property's name and its value.";
                return self.fail("Missing property value colon", detail);
            }
        }
        Some(Property { name, name_span, value: self.value()? })
    }

    fn array(&mut self) -> Option<JsonKind> {
        self.at += 1;
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Some(JsonKind::Array(items));
        }
        loop {
            items.push(self.value()?);
            match self.peek() {
                Some(b',') => {
                    let comma = self.at;
                    self.at += 1;
                    if self.peek() == Some(b']') {
                        self.at = comma;
                        let detail = "JSON does not permit a trailing comma after the final value in an array.";
                        return self.fail("Trailing comma in array", detail);
                    }
                }
                Some(b']') => {
                    self.at += 1;
                    return Some(JsonKind::Array(items));
                }
                None => return self.fail("Unclosed object", "No closing bracket was found for this JSON array."),
                Some(b'}') => {
                    let detail = "A JSON array must be closed with a bracket, not a brace.";
                    return self.fail("Mismatched brackets", detail);
                }
                Some(b':') => {
                    let detail = "A colon is not used to introduce values in a JSON array.";
                    return self.fail("Invalid array value", detail);
                }
                Some(_) => {
                    let detail = "A comma must appear between each value in an array.";
                    return self.fail("Missing attribute seperator comma", detail);
                }
            }
        }
    }

    /// The quoted string here; serde decodes its escapes.
    fn string(&mut self) -> Option<Str> {
        let start = self.at;
        let mut end = start + 1;
        loop {
            match self.bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => end += 2,
                Some(b'\n') | None => return self.bad_string(),
                Some(_) => end += 1,
            }
        }
        let inner = self.text.get(start + 1..end);
        let decoded = match inner {
            Some(inner) if !inner.bytes().any(|byte| byte == b'\\' || byte < 0x20) => Some(Str::from(inner)),
            _ => self.text.get(start..=end).and_then(|text| serde_json::from_str::<String>(text).ok()).map(Str::from),
        };
        match decoded {
            Some(text) => {
                self.at = end + 1;
                Some(text)
            }
            None => self.bad_string(),
        }
    }

    fn bad_string<T>(&mut self) -> Option<T> {
        self.fail("Invalid JSON string", "There is a syntax error in the given JSON string.")
    }

    fn number(&mut self) -> Option<Number> {
        let rest = &self.bytes[self.at..];
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = rest.iter().take_while(|byte| is_part(byte)).count();
        let text = self.text.get(self.at..self.at + length).unwrap_or("");
        let is_json = serde_json::from_str::<serde_json::Number>(text).is_ok();
        match Number::parse(text) {
            Ok(number) if is_json => {
                self.at += length;
                Some(number)
            }
            _ => self.fail("Invalid JSON number", "There is a syntax error in the given JSON number."),
        }
    }

    fn keyword(&mut self) -> Option<JsonKind> {
        let rest = self.text.get(self.at..).unwrap_or("");
        let length =
            rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')).count();
        let kind = match &rest[..length] {
            "true" => JsonKind::Bool(true),
            "false" => JsonKind::Bool(false),
            "null" => JsonKind::Null,
            word @ ("undefined" | "NaN" | "Infinity") => {
                let detail = format!("The JavaScript identifier {} cannot be used in JSON.", quote(word));
                return self.fail("Invalid JSON keyword", detail);
            }
            word => {
                let detail = format!("{} is not a valid JSON keyword.", quote(word));
                return self.fail("Invalid JSON keyword", detail);
            }
        };
        self.at += length;
        Some(kind)
    }
}
