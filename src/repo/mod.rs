//! Git: discovery, status, diffs, commits, worktrees.

pub mod scribe;
