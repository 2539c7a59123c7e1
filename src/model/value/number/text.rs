//! Number to text, as Go writes a `big.Float`, and the equality that follows from it.

use std::cmp::Ordering;
use std::fmt;

use dashu_base::BitTest;
use dashu_int::UBig;

use super::repr::{Number, Repr, SPELLED_BITS};

/// Decimal digits with a point: `0.d₁d₂… × 10^point`, no trailing zeros.
struct Decimal {
    digits: Vec<u8>,
    point: i64,
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small { value, precision } if exact(*value, *precision) => write!(f, "{value}"),
            Repr::NegativeZero { .. } => f.write_str("-0"),
            Repr::Infinity { negative } => f.write_str(if *negative { "-Inf" } else { "+Inf" }),
            Repr::Big(big) if !self.is_spelled() => {
                let sign = if big.negative { "-" } else { "" };
                write!(f, "{sign}{:#x}p{:+}", big.mantissa, big.exponent)
            }
            Repr::Small { .. } | Repr::Big(_) => f.write_str(&self.text('f', None)),
        }
    }
}

impl PartialEq for Number {
    /// The language's equality: two numbers that are written alike are equal, whatever their last bits are.
    fn eq(&self, other: &Self) -> bool {
        if let (Repr::Small { value: a, precision: pa }, Repr::Small { value: b, precision: pb }) = (&self.0, &other.0)
            && exact(*a, *pa)
            && exact(*b, *pb)
        {
            return a == b;
        }
        if self.compare(other) == Ordering::Equal {
            return self.precision() == other.precision() || self.is_zero() || self.to_string() == other.to_string();
        }
        if self.sign() != other.sign() || self.is_infinite() || other.is_infinite() || !self.is_near(other) {
            return false;
        }
        self.to_string() == other.to_string()
    }
}

impl Eq for Number {}

impl Number {
    /// Whether it can be written out in full: a number of millions of digits cannot.
    pub fn is_spelled(&self) -> bool {
        match &self.0 {
            Repr::Big(big) => {
                let top = big.exponent + big.mantissa.bit_len() as i64;
                big.exponent >= -SPELLED_BITS && top <= SPELLED_BITS
            }
            _ => true,
        }
    }

    /// Go's `Text` with the verb `e`, `E`, `f`, `g` or `G`; without digits the shortest text that reads back.
    pub fn text(&self, verb: char, digits: Option<usize>) -> String {
        if self.is_infinite() || !self.is_spelled() {
            return self.to_string();
        }
        let (_, mantissa, exponent) = self.parts().unwrap_or((false, UBig::ZERO, 0));
        let mut decimal = Decimal::exactly(&mantissa, exponent);
        let digits_wanted = match digits {
            None => {
                decimal.shorten(&mantissa, exponent, self.precision());
                let length = decimal.digits.len();
                match verb {
                    'e' | 'E' => length.max(1) - 1,
                    'f' => usize::try_from(length as i64 - decimal.point).unwrap_or(0),
                    _ => length,
                }
            }
            Some(digits) => decimal.round_for(verb, digits),
        };
        let mut out = String::new();
        if self.signbit() {
            out.push('-');
        }
        match verb {
            'e' | 'E' => decimal.write_scientific(&mut out, verb, digits_wanted),
            'f' => decimal.write_fixed(&mut out, digits_wanted),
            _ => decimal.write_general(&mut out, verb, digits_wanted, digits.is_none()),
        }
        out
    }

