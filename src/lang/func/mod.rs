//! The functions of the Terraform language, one file per family.
//!
//! All 118 of Terraform 1.11 and three of OpenTofu's. `try`, `can`, `templatefile` and `templatestring` are only
//! described here: `lang::expr` evaluates them. Whatever a function reads it asks through [`super::inputs::Inputs`].

mod call;
mod cidr;
mod collection;
mod combine;
mod compress;
mod convert;
mod crypto;
mod csv;
mod date;
mod definition;
mod deflate;
mod duration;
mod encoding;
mod error;
mod filesystem;
mod float;
mod format;
mod glob;
mod hash;
mod huffman;
mod json;
mod limit;
mod map;
mod numeric;
mod outcome;
mod path;
mod pattern;
mod printf;
mod re2;
mod re2_escape;
mod rfc3339;
mod sensitive;
mod sequence;
mod set;
mod special;
mod string;
mod textcode;
mod yaml;
mod yaml_scalar;
mod yaml_write;

pub use compress::{deflate, gzip};
pub use definition::{Body, Call, Function, Parameter, Returns, Shape};
pub use duration::parse as parse_duration;
pub use error::FunctionError;
pub use glob::path_matches;
pub use rfc3339::Moment;

use std::collections::HashMap;
use std::sync::LazyLock;

static FAMILIES: &[&[Function]] = &[
    cidr::FUNCTIONS,
    collection::FUNCTIONS,
    combine::FUNCTIONS,
    convert::FUNCTIONS,
    crypto::FUNCTIONS,
    csv::FUNCTIONS,
    date::FUNCTIONS,
    encoding::FUNCTIONS,
    filesystem::FUNCTIONS,
    format::FUNCTIONS,
    hash::FUNCTIONS,
    json::FUNCTIONS,
    map::FUNCTIONS,
    numeric::FUNCTIONS,
    path::FUNCTIONS,
    pattern::FUNCTIONS,
    sensitive::FUNCTIONS,
    sequence::FUNCTIONS,
    set::FUNCTIONS,
    special::FUNCTIONS,
    string::FUNCTIONS,
    yaml::FUNCTIONS,
];

static BY_NAME: LazyLock<HashMap<&'static str, &'static Function>> =
    LazyLock::new(|| all().map(|function| (function.name, function)).collect());

/// Every function, family by family.
pub fn all() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// The function of a name, with or without `core::`.
pub fn find(name: &str) -> Option<&'static Function> {
    BY_NAME.get(name.strip_prefix("core::").unwrap_or(name)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_as_promised() {
        assert_eq!(all().count(), 121);
        assert_eq!(BY_NAME.len(), 121, "no name twice");
        assert_eq!(all().filter(|function| function.tofu_only).count(), 3);
    }

    #[test]
    fn a_function_is_found_under_both_names() {
        assert_eq!(find("abs").map(|function| function.name), Some("abs"));
        assert_eq!(find("core::abs").map(|function| function.name), Some("abs"));
        assert!(find("core::core::abs").is_none());
        assert!(find("nope").is_none());
    }
}
