//! How each program answers, and what Kilter writes.
//!
//! One file per wire format. Wire structures are private to their file; nothing here starts a program or opens a file.

mod around;
mod check_json;
pub mod console_json;
pub mod diagnostic_json;
pub mod doctor_json;
pub mod environment_json;
pub mod github;
pub mod junit;
pub mod lint_json;
pub mod modules_json;
pub mod mutation_json;
pub mod plan_json;
pub mod provider_schema;
pub mod report_json;
pub mod run_json;
pub mod sarif;
pub mod stacks_json;
pub mod state_json;
pub mod status_json;
pub mod test_json;
pub mod ui_log;
pub mod validate_json;
pub mod watch_json;
