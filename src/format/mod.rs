//! How each program answers, and what Kilter writes.
//!
//! One file per wire format. Wire structures are private to their file; nothing here starts a program or opens a file.

mod check_json;
pub mod diagnostic_json;
pub mod github;
pub mod junit;
pub mod modules_json;
pub mod plan_json;
pub mod provider_schema;
pub mod sarif;
pub mod state_json;
pub mod test_json;
pub mod ui_log;
pub mod validate_json;
