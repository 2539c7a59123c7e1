//! What a number is made of, how it is rounded, compared and taken apart. Text and arithmetic are the siblings' business.

use std::cmp::Ordering;
use std::sync::Arc;

use dashu_base::{BitTest, Sign};
use dashu_int::{IBig, UBig};

/// cty parses text at this precision.
pub(super) const TEXT_PRECISION: u32 = 512;
/// Go gives this precision to numbers made from machine integers.
const INTEGER_PRECISION: u32 = 64;
/// Go gives this precision to numbers made from doubles.
const DOUBLE_PRECISION: u32 = 53;
/// Integers with more bits than this are not spelled out: nobody reads them, and they would eat the machine.
pub(super) const SPELLED_BITS: i64 = 1 << 22;

/// A number. `==` is the language's equality (equal when written out alike); [`Number::compare`] is exact.
#[derive(Debug, Clone)]
pub struct Number(pub(super) Repr);

#[derive(Debug, Clone)]
pub(super) enum Repr {
    /// Every integer that fits is kept here, and only here.
    Small { value: i64, precision: u32 },
    /// Everything else that is finite and not zero.
    Big(Arc<Big>),
    /// Negative zero, which prints as `-0`.
    NegativeZero { precision: u32 },
    /// An infinity.
    Infinity { negative: bool },
}

/// `±mantissa × 2^exponent` with an odd mantissa.
#[derive(Debug, Clone)]
pub(super) struct Big {
    pub(super) negative: bool,
    pub(super) mantissa: UBig,
    pub(super) exponent: i64,
    pub(super) precision: u32,
}

/// Why an operation on numbers has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not the text of a number.
    #[error("a number is required")]
    NotANumber,
    /// `0/0`, `Inf-Inf` and the like.
    #[error("the result is not a number")]
    Undefined,
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Number(Repr::Small { value, precision: INTEGER_PRECISION })
    }
}

impl From<i32> for Number {
    fn from(value: i32) -> Self {
        Number::from(i64::from(value))
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        match i64::try_from(value) {
            Ok(small) => Number::from(small),
            Err(_) => Number::rounded(false, UBig::from(value), 0, INTEGER_PRECISION),
        }
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Number::from(value as u64)
    }
}

impl From<IBig> for Number {
    fn from(value: IBig) -> Self {
        let (sign, magnitude) = value.into_parts();
        let precision = INTEGER_PRECISION.max(u32::try_from(magnitude.bit_len()).unwrap_or(u32::MAX));
        Number::rounded(sign == Sign::Negative, magnitude, 0, precision)
    }
}

impl Number {
    /// Zero.
    pub const ZERO: Number = Number(Repr::Small { value: 0, precision: INTEGER_PRECISION });
    /// One.
    pub const ONE: Number = Number(Repr::Small { value: 1, precision: INTEGER_PRECISION });

    /// Positive or negative infinity.
    pub fn infinity(negative: bool) -> Self {
        Number(Repr::Infinity { negative })
    }

    /// A literal whole number as source text gives it, at the precision of text.
    pub fn literal(value: i64) -> Self {
        Number(Repr::Small { value, precision: TEXT_PRECISION })
    }

    pub(super) fn zero(negative: bool, precision: u32) -> Self {
        if negative { Number(Repr::NegativeZero { precision }) } else { Number(Repr::Small { value: 0, precision }) }
    }

