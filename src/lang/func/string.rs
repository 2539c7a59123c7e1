//! Texts: case, trimming, cutting, joining, sorting, searching.
//!
//! What a character is: a grapheme cluster, as people count. `format` and regular expressions have files of their own.

use unicode_segmentation::UnicodeSegmentation;

use super::definition::{Call, Function, Parameter, Returns, Shape};
use super::error::FunctionError;
use super::limit;
use super::outcome::{string, strings};
use crate::model::value::{Refinement, Value, ValueKind};

const STR: Parameter = Parameter::new("str", Shape::String);
const OPEN_STR: Parameter = Parameter::new("str", Shape::String).dynamic();
const STRING: Returns = Returns::Always(Shape::String);
const BOOL: Returns = Returns::Always(Shape::Bool);
const STRINGS: Returns = Returns::Always(Shape::Strings);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("chomp", "The text without the line breaks at its end.", &[STR], STRING, chomp),
    Function::new(
        "endswith",
        "Whether a text ends with another.",
        &[STR, Parameter::new("suffix", Shape::String)],
        BOOL,
        ends_with,
    ),
    Function::new(
        "indent",
        "The text with spaces put after each of its line breaks.",
        &[Parameter::new("spaces", Shape::Number), STR],
        STRING,
        indent,
    ),
    Function::new(
        "join",
        "The elements of lists of strings as one text, with a separator between them.",
        &[Parameter::new("separator", Shape::String)],
        STRING,
        join,
    )
    .and(Parameter::new("lists", Shape::Strings)),
    Function::new("lower", "The text in lower case.", &[OPEN_STR], STRING, lower),
    Function::new(
        "sort",
        "The strings of a list in the order of their characters' codes.",
        &[Parameter::new("list", Shape::Strings).unknown()],
        STRINGS,
        sort,
    ),
    Function::new(
        "split",
        "The parts of a text between the occurrences of a separator.",
        &[Parameter::new("separator", Shape::String), STR],
        STRINGS,
        split,
    ),
    Function::new(
        "startswith",
        "Whether a text begins with another.",
        &[Parameter::new("str", Shape::String).unknown(), Parameter::new("prefix", Shape::String)],
        BOOL,
        starts_with,
    ),
    Function::new(
        "strcontains",
        "Whether a text contains another.",
        &[STR, Parameter::new("substr", Shape::String)],
        BOOL,
        contains,
    )
    .maybe_null(),
    Function::new("strrev", "The text with its characters in reverse order.", &[OPEN_STR], STRING, reverse),
    Function::new(
        "substr",
        "The part of a text from an offset on, of at most the given length (-1: to the end), in characters.",
        &[
            OPEN_STR,
            Parameter::new("offset", Shape::Number).dynamic(),
            Parameter::new("length", Shape::Number).dynamic(),
        ],
        STRING,
        substr,
    ),
    Function::new("title", "The text with the first letter of each word in upper case.", &[STR], STRING, title),
    Function::new(
        "trim",
        "The text without the given characters at both ends.",
        &[STR, Parameter::new("cutset", Shape::String)],
        STRING,
        trim,
    ),
    Function::new(
        "trimprefix",
        "The text without a prefix, if it has it.",
        &[STR, Parameter::new("prefix", Shape::String)],
        STRING,
        trim_prefix,
    ),
    Function::new("trimspace", "The text without white space at both ends.", &[STR], STRING, trim_space),
    Function::new(
        "trimsuffix",
        "The text without a suffix, if it has it.",
        &[STR, Parameter::new("suffix", Shape::String)],
        STRING,
        trim_suffix,
    ),
    Function::new("upper", "The text in upper case.", &[OPEN_STR], STRING, upper),
];

fn chomp(call: &Call<'_>) -> Result<Value, FunctionError> {
    Ok(string(call.text(0).trim_end_matches(['\r', '\n'])))
}

fn ends_with(call: &Call<'_>) -> Result<Value, FunctionError> {
    Ok(Value::bool(call.text(0).ends_with(call.text(1))))
}

fn contains(call: &Call<'_>) -> Result<Value, FunctionError> {
    Ok(Value::bool(call.text(0).contains(call.text(1))))
}

fn starts_with(call: &Call<'_>) -> Result<Value, FunctionError> {
    let prefix = call.text(1);
    let Some(unknown) = call.args[0].as_unknown() else {
        return Ok(Value::bool(call.text(0).starts_with(prefix)));
    };
    if prefix.is_empty() {
        return Ok(Value::bool(true));
    }
    match unknown.refinement.prefix.as_deref().filter(|known| !known.is_empty()) {
        Some(known) if known.starts_with(prefix) => Ok(Value::bool(true)),
        Some(known) if known.len() >= prefix.len() => Ok(Value::bool(false)),
        _ => Ok(call.unknown()),
    }
}

fn indent(call: &Call<'_>) -> Result<Value, FunctionError> {
    let text = call.text(1);
    let spaces = usize::try_from(call.whole(0)?)
        .map_err(|_| FunctionError::at(0, "the number of spaces must not be negative"))?;
    let breaks = text.matches('\n').count();
    limit::text(&call.inputs.limits(), text.len().saturating_add(breaks.saturating_mul(spaces)))?;
    if breaks == 0 {
        return Ok(string(text));
    }
    Ok(string(text.replace('\n', &format!("\n{}", " ".repeat(spaces)))))
}

