//! Kilter: a terminal workbench for infrastructure repos.
//!
//! The floors of the house, top to bottom; a module names only modules on floors below its own (`tests/house.rs`).

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod lang;
pub mod model;
