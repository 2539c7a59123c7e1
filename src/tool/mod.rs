//! How to ask each program.
