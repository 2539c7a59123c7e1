//! The native planner, applier and test runner.
