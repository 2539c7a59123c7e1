//! The door to chance: random bytes from the system.

/// Fills a buffer with random bytes.
pub fn fill(buffer: &mut [u8]) {
    // Without chance from the system there are no secrets to be made; predictable ones would be a lie.
    getrandom::fill(buffer).expect("the system gives random bytes");
}
