//! Mutation of tests: a configuration is changed in one small place, in memory, and the tests that can notice are run.

pub mod sites;
pub mod survey;