    /// `±mantissa × 2^exponent`, rounded to `precision` bits (nearest, ties to even).
    pub(super) fn rounded(negative: bool, mut mantissa: UBig, mut exponent: i64, precision: u32) -> Self {
        if mantissa.is_zero() {
            return Number::zero(negative, precision);
        }
        let excess = mantissa.bit_len().saturating_sub(precision as usize);
        if excess > 0 {
            let half = mantissa.bit(excess - 1);
            let sticky = mantissa.trailing_zeros().is_some_and(|zeros| zeros < excess - 1);
            mantissa >>= excess;
            if half && (sticky || mantissa.bit(0)) {
                mantissa += UBig::ONE;
            }
            exponent += excess as i64;
        }
        let zeros = mantissa.trailing_zeros().unwrap_or(0);
        mantissa >>= zeros;
        exponent += zeros as i64;
        let bits = mantissa.bit_len() as i64;
        let top = exponent.saturating_add(bits);
        if top > i64::from(i32::MAX) {
            return Number::infinity(negative);
        }
        if top < i64::from(i32::MIN) {
            return Number::zero(negative, precision);
        }
        if exponent >= 0 && top <= 63 {
            let magnitude = i64::try_from(mantissa << exponent as usize).unwrap_or(i64::MAX);
            return Number(Repr::Small { value: if negative { -magnitude } else { magnitude }, precision });
        }
        if negative && exponent == 63 && bits == 1 {
            return Number(Repr::Small { value: i64::MIN, precision });
        }
        Number(Repr::Big(Arc::new(Big { negative, mantissa, exponent, precision })))
    }

    /// The number a double stands for; `None` for NaN.
    pub fn from_f64(value: f64) -> Option<Self> {
        if value.is_nan() {
            return None;
        }
        let negative = value.is_sign_negative();
        if value.is_infinite() {
            return Some(Number::infinity(negative));
        }
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let raw = ((bits >> 52) & 0x7ff) as i64;
        let (mantissa, exponent) = if raw == 0 { (fraction, -1074) } else { (fraction | 1 << 52, raw - 1075) };
        Some(Number::rounded(negative, UBig::from(mantissa), exponent, DOUBLE_PRECISION))
    }

    /// The nearest double.
    pub fn to_f64(&self) -> f64 {
        let (negative, mantissa, exponent) = match &self.0 {
            Repr::Small { value, .. } => return *value as f64,
            Repr::NegativeZero { .. } => return -0.0,
            Repr::Infinity { negative } => {
                return if *negative { f64::NEG_INFINITY } else { f64::INFINITY };
            }
            Repr::Big(big) => (big.negative, &big.mantissa, big.exponent),
        };
        let sign = if negative { -1.0 } else { 1.0 };
        let top = exponent + mantissa.bit_len() as i64;
        if top > 1024 {
            return sign * f64::INFINITY;
        }
        if top < -1074 {
            return sign * 0.0;
        }
        let precision = (top + 1074).clamp(0, 53) as u32;
        if precision == 0 {
            // Half of the smallest double or less than twice that half: only above the half it rounds up.
            return if mantissa.is_one() { sign * 0.0 } else { sign * f64::from_bits(1) };
        }
        match Number::rounded(false, mantissa.clone(), exponent, precision).0 {
            Repr::Small { value, .. } => sign * value as f64,
            Repr::Big(big) => sign * double(u64::try_from(&big.mantissa).unwrap_or(0), big.exponent),
            Repr::NegativeZero { .. } => 0.0,
            Repr::Infinity { .. } => sign * f64::INFINITY,
        }
    }

    /// How many bits of mantissa it was made with.
    pub(super) fn precision(&self) -> u32 {
        match &self.0 {
            Repr::Small { precision, .. } | Repr::NegativeZero { precision } => *precision,
            Repr::Big(big) => big.precision,
            Repr::Infinity { .. } => 0,
        }
    }

    /// Sign, magnitude and exponent of a finite number.
    pub(super) fn parts(&self) -> Option<(bool, UBig, i64)> {
        match &self.0 {
            Repr::Small { value, .. } => Some((*value < 0, UBig::from(value.unsigned_abs()), 0)),
            Repr::NegativeZero { .. } => Some((true, UBig::ZERO, 0)),
            Repr::Big(big) => Some((big.negative, big.mantissa.clone(), big.exponent)),
            Repr::Infinity { .. } => None,
        }
    }

    /// Whether it is zero of either sign.
    pub fn is_zero(&self) -> bool {
        matches!(&self.0, Repr::Small { value: 0, .. } | Repr::NegativeZero { .. })
    }

