//! Points in time in RFC 3339 notation, with terraform's words about what is wrong with one.

use jiff::SignedDuration;
use jiff::civil::{DateTime, Weekday};

use crate::lang::value::quote;

/// A point in time as it was written: local date and time, and their distance from UTC.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Date and time as the clock on the wall there shows them.
    pub local: DateTime,
    /// Seconds east of UTC.
    pub offset: i32,
    /// Years to add to those of `local`, which ends at 9999: a multiple of [`ERA`].
    pub years_ahead: i32,
}

/// After so many years days and weekdays repeat.
const ERA: i32 = 400;
const ERA_SECONDS: i64 = 146_097 * 86_400;

impl Moment {
    /// Reads one; the error is terraform's sentence.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Moment, String> {
        let scan = Scan { rest: text.as_bytes(), lenient: false };
        scan.moment().map_err(|fault| format!("not a valid RFC3339 timestamp{}", fault.0))
    }

    /// Reads one as `timecmp` does: an hour may have one digit, a comma introduce the fraction.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse_leniently(text: &str) -> Result<Moment, String> {
        let scan = Scan { rest: text.as_bytes(), lenient: true };
        scan.moment().map_err(|fault| format!("not a valid RFC3339 timestamp{}", fault.0))
    }

    /// The moment of a local date and time.
    pub fn new(local: DateTime, offset: i32) -> Moment {
        Moment { local, offset, years_ahead: 0 }
    }

    /// The same moment later (or earlier); `None` when not even shifted dates can hold it.
    pub fn later(self, duration: SignedDuration) -> Option<Moment> {
        if let Ok(local) = self.local.checked_add(duration) {
            return Some(Moment { local, ..self });
        }
        let shifted = self.local.checked_sub(SignedDuration::from_secs(ERA_SECONDS)).ok()?;
        let local = shifted.checked_add(duration).ok()?;
        Some(Moment { local, years_ahead: self.years_ahead + ERA, ..self })
    }

    /// Date and time in UTC, for comparisons.
    pub fn in_utc(self) -> Option<DateTime> {
        self.local.checked_sub(SignedDuration::from_secs(i64::from(self.offset))).ok()
    }

    /// The text in RFC 3339 notation, without fractions of seconds.
    pub fn text(self) -> String {
        let (date, time, zone) = (self.local.date(), self.local.time(), self.zone("Z", ":"));
        let year = i32::from(date.year()) + self.years_ahead;
        let year = if year < 0 { format!("{year:05}") } else { format!("{year:04}") };
        let (month, day) = (date.month(), date.day());
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}")
    }

    /// The name of the month.
    pub fn month_name(self) -> &'static str {
        match self.local.month() {
            1 => "January",
            2 => "February",
            3 => "March",
            4 => "April",
            5 => "May",
            6 => "June",
            7 => "July",
            8 => "August",
            9 => "September",
            10 => "October",
            11 => "November",
            _ => "December",
        }
    }

    /// The name of the day of the week.
    pub fn weekday_name(self) -> &'static str {
        match self.local.weekday() {
            Weekday::Monday => "Monday",
            Weekday::Tuesday => "Tuesday",
            Weekday::Wednesday => "Wednesday",
            Weekday::Thursday => "Thursday",
            Weekday::Friday => "Friday",
            Weekday::Saturday => "Saturday",
            Weekday::Sunday => "Sunday",
        }
    }

    /// The distance from UTC as `+01:00` with the given separator, or `utc` when there is none.
    pub fn zone(self, utc: &str, separator: &str) -> String {
        if self.offset == 0 && !utc.is_empty() {
            return utc.to_owned();
        }
        let minutes = self.offset.abs() / 60;
        let sign = if self.offset < 0 { '-' } else { '+' };
        format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
    }
}

/// What is to be said after "not a valid RFC3339 timestamp".
struct Fault(String);

/// What is left to read.
struct Scan<'a> {
    rest: &'a [u8],
    lenient: bool,
}

