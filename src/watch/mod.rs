//! File events: which files changed, gathered over a moment, without what git ignores and editors leave behind.
//!
//! Directories are watched one by one, so that an ignored tree costs nothing. What a change means (which stacks are
//! affected, what is computed again) is for others to say. Nothing wakes while nothing is written.

pub mod batch;
pub mod debounce;
pub mod ground;
pub mod ignores;
pub mod names;
pub mod watcher;

pub use batch::WatchBatch;
pub use ignores::walk_files;
pub use watcher::{WatchPlace, Watcher};