    /// Whether the leading bits are close enough that the written forms could agree.
    fn is_near(&self, other: &Number) -> bool {
        let (Some((_, a, ea)), Some((_, b, eb))) = (self.parts(), other.parts()) else {
            return false;
        };
        let top = (ea + a.bit_len() as i64).max(eb + b.bit_len() as i64);
        let leading = |mantissa: UBig, exponent: i64| -> Option<u128> {
            let shift = exponent - (top - 100);
            if shift.abs() > 1 << 13 {
                return None;
            }
            let aligned = if shift >= 0 { mantissa << shift as usize } else { mantissa >> (-shift) as usize };
            u128::try_from(aligned).ok()
        };
        // Fifty bits in common: less than the shortest precision any number has.
        matches!((leading(a, ea), leading(b, eb)), (Some(a), Some(b)) if a.abs_diff(b) < 1 << 51)
    }
}

/// Whether the shortest text of an integer at this precision is the integer itself.
fn exact(value: i64, precision: u32) -> bool {
    precision >= 64 || value.unsigned_abs() >> precision == 0
}

impl Decimal {
    fn exactly(mantissa: &UBig, exponent: i64) -> Decimal {
        if mantissa.is_zero() {
            return Decimal { digits: Vec::new(), point: 0 };
        }
        let (text, fraction) = if exponent >= 0 {
            ((mantissa << exponent as usize).to_string(), 0)
        } else {
            let places = exponent.unsigned_abs() as usize;
            ((mantissa * UBig::from(5u8).pow(places)).to_string(), places as i64)
        };
        let mut decimal = Decimal { point: text.len() as i64 - fraction, digits: text.into_bytes() };
        decimal.trim();
        decimal
    }

    fn trim(&mut self) {
        while self.digits.last() == Some(&b'0') {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.point = 0;
        }
    }

    fn at(&self, index: usize) -> u8 {
        self.digits.get(index).copied().unwrap_or(b'0')
    }

    /// Drops digits as long as what remains still reads back as the same number at `precision`.
    fn shorten(&mut self, mantissa: &UBig, exponent: i64, precision: u32) {
        if mantissa.is_zero() {
            return;
        }
        // One bit more than the precision, so that one unit is half of the last place.
        let width = precision as usize + 1;
        let bits = mantissa.bit_len();
        let scaled = if bits <= width { mantissa << (width - bits) } else { mantissa >> (bits - width) };
        let scale = exponent + bits as i64 - width as i64;
        // The neighbours' halves belong to this number only when its last bit is even.
        let inclusive = !scaled.bit(1);
        let lower = Decimal::exactly(&(&scaled - UBig::ONE), scale);
        let upper = Decimal::exactly(&(scaled + UBig::ONE), scale);
        for index in 0..self.digits.len() {
            let (digit, low, high) = (self.digits[index], lower.at(index), upper.at(index));
            let down = low != digit || inclusive && index + 1 == lower.digits.len();
            let up = digit != high && (inclusive || digit + 1 < high || index + 1 < upper.digits.len());
            if down && up {
                return self.round(index as i64 + 1);
            }
            if down {
                return self.round_down(index + 1);
            }
            if up {
                return self.round_up(index + 1);
            }
        }
    }

    fn round_for(&mut self, verb: char, digits: usize) -> usize {
        match verb {
            'e' | 'E' => self.round(digits as i64 + 1),
            'f' => self.round(self.point.saturating_add(digits as i64)),
            _ => {
                self.round(digits.max(1) as i64);
                return digits.max(1);
            }
        }
        digits
    }

    /// To `count` digits, half to even.
    fn round(&mut self, count: i64) {
        if count < 0 {
            self.digits.clear();
            self.point = 0;
            return;
        }
        let count = count as usize;
        if count >= self.digits.len() {
            return;
        }
        let tie = self.digits[count] == b'5' && count + 1 == self.digits.len();
        let up = if tie { count > 0 && self.digits[count - 1] & 1 == 1 } else { self.digits[count] >= b'5' };
        if up {
            self.round_up(count);
        } else {
            self.round_down(count);
        }
    }

    fn round_down(&mut self, count: usize) {
        self.digits.truncate(count);
        self.trim();
    }

