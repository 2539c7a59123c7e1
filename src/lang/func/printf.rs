//! The formatting language of `format` and `formatlist`: verbs, flags, widths.
//!
//! The syntax of a verb is `%`, flags, width, precision, `[argument]`, letter. Numbers come out as Go's formatting of big
//! numbers has them, including its answer to a width or precision that it finds too large.

use unicode_segmentation::UnicodeSegmentation;

use super::error::FunctionError;
use super::limit;
use crate::lang::types;
use crate::lang::value::{self, quote};
use crate::model::limits::Limits;
use crate::model::value::{Number, Type, Value};

/// What stands between `%` and the letter, and the letter.
#[derive(Debug, Default, Clone)]
struct Verb {
    raw: String,
    offset: usize,
    argument: usize,
    letter: char,
    zero: bool,
    sharp: bool,
    plus: bool,
    minus: bool,
    space: bool,
    precision: Option<usize>,
    width: Option<usize>,
    /// The text of the verb without its argument index has a number that Go refuses.
    refused: bool,
}

/// Go reads no width or precision above this.
const GO_MOST: usize = 10_000_009;

/// The text of `format` with its verbs replaced by `args`.
pub(super) fn format(format: &str, args: &[Value], limits: &Limits) -> Result<String, FunctionError> {
    let mut out = String::new();
    let (mut next, mut highest) = (1, 0);
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let start = format.len() - rest.len() + at;
        if rest[at + 1..].starts_with('%') {
            out.push('%');
            rest = &rest[at + 2..];
            continue;
        }
        let verb = Verb::parse(format, start, next)?;
        rest = &format[start + verb.raw.len()..];
        highest = highest.max(verb.argument);
        // Go answers a refused width of a number in words; any other text is padded.
        if !verb.refused || !matches!(verb.letter, 'b' | 'd' | 'o' | 'x' | 'X' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G') {
            limit::text(limits, out.len().saturating_add(verb.width.unwrap_or(0)))?;
        }
        verb.append(&mut out, args)?;
        limit::text(limits, out.len())?;
        next = verb.argument + 1;
    }
    out.push_str(rest);
    if highest < args.len() {
        let message = match highest {
            0 => "too many arguments; no verbs in format string".to_owned(),
            _ => format!("too many arguments; only {highest} used by format string"),
        };
        return Err(FunctionError::at(highest + 1, message));
    }
    Ok(out)
}

impl Verb {
    /// The verb whose `%` stands at `start`.
    fn parse(format: &str, start: usize, next: usize) -> Result<Verb, FunctionError> {
        let bytes = format.as_bytes();
        let mut at = start + 1;
        let mut verb = Verb { offset: start, argument: next, ..Verb::default() };
        while let Some(flag) = bytes.get(at) {
            match flag {
                b'0' => verb.zero = true,
                b'#' => verb.sharp = true,
                b'-' => verb.minus = true,
                b'+' => verb.plus = true,
                b' ' => verb.space = true,
                _ => break,
            }
            at += 1;
        }
        if bytes.get(at).is_some_and(u8::is_ascii_digit) {
            verb.width = Some(verb.number(bytes, &mut at));
        }
        if bytes.get(at) == Some(&b'.') {
            at += 1;
            verb.precision = Some(verb.number(bytes, &mut at));
        }
        if bytes.get(at) == Some(&b'[') {
            at += 1;
            if !matches!(bytes.get(at), Some(b'1'..=b'9')) {
                return Err(unexpected(format, at));
            }
            let refused = verb.refused;
            verb.argument = verb.number(bytes, &mut at);
            verb.refused = refused;
            if bytes.get(at) != Some(&b']') {
                return Err(unexpected(format, at));
            }
            at += 1;
        }
        match bytes.get(at) {
            Some(letter) if letter.is_ascii_alphabetic() => verb.letter = char::from(*letter),
            _ => return Err(unexpected(format, at)),
        }
        verb.raw = format[start..=at].to_owned();
        Ok(verb)
    }

    fn number(&mut self, bytes: &[u8], at: &mut usize) -> usize {
        let mut number: usize = 0;
        while let Some(digit) = bytes.get(*at).filter(|byte| byte.is_ascii_digit()) {
            number = number.saturating_mul(10).saturating_add(usize::from(digit - b'0'));
            *at += 1;
        }
        self.refused |= number > GO_MOST;
        number
    }

    fn append(&self, out: &mut String, args: &[Value]) -> Result<(), FunctionError> {
        let Some(argument) = args.get(self.argument.wrapping_sub(1)) else {
            return Err(FunctionError::new(format!(
                "not enough arguments for {} at {}: need index {} but have {} total",
                quote(&self.raw),
                self.offset,
                self.argument,
                args.len()
            )));
        };
        if self.letter != 'v' && argument.is_null() {
            return Err(self.unsupported("null value cannot be formatted"));
        }
        match self.letter {
            'v' => self.append_plain(out, argument),
            't' => {
                let converted = self.convert(argument, &Type::Bool)?;
                out.push_str(if converted.as_bool() == Some(true) { "true" } else { "false" });
                Ok(())
            }
            'b' | 'd' | 'o' | 'x' | 'X' => self.append_integer(out, argument),
            'e' | 'E' | 'f' | 'g' | 'G' => self.append_float(out, argument),
            's' | 'q' => self.append_string(out, argument),
            letter => Err(FunctionError::new(format!(
                "unsupported format verb '{letter}' in {} at offset {}",
                quote(&self.raw),
                self.offset
            ))),
        }
    }

