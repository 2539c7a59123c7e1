//! Living documentation: the sample repo that `kilter demo` lays out.

pub mod sample;
