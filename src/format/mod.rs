//! How each program answers, and what Kilter writes.
//!
//! One file per wire format. Wire structures are private to their file; nothing here starts a program or opens a file.

pub mod state_json;
