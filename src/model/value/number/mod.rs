//! Numbers of the Terraform language: binary floats that carry their precision, as Go's `big.Float` under cty.
//!
//! Written and parsed numbers have 512 bits, counts 64, results of `log` and `pow` 53; an operation works at the larger
//! precision of its operands and rounds to nearest, ties to even. Whole numbers that fit an `i64` never touch the big
//! representation. Verbs of `format` and the functions of the language are left to `lang::func`.

mod arithmetic;
mod parse;
mod repr;
mod text;

pub use repr::{Number, NumberError};
