//! Regular expressions: `regex regexall replace`.

use regex::Captures;

use super::definition::{Call, Function, Parameter, Returns, Shape};
use super::error::FunctionError;
use super::limit;
use super::outcome::string;
use super::re2::{self, Pattern};
use super::re2_escape::PatternError;
use crate::model::value::{Type, Value};

const PATTERN: &[Parameter] = &[Parameter::new("pattern", Shape::String), Parameter::new("string", Shape::String)];

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "regex",
        "The first match of a pattern: a string, or its groups as a tuple or (when they have names) an object.",
        PATTERN,
        Returns::Decided(match_type),
        regex,
    ),
    Function::new(
        "regexall",
        "All matches of a pattern, each as regex gives it.",
        PATTERN,
        Returns::Decided(|args| match_type(args).map(Type::list)),
        regexall,
    ),
    Function::new(
        "replace",
        "The text with a part replaced wherever it occurs; a part between slashes is a pattern.",
        &[
            Parameter::new("str", Shape::String),
            Parameter::new("substr", Shape::String),
            Parameter::new("replace", Shape::String),
        ],
        Returns::Always(Shape::String),
        replace,
    ),
];

fn compile(pattern: &str) -> Result<Pattern, FunctionError> {
    re2::compile(pattern).map_err(|PatternError { kind, part }| {
        FunctionError::at(0, format!("invalid regexp pattern: {kind} in {part}"))
    })
}

fn match_type(args: &[Value]) -> Result<Type, FunctionError> {
    args[0].as_str().map_or(Ok(Type::Dynamic), |pattern| type_of(&compile(pattern)?))
}

/// The type of one match.
fn type_of(pattern: &Pattern) -> Result<Type, FunctionError> {
    let named = pattern.names.iter().flatten().count();
    match (named, pattern.names.len()) {
        (0, 0) => Ok(Type::String),
        (0, unnamed) => Ok(Type::tuple(std::iter::repeat_n(Type::String, unnamed))),
        (named, all) if named == all => {
            Ok(Type::object(pattern.names.iter().flatten().map(|name| (name.as_str(), Type::String))))
        }
        _ => Err(FunctionError::at(0, "invalid regexp pattern: cannot mix both named and unnamed capture groups")),
    }
}

/// One match as a value.
fn value_of(pattern: &Pattern, captures: &Captures<'_>) -> Value {
    let group =
        |index: usize| captures.get(index).map_or_else(|| Value::null_of(Type::String), |found| string(found.as_str()));
    let mut groups = pattern.names.iter().enumerate().map(|(index, name)| (name.clone(), group(index + 1))).peekable();
    match groups.peek() {
        None => group(0),
        Some((None, _)) => Value::tuple(groups.map(|(_, value)| value)),
        Some((Some(_), _)) => Value::object(groups.map(|(name, value)| (name.unwrap_or_default(), value))),
    }
}

fn regex(call: &Call<'_>) -> Result<Value, FunctionError> {
    let pattern = compile(call.text(0))?;
    let captures = pattern
        .regex
        .captures(call.text(1))
        .ok_or_else(|| FunctionError::new("pattern did not match any part of the given string"))?;
    Ok(value_of(&pattern, &captures))
}

fn regexall(call: &Call<'_>) -> Result<Value, FunctionError> {
    let pattern = compile(call.text(0))?;
    let matches: Vec<Value> = pattern
        .regex
        .captures_iter(call.text(1))
        .take(call.inputs.limits().elements + 1)
        .map(|found| value_of(&pattern, &found))
        .collect();
    limit::elements(&call.inputs.limits(), matches.len())?;
    Ok(Value::list(type_of(&pattern)?, matches))
}

fn replace(call: &Call<'_>) -> Result<Value, FunctionError> {
    let (text, part, replacement) = (call.text(0), call.text(1), call.text(2));
    let limits = call.inputs.limits();
    let between_slashes = part.strip_prefix('/').and_then(|part| part.strip_suffix('/'));
    let Some(pattern) = between_slashes else {
        let count = if part.is_empty() { text.chars().count() + 1 } else { text.matches(part).count() };
        limit::text(&limits, text.len().saturating_add(count.saturating_mul(replacement.len())))?;
        return Ok(string(text.replace(part, replacement)));
    };
    let pattern = re2::compile(pattern)
        .map_err(|PatternError { kind, part }| FunctionError::new(format!("error parsing regexp: {kind}: `{part}`")))?;
    let (mut out, mut copied) = (String::new(), 0);
    for captures in pattern.regex.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        out.push_str(&text[copied..whole.start()]);
        expand(replacement, &pattern, &captures, &mut out);
        copied = whole.end();
        limit::text(&limits, out.len())?;
    }
    out.push_str(&text[copied..]);
    Ok(string(out))
}

/// Writes a replacement with its `$1`, `${name}` and `$$`. A name is as long as it can be: `$1x` is the group `1x`.
fn expand(template: &str, pattern: &Pattern, captures: &Captures<'_>, out: &mut String) {
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let Some((name, after)) = reference(after) else {
            out.push('$');
            rest = after;
            continue;
        };
        rest = after;
        let canonical = name == "0" || !name.starts_with('0');
        let number: Option<usize> = name.bytes().all(|byte| byte.is_ascii_digit()).then(|| name.parse().ok()).flatten();
        let group = match number.filter(|_| canonical) {
            Some(number) => captures.get(number),
            // A name may stand for several groups: the first that took part counts.
            None => (1..=pattern.names.len())
                .filter(|index| pattern.names[index - 1].as_deref() == Some(name))
                .find_map(|index| captures.get(index)),
        };
        out.push_str(group.map_or("", |group| group.as_str()));
    }
    out.push_str(rest);
}

/// The name of a reference, in braces or not, and what follows it.
fn reference(text: &str) -> Option<(&str, &str)> {
    let bare = text.strip_prefix('{');
    let inner = bare.unwrap_or(text);
    let is_part = |character: char| character == '_' || character.is_alphanumeric();
    let end = inner.find(|character| !is_part(character)).unwrap_or(inner.len());
    let (name, after) = inner.split_at(end);
    if name.is_empty() {
        return None;
    }
    match bare {
        Some(_) => Some((name, after.strip_prefix('}')?)),
        None => Some((name, after)),
    }
}
