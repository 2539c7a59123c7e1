//! Carrying a plan out: steps in order of the graph, providers in parallel, the state kept safe after each of them.

mod beginning;
pub mod carry;
pub mod order;
pub mod provision;
pub mod schedule;
mod standing;
pub mod steps;
mod verdicts;
mod visits;
mod worker;
