//! What a rule is made of: its catalogue entry and the function that looks for it.

use super::module::Module;
use super::report::Report;
use super::test_file::TestFiles;
use super::text_file::{TextFile, YamlFile};
use crate::model::finding::Rule;

/// A rule with its check.
pub(super) struct Check {
    /// The catalogue entry.
    pub(super) rule: &'static Rule,
    /// What looks for it.
    pub(super) run: Run,
    /// Whether it is on unless configured.
    pub(super) by_default: bool,
}

/// What a check looks at.
pub(super) enum Run {
    /// All files of a Terraform module together.
    Terraform(fn(&Module, &mut Report)),
    /// All test files of a Terraform module together.
    Tests(fn(&TestFiles<'_>, &mut Report)),
    /// One YAML file.
    Yaml(fn(&YamlFile, &mut Report)),
    /// A cookbook's `metadata.rb`.
    ChefMetadata(fn(&TextFile, &mut Report)),
}

impl Check {
    /// A check that is on unless configured otherwise.
    pub(super) const fn new(rule: &'static Rule, run: Run) -> Self {
        Check { rule, run, by_default: true }
    }

    /// The same, off unless configured otherwise.
    pub(super) const fn off_by_default(self) -> Self {
        Check { by_default: false, ..self }
    }
}
