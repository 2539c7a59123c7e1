//! Results: texts in normal form, and unknown values with what is certain about them.

use super::error::FunctionError;
use crate::lang::value;
use crate::model::value::{Refinement, Type, Unknown, UnknownSource, Value};

/// A string result, in normal form C.
pub(super) fn string(text: impl AsRef<str>) -> Value {
    value::string(text.as_ref())
}

/// A list of strings, each in normal form C.
pub(super) fn strings<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Value {
    Value::list(Type::String, texts.into_iter().map(|text| value::string(text.as_ref())).collect())
}

/// An unknown value, or the known one that follows from what is certain about it.
pub(super) fn unknown(ty: Type, source: UnknownSource, refinement: Refinement) -> Value {
    value::settle(Unknown { ty, source, refinement })
}

/// Why something computed from `values` is unknown: all that is unknown in them, combined.
pub(super) fn source_of(values: &[Value]) -> UnknownSource {
    value::combine_sources(values).unwrap_or(UnknownSource::AfterApply)
}

/// A whole number that fits in 64 bits.
pub(super) fn whole(value: &Value) -> Result<i64, FunctionError> {
    value.as_number().and_then(|number| number.to_i64()).ok_or_else(|| {
        FunctionError::new(format!("value must be a whole number, between {} and {}", i64::MIN, i64::MAX))
    })
}
