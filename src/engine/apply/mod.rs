//! Carrying a plan out: in order, several at a time, with the state safe after each object.

pub mod carry;
pub mod provision;
pub mod schedule;
pub mod steps;
