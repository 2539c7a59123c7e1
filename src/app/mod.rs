//! The state machine of the workbench: events in, effects out. Pure and total: no terminal, no clock, no files, no
//! threads. Drawing is `ui`'s business, doing is `runtime`'s.

pub mod effect;
pub mod event;
pub mod key;