fn join(call: &Call<'_>) -> Result<Value, FunctionError> {
    let lists = &call.args[1..];
    if lists.is_empty() {
        return Err(FunctionError::new("at least one list is required"));
    }
    if !lists.iter().all(Value::is_wholly_known) {
        return Ok(call.unknown());
    }
    let mut items = Vec::new();
    for (at, list) in lists.iter().enumerate() {
        for (index, item) in list.as_items().unwrap_or_default().iter().enumerate() {
            let Some(text) = item.as_str() else {
                let whose = if lists.len() > 1 { format!(" of list {}", at + 1) } else { String::new() };
                let message = format!("element {index}{whose} is null; cannot concatenate null values");
                return Err(FunctionError::at(at + 1, message));
            };
            items.push(text);
        }
    }
    let separators = call.text(0).len().saturating_mul(items.len().saturating_sub(1));
    limit::text(&call.inputs.limits(), items.iter().map(|item| item.len()).sum::<usize>().saturating_add(separators))?;
    Ok(string(items.join(call.text(0))))
}

fn sort(call: &Call<'_>) -> Result<Value, FunctionError> {
    let list = &call.args[0];
    if !list.is_wholly_known() {
        return Ok(call.refined(length_of(list)));
    }
    let mut texts = Vec::new();
    for (index, item) in list.as_items().unwrap_or_default().iter().enumerate() {
        let text = item.as_str().ok_or_else(|| {
            FunctionError::new(format!("given list element {index} is null; a null string cannot be sorted"))
        })?;
        texts.push(text);
    }
    texts.sort_unstable();
    Ok(strings(texts))
}

/// What is certain about the number of elements of a list that may be unknown.
fn length_of(list: &Value) -> Refinement {
    match &list.kind {
        ValueKind::Unknown(unknown) => Refinement {
            length_minimum: unknown.refinement.length_minimum,
            length_maximum: unknown.refinement.length_maximum,
            ..Refinement::default()
        },
        _ => {
            let length = list.as_items().map_or(0, <[Value]>::len) as u64;
            Refinement { length_minimum: length, length_maximum: Some(length), ..Refinement::default() }
        }
    }
}

fn split(call: &Call<'_>) -> Result<Value, FunctionError> {
    let (separator, text) = (call.text(0), call.text(1));
    if separator.is_empty() {
        return Ok(strings(text.chars().map(String::from)));
    }
    Ok(strings(text.split(separator)))
}

fn reverse(call: &Call<'_>) -> Result<Value, FunctionError> {
    Ok(string(call.text(0).graphemes(true).rev().collect::<String>()))
}

fn substr(call: &Call<'_>) -> Result<Value, FunctionError> {
    let text = call.text(0);
    let (mut offset, length) = (call.whole(1)?, call.whole(2)?);
    if offset < 0 {
        offset += text.graphemes(true).count() as i64;
    } else if length == 0 {
        return Ok(string(""));
    }
    let rest = text.graphemes(true).skip(usize::try_from(offset).unwrap_or(0));
    // A length of zero from a negative offset takes everything, and so do negative lengths.
    let length = if length <= 0 { usize::MAX } else { length as usize };
    Ok(string(rest.take(length).collect::<String>()))
}

fn trim(call: &Call<'_>) -> Result<Value, FunctionError> {
    let cutset = call.text(1);
    Ok(string(call.text(0).trim_matches(|character| cutset.contains(character))))
}

fn trim_prefix(call: &Call<'_>) -> Result<Value, FunctionError> {
    let text = call.text(0);
    Ok(string(text.strip_prefix(call.text(1)).unwrap_or(text)))
}

fn trim_suffix(call: &Call<'_>) -> Result<Value, FunctionError> {
    let text = call.text(0);
    Ok(string(text.strip_suffix(call.text(1)).unwrap_or(text)))
}

fn trim_space(call: &Call<'_>) -> Result<Value, FunctionError> {
    Ok(string(call.text(0).trim()))
}

fn lower(call: &Call<'_>) -> Result<Value, FunctionError> {
    Ok(string(call.text(0).chars().map(lower_character).collect::<String>()))
}

fn upper(call: &Call<'_>) -> Result<Value, FunctionError> {
    Ok(string(call.text(0).chars().map(upper_character).collect::<String>()))
}

fn title(call: &Call<'_>) -> Result<Value, FunctionError> {
    let mut after_separator = true;
    let titled = call.text(0).chars().map(|character| {
        let result = if after_separator { title_character(character) } else { character };
        after_separator = separates_words(character);
        result
    });
    Ok(string(titled.collect::<String>()))
}

/// What makes the next character the first of a word: every ASCII sign but `_`, and white space.
fn separates_words(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_alphanumeric() && character != '_';
    }
    character.is_whitespace()
}

/// The one character that is the upper case of another: `ß` stays, as it has none.
fn upper_character(character: char) -> char {
    let mut mapped = character.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(single), None) => single,
        _ => match u32::from(character) {
            code @ (0x1f80..=0x1f87 | 0x1f90..=0x1f97 | 0x1fa0..=0x1fa7) => {
                char::from_u32(code + 8).unwrap_or(character)
            }
            code @ (0x1fb3 | 0x1fc3 | 0x1ff3) => char::from_u32(code + 9).unwrap_or(character),
            _ => character,
        },
    }
}

fn lower_character(character: char) -> char {
    let mut mapped = character.to_lowercase();
    match (mapped.next(), mapped.next()) {
        (Some(single), None) => single,
        _ if character == 'İ' => 'i',
        _ => character,
    }
}

/// The title case of a character: of its own for the digraphs, none for Georgian.
fn title_character(character: char) -> char {
    match u32::from(character) {
        0x01c4..=0x01c6 => '\u{01c5}',
        0x01c7..=0x01c9 => '\u{01c8}',
        0x01ca..=0x01cc => '\u{01cb}',
        0x01f1..=0x01f3 => '\u{01f2}',
        0x10d0..=0x10fa | 0x10fd..=0x10ff => character,
        _ => upper_character(character),
    }
}
