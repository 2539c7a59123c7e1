//! What was valid is valid after formatting. Run with `cargo +nightly fuzz run fmt`.

#![no_main]

use kilter::lang::fmt::format_source;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(once) = format_source(text) {
        format_source(&once).expect("what was formatted is valid");
    }
});
