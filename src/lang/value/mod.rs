//! What can be done with values without knowing a conversion: equality, sets, text, JSON, marks at paths, refinements.
//!
//! Conversion and unification are [`super::types`]' business, operators and functions `expr`'s and `func`'s.

mod equality;
mod json_read;
mod json_type;
mod json_write;
mod refine;
mod set;
mod text;

pub use crate::model::value::marked::{mark_at, unmark_with_paths};
pub use equality::equals;
pub use json_read::{JsonError, json_decode};
pub use json_type::type_to_json;
pub use json_write::{json_encode, json_quote};
pub use refine::{
    combine_sources, deep_source, definitely_not_null, length, length_bounds, number_bounds, settle, unknown_because,
    unknown_like,
};
pub use set::set_of;
pub use text::{normal, quote, safe_prefix, string, to_expression_text};