    fn round_up(&mut self, count: usize) {
        self.digits.truncate(count);
        while self.digits.last() == Some(&b'9') {
            self.digits.pop();
        }
        match self.digits.last_mut() {
            Some(last) => *last += 1,
            None => {
                self.digits.push(b'1');
                self.point += 1;
            }
        }
    }

    fn write_fixed(&self, out: &mut String, fraction: usize) {
        let whole = usize::try_from(self.point).unwrap_or(0);
        if whole == 0 {
            out.push('0');
        }
        out.extend((0..whole).map(|index| char::from(self.at(index))));
        if fraction > 0 {
            out.push('.');
            out.extend((0..fraction as i64).map(|place| match usize::try_from(self.point + place) {
                Ok(index) => char::from(self.at(index)),
                Err(_) => '0',
            }));
        }
    }

    fn write_scientific(&self, out: &mut String, verb: char, fraction: usize) {
        out.push(char::from(self.at(0)));
        if fraction > 0 {
            out.push('.');
            out.extend((1..=fraction).map(|index| char::from(self.at(index))));
        }
        let exponent = if self.digits.is_empty() { 0 } else { self.point - 1 };
        out.push(verb);
        out.push(if exponent < 0 { '-' } else { '+' });
        out.push_str(&format!("{:02}", exponent.unsigned_abs()));
    }

