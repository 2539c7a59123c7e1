//! Arithmetic at the larger precision of the operands.

use dashu_base::{BitTest, DivRem};
use dashu_int::UBig;

use super::repr::{Number, NumberError, Repr};

/// cty multiplies at this precision before it goes back to the operands'.
const PRODUCT_PRECISION: u32 = 512;

impl Number {
    /// The sum.
    ///
    /// # Errors
    /// For infinities of opposite signs.
    pub fn add(&self, other: &Number) -> Result<Number, NumberError> {
        let precision = self.precision().max(other.precision());
        if let (Repr::Small { value: a, .. }, Repr::Small { value: b, .. }) = (&self.0, &other.0)
            && let Some(sum) = a.checked_add(*b).filter(|sum| fits(*sum, precision))
        {
            return Ok(Number(Repr::Small { value: sum, precision }));
        }
        self.sum_at(other, precision)
    }

    /// The difference.
    ///
    /// # Errors
    /// For infinities of the same sign.
    pub fn sub(&self, other: &Number) -> Result<Number, NumberError> {
        self.add(&other.neg())
    }

    /// The product.
    ///
    /// # Errors
    /// For zero times an infinity.
    pub fn mul(&self, other: &Number) -> Result<Number, NumberError> {
        let precision = self.precision().max(other.precision());
        if let (Repr::Small { value: a, .. }, Repr::Small { value: b, .. }) = (&self.0, &other.0)
            && let Some(product) = a.checked_mul(*b).filter(|product| *product != 0 && fits(*product, precision))
        {
            return Ok(Number(Repr::Small { value: product, precision }));
        }
        let product = self.product_at(other, PRODUCT_PRECISION)?;
        Ok(product.with_precision_at_least(precision))
    }

    /// The quotient; a number that is not zero divided by zero is an infinity.
    ///
    /// # Errors
    /// For zero by zero and infinity by infinity.
    pub fn div(&self, other: &Number) -> Result<Number, NumberError> {
        let precision = self.precision().max(other.precision());
        if let (Repr::Small { value: a, .. }, Repr::Small { value: b, .. }) = (&self.0, &other.0)
            && *a != 0
            && a.checked_rem(*b) == Some(0)
            && fits(a / b, precision)
        {
            return Ok(Number(Repr::Small { value: a / b, precision }));
        }
        let negative = self.signbit() != other.signbit();
        match (self.parts(), other.parts()) {
            (None, None) => Err(NumberError::Undefined),
            (None, Some(_)) => Ok(Number::infinity(negative)),
            (Some(_), None) => Ok(Number::zero(negative, precision)),
            (Some((_, a, _)), Some((_, b, _))) if b.is_zero() => {
                if a.is_zero() {
                    Err(NumberError::Undefined)
                } else {
                    Ok(Number::infinity(negative))
                }
            }
            (Some((_, a, ea)), Some((_, b, eb))) => Ok(quotient(negative, (a, ea), (&b, eb), precision)),
        }
    }

    /// The remainder of the truncating division, with the sign of the dividend; by zero it is the dividend itself.
    ///
    /// # Errors
    /// For infinities.
    pub fn rem(&self, other: &Number) -> Result<Number, NumberError> {
        if let (Repr::Small { value: a, precision }, Repr::Small { value: b, .. }) = (&self.0, &other.0)
            && let Some(rest) = a.checked_rem(*b)
        {
            return Ok(Number(Repr::Small { value: rest, precision: *precision }));
        }
        if other.is_zero() {
            return Ok(self.clone());
        }
        if self.is_infinite() || other.is_infinite() {
            return Err(NumberError::Undefined);
        }
        let precision = self.precision();
        let whole = self.div(other)?.truncate_at(precision);
        let taken = other.product_at(&whole, precision)?;
        self.sum_at(&taken.neg(), precision)
    }

    /// The number with the other sign.
    #[must_use]
    pub fn neg(&self) -> Number {
        match &self.0 {
            Repr::Small { value: 0, precision } => Number::zero(true, *precision),
            Repr::Small { value, precision } => match value.checked_neg() {
                Some(value) => Number(Repr::Small { value, precision: *precision }),
                None => Number::rounded(false, UBig::from(value.unsigned_abs()), 0, *precision),
            },
            Repr::NegativeZero { precision } => Number::zero(false, *precision),
            Repr::Infinity { negative } => Number::infinity(!negative),
            Repr::Big(big) => Number::rounded(!big.negative, big.mantissa.clone(), big.exponent, big.precision),
        }
    }

    /// The number without its sign.
    #[must_use]
    pub fn abs(&self) -> Number {
        if self.signbit() { self.neg() } else { self.clone() }
    }

    /// The largest whole number that is not above.
    #[must_use]
    pub fn floor(&self) -> Number {
        self.toward(true)
    }

    /// The smallest whole number that is not below.
    #[must_use]
    pub fn ceil(&self) -> Number {
        self.toward(false)
    }

    /// The whole part.
    #[must_use]
    pub fn truncate(&self) -> Number {
        self.truncate_at(self.precision())
    }

