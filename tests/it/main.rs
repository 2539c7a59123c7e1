//! Integration tests.

#![allow(clippy::disallowed_methods, reason = "tests build their own world")]

mod app_commands;
mod app_never_panics;
mod app_walk;
mod config_docs;
mod corpus;
mod engine_apply;
mod engine_incremental;
mod engine_mutation;
mod engine_plan;
mod engine_provisioners;
mod engine_state;
mod engine_test;
mod engine_test_corpus;
mod environment_goss;
mod environment_killed;
mod environment_provisioners;
mod environment_supervise;
mod environment_walk;
mod foreign_providers;
mod format_plan_json;
mod format_sarif;
mod format_state_json;
mod format_terraform_logs;
mod fuzz;
mod lang_fmt;
mod lang_func;
mod lang_limits;
mod lang_syntax;
mod lint_rules;
mod lint_tests;
#[path = "../oracle/mod.rs"]
mod oracle;
mod own_providers;
mod runtime_tests;
mod scene;
mod tool_terraform;
mod ugly;
mod ui_screens;
mod walk;
mod world;
