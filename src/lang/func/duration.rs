//! Durations in Go's notation: `1h30m`, `-1.5s`, `300ms`.

use jiff::SignedDuration;

/// The longest duration of either sign, in nanoseconds.
const MOST: u64 = 1 << 63;

/// Reads a duration; the error is terraform's sentence.
///
/// # Errors
/// When it is none, in Go's words.
pub fn parse(text: &str) -> Result<SignedDuration, String> {
    let negative = text.starts_with('-');
    let bare = text.strip_prefix(['-', '+']).unwrap_or(text);
    if bare == "0" {
        return Ok(SignedDuration::ZERO);
    }
    let total = nanoseconds(bare).map_err(|what| match what {
        Fault::Invalid => format!("time: invalid duration {}", quote(text)),
        Fault::MissingUnit => format!("time: missing unit in duration {}", quote(text)),
        Fault::UnknownUnit(unit) => format!("time: unknown unit {} in duration {}", quote(&unit), quote(text)),
    })?;
    let magnitude = i128::from(total);
    let signed = if negative { -magnitude } else { magnitude };
    i64::try_from(signed).map(SignedDuration::from_nanos).map_err(|_| format!("time: invalid duration {}", quote(text)))
}

enum Fault {
    Invalid,
    MissingUnit,
    UnknownUnit(String),
}

fn nanoseconds(text: &str) -> Result<u64, Fault> {
    if text.is_empty() {
        return Err(Fault::Invalid);
    }
    let (mut rest, mut total) = (text, 0u64);
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => digits(after),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(Fault::Invalid);
        }
        let unit_end =
            after.find(|character: char| character == '.' || character.is_ascii_digit()).unwrap_or(after.len());
        if unit_end == 0 {
            return Err(Fault::MissingUnit);
        }
        let (name, after) = after.split_at(unit_end);
        let unit = unit(name).ok_or_else(|| Fault::UnknownUnit(name.to_owned()))?;
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| Fault::Invalid)? };
        let part = whole.checked_mul(unit).filter(|part| *part <= MOST).ok_or(Fault::Invalid)?;
        total = total
            .checked_add(part)
            .and_then(|total| total.checked_add(fraction_of(fraction, unit)))
            .filter(|total| *total <= MOST)
            .ok_or(Fault::Invalid)?;
        rest = after;
    }
    Ok(total)
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len()))
}

fn unit(name: &str) -> Option<u64> {
    match name {
        "ns" => Some(1),
        "us" | "µs" | "μs" => Some(1_000),
        "ms" => Some(1_000_000),
        "s" => Some(1_000_000_000),
        "m" => Some(60_000_000_000),
        "h" => Some(3_600_000_000_000),
        _ => None,
    }
}

/// The nanoseconds of a decimal fraction of a unit; more digits than 64 bits hold are dropped.
fn fraction_of(digits: &str, unit: u64) -> u64 {
    let (mut value, mut scale) = (0u64, 1f64);
    for digit in digits.bytes() {
        let next = value.checked_mul(10).and_then(|value| value.checked_add(u64::from(digit - b'0')));
        match next.filter(|next| *next <= MOST) {
            Some(next) => value = next,
            None => break,
        }
        scale *= 10.0;
    }
    (value as f64 * (unit as f64 / scale)) as u64
}

/// Go's `time` package has its own way to quote: every byte of what is not ASCII as `\x..`.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        if !character.is_ascii() || character < ' ' {
            let mut buffer = [0; 4];
            character.encode_utf8(&mut buffer).bytes().for_each(|byte| quoted.push_str(&format!("\\x{byte:02x}")));
            continue;
        }
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        let nanos = |text: &str| parse(text).map(|duration| duration.as_nanos());
        assert_eq!(nanos("1h30m"), Ok(5_400_000_000_000));
        assert_eq!(nanos("-1.5s"), Ok(-1_500_000_000));
        assert_eq!(nanos(".5ms"), Ok(500_000));
        assert_eq!(nanos("0"), Ok(0));
        assert_eq!(nanos("1"), Err("time: missing unit in duration \"1\"".to_owned()));
        assert_eq!(nanos("1d"), Err("time: unknown unit \"d\" in duration \"1d\"".to_owned()));
        assert_eq!(nanos(""), Err("time: invalid duration \"\"".to_owned()));
        assert!(nanos("2562047h47m16.854775808s").is_err());
        assert!(nanos("-2562047h47m16.854775808s").is_ok());
    }
}