    /// Whether it is a whole number.
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Repr::Small { .. } | Repr::NegativeZero { .. } => true,
            Repr::Big(big) => big.exponent >= 0,
            Repr::Infinity { .. } => false,
        }
    }

    /// Whether it is an infinity.
    pub fn is_infinite(&self) -> bool {
        matches!(self.0, Repr::Infinity { .. })
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small { value, .. } => *value < 0,
            Repr::NegativeZero { .. } => false,
            Repr::Infinity { negative } => *negative,
            Repr::Big(big) => big.negative,
        }
    }

    /// As an `i64` when it is whole and fits.
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small { value, .. } => Some(*value),
            Repr::NegativeZero { .. } => Some(0),
            Repr::Big(_) | Repr::Infinity { .. } => None,
        }
    }

    /// As a big integer when it is whole and of a size that a machine can hold.
    pub fn to_integer(&self) -> Option<IBig> {
        match &self.0 {
            Repr::Small { value, .. } => Some(IBig::from(*value)),
            Repr::NegativeZero { .. } => Some(IBig::ZERO),
            Repr::Big(big) if big.exponent >= 0 && big.exponent <= SPELLED_BITS => {
                let sign = if big.negative { Sign::Negative } else { Sign::Positive };
                Some(IBig::from_parts(sign, &big.mantissa << big.exponent as usize))
            }
            Repr::Big(_) | Repr::Infinity { .. } => None,
        }
    }

    /// The exact order of two numbers; both zeros are equal.
    pub fn compare(&self, other: &Number) -> Ordering {
        if let (Repr::Small { value: a, .. }, Repr::Small { value: b, .. }) = (&self.0, &other.0) {
            return a.cmp(b);
        }
        let (left, right) = (self.sign(), other.sign());
        if left != right || left == 0 {
            return left.cmp(&right);
        }
        let magnitude = match (self.parts(), other.parts()) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some((_, a, ea)), Some((_, b, eb))) => compare_magnitudes(a, ea, b, eb),
        };
        if left < 0 { magnitude.reverse() } else { magnitude }
    }

    /// -1, 0 or 1.
    pub fn sign(&self) -> i8 {
        if self.is_zero() {
            0
        } else if self.is_negative() {
            -1
        } else {
            1
        }
    }
}

fn compare_magnitudes(a: UBig, ea: i64, b: UBig, eb: i64) -> Ordering {
    let tops = (ea + a.bit_len() as i64).cmp(&(eb + b.bit_len() as i64));
    if tops != Ordering::Equal {
        return tops;
    }
    // With equal tops the exponents differ by no more than the lengths of the mantissas do.
    if ea >= eb { (a << (ea - eb) as usize).cmp(&b) } else { a.cmp(&(b << (eb - ea) as usize)) }
}

/// `mantissa × 2^exponent` where the product is exactly a double.
fn double(mantissa: u64, exponent: i64) -> f64 {
    let mut value = mantissa as f64;
    let mut left = exponent;
    while left != 0 {
        let step = left.clamp(-1000, 1000);
        value *= 2f64.powi(step as i32);
        left -= step;
    }
    value
}

impl Number {
    /// Whether nothing can tell the two apart, precision included.
    pub fn is_identical(&self, other: &Number) -> bool {
        match (&self.0, &other.0) {
            (Repr::Small { value: a, precision: m }, Repr::Small { value: b, precision: n }) => (a, m) == (b, n),
            (Repr::Big(a), Repr::Big(b)) => {
                Arc::ptr_eq(a, b)
                    || (a.negative == b.negative
                        && a.exponent == b.exponent
                        && a.precision == b.precision
                        && a.mantissa == b.mantissa)
            }
            (Repr::NegativeZero { precision: a }, Repr::NegativeZero { precision: b }) => a == b,
            (Repr::Infinity { negative: a }, Repr::Infinity { negative: b }) => a == b,
            _ => false,
        }
    }
}