    fn unsupported(&self, why: &str) -> FunctionError {
        FunctionError::new(format!("unsupported value for {} at {}: {why}", quote(&self.raw), self.offset))
    }

    fn convert(&self, argument: &Value, ty: &Type) -> Result<Value, FunctionError> {
        types::convert(argument, ty).map_err(|error| self.unsupported(&error.to_string()))
    }

    fn append_plain(&self, out: &mut String, argument: &Value) -> Result<(), FunctionError> {
        let text = match (argument.as_str(), argument.as_number()) {
            (Some(text), _) if !self.sharp => text.to_owned(),
            (_, Some(number)) if !self.sharp => number.text('g', None),
            _ => value::json_encode(argument).map_err(|error| self.unsupported(&error.to_string()))?,
        };
        self.append_padded(out, &text)
    }

    fn append_string(&self, out: &mut String, argument: &Value) -> Result<(), FunctionError> {
        let converted = self.convert(argument, &Type::String)?;
        let mut text = converted.as_str().unwrap_or_default();
        if let Some(most) = self.precision.filter(|most| *most > 0) {
            let end = text.grapheme_indices(true).nth(most).map_or(text.len(), |(at, _)| at);
            text = &text[..end];
        }
        if self.letter == 's' {
            return self.append_padded(out, text);
        }
        let quoted = value::json_encode(&Value::string(text)).map_err(|error| self.unsupported(&error.to_string()))?;
        self.append_padded(out, &quoted)
    }

    fn append_padded(&self, out: &mut String, text: &str) -> Result<(), FunctionError> {
        let wanted = self.width.unwrap_or(0);
        let missing = wanted.saturating_sub(text.graphemes(true).count());
        let padding = if self.zero { "0" } else { " " }.repeat(missing);
        let (first, second) = if self.minus { (text, &*padding) } else { (&*padding, text) };
        out.push_str(first);
        out.push_str(second);
        Ok(())
    }

    fn append_integer(&self, out: &mut String, argument: &Value) -> Result<(), FunctionError> {
        let converted = self.convert(argument, &Type::Number)?;
        let integer = converted
            .as_number()
            .and_then(Number::to_integer)
            .ok_or_else(|| self.unsupported("an integer is required"))?;
        let text = integer.to_string();
        if self.refused {
            out.push_str(&format!("%!(NOVERB)%!(EXTRA *big.Int={text})"));
            return Ok(());
        }
        let negative = text.starts_with('-');
        let (base, prefix) = match self.letter {
            'b' => (2, "0b"),
            'o' => (8, "0"),
            'x' => (16, "0x"),
            'X' => (16, "0X"),
            _ => (10, ""),
        };
        let mut digits = integer.in_radix(base).to_string();
        if self.letter == 'X' {
            digits.make_ascii_uppercase();
        }
        let digits = digits.trim_start_matches('-');
        if self.precision == Some(0) && digits == "0" {
            return Ok(());
        }
        let sign = self.sign(negative);
        let prefix = if self.sharp { prefix } else { "" };
        let mut zeros = self.precision.unwrap_or(0).saturating_sub(digits.len());
        let length = sign.len() + prefix.len() + zeros + digits.len();
        let missing = self.width.unwrap_or(0).saturating_sub(length);
        let (mut left, mut right) = (0, 0);
        if self.minus {
            right = missing;
        } else if self.zero && self.precision.is_none() {
            zeros = missing;
        } else {
            left = missing;
        }
        out.push_str(&" ".repeat(left));
        out.push_str(sign);
        out.push_str(prefix);
        out.push_str(&"0".repeat(zeros));
        out.push_str(digits);
        out.push_str(&" ".repeat(right));
        Ok(())
    }

    fn append_float(&self, out: &mut String, argument: &Value) -> Result<(), FunctionError> {
        let converted = self.convert(argument, &Type::Number)?;
        let Some(number) = converted.as_number() else { return Err(self.unsupported("a number is required")) };
        if self.refused {
            let text = number.text('g', Some(10));
            out.push_str(&format!("%!(NOVERB)%!(EXTRA *big.Float={text})"));
            return Ok(());
        }
        let digits = match self.letter {
            'g' | 'G' => self.precision,
            _ => Some(self.precision.unwrap_or(6)),
        };
        let text = number.text(self.letter, digits);
        let bare = text.trim_start_matches(['-', '+']);
        let sign = if text.starts_with('+') && !self.space { "+" } else { self.sign(text.starts_with('-')) };
        let missing = self.width.unwrap_or(0).saturating_sub(sign.len() + bare.len());
        let (before, zeros, after) = match () {
            () if self.zero && !number.is_infinite() => (0, missing, 0),
            () if self.minus => (0, 0, missing),
            () => (missing, 0, 0),
        };
        out.push_str(&" ".repeat(before));
        out.push_str(sign);
        out.push_str(&"0".repeat(zeros));
        out.push_str(bare);
        out.push_str(&" ".repeat(after));
        Ok(())
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus, self.space) {
            (true, _, _) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        }
    }
}

/// The error of a character that no verb can have at this place, or of the end of the text.
fn unexpected(format: &str, at: usize) -> FunctionError {
    match format[at..].chars().next() {
        Some(character) => {
            let shown = quote(&character.to_string());
            let inner = &shown[1..shown.len() - 1];
            let inner = match character {
                '"' => "\"",
                '\'' => "\\'",
                _ => inner,
            };
            FunctionError::new(format!("unrecognized format character '{inner}' at offset {at}"))
        }
        None => FunctionError::new(format!("invalid format string starting at offset {at}")),
    }
}
