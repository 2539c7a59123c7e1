//! Text to number, as cty reads it: Go's decimal float syntax at 512 bits.

use std::str::FromStr;

use dashu_base::Sign;
use dashu_int::{IBig, UBig};

use super::arithmetic::quotient;
use super::repr::{Number, NumberError, TEXT_PRECISION};

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        Number::parse(text)
    }
}

impl Number {
    /// What `tonumber` makes of a text: `12`, `1.`, `.5`, `+5`, `010`, `1e2`, `1p4`, `Inf`.
    ///
    /// # Errors
    /// When it is not the text of a number.
    pub fn parse(text: &str) -> Result<Number, NumberError> {
        if !text.is_empty() && text.len() < 18 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map(Number::literal).map_err(|_| NumberError::NotANumber);
        }
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        if matches!(unsigned, "Inf" | "inf") {
            return Ok(Number::infinity(negative));
        }
        let scanned = scan(unsigned).ok_or(NumberError::NotANumber)?;
        assemble(negative, &scanned).ok_or(NumberError::NotANumber)
    }
}

impl Number {
    /// A whole number written in a base from 2 to 62, as Go's `big.Int` reads it: above 36, capitals follow the small
    /// letters. `None` when it is none.
    pub fn parse_integer(text: &str, base: u32) -> Option<Number> {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        if digits.is_empty() || !(2..=62).contains(&base) {
            return None;
        }
        let magnitude = if base <= 36 {
            if !digits.chars().all(|char| char.is_digit(base)) {
                return None;
            }
            UBig::from_str_radix(digits, base).ok()?
        } else {
            digits.bytes().try_fold(UBig::ZERO, |sum, byte| {
                let digit = match byte {
                    b'0'..=b'9' => byte - b'0',
                    b'a'..=b'z' => byte - b'a' + 10,
                    b'A'..=b'Z' => byte - b'A' + 36,
                    _ => return None,
                };
                (u32::from(digit) < base).then(|| sum * base + u32::from(digit))
            })?
        };
        let sign = if text.starts_with('-') { Sign::Negative } else { Sign::Positive };
        Some(Number::from(IBig::from_parts(sign, magnitude)))
    }
}

struct Scanned {
    digits: String,
    fraction_digits: i64,
    exponent: i64,
    binary: bool,
}

fn scan(text: &str) -> Option<Scanned> {
    let marker = text.find(['e', 'E', 'p', 'P']);
    let (mantissa, exponent) = match marker {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = String::with_capacity(whole.len() + fraction.len());
    digits.push_str(whole);
    digits.push_str(fraction);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let binary = marker.is_some_and(|at| matches!(text.as_bytes()[at], b'p' | b'P'));
    Some(Scanned {
        digits,
        fraction_digits: fraction.len() as i64,
        exponent: exponent.map_or(Some(0), scan_exponent)?,
        binary,
    })
}

fn scan_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let magnitude: i64 = digits.parse().ok()?;
    Some(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// `None` when the binary exponent is beyond what Go can hold.
fn assemble(negative: bool, scanned: &Scanned) -> Option<Number> {
    let mantissa = UBig::from_str_radix(&scanned.digits, 10).ok()?;
    if mantissa.is_zero() {
        return Some(Number::zero(negative, TEXT_PRECISION));
    }
    let (mut binary, mut fives) = (-scanned.fraction_digits, -scanned.fraction_digits);
    binary = binary.checked_add(scanned.exponent)?;
    if !scanned.binary {
        fives = fives.checked_add(scanned.exponent)?;
    }
    if binary.abs() > i64::from(i32::MAX) {
        return None;
    }
    if fives == 0 {
        return Some(Number::rounded(negative, mantissa, binary, TEXT_PRECISION));
    }
    let (_, power, exponent) = power_of_five(fives.unsigned_abs()).parts().unwrap_or((false, UBig::ZERO, 0));
    if power.is_zero() {
        // Five to that power is beyond every exponent.
        return Some(if fives > 0 { Number::infinity(negative) } else { Number::zero(negative, TEXT_PRECISION) });
    }
    if fives > 0 {
        return Some(Number::rounded(negative, mantissa * power, binary + exponent, TEXT_PRECISION));
    }
    Some(quotient(negative, (mantissa, binary), (&power, exponent), TEXT_PRECISION))
}

/// Go's way to it, with the precisions it uses, so that the last bit agrees for huge exponents too.
fn power_of_five(exponent: u64) -> Number {
    const EXACT: u64 = 27;
    let precision = TEXT_PRECISION + 64;
    let first = exponent.min(EXACT);
    let mut power = Number::rounded(false, UBig::from(5u8).pow(first as usize), 0, precision);
    let mut square = Number::rounded(false, UBig::from(5u8), 0, precision + 64);
    let mut left = exponent - first;
    while left > 0 {
        if left & 1 == 1 {
            power = power.product_at(&square, precision).unwrap_or(power);
        }
        square = square.product_at(&square, precision + 64).unwrap_or(square);
        left >>= 1;
    }
    power
}
