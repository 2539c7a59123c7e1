//! Benchmarks of the live loop.

fn main() {
    divan::main();
}
