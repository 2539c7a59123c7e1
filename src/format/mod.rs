//! How each program answers, and what Kilter writes.
//!
//! One file per wire format. Wire structures are private to their file; nothing here starts a program or opens a file.

mod check_json;
pub mod plan_json;
pub mod state_json;
