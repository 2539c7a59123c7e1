//! Kilter: a terminal workbench for infrastructure repos.
//!
//! The floors of the house, bottom to top; a module names only modules on floors below its own (`tests/house.rs`).

#![forbid(unsafe_code)]
#![warn(missing_docs)]
// Tests build their own world; what they test may only use the doors of `sys`.
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests build their own world"))]

// Floor 0: values of the domain, and the only doors to the world.
pub mod model;
pub mod sys;

// Floor 1: settings, git, file events, the language, programs and their formats.
pub mod config;
pub mod format;
pub mod lang;
pub mod repo;
pub mod tool;
pub mod watch;

// Floor 2: the native engine and the rules.
pub mod engine;
pub mod lint;

// Floor 3: test environments, living documentation, and what is remembered.
pub mod environment;
pub mod guide;
pub mod pipeline;
pub mod store;

// Floor 4: the pure state machine.
pub mod app;

// Floor 5: frames and deeds.
pub mod runtime;
pub mod ui;

// Floor 6: the terminal, and the command line.
pub mod cli;
pub mod shell;
