//! The native planner, applier and test runner.

pub mod provider;
