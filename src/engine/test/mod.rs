//! `.tftest.hcl`: runs in memory, mocks, assertions, expected failures. Nothing on disk is touched.

mod asserts;
mod cleanup;
mod double;
mod doubles;
mod expected;
mod file;
mod generate;
mod layer;
mod mocks;
pub mod coverage;
pub mod mutation;
mod read;
mod run_block;
pub mod run;
mod suite;
mod variables;
