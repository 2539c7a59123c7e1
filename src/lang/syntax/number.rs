//! The value of a number as it is written in the language.

use crate::model::value::Number;

/// The number that a number token spells; `None` for the likes of `1.2.3`.
pub(super) fn parse(text: &str) -> Option<Number> {
    if text.bytes().all(|byte| byte.is_ascii_digit())
        && let Ok(small) = text.parse::<i64>()
    {
        return Some(Number::from(small));
    }
    text.parse::<f64>().ok().and_then(Number::from_f64)
}