impl Scan<'_> {
    fn moment(mut self) -> Result<Moment, Fault> {
        if self.rest.len() < 4 || !self.rest[0].is_ascii_digit() {
            return Err(cannot_use(self.rest, "year", self.lenient));
        }
        let held = self.rest;
        let year = held[..4].iter().try_fold(0i16, |year, digit| Some(year * 10 + i16::from(decimal(*digit)?)));
        let year = year.ok_or_else(|| cannot_use(held, "year", self.lenient))?;
        self.rest = &held[4..];
        self.skip(b'-')?;
        let month = self.number("month", 1, 12, true)?;
        self.skip(b'-')?;
        let day = self.number("day of month", 0, 99, true)?;
        self.skip(b'T')?;
        let hour_text = self.rest;
        let hour = self.number("hour", 0, 23, false)?;
        self.skip(b':')?;
        let minute = self.number("minute", 0, 59, true)?;
        self.skip(b':')?;
        let second = self.number("second", 0, 59, true)?;
        let (nanoseconds, comma) = self.fraction();
        let offset = self.offset()?;
        if !self.rest.is_empty() {
            return Err(cannot_use(self.rest, "timestamp segment", self.lenient));
        }
        let date = jiff::civil::Date::new(year, month, day).map_err(|_| Fault(": day out of range".to_owned()))?;
        if !self.lenient && hour_text.get(1) == Some(&b':') {
            return Err(Fault(": hour must have exactly two digits".to_owned()));
        }
        if comma && !self.lenient {
            return Err(Fault(": cannot use \",\" as timestamp segment".to_owned()));
        }
        Ok(Moment::new(date.at(hour, minute, second, nanoseconds), offset))
    }

    fn skip(&mut self, mark: u8) -> Result<(), Fault> {
        if self.rest.first() == Some(&mark) {
            self.rest = &self.rest[1..];
            return Ok(());
        }
        if mark == b'T' {
            return Err(Fault(": missing required time introducer 'T'".to_owned()));
        }
        let expected = quote(&char::from(mark).to_string());
        if self.rest.is_empty() {
            return Err(Fault(format!(": end of string where {expected} is expected")));
        }
        Err(Fault(format!(": found {} where {expected} is expected", shown(self.rest))))
    }

    /// A number of two digits (the hour may have one).
    fn number(&mut self, what: &str, least: i8, most: i8, fixed: bool) -> Result<i8, Fault> {
        let held = self.rest;
        let first = held.first().and_then(|digit| decimal(*digit));
        let second = held.get(1).and_then(|digit| decimal(*digit));
        let (number, length) = match (first, second) {
            (Some(first), Some(second)) => (first * 10 + second, 2),
            (Some(first), None) if !fixed => (first, 1),
            _ => return Err(cannot_use(held, what, self.lenient)),
        };
        self.rest = &held[length..];
        if (least..=most).contains(&number) {
            return Ok(number);
        }
        Err(cannot_use(self.rest, what, self.lenient))
    }

    /// Nanoseconds from a decimal fraction, and whether a comma introduced it.
    fn fraction(&mut self) -> (i32, bool) {
        if !matches!(self.rest, [b'.' | b',', b'0'..=b'9', ..]) {
            return (0, false);
        }
        let comma = self.rest[0] == b',';
        let count = self.rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = &self.rest[1..=count];
        let nanoseconds = (0..9).fold(0, |so_far, place| {
            so_far * 10 + digits.get(place).and_then(|digit| decimal(*digit)).map_or(0, i32::from)
        });
        self.rest = &self.rest[count + 1..];
        (nanoseconds, comma)
    }

    fn offset(&mut self) -> Result<i32, Fault> {
        let held = self.rest;
        if held.first() == Some(&b'Z') {
            self.rest = &held[1..];
            return Ok(0);
        }
        let two = |at: usize| -> Option<i32> {
            Some(i32::from(decimal(*held.get(at)?)?) * 10 + i32::from(decimal(*held.get(at + 1)?)?))
        };
        let parts = (held.len() >= 6 && held[3] == b':').then(|| Some((two(1)?, two(4)?))).flatten();
        let Some((hours, minutes)) = parts else { return Err(cannot_use(held, "UTC offset", self.lenient)) };
        self.rest = &held[6..];
        if hours > 24 || minutes > 60 {
            return Err(cannot_use(self.rest, "UTC offset", self.lenient));
        }
        if !self.lenient && (hours == 24 || minutes == 60) {
            return Err(cannot_use(&held[..6], "UTC offset", self.lenient));
        }
        match held[0] {
            b'+' => Ok((hours * 60 + minutes) * 60),
            b'-' => Ok(-(hours * 60 + minutes) * 60),
            _ => Err(cannot_use(held, "UTC offset", self.lenient)),
        }
    }
}

fn cannot_use(value: &[u8], what: &str, lenient: bool) -> Fault {
    if value.is_empty() {
        return Fault(format!(": end of string before {what}"));
    }
    if lenient {
        return Fault(format!(": cannot use {} as {what}", shown(value)));
    }
    if what == "hour" && value.contains(&b':') {
        return Fault(": hour must be between 0 and 23 inclusive".to_owned());
    }
    if matches!(what, "hour" | "minute") && value.len() != 2 {
        return Fault(format!(": {what} must have exactly two digits"));
    }
    Fault(format!(": cannot use {} as {what}", shown(value)))
}

fn shown(part: &[u8]) -> String {
    quote(&String::from_utf8_lossy(part))
}

fn decimal(digit: u8) -> Option<i8> {
    digit.is_ascii_digit().then(|| (digit - b'0') as i8)
}
