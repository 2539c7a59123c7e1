//! What a YAML scalar means to terraform: a mixture of YAML 1.1 and 1.2.
//!
//! `yes`, `on` and `y` are booleans, `017` is seventeen, `0b101` is text, dates become RFC 3339 timestamps.

use std::sync::LazyLock;

use jiff::civil::DateTime;
use regex::Regex;

use super::outcome::string;
use super::rfc3339::Moment;
use crate::lang::value::quote;
use crate::model::value::{Number, Value};

static INTEGER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\A([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\z").expect("a constant pattern compiles"));
static FLOAT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\A[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z").expect("a constant pattern compiles")
});
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = concat!(
        r"\A([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})",
        r"(?:([Tt ])([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})?)?\z"
    );
    Regex::new(pattern).expect("a constant pattern compiles")
});

/// The prefix of the tags of the YAML specification.
const CORE: &str = "tag:yaml.org,2002:";

/// A scalar's meaning.
pub(super) enum Scalar {
    Value(Value),
    /// `<<`, which merges a mapping when it is a key.
    Merge,
}

/// The meaning of a scalar; `tag` is the full tag or empty, `quoted` is for single and double quotes.
pub(super) fn resolve(tag: &str, text: &str, quoted: bool) -> Result<Scalar, String> {
    let kind = match tag.strip_prefix(CORE) {
        None if tag.is_empty() => "",
        Some(kind @ ("str" | "bool" | "int" | "float" | "null" | "timestamp" | "binary")) => kind,
        _ => return Err(format!("unsupported tag {}", quote(tag))),
    };
    let value = |value: Value| Ok(Scalar::Value(value));
    let mut kind = kind;
    if may_be_more_than_text(text) && kind != "str" && kind != "binary" {
        if quoted {
            return value(string(text));
        }
        if let Some(found) = word(text) {
            return value(found);
        }
        if kind.is_empty() && matches!(text, ".nan" | ".NaN" | ".NAN") {
            return Err("floating point NaN is not supported".to_owned());
        }
        match text.as_bytes().first() {
            Some(b'.') => {
                if let Ok(number) = Number::parse(text) {
                    return value(Value::number(number));
                }
            }
            Some(b'0'..=b'9' | b'+' | b'-') => {
                if let Some(moment) = timestamp(text).filter(|_| matches!(kind, "" | "timestamp")) {
                    return value(string(moment));
                }
                if INTEGER.is_match(text) {
                    kind = "int";
                } else if FLOAT.is_match(text) {
                    kind = "float";
                }
            }
            _ => {}
        }
    }
    if kind.is_empty() && text == "<<" {
        return Ok(Scalar::Merge);
    }
    let cannot = || format!("cannot parse {} as {CORE}{kind}", quote(text));
    match kind {
        "bool" => word(text).filter(|found| found.as_bool().is_some()).ok_or_else(cannot).and_then(value),
        "int" | "float" => number(&text.replace('_', "")).ok_or_else(cannot).and_then(value),
        "timestamp" => timestamp(text).map(string).ok_or_else(cannot).and_then(value),
        "null" => value(Value::null()),
        "binary" if super::encoding::decode(text).is_err() => Err(format!("{}: not valid base64", cannot())),
        _ => value(string(text)),
    }
}

/// Whether the first character is one that booleans, nulls and numbers begin with.
fn may_be_more_than_text(text: &str) -> bool {
    text.is_empty() || text.starts_with(|first: char| first.is_ascii_digit() || "+-.yYnNtTfFoO~".contains(first))
}

fn word(text: &str) -> Option<Value> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Value::bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Value::bool(false),
        "" | "~" | "null" | "Null" | "NULL" => Value::null(),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Value::number(Number::infinity(false)),
        "-.inf" | "-.Inf" | "-.INF" => Value::number(Number::infinity(true)),
        _ => return None,
    })
}

fn number(text: &str) -> Option<Value> {
    if let Ok(number) = Number::parse(text) {
        return Some(Value::number(number));
    }
    let (digits, base) = match (text.strip_prefix("0x"), text.strip_prefix("0o")) {
        (Some(digits), _) => (digits, 16),
        (_, Some(digits)) => (digits, 8),
        _ => return None,
    };
    u64::from_str_radix(digits, base).ok()?;
    Number::parse_integer(digits, base).map(Value::number)
}

/// A date, maybe with a time, in RFC 3339 notation.
fn timestamp(text: &str) -> Option<String> {
    let found = DATE.captures(text)?;
    let part = |index: usize| found.get(index).map_or("0", |part| part.as_str());
    let date = jiff::civil::Date::new(part(1).parse().ok()?, part(2).parse().ok()?, part(3).parse().ok()?).ok()?;
    let time = jiff::civil::Time::new(part(5).parse().ok()?, part(6).parse().ok()?, part(7).parse().ok()?, 0).ok()?;
    let zone = found.get(8).map(|zone| zone.as_str());
    // With a space there is no zone, with a `T` there must be one.
    if found.get(4).is_some_and(|separator| (separator.as_str() == " ") == zone.is_some()) {
        return None;
    }
    let offset = match zone {
        None | Some("Z") => 0,
        Some(zone) => {
            let (hours, minutes): (i32, i32) = (zone[1..3].parse().ok()?, zone[4..6].parse().ok()?);
            let seconds = (hours <= 24 && minutes <= 60).then_some((hours * 60 + minutes) * 60)?;
            if zone.starts_with('-') { -seconds } else { seconds }
        }
    };
    Some(Moment::new(DateTime::from_parts(date, time), offset).text())
}
