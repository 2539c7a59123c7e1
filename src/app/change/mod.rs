//! What differs between two objects of a plan, attribute by attribute, as rows to be shown: `attributes` walks the
//! values, `hide` says what to leave out, `shown` puts one value into words, `structure` reads JSON and YAML inside strings.

pub mod attributes;
pub mod hide;
pub mod shown;
pub mod structure;
