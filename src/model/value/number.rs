//! Numbers of the Terraform language: 512-bit binary floats, as Go's `big.Float` at cty's precision.
//!
//! Small integers take a fast path and never touch the big representation. Arithmetic rounds to nearest, ties to even.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use dashu_float::FBig;
use dashu_float::round::mode::HalfEven;

/// cty parses and computes with this many bits of mantissa.
const PRECISION: usize = 512;

type Float = FBig<HalfEven, 2>;

/// A number. Equality and order are numeric.
#[derive(Debug, Clone)]
pub struct Number(Repr);

#[derive(Debug, Clone)]
enum Repr {
    /// Every integer that fits is kept here, and only here.
    Small(i64),
    /// Everything else that is finite.
    Big(Arc<Float>),
    /// Negative zero, which prints as `-0`.
    NegativeZero,
    /// An infinity; the flag says negative.
    Infinity(bool),
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
        Number(Repr::Small(value))
    }
}

impl Number {
    /// Zero.
    pub const ZERO: Number = Number(Repr::Small(0));

    fn from_float(float: Float) -> Self {
        match i64::try_from(float.clone()) {
            Ok(small) => Number(Repr::Small(small)),
            Err(_) => Number(Repr::Big(Arc::new(float))),
        }
    }

    /// The nearest number to a finite double; infinities stay infinite, NaN is zero's absence: `None`.
    pub fn from_f64(value: f64) -> Option<Self> {
        if value.is_nan() {
            return None;
        }
        if value.is_infinite() {
            return Some(Number(Repr::Infinity(value < 0.0)));
        }
        if value == 0.0 && value.is_sign_negative() {
            return Some(Number(Repr::NegativeZero));
        }
        Float::try_from(value).ok().map(|float| Number::from_float(float.with_precision(PRECISION).value()))
    }

    /// Whether it is a whole number.
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Repr::Small(_) | Repr::NegativeZero => true,
            Repr::Big(float) => float.fract() == Float::ZERO,
            Repr::Infinity(_) => false,
        }
    }

    /// As an `i64` when it is whole and fits.
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small(value) => Some(*value),
            Repr::NegativeZero => Some(0),
            Repr::Big(_) | Repr::Infinity(_) => None,
        }
    }

    /// The nearest double.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Repr::Small(value) => *value as f64,
            Repr::NegativeZero => -0.0,
            Repr::Infinity(negative) => {
                if *negative {
                    f64::NEG_INFINITY
                } else {
                    f64::INFINITY
                }
            }
            Repr::Big(float) => float.to_f64().value(),
        }
    }

    /// Whether it is an infinity.
    pub fn is_infinite(&self) -> bool {
        matches!(self.0, Repr::Infinity(_))
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small(value) => *value < 0,
            Repr::NegativeZero => false,
            Repr::Infinity(negative) => *negative,
            Repr::Big(float) => **float < Float::ZERO,
        }
    }

    fn float(&self) -> Option<Float> {
        match &self.0 {
            Repr::Small(value) => Some(Float::from(*value).with_precision(PRECISION).value()),
            Repr::NegativeZero => Some(Float::ZERO.with_precision(PRECISION).value()),
            Repr::Big(float) => Some((**float).clone()),
            Repr::Infinity(_) => None,
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Small(a), Repr::Small(b)) => a.cmp(b),
            (Repr::Infinity(a), Repr::Infinity(b)) => b.cmp(a),
            (Repr::Infinity(negative), _) => {
                if *negative {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
            (_, Repr::Infinity(negative)) => {
                if *negative {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
            }
            _ => self.float().partial_cmp(&other.float()).unwrap_or(Ordering::Equal),
        }
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_f64().to_bits().hash(state);
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(value) => write!(f, "{value}"),
            Repr::NegativeZero => f.write_str("-0"),
            Repr::Infinity(negative) => f.write_str(if *negative { "-Inf" } else { "+Inf" }),
            Repr::Big(float) => write!(f, "{}", (**float).clone().with_base_and_precision::<10>(155).value()),
        }
    }
}
