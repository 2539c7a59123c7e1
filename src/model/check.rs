//! Conditions that a configuration states about itself, and how they came out.

use super::value::Str;

/// What kind of object a condition belongs to: the `kind` of the plan JSON's checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckKind {
    /// A resource's pre- or postcondition.
    Resource,
    /// An output's precondition.
    OutputValue,
    /// A `check` block.
    Check,
    /// A variable's validation.
    InputVariable,
}

impl CheckKind {
    /// The word of the plan JSON.
    pub fn word(self) -> &'static str {
        match self {
            CheckKind::Resource => "resource",
            CheckKind::OutputValue => "output_value",
            CheckKind::Check => "check",
            CheckKind::InputVariable => "var",
        }
    }
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckStatus {
    /// Every condition holds.
    Pass,
    /// A condition does not hold.
    Fail,
    /// A condition could not be evaluated.
    Error,
    /// A condition depends on something unknown, or was not reached.
    Unknown,
}

impl CheckStatus {
    /// The word of the plan JSON.
    pub fn word(self) -> &'static str {
        match self {
            CheckStatus::Pass => "pass",
            CheckStatus::Fail => "fail",
            CheckStatus::Error => "error",
            CheckStatus::Unknown => "unknown",
        }
    }
}

/// One checkable block with all its instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckResult {
    /// What holds the conditions.
    pub kind: CheckKind,
    /// The block's address in the configuration, as terraform displays it: `check.web`, `local_file.x`, `var.name`.
    pub address: Str,
    /// The worst of its instances.
    pub status: CheckStatus,
    /// Its instances; empty when none was reached.
    pub instances: Vec<CheckInstance>,
}

/// One instance of a checkable block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckInstance {
    /// The instance's full address.
    pub address: Str,
    /// How it came out.
    pub status: CheckStatus,
    /// The error messages of the conditions that failed.
    pub problems: Vec<Str>,
}
