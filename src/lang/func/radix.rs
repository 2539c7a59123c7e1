//! Whole numbers written in a base from 2 to 62.

use dashu_int::{IBig, UBig};

/// The number that a text means in a base; up to base 36 the case of letters does not matter, beyond it small letters
/// come first.
pub(super) fn parse(text: &str, base: u32) -> Option<IBig> {
    let negative = text.starts_with('-');
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit_value(digit, base).is_some_and(|value| value < base)) {
        return None;
    }
    let magnitude = if base <= 36 { UBig::from_str_radix(digits, base).ok()? } else { long_base(digits, base) };
    Some(if negative { -IBig::from(magnitude) } else { IBig::from(magnitude) })
}

fn digit_value(digit: u8, base: u32) -> Option<u32> {
    match digit {
        b'0'..=b'9' => Some(u32::from(digit - b'0')),
        b'a'..=b'z' => Some(u32::from(digit - b'a') + 10),
        b'A'..=b'Z' => Some(u32::from(digit - b'A') + if base <= 36 { 10 } else { 36 }),
        _ => None,
    }
}

/// Ten digits at a time: they fit in a machine word in every base.
fn long_base(digits: &str, base: u32) -> UBig {
    let mut number = UBig::ZERO;
    for chunk in digits.as_bytes().chunks(10) {
        let value = chunk.iter().fold(0u64, |value, digit| {
            value * u64::from(base) + u64::from(digit_value(*digit, base).unwrap_or_default())
        });
        number = number * UBig::from(u64::from(base).pow(chunk.len() as u32)) + UBig::from(value);
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_base_has_its_digits() {
        assert_eq!(parse("ff", 16), Some(IBig::from(255)));
        assert_eq!(parse("-FF", 16), Some(IBig::from(-255)));
        assert_eq!(parse("zz", 36), Some(IBig::from(1295)));
        assert_eq!(parse("aA", 62), Some(IBig::from(10 * 62 + 36)));
        assert_eq!(parse("12", 2), None);
        assert_eq!(parse("1_0", 10), None);
        assert_eq!(parse("", 10), None);
    }
}
