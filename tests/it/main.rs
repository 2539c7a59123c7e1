//! Integration tests.
mod config_docs;
mod engine_plan;
mod environment_goss;
mod format_plan_json;
mod format_sarif;
mod format_state_json;
mod format_terraform_logs;
mod lang_fmt;
mod lang_func;
mod lang_syntax;
mod lint_rules;
mod oracle;
mod tool_terraform;
