//! `.tftest.hcl`: runs in memory, assertions, expected failures. Nothing on disk is touched.

pub mod file;
pub mod layer;
pub mod run;
pub mod verdict;
