//! What is remembered on disk about a repo: results by the content they were made from, check runs by commit, what was
//! shown last, and copies worth keeping. In `.git/kilter/`, or in the person's state directory where there is no git.
//!
//! Everything here can be lost without harm: a damaged file is moved aside and said, and its content made again. What
//! must not be lost (states, locks and journals of environments) is `environment`'s. What the bytes mean is for others.

pub mod cache;
pub mod console;
pub mod kept;
pub mod last;
pub mod learned;
pub mod memory;
pub mod runs;

mod sealed;

pub use memory::Memory;
