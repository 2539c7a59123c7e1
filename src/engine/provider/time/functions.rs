//! The provider's functions: timestamps and durations taken apart.

use super::stamp;
use crate::lang::func::{Function, FunctionError, Moment, Parameter, Returns, Shape, parse_duration};
use crate::model::value::{Number, ObjectType, Type, Value};

fn object(attributes: impl IntoIterator<Item = (&'static str, Type)>) -> Type {
    let mut object = ObjectType::default();
    for (name, ty) in attributes {
        object.attributes.insert(name.into(), ty);
    }
    Type::Object(std::sync::Arc::new(object))
}

/// What the parsers of moments return; from a number, the text is part of it.
pub(super) fn moment_type(with_text: bool) -> Type {
    let numbers = ["year", "year_day", "day", "month", "weekday", "hour", "minute", "second", "iso_year", "iso_week"];
    let more = if with_text { [("rfc3339", Type::String)] } else { [("unix", Type::Number)] };
    let texts = [("month_name", Type::String), ("weekday_name", Type::String)];
    object(numbers.into_iter().map(|name| (name, Type::Number)).chain(texts).chain(more))
}

/// What `duration_parse` returns.
pub(super) fn duration_type() -> Type {
    let names = ["hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds"];
    object(names.map(|name| (name, Type::Number)))
}

fn taken_apart(moment: Moment) -> Vec<(&'static str, Value)> {
    let date = moment.local.date();
    let week = date.iso_week_date();
    let weekday = date.weekday().to_sunday_zero_offset();
    let mut facts = stamp::parts(moment);
    facts.extend([
        ("year_day", Value::int(i64::from(date.day_of_year()))),
        ("month_name", Value::string(moment.month_name())),
        ("weekday", Value::int(i64::from(weekday))),
        ("weekday_name", Value::string(moment.weekday_name())),
        ("iso_year", Value::int(i64::from(week.year()))),
        ("iso_week", Value::int(i64::from(week.week()))),
    ]);
    facts
}

/// All of them.
pub(super) static FUNCTIONS: [Function; 3] = [
    Function::new(
        "duration_parse",
        "Parse a Go duration string into an object",
        &[Parameter::new("duration", Shape::String)],
        Returns::Decided(|_| Ok(duration_type())),
        |call| duration_parse(&call.args[0]).map_err(FunctionError::new),
    ),
    Function::new(
        "rfc3339_parse",
        "Parse an RFC3339 timestamp string into an object",
        &[Parameter::new("timestamp", Shape::String)],
        Returns::Decided(|_| Ok(moment_type(false))),
        |call| rfc3339_parse(&call.args[0]).map_err(FunctionError::new),
    ),
    Function::new(
        "unix_timestamp_parse",
        "Parse a unix timestamp integer into an object",
        &[Parameter::new("unix_timestamp", Shape::Number)],
        Returns::Decided(|_| Ok(moment_type(true))),
        |call| unix_timestamp_parse(&call.args[0]).map_err(FunctionError::new),
    ),
];

fn rfc3339_parse(text: &Value) -> Result<Value, String> {
    let text = text.as_str().ok_or("the timestamp is not known yet")?;
    let moment = Moment::parse(text).map_err(|fault| format!("Error parsing RFC3339 timestamp: {fault}"))?;
    Ok(Value::object(taken_apart(moment)))
}

fn unix_timestamp_parse(number: &Value) -> Result<Value, String> {
    let seconds = number.as_number().and_then(Number::to_i64).ok_or("a whole number is wanted")?;
    let moment = stamp::of_unix(seconds)?;
    let facts = taken_apart(moment).into_iter().filter(|(name, _)| *name != "unix");
    Ok(Value::object(facts.chain([("rfc3339", Value::string(moment.text()))])))
}

fn duration_parse(text: &Value) -> Result<Value, String> {
    let text = text.as_str().ok_or("the duration is not known yet")?;
    let nanoseconds = parse_duration(text).map_err(|fault| format!("Error parsing duration: {fault}"))?.as_nanos();
    // As many digits as Go's division of floating point numbers gives.
    let part = |each: f64| Number::from_f64(nanoseconds as f64 / each).map_or_else(Value::null, Value::number);
    let whole = |each: i128| Value::int(i64::try_from(nanoseconds / each).unwrap_or(i64::MAX));
    Ok(Value::object([
        ("hours", part(3.6e12)),
        ("minutes", part(6e10)),
        ("seconds", part(1e9)),
        ("milliseconds", whole(1_000_000)),
        ("microseconds", whole(1_000)),
        ("nanoseconds", whole(1)),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::Value;

    #[test]
    fn moments_and_durations_are_taken_apart() {
        let moment = rfc3339_parse(&Value::string("2023-07-25T23:43:16Z")).unwrap();
        let number = |name: &str| moment.get(name).unwrap().as_number().unwrap().to_i64().unwrap();
        assert_eq!(
            (number("year_day"), number("weekday"), number("iso_week"), number("unix")),
            (206, 2, 30, 1_690_328_596)
        );
        assert_eq!(moment.get("month_name"), Some(Value::string("July")));
        assert_eq!(moment.get("weekday_name"), Some(Value::string("Tuesday")));
        assert_eq!(moment.ty(), moment_type(false));
        let same = unix_timestamp_parse(&Value::int(1_690_328_596)).unwrap();
        assert_eq!(same.get("rfc3339"), Some(Value::string("2023-07-25T23:43:16Z")));
        assert_eq!(same.ty(), moment_type(true));
        let duration = duration_parse(&Value::string("1h30m")).unwrap();
        assert_eq!(duration.get("hours").unwrap().as_number().unwrap().to_string(), "1.5");
        assert_eq!(duration.get("milliseconds"), Some(Value::int(5_400_000)));
        assert!(rfc3339_parse(&Value::string("x")).is_err());
    }
}