    fn write_general(&self, out: &mut String, verb: char, digits: usize, shortest: bool) {
        let length = self.digits.len();
        let mut limit = digits as i64;
        if digits > length && length as i64 >= self.point {
            limit = length as i64;
        }
        if shortest {
            limit = 6;
        }
        let exponent = self.point - 1;
        if exponent < -4 || exponent >= limit {
            let letter = if verb == 'G' { 'E' } else { 'e' };
            return self.write_scientific(out, letter, digits.min(length).max(1) - 1);
        }
        let digits = if digits as i64 > self.point { length } else { digits };
        self.write_fixed(out, usize::try_from(digits as i64 - self.point).unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn text_is_read_as_tonumber_does() {
        for (text, shown) in [
            ("1.", "1"),
            (".5", "0.5"),
            ("+5", "5"),
            ("010", "10"),
            ("1p4", "16"),
            ("1e2", "100"),
            ("Inf", "+Inf"),
            ("-Inf", "-Inf"),
            ("-0", "-0"),
            ("1e-7", "0.0000001"),
            ("1e30", "1000000000000000000000000000000"),
            ("123456789012345678901234567890.125", "123456789012345678901234567890.125"),
            ("9223372036854775808", "9223372036854775808"),
            ("-9223372036854775808", "-9223372036854775808"),
        ] {
            assert_eq!(number(text).to_string(), shown, "{text}");
        }
        for text in ["", "0x1F", "1_000", " 1", "1 ", "e5", "1e", ".", "+", "1e99999999999", "NaN"] {
            assert_eq!(Number::parse(text), Err(NumberErrorAlias::NotANumber), "{text}");
        }
    }

    use super::super::repr::NumberError as NumberErrorAlias;

    #[test]
    fn equality_is_that_of_the_written_form() {
        let sum = number("0.1").add(&number("0.2")).unwrap();
        assert_eq!(sum, number("0.3"));
        let third = number("1").div(&number("3")).unwrap();
        assert_eq!(third.mul(&number("3")).unwrap(), number("1"));
        assert_ne!(number("1").sub(&number("0.9")).unwrap(), number("0.1"));
        assert_eq!(number("-0"), number("0"));
        assert_ne!(number("1e400"), number("1e401"));
    }

    #[test]
    fn doubles_print_shortest_and_stay_doubles() {
        let power = Number::from_f64(2f64.powi(64)).unwrap();
        assert_eq!(power.to_string(), "18446744073709550000");
        assert_eq!(power.add(&number("1")).unwrap().to_string(), "18446744073709551617");
        assert_eq!(Number::from_f64(0.1).unwrap().to_string(), "0.1");
        assert_eq!(Number::from_f64(5e-324).unwrap().to_f64(), 5e-324);
        assert_eq!(number("1e400").to_f64(), f64::INFINITY);
        assert_eq!(number("-1.5").to_f64(), -1.5);
    }

    #[test]
    fn division_and_remainder() {
        let div = |a: &str, b: &str| number(a).div(&number(b)).map(|n| n.to_string());
        assert_eq!(div("1", "0").unwrap(), "+Inf");
        assert_eq!(div("-1", "0").unwrap(), "-Inf");
        assert!(div("0", "0").is_err());
        assert_eq!(div("0", "-5").unwrap(), "-0");
        let rem = |a: &str, b: &str| number(a).rem(&number(b)).unwrap().to_string();
        assert_eq!(rem("5", "0"), "5");
        assert_eq!(rem("-7", "3"), "-1");
        assert_eq!(rem("0.3", "0.1"), "0");
        assert_eq!(rem("5.5", "2"), "1.5");
        assert_eq!(number("-0.5").ceil().to_string(), "0");
        assert_eq!(number("-0.5").floor().to_string(), "-1");
        assert_eq!(number("1.5").ceil().to_string(), "2");
    }

    #[test]
    fn huge_exponents_cost_nothing() {
        let huge = number("1e100000000");
        assert!(!huge.is_spelled());
        assert!(huge.to_string().contains('p'));
        assert_eq!(huge.add(&number("1")).unwrap().compare(&huge), Ordering::Equal);
        assert!(number("1e1000000000").is_infinite());
        assert!(number("1e-1000000000").is_zero());
        assert!(huge.rem(&number("7")).is_ok());
        assert_eq!(number("1e100000").to_string().len(), 100_001);
    }

    #[test]
    fn verbs_of_go() {
        let shown = |text: &str, verb, digits| number(text).text(verb, digits);
        assert_eq!(shown("2.345", 'f', Some(2)), "2.34");
        assert_eq!(shown("2.5", 'f', Some(0)), "2");
        assert_eq!(shown("1234567", 'e', Some(3)), "1.235e+06");
        assert_eq!(shown("1234567", 'g', None), "1.234567e+06");
        assert_eq!(shown("100000", 'g', None), "100000");
        assert_eq!(shown("0.00001", 'g', None), "1e-05");
        assert_eq!(shown("0", 'e', Some(2)), "0.00e+00");
        assert_eq!(shown("0", 'g', None), "0");
        assert_eq!(shown("9.99", 'f', Some(1)), "10.0");
        assert_eq!(shown("0.001", 'f', Some(2)), "0.00");
    }

    proptest::proptest! {
        #[test]
        fn text_round_trips(mantissa in proptest::num::i64::ANY, places in 0u32..40) {
            let text = format!("{mantissa}e-{places}");
            let once = number(&text);
            let again = number(&once.to_string());
            proptest::prop_assert_eq!(once.compare(&again), Ordering::Equal);
        }

        #[test]
        fn arithmetic_of_integers_is_exact(a in proptest::num::i64::ANY, b in proptest::num::i64::ANY) {
            let (x, y) = (Number::literal(a), Number::literal(b));
            proptest::prop_assert_eq!(x.add(&y).unwrap().to_string(), (i128::from(a) + i128::from(b)).to_string());
            let product = i128::from(a) * i128::from(b);
            if product != 0 {
                proptest::prop_assert_eq!(x.mul(&y).unwrap().to_string(), product.to_string());
            }
            proptest::prop_assert_eq!(x.compare(&y), a.cmp(&b));
            proptest::prop_assert_eq!(x.to_f64(), a as f64);
        }

        #[test]
        fn doubles_survive(bits in proptest::num::u64::ANY) {
            let double = f64::from_bits(bits);
            if let Some(number) = Number::from_f64(double) {
                proptest::prop_assert_eq!(number.to_f64(), double);
            }
        }
    }
}
