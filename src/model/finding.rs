//! Lint findings and the rules that make them (SARIF's vocabulary).

use super::place::Place;
use super::value::Str;

/// SARIF's levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Should be changed.
    Warning,
    /// Must be changed.
    Error,
}

impl Level {
    /// SARIF's word.
    pub fn word(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// A rule, with the explanation that one key shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Stable id, `terraform_unused_declarations` (tflint's name where tflint has the rule).
    pub id: &'static str,
    /// A title.
    pub title: &'static str,
    /// The level of its findings unless configured otherwise.
    pub level: Level,
    /// Why it matters and what to do.
    pub explanation: &'static str,
    /// An example that it finds.
    pub bad: &'static str,
    /// The same made good.
    pub good: &'static str,
    /// Where the rule comes from: a URL or a standard.
    pub source: &'static str,
}

/// One place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// Its level here.
    pub level: Level,
    /// What is wrong, with names.
    pub message: String,
    /// Where.
    pub place: Place,
    /// Stays the same while the code around it moves: a hash of rule, path and the offending text.
    pub fingerprint: Str,
    /// Set when a comment in the source suppresses it, to the comment's text.
    pub suppressed: Option<Str>,
}
