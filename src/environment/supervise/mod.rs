//! The supervisor: keeps the processes of an environment running while no Kilter is open, and is found again later.
//!
//! It is a process of its own (`kilter supervise DIR`), in a session of its own, started by [`client`] and told what to
//! run by a file in its directory. It sleeps until a child ends, a signal comes, a restart is due or its directory
//! vanishes. What the processes *are* is `procfile`'s business.

pub mod backoff;
pub mod client;
mod output;
pub mod run;
pub mod spec;
pub mod wire;

pub use run::run as supervise;
