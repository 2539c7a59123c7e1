//! The values of the domain: what a plan, a state, a finding or a test *is*. No I/O, no serialisation, no colours.
//!
//! Everything here is data with invariants. Reading and writing wire formats is `format`'s business, computing is
//! `lang`'s and `engine`'s, showing is `ui`'s.

pub mod action;
pub mod address;
pub mod check;
pub mod configuration;
pub mod diagnostic;
pub mod environment;
pub mod finding;
pub mod id;
pub mod limits;
pub mod mutation;
pub mod place;
pub mod plan;
pub mod report;
pub mod run;
pub mod schema;
pub mod snapshot;
pub mod stack;
pub mod state;
pub mod test;
pub mod value;
