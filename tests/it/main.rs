//! Integration tests.
mod config_docs;
mod format_plan_json;
mod format_state_json;
mod lang_fmt;
mod lang_syntax;
mod lint_rules;
mod oracle;
