//! Logarithm and power of doubles with the roundings that terraform's binaries have.
//!
//! The system's mathematical library differs from Go's in the last bit here and there, and terraform prints all
//! digits. The methods are the classic ones: argument reduction with the polynomial of fdlibm's `log`, a Taylor series
//! for `exp`, repeated squaring for `pow`.

const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// The natural logarithm.
pub(super) fn log(x: f64) -> f64 {
    const L: [f64; 7] = [
        6.666_666_666_666_735e-1,
        3.999_999_999_940_942e-1,
        2.857_142_874_366_239e-1,
        2.222_219_843_214_978_4e-1,
        1.818_357_216_161_805e-1,
        1.531_383_769_920_937_3e-1,
        1.479_819_860_511_658_6e-1,
    ];
    if x.is_nan() || x == f64::INFINITY {
        return x;
    }
    if x < 0.0 {
        return f64::NAN;
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    let (mut fraction, mut exponent) = split(x);
    if fraction < std::f64::consts::FRAC_1_SQRT_2 {
        fraction *= 2.0;
        exponent -= 1;
    }
    let f = fraction - 1.0;
    let k = f64::from(exponent);
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let odd = s2 * (L[0] + s4 * (L[2] + s4 * (L[4] + s4 * L[6])));
    let even = s4 * (L[1] + s4 * (L[3] + s4 * L[5]));
    let remainder = odd + even;
    let half_square = 0.5 * f * f;
    k * LN2_HIGH - ((half_square - (s * (half_square + remainder) + k * LN2_LOW)) - f)
}

/// The natural exponential, with fused multiplications as Go has it on current processors.
fn exp(x: f64) -> f64 {
    const LN2_UPPER: f64 = 0.693_147_180_559_662_956_511_601_805_686_950_683_593_75;
    const LN2_LOWER: f64 = 0.282_352_905_630_315_771_225_884_481_750_134_360_255_254_120_68e-12;
    const SERIES: [f64; 7] = [
        1.984_126_984_126_984e-4,
        1.388_888_888_888_889e-3,
        8.333_333_333_333_333e-3,
        4.166_666_666_666_666_4e-2,
        1.666_666_666_666_666_6e-1,
        0.5,
        1.0,
    ];
    if x.is_nan() || x == f64::INFINITY {
        return x;
    }
    if x > 7.097_827_128_933_84e+02 {
        return f64::INFINITY;
    }
    if x < -7.46e+02 {
        return 0.0;
    }
    let k = (x * std::f64::consts::LOG2_E).round_ties_even();
    let reduced = (-k).mul_add(LN2_LOWER, (-k).mul_add(LN2_UPPER, x)) * 0.0625;
    let mut sum = 2.480_158_730_158_73e-5;
    for term in SERIES {
        sum = reduced.mul_add(sum, term);
    }
    let mut y = reduced * sum;
    for _ in 0..3 {
        y *= y + 2.0;
    }
    scale((y + 2.0).mul_add(y, 1.0), k as i64)
}

/// `x` to the power of `y`; not a number where there is no real result.
pub(super) fn pow(x: f64, y: f64) -> f64 {
    if y == 0.0 || x == 1.0 {
        return 1.0;
    }
    if y == 1.0 {
        return x;
    }
    if x.is_nan() || y.is_nan() {
        return f64::NAN;
    }
    if x == 0.0 || x.is_infinite() || y.is_infinite() || y.abs() == 0.5 {
        return x.powf(y);
    }
    let (mut whole, mut fraction) = (y.abs().trunc(), y.abs().fract());
    if fraction != 0.0 && x < 0.0 {
        return f64::NAN;
    }
    if whole >= 9.223_372_036_854_776e18 {
        return x.powf(y);
    }
    let mut mantissa = 1.0;
    let mut exponent: i64 = 0;
    if fraction != 0.0 {
        if fraction > 0.5 {
            fraction -= 1.0;
            whole += 1.0;
        }
        mantissa = exp(fraction * log(x));
    }
    let (mut square, start) = split(x);
    let mut square_exponent = i64::from(start);
    let mut left = whole as i64;
    while left != 0 {
        if !(-4096..=4096).contains(&square_exponent) {
            exponent += square_exponent;
            break;
        }
        if left & 1 == 1 {
            mantissa *= square;
            exponent += square_exponent;
        }
        square *= square;
        square_exponent *= 2;
        if square < 0.5 {
            square += square;
            square_exponent -= 1;
        }
        left >>= 1;
    }
    if y < 0.0 {
        mantissa = 1.0 / mantissa;
        exponent = -exponent;
    }
    scale(mantissa, exponent)
}

/// A finite double other than zero as a fraction between a half and one, and an exponent of two.
fn split(x: f64) -> (f64, i32) {
    const EXPONENT: u64 = 0x7ff << 52;
    let (normal, shift) = if x.abs() < f64::MIN_POSITIVE { (x * 2f64.powi(52), -52) } else { (x, 0) };
    let bits = normal.to_bits();
    let exponent = ((bits & EXPONENT) >> 52) as i32 - 1022 + shift;
    (f64::from_bits((bits & !EXPONENT) | (1022 << 52)), exponent)
}

/// `fraction` times two to the `exponent`, rounded once.
fn scale(fraction: f64, exponent: i64) -> f64 {
    if fraction == 0.0 || !fraction.is_finite() {
        return fraction;
    }
    let (mantissa, own) = split(fraction);
    let total = exponent + i64::from(own);
    if total > 1024 {
        return f64::INFINITY.copysign(fraction);
    }
    if total < -1075 {
        return 0f64.copysign(fraction);
    }
    let doubled = mantissa * 2.0;
    if total > -1022 {
        doubled * 2f64.powi(total as i32 - 1)
    } else {
        doubled * 2f64.powi(total as i32 + 52) * 2f64.powi(-53)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_powers_are_exact() {
        assert_eq!(pow(2.0, 64.0), 18_446_744_073_709_551_616.0);
        assert_eq!(pow(10.0, -3.0), 0.001);
        assert_eq!(pow(2.0, -1074.0), f64::from_bits(1));
        assert_eq!(pow(10.0, 400.0), f64::INFINITY);
        assert_eq!(pow(-2.0, 3.0), -8.0);
    }

    #[test]
    fn odd_cases_have_their_conventional_results() {
        assert!(pow(-8.0, 1.0 / 3.0).is_nan());
        assert_eq!(pow(0.0, -1.0), f64::INFINITY);
        assert_eq!(pow(4.0, 0.5), 2.0);
        assert_eq!(log(0.0), f64::NEG_INFINITY);
        assert!(log(-1.0).is_nan());
        assert_eq!(log(1.0), 0.0);
    }
}