    fn toward(&self, down: bool) -> Number {
        if self.is_integer() || self.is_infinite() {
            return if self.is_zero() { Number::zero(false, self.precision()) } else { self.clone() };
        }
        let whole = self.truncate();
        if self.is_negative() != down {
            return whole;
        }
        let step = if down { Number::from(-1i64) } else { Number::ONE };
        whole.sum_at(&step, self.precision()).unwrap_or(whole)
    }

    fn truncate_at(&self, precision: u32) -> Number {
        match &self.0 {
            Repr::Big(big) if big.exponent < 0 => {
                let dropped = usize::try_from(-big.exponent).unwrap_or(usize::MAX);
                if dropped >= big.mantissa.bit_len() {
                    return Number::zero(false, precision);
                }
                Number::rounded(big.negative, &big.mantissa >> dropped, 0, precision)
            }
            Repr::Big(big) => Number::rounded(big.negative, big.mantissa.clone(), big.exponent, precision),
            Repr::Small { value, .. } => Number::rounded(*value < 0, UBig::from(value.unsigned_abs()), 0, precision),
            Repr::NegativeZero { .. } => Number::zero(false, precision),
            Repr::Infinity { .. } => self.clone(),
        }
    }

    pub(super) fn product_at(&self, other: &Number, precision: u32) -> Result<Number, NumberError> {
        let negative = self.signbit() != other.signbit();
        match (self.parts(), other.parts()) {
            (Some((_, a, ea)), Some((_, b, eb))) => Ok(Number::rounded(negative, a * b, ea + eb, precision)),
            _ if self.is_zero() || other.is_zero() => Err(NumberError::Undefined),
            _ => Ok(Number::infinity(negative)),
        }
    }

    fn sum_at(&self, other: &Number, precision: u32) -> Result<Number, NumberError> {
        match (self.parts(), other.parts()) {
            (None, None) if self.is_negative() != other.is_negative() => Err(NumberError::Undefined),
            (None, _) => Ok(self.clone()),
            (_, None) => Ok(other.clone()),
            (Some(a), Some(b)) => Ok(sum(a, b, precision)),
        }
    }

    fn with_precision_at_least(self, least: u32) -> Number {
        match self.0 {
            Repr::Small { value, .. } => {
                let bits = 64 - (value.unsigned_abs() >> value.trailing_zeros().min(63)).leading_zeros();
                Number(Repr::Small { value, precision: least.max(bits) })
            }
            Repr::NegativeZero { .. } => Number::zero(true, least),
            Repr::Infinity { negative } => Number::infinity(negative),
            Repr::Big(big) => {
                let bits = u32::try_from(big.mantissa.bit_len()).unwrap_or(u32::MAX);
                Number::rounded(big.negative, big.mantissa.clone(), big.exponent, least.max(bits))
            }
        }
    }

    pub(super) fn signbit(&self) -> bool {
        self.is_negative() || matches!(self.0, Repr::NegativeZero { .. })
    }
}

/// Whether a machine integer is exact at a precision.
fn fits(value: i64, precision: u32) -> bool {
    precision >= 63 || value.unsigned_abs() >> precision == 0
}

pub(super) fn quotient(negative: bool, (a, ea): (UBig, i64), (b, eb): (&UBig, i64), precision: u32) -> Number {
    let shift = (precision as usize + 2 + b.bit_len()).saturating_sub(a.bit_len());
    let (whole, rest) = (a << shift).div_rem(b);
    // One sticky bit below stands for the rest of the quotient.
    let sticky = if rest.is_zero() { UBig::ZERO } else { UBig::ONE };
    Number::rounded(negative, (whole << 1) + sticky, ea - eb - shift as i64 - 1, precision)
}

fn sum((na, a, ea): (bool, UBig, i64), (nb, b, eb): (bool, UBig, i64), precision: u32) -> Number {
    if a.is_zero() && b.is_zero() {
        return Number::zero(na && nb, precision);
    }
    if a.is_zero() {
        return Number::rounded(nb, b, eb, precision);
    }
    if b.is_zero() {
        return Number::rounded(na, a, ea, precision);
    }
    let margin = i64::from(precision) + 3;
    if ea - (eb + b.bit_len() as i64) > margin {
        return nudged((na, a, ea), na == nb, margin, precision);
    }
    if eb - (ea + a.bit_len() as i64) > margin {
        return nudged((nb, b, eb), na == nb, margin, precision);
    }
    let exponent = ea.min(eb);
    let (a, b) = (a << (ea - exponent) as usize, b << (eb - exponent) as usize);
    if na == nb {
        return Number::rounded(na, a + b, exponent, precision);
    }
    match a.cmp(&b) {
        std::cmp::Ordering::Equal => Number::zero(false, precision),
        std::cmp::Ordering::Greater => Number::rounded(na, a - b, exponent, precision),
        std::cmp::Ordering::Less => Number::rounded(nb, b - a, exponent, precision),
    }
}

/// A number plus or minus something far too small to matter except for a tie.
fn nudged((negative, mantissa, exponent): (bool, UBig, i64), away: bool, margin: i64, precision: u32) -> Number {
    let wide = mantissa << margin as usize;
    let nudged = if away { wide + UBig::ONE } else { wide - UBig::ONE };
    Number::rounded(negative, nudged, exponent - margin, precision)
}
