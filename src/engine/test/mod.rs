//! `.tftest.hcl`: runs in memory, mocks, assertions, expected failures. Nothing on disk is touched.

mod asserts;
mod bench;
mod cleanup;
pub mod coverage;
mod decode;
mod decoding;
mod double;
mod doubles;
mod expected;
mod file;
mod generate;
mod layer;
mod mocks;
pub mod mutation;
mod read;
pub mod run;
mod run_block;
mod suite;
mod variables;
