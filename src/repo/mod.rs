//! Git: discovery, status, diffs, commits, worktrees.
