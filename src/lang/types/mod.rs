//! Conversion and unification of types and values, and type constraints as they are written in `variable` blocks.
//!
//! The rules are cty's. What a value is made of is `model::value`'s business, equality and sets are `lang::value`'s.

mod constraint;
mod convert;
mod defaults;
mod mismatch;
mod relation;

pub use constraint::{constraint, parse_type};
pub use convert::{ConversionError, convert, is_conversion_possible};
pub use defaults::Defaults;
pub use mismatch::mismatch;
pub use relation::{convertible, unify};

use crate::model::value::Type;

/// How terraform names the type in a sentence: `list of string`, `object`.
pub fn friendly_name(ty: &Type) -> String {
    ty.friendly_name()
}
