//! The Terraform language: text to tokens to syntax tree, values and types, expressions and functions, formatting.
//!
//! Knows nothing of modules, resources, states or plans: that is `engine`. Reads no file by itself: whatever an
//! expression needs from outside it asks through [`inputs::Inputs`].

pub mod expr;
pub mod fmt;
pub mod func;
pub mod inputs;
pub mod syntax;
pub mod types;
pub mod value;
