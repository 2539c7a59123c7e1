//! Git: discovery, status, diffs, staging, commits, trees and checkouts. All of it blocks; running it elsewhere than on
//! the loop is `runtime`'s business, and what is remembered per commit is `store`'s.
//!
//! Nothing that a repo brings is ever run from here: libgit2 knows no hooks, external filters, textconv, fsmonitor,
//! pagers or ssh commands. Where git would have run one (a hook, a signature, a clean filter), the operation says so and
//! hands out the `git` command line for whoever may run it, once the repo is trusted.

pub mod blame;
pub mod checkout;
pub mod commit;
pub mod diff;
pub mod discover;
pub mod fault;
pub mod history;
pub mod hunk;
pub mod operation;
pub mod owners;
pub mod scribe;
pub mod show;
pub mod stage;
pub mod status;
pub mod tree;
pub mod undo;

mod emphasis;
mod heading;
mod lines;
mod remembered;
mod side;

#[cfg(test)]
mod fixture;

pub use discover::{Repo, Workdir};
pub use fault::RepoFault;
pub use operation::Operation;
