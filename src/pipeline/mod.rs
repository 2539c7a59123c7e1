//! The CI-style checks: a graph of jobs over one commit in a clean checkout (or over the working tree), run in parallel,
//! each result known again as long as nothing that it read is different.
//!
//! What is remembered per commit, and where it is shown, is for others; asking git is `repo`'s business.

pub mod cache;
pub mod checks;
pub mod native;
pub mod recording;
mod runner;
pub mod schedule;
#[cfg(test)]
mod tests;
pub mod work;

pub use checks::{Checks, ChecksFault};
