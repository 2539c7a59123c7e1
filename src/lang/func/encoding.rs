//! Base64, compression, URLs and character sets: `base64decode base64encode base64gunzip base64gzip textdecodebase64
//! textencodebase64 urldecode urlencode`.

use std::io::Read;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::read::MultiGzDecoder;

use super::definition::{Call, Function, Parameter, Returns, Shape};
use super::error::{FunctionError, redact};
use super::outcome::string;
use super::textcode::Charset;
use super::{compress, limit};
use crate::lang::value::quote;
use crate::model::value::Value;

const STR: Parameter = Parameter::new("str", Shape::String);
const STRING: Returns = Returns::Always(Shape::String);

/// The standard alphabet; like Go's, the bits after the last byte may be anything.
const STANDARD: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "base64decode",
        "The text that a Base64 text encodes.",
        &[Parameter::new("str", Shape::String).marked_for_good()],
        STRING,
        base64_decode,
    ),
    Function::new("base64encode", "The text in Base64.", &[STR], STRING, base64_encode),
    Function::new(
        "base64gunzip",
        "The text that was compressed with gzip and written in Base64.",
        &[Parameter::new("str", Shape::String).marked_for_good()],
        STRING,
        base64_gunzip,
    )
    .tofu(),
    Function::new("base64gzip", "The text compressed with gzip, in Base64.", &[STR], STRING, base64_gzip),
    Function::new(
        "textdecodebase64",
        "The text that a Base64 text holds in another character set.",
        &[Parameter::new("source", Shape::String), Parameter::new("encoding", Shape::String)],
        STRING,
        text_decode,
    ),
    Function::new(
        "textencodebase64",
        "The text in another character set, in Base64.",
        &[Parameter::new("string", Shape::String), Parameter::new("encoding", Shape::String)],
        STRING,
        text_encode,
    ),
    Function::new(
        "urldecode",
        "The text whose form for URLs is given.",
        &[Parameter::new("str", Shape::String).marked_for_good()],
        STRING,
        url_decode,
    )
    .tofu(),
    Function::new("urlencode", "The text in the form that it has in a URL's query.", &[STR], STRING, url_encode),
];

/// Decodes Base64 as Go does: line breaks anywhere are skipped. The error is the offset of the first wrong symbol.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, usize> {
    let bare: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    STANDARD.decode(&bare).map_err(|_| fault_offset(text.as_bytes()))
}

/// Where Go finds fault with a text that is not Base64: it reads groups of four and counts line breaks along.
fn fault_offset(text: &[u8]) -> usize {
    let mut symbols = text.iter().enumerate().filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
    let mut place = 0;
    for (at, byte) in symbols.by_ref() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => place += 1,
            b'=' if place % 4 == 2 => {
                return match symbols.next() {
                    None => text.len(),
                    Some((_, b'=')) => symbols.next().map_or(text.len(), |(garbage, _)| garbage),
                    Some((wrong, _)) => wrong.saturating_sub(1),
                };
            }
            b'=' if place % 4 == 3 => return symbols.next().map_or(text.len(), |(garbage, _)| garbage),
            _ => return at,
        }
    }
    text.len() - place % 4
}

/// Bytes in Base64.
pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn decode_argument(argument: &Value) -> Result<Vec<u8>, FunctionError> {
    let text = argument.as_str().unwrap_or_default();
    decode(text).map_err(|_| {
        let shown = redact(argument.marks, || quote(text));
        FunctionError::new(format!("failed to decode base64 data {shown}"))
    })
}

fn base64_decode(call: &Call<'_>) -> Result<Value, FunctionError> {
    let bytes = decode_argument(&call.args[0])?;
    let text = String::from_utf8(bytes)
        .map_err(|_| FunctionError::new("the result of decoding the provided string is not valid UTF-8"))?;
    Ok(string(text).mark(call.args[0].marks))
}

fn base64_encode(call: &Call<'_>) -> Result<Value, FunctionError> {
    Ok(string(encode(call.text(0).as_bytes())))
}

fn base64_gzip(call: &Call<'_>) -> Result<Value, FunctionError> {
    Ok(string(encode(&compress::gzip_flushed(call.text(0).as_bytes()))))
}

fn base64_gunzip(call: &Call<'_>) -> Result<Value, FunctionError> {
    let bytes = decode_argument(&call.args[0])?;
    let limits = call.inputs.limits();
    let mut text = Vec::new();
    MultiGzDecoder::new(bytes.as_slice())
        .take(limits.text_bytes as u64 + 1)
        .read_to_end(&mut text)
        .map_err(|error| FunctionError::new(format!("failed to gunzip bytestream: {error}")))?;
    limit::text(&limits, text.len())?;
    let text = String::from_utf8(text)
        .map_err(|_| FunctionError::new("the result of decompressing the provided string is not valid UTF-8"))?;
    Ok(string(text).mark(call.args[0].marks))
}

fn charset(call: &Call<'_>) -> Result<&'static Charset, FunctionError> {
    let name = call.text(1);
    Charset::find(name).ok_or_else(|| {
        let message =
            format!("{} is not a supported IANA encoding name or alias in this Terraform version", quote(name));
        FunctionError::at(1, message)
    })
}

fn text_encode(call: &Call<'_>) -> Result<Value, FunctionError> {
    let charset = charset(call)?;
    let bytes = charset.encode(call.text(0)).ok_or_else(|| {
        let name = charset.name;
        FunctionError::at(0, format!("the given string contains characters that cannot be represented in {name}"))
    })?;
    Ok(string(encode(&bytes)))
}

fn text_decode(call: &Call<'_>) -> Result<Value, FunctionError> {
    let charset = charset(call)?;
    let bytes = decode(call.text(0)).map_err(|at| {
        FunctionError::at(0, format!("the given value is has an invalid base64 symbol at offset {at}"))
    })?;
    let text = charset.decode(&bytes).ok_or_else(|| {
        let name = charset.name;
        FunctionError::at(0, format!("the given string contains symbols that are not defined for {name}"))
    })?;
    Ok(string(text))
}

fn url_encode(call: &Call<'_>) -> Result<Value, FunctionError> {
    let mut out = String::new();
    for byte in call.text(0).bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    Ok(string(out))
}

fn url_decode(call: &Call<'_>) -> Result<Value, FunctionError> {
    let text = call.text(0);
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digits =
                    text.get(at + 1..at + 3).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
                let value = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).ok_or_else(|| {
                    let end = (at..=(at + 3).min(text.len())).rev().find(|end| text.is_char_boundary(*end));
                    let shown = quote(&text[at..end.unwrap_or(at)]);
                    FunctionError::new(format!("failed to decode URL: invalid URL escape {shown}"))
                })?;
                out.push(value);
                at += 2;
            }
            other => out.push(*other),
        }
        at += 1;
    }
    let decoded = String::from_utf8(out).map_err(|_| FunctionError::new("the decoded text is not valid UTF-8"))?;
    Ok(string(decoded).mark(call.args[0].marks))
}
