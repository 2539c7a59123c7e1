//! Dates and times: `formatdate plantimestamp timeadd timecmp timestamp`.

use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::Offset;

use super::definition::{Call, Function, Parameter, Returns, Shape};
use super::duration;
use super::error::FunctionError;
use super::outcome::string;
use super::rfc3339::Moment;
use crate::lang::value::quote;
use crate::model::value::Value;

const STRING: Returns = Returns::Always(Shape::String);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "formatdate",
        "A timestamp written in the layout that a format like \"DD MMM YYYY hh:mm ZZZ\" describes.",
        &[Parameter::new("format", Shape::String), Parameter::new("time", Shape::String)],
        STRING,
        formatdate,
    ),
    Function::new("plantimestamp", "The moment at which the plan was made.", &[], STRING, plantimestamp).maybe_null(),
    Function::new(
        "timeadd",
        "A timestamp moved by a duration like \"1h30m\".",
        &[Parameter::new("timestamp", Shape::String), Parameter::new("duration", Shape::String)],
        STRING,
        timeadd,
    )
    .maybe_null(),
    Function::new(
        "timecmp",
        "-1, 0 or 1 as the first timestamp is earlier than, equal to or later than the second.",
        &[Parameter::new("timestamp_a", Shape::String), Parameter::new("timestamp_b", Shape::String)],
        Returns::Always(Shape::Number),
        timecmp,
    ),
    Function::new("timestamp", "The current moment; known only while applying.", &[], STRING, timestamp),
];

fn written(moment: Option<SystemTime>, call: &Call<'_>) -> Result<Value, FunctionError> {
    let Some(moment) = moment else { return Ok(call.unknown()) };
    let utc = Timestamp::try_from(moment).map_err(|error| FunctionError::new(error.to_string()))?;
    Ok(string(Moment::new(Offset::UTC.to_datetime(utc), 0).text()))
}

fn timestamp(call: &Call<'_>) -> Result<Value, FunctionError> {
    written(call.inputs.now(), call)
}

fn plantimestamp(call: &Call<'_>) -> Result<Value, FunctionError> {
    written(call.inputs.plan_time(), call)
}

fn timeadd(call: &Call<'_>) -> Result<Value, FunctionError> {
    let start = Moment::parse(call.text(0)).map_err(FunctionError::new)?;
    let duration = duration::parse(call.text(1)).map_err(FunctionError::new)?;
    let later = start.later(duration).ok_or_else(|| FunctionError::new("the result is too far away"))?;
    Ok(string(later.text()))
}

fn timecmp(call: &Call<'_>) -> Result<Value, FunctionError> {
    let read =
        |index: usize| Moment::parse_leniently(call.text(index)).map_err(|message| FunctionError::at(index, message));
    let (first, second) = (read(0)?, read(1)?);
    Ok(Value::int(first.in_utc().cmp(&second.in_utc()) as i64))
}

fn formatdate(call: &Call<'_>) -> Result<Value, FunctionError> {
    let moment = Moment::parse(call.text(1)).map_err(|message| FunctionError::at(1, message))?;
    let mut out = String::new();
    let mut rest = call.text(0);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => literal(rest, &mut out)?,
            'a'..='z' | 'A'..='Z' => {
                let length = rest.len() - rest.trim_start_matches(first).len();
                verb(&rest[..length], moment, &mut out)?;
                length
            }
            _ => {
                let plain = |character: char| character == '\'' || character.is_ascii_alphabetic();
                let length = rest.find(plain).unwrap_or(rest.len());
                out.push_str(&rest[..length]);
                length
            }
        };
        rest = &rest[length..];
    }
    Ok(string(out))
}

/// Writes a quoted literal; gives its length with the quotes.
fn literal(rest: &str, out: &mut String) -> Result<usize, FunctionError> {
    if rest.starts_with("''") {
        out.push('\'');
        return Ok(2);
    }
    let mut at = 1;
    while let Some(length) = rest[at..].find('\'') {
        out.push_str(&rest[at..at + length]);
        at += length + 1;
        if !rest[at..].starts_with('\'') {
            return Ok(at);
        }
        out.push('\'');
        at += 1;
    }
    Err(FunctionError::at(0, "unterminated literal '"))
}

/// Writes what a run of one letter stands for.
fn verb(letters: &str, moment: Moment, out: &mut String) -> Result<(), FunctionError> {
    let local = moment.local;
    let month = moment.month_name();
    let day = moment.weekday_name();
    let refuse = |what: &str| {
        let message = format!("invalid date format verb {}{what}", quote(letters));
        Err(FunctionError::at(0, message))
    };
    let number = |value: i8| if letters.len() == 2 { format!("{value:02}") } else { value.to_string() };
    let text = match (letters.as_bytes()[0], letters.len()) {
        (b'Y', 2) => format!("{:02}", local.year() % 100),
        (b'Y', 4) => format!("{:04}", local.year()),
        (b'Y', _) => return refuse(": year must either be \"YY\" or \"YYYY\""),
        (b'M', 1 | 2) => number(local.month()),
        (b'M', 3) => month[..3].to_owned(),
        (b'M', 4) => month.to_owned(),
        (b'M', _) => return refuse(": month must be \"M\", \"MM\", \"MMM\", or \"MMMM\""),
        (b'D', 1 | 2) => number(local.day()),
        (b'D', _) => return refuse(": day of month must either be \"D\" or \"DD\""),
        (b'E', 3) => day[..3].to_owned(),
        (b'E', 4) => day.to_owned(),
        (b'E', _) => return refuse(": day of week must either be \"EEE\" or \"EEEE\""),
        (b'h', 1 | 2) => number(local.hour()),
        (b'h', _) => return refuse(": 24-hour must either be \"h\" or \"hh\""),
        (b'H', 1 | 2) => number((local.hour() + 11) % 12 + 1),
        (b'H', _) => return refuse(": 12-hour must either be \"H\" or \"HH\""),
        (b'A', 2) => if local.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        (b'a', 2) => if local.hour() < 12 { "am" } else { "pm" }.to_owned(),
        (b'A' | b'a', _) => return refuse(&format!(": must be \"{0}{0}\"", &letters[..1])),
        (b'm', 1 | 2) => number(local.minute()),
        (b'm', _) => return refuse(": minute must either be \"m\" or \"mm\""),
        (b's', 1 | 2) => number(local.second()),
        (b's', _) => return refuse(": second must either be \"s\" or \"ss\""),
        (b'Z', 1) => moment.zone("Z", ":"),
        (b'Z', 3) => moment.zone("UTC", ""),
        (b'Z', 4) => moment.zone("", ""),
        (b'Z', 5) => moment.zone("", ":"),
        (b'Z', _) => return refuse(": timezone must be Z, ZZZZ, or ZZZZZ"),
        _ => return refuse(""),
    };
    out.push_str(&text);
    Ok(())
}
