//! Native rules over one stack's files, each with an explanation and a bad and a good example.
//!
//! A stack directory is linted by itself: the modules it calls are lint targets of their own. Nothing is evaluated and
//! no program runs. Which findings matter (thresholds, exit codes, SARIF) is for the floors above.

mod catalogue;
mod check;
mod module;
mod reference;
mod report;
mod rule;
mod settings;
mod stack;
mod suppression;
mod test_file;
mod text_file;
mod walk;

pub use catalogue::{all_rules, find_rule};
pub use reference::reference;
pub use settings::LintOptions;
pub use stack::{LintTarget, lint_stack};
