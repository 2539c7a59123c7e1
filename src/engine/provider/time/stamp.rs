//! Points in time as Go computes with them: adding months overflows into the next one (January 31 and a month is March 3).

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};

use crate::engine::provider::attributes::whole;
use crate::lang::func::Moment;
use crate::model::value::Value;

/// Go's zero time: what is left when no distance was given.
pub(super) const ZERO: &str = "0001-01-01T00:00:00Z";

/// The moment, in UTC and whole seconds.
pub(super) fn now(now: SystemTime) -> Result<Moment, String> {
    let since = now.duration_since(UNIX_EPOCH).map_err(|_| "the clock shows a time before 1970".to_owned())?;
    let seconds = i64::try_from(since.as_secs()).map_err(|_| OUT_OF_RANGE.to_owned())?;
    of_unix(seconds)
}

const OUT_OF_RANGE: &str = "the year is not between 1 and 9999";

/// Seconds since 1970 as a moment in UTC.
pub(super) fn of_unix(seconds: i64) -> Result<Moment, String> {
    let local = epoch().checked_add(SignedDuration::from_secs(seconds));
    local.map(|local| Moment::new(local, 0)).map_err(|_| OUT_OF_RANGE.to_owned())
}

fn epoch() -> DateTime {
    DateTime::constant(1970, 1, 1, 0, 0, 0, 0)
}

/// Seconds since 1970.
pub(super) fn unix(moment: Moment) -> i64 {
    let since = moment.local.duration_since(epoch());
    // Fractions before 1970 round towards the past.
    let whole = since.as_secs() - i64::from(since.subsec_nanos() < 0);
    whole - i64::from(moment.offset)
}

/// How far one moment is from another: calendar steps and seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Distance {
    pub(super) years: i64,
    pub(super) months: i64,
    pub(super) days: i64,
    pub(super) seconds: i64,
}

/// The moment at a distance.
pub(super) fn later(moment: Moment, by: Distance) -> Result<Moment, String> {
    let out_of_range = || OUT_OF_RANGE.to_owned();
    let date = moment.local.date();
    let months = by.years.checked_mul(12).and_then(|months| months.checked_add(by.months)).ok_or_else(out_of_range)?;
    let months =
        months.checked_add(i64::from(date.year()) * 12 + i64::from(date.month()) - 1).ok_or_else(out_of_range)?;
    let year = i16::try_from(months.div_euclid(12)).map_err(|_| out_of_range())?;
    let month = i8::try_from(months.rem_euclid(12) + 1).map_err(|_| out_of_range())?;
    let first = Date::new(year, month, 1).map_err(|_| out_of_range())?;
    let days = by.days.checked_add(i64::from(date.day()) - 1).and_then(|days| days.checked_mul(86_400));
    let seconds = days.and_then(|days| days.checked_add(by.seconds)).ok_or_else(out_of_range)?;
    let local = first.to_datetime(moment.local.time()).checked_add(SignedDuration::from_secs(seconds));
    local.map(|local| Moment::new(local, moment.offset)).map_err(|_| out_of_range())
}

/// The distance that arguments with a prefix say (`offset_days`). As the provider has it, they are not added up: years
/// win over seconds, those over months, minutes, hours and days.
pub(super) fn distance(object: &Value, prefix: &str) -> Option<Distance> {
    let given = |unit: &str| whole(object, &format!("{prefix}{unit}")).filter(|number| *number != 0);
    let none = Distance::default();
    let seconds = |number: i64, each: i64| Distance { seconds: number.saturating_mul(each), ..none };
    given("years")
        .map(|years| Distance { years, ..none })
        .or_else(|| given("seconds").map(|number| seconds(number, 1)))
        .or_else(|| given("months").map(|months| Distance { months, ..none }))
        .or_else(|| given("minutes").map(|number| seconds(number, 60)))
        .or_else(|| given("hours").map(|number| seconds(number, 3600)))
        .or_else(|| given("days").map(|days| Distance { days, ..none }))
}

/// The parts of a moment as attributes.
pub(super) fn parts(moment: Moment) -> Vec<(&'static str, Value)> {
    let (date, time) = (moment.local.date(), moment.local.time());
    vec![
        ("year", Value::int(i64::from(date.year()))),
        ("month", Value::int(i64::from(date.month()))),
        ("day", Value::int(i64::from(date.day()))),
        ("hour", Value::int(i64::from(time.hour()))),
        ("minute", Value::int(i64::from(time.minute()))),
        ("second", Value::int(i64::from(time.second()))),
        ("unix", Value::int(unix(moment))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    #[test]
    fn months_overflow_as_in_go() {
        let months =
            |text: &str, months: i64| later(at(text), Distance { months, ..Distance::default() }).unwrap().text();
        assert_eq!(months("2023-01-31T10:00:00Z", 1), "2023-03-03T10:00:00Z");
        assert_eq!(months("2024-01-31T10:00:00+02:00", 1), "2024-03-02T10:00:00+02:00");
        assert_eq!(months("2024-03-15T00:00:00Z", -15), "2022-12-15T00:00:00Z");
        let years = Distance { years: 1, ..Distance::default() };
        assert_eq!(later(at("2024-02-29T00:00:00Z"), years).unwrap().text(), "2025-03-01T00:00:00Z");
        assert!(later(at("9999-01-01T00:00:00Z"), years).is_err());
    }

    #[test]
    fn seconds_since_1970() {
        assert_eq!(unix(at("2020-02-12T06:36:13Z")), 1_581_489_373);
        assert_eq!(unix(at("2020-02-12T08:36:13+02:00")), 1_581_489_373);
        assert_eq!(unix(at(ZERO)), -62_135_596_800);
        assert_eq!(of_unix(1_581_489_373).unwrap().text(), "2020-02-12T06:36:13Z");
    }
}
