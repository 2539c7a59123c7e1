//! Run with `cargo +nightly fuzz run tfvars`. What it does stands in `bodies.rs`; on a stable compiler it runs in
//! `cargo test --test it fuzz_` (`KILTER_FUZZ_SECONDS=1800` for a long run).

#![no_main]

#[allow(dead_code, reason = "each target runs one of the bodies")]
#[path = "../bodies.rs"]
mod bodies;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| bodies::tfvars(bytes));
