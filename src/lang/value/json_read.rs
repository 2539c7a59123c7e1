//! JSON to values, as terraform's `jsondecode` reads it: arrays are tuples, objects objects, numbers keep every digit.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::text::{normal, string};
use crate::model::value::{Number, Str, Value, ValueKind};

/// Deeper nesting than this is refused instead of eating the stack.
const DEEPEST: usize = 512;

/// What is wrong with a JSON text, in Go's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct JsonError {
    /// What is wrong.
    pub message: String,
    /// The byte at which it shows.
    pub offset: usize,
}

/// The value of a JSON text.
///
/// # Errors
/// When it is not JSON.
pub fn json_decode(text: &str) -> Result<Value, JsonError> {
    let mut reader = Reader { text, at: 0 };
    reader.space();
    if reader.peek().is_none() {
        return Err(reader.fault("EOF"));
    }
    let value = reader.value(0)?;
    reader.space();
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.fault("extraneous data after JSON object")),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn fault(&self, message: impl Into<String>) -> JsonError {
        JsonError { message: message.into(), offset: self.at }
    }

    /// The byte at hand does not belong there, inside a token. Go shows the byte as if it were a character.
    fn unexpected(&self, place: &str) -> JsonError {
        match self.peek() {
            None => self.fault("unexpected EOF"),
            Some(byte) => {
                let shown = match char::from(byte) {
                    '\'' => r"'\''".to_owned(),
                    '"' => "'\"'".to_owned(),
                    other => {
                        let quoted = super::text::quote(&other.to_string());
                        format!("'{}'", &quoted[1..quoted.len() - 1])
                    }
                };
                let space = if place.is_empty() { "" } else { " " };
                self.fault(format!("invalid character {shown}{space}{place}"))
            }
        }
    }

    /// The same between tokens, where the end of the text has another name.
    fn misplaced(&self, place: &str) -> JsonError {
        if self.peek().is_none() { self.fault("EOF") } else { self.unexpected(place) }
    }

    fn value(&mut self, depth: usize) -> Result<Value, JsonError> {
        if depth > DEEPEST {
            return Err(self.fault("exceeded max depth"));
        }
        self.space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(string(&self.text_literal()?)),
            Some(b't') => self.word("true", Value::bool(true)),
            Some(b'f') => self.word("false", Value::bool(false)),
            Some(b'n') => self.word("null", Value::null()),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.misplaced("looking for beginning of value")),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, JsonError> {
        for expected in word.bytes() {
            if self.peek() != Some(expected) {
                return Err(self.unexpected(&format!("in literal {word} (expecting '{}')", char::from(expected))));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else if self.digits() == 0 {
            return Err(self.unexpected("in numeric literal"));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.unexpected("after decimal point in numeric literal"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.unexpected("in exponent of numeric literal"));
            }
        }
        let number = Number::parse(&self.text[start..self.at]).map_err(|error| self.fault(error.to_string()))?;
        Ok(Value::number(number))
    }

    fn array(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::tuple([]));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::tuple(items));
                }
                _ => return Err(self.misplaced("after array element")),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.at += 1;
        let mut attributes: BTreeMap<Str, Value> = BTreeMap::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::empty_object());
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                // Go has no words for what it expects after the brace.
                let place = if attributes.is_empty() { "" } else { "looking for beginning of object key string" };
                return Err(self.misplaced(place));
            }
            let key = self.text_literal()?;
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.misplaced("after object key"));
            }
            self.at += 1;
            let value = self.value(depth + 1)?;
            attributes.insert(normal(&key).as_ref().into(), value);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(ValueKind::Object(Arc::new(attributes)).into());
                }
                _ => return Err(self.misplaced("after object key:value pair")),
            }
        }
    }

    fn text_literal(&mut self) -> Result<String, JsonError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.bytes().position(|byte| byte == b'"' || byte == b'\\' || byte < 0x20);
            let Some(plain) = plain else {
                self.at = self.text.len();
                return Err(self.unexpected("in string literal"));
            };
            out.push_str(&rest[..plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => self.escape(&mut out)?,
                _ => return Err(self.unexpected("in string literal")),
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Result<(), JsonError> {
        self.at += 1;
        let char = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let unit = self.hexadecimal()?;
                out.push(self.surrogates(unit)?);
                return Ok(());
            }
            _ => return Err(self.unexpected("in string escape code")),
        };
        self.at += 1;
        out.push(char);
        Ok(())
    }

    fn hexadecimal(&mut self) -> Result<u32, JsonError> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.unexpected("in \\u hexadecimal character escape"));
            };
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }

    /// A surrogate without its other half becomes U+FFFD.
    fn surrogates(&mut self, unit: u32) -> Result<char, JsonError> {
        if let Some(char) = char::from_u32(unit) {
            return Ok(char);
        }
        let before = self.at;
        if unit < 0xdc00 && self.text[self.at..].starts_with("\\u") {
            self.at += 2;
            let low = self.hexadecimal()?;
            if (0xdc00..0xe000).contains(&low) {
                let code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = before;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }
}

#[cfg(test)]
mod tests {
    use super::super::json_encode;
    use super::*;

    #[test]
    fn what_is_read_is_written_again() {
        let text = r#"{"a":[1,-2.5,true,null,"x\u003cy"],"b":{},"n":123456789012345678901234567890}"#;
        assert_eq!(json_encode(&json_decode(text).unwrap()).unwrap(), text);
    }

    #[test]
    fn surrogates_and_normal_form() {
        assert_eq!(json_decode(r#""\ud83d\ude00""#).unwrap().as_str(), Some("😀"));
        assert_eq!(json_decode(r#""\ud83dx""#).unwrap().as_str(), Some("\u{fffd}x"));
        assert_eq!(json_decode(r#""e\u0301""#).unwrap().as_str(), Some("é"));
        assert_eq!(json_decode(r#"{"a":1,"a":2}"#).unwrap().get("a"), Some(Value::int(2)));
    }

    #[test]
    fn faults_are_named_as_go_names_them() {
        let fault = |text: &str| json_decode(text).unwrap_err().message;
        assert_eq!(fault("{]"), "invalid character ']'");
        assert_eq!(fault("[1 2]"), "invalid character '2' after array element");
        assert_eq!(fault("tru"), "unexpected EOF");
        assert_eq!(fault("x"), "invalid character 'x' looking for beginning of value");
        assert_eq!(fault(&"[".repeat(100_000)), "exceeded max depth");
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = json_decode(&text);
        }

        #[test]
        fn strings_round_trip(text in ".{0,40}") {
            let value = string(&text);
            proptest::prop_assert_eq!(json_decode(&json_encode(&value).unwrap()).unwrap(), value);
        }
    }
}
