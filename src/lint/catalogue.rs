//! All rules there are, in the order of their ids as people see them.

use super::check::Check;
use super::rule;
use crate::model::finding::Rule;

/// All checks.
pub(super) const CHECKS: &[Check] = &[
    rule::ansible_task_name::CHECK,
    rule::chef_metadata_name::CHECK,
    rule::comment_syntax::CHECK,
    rule::deprecated_index::CHECK,
    rule::deprecated_interpolation::CHECK,
    rule::documented_outputs::CHECK,
    rule::documented_variables::CHECK,
    rule::empty_list_equality::CHECK,
    rule::map_duplicate_keys::CHECK,
    rule::module_pinned_source::CHECK,
    rule::module_version::CHECK,
    rule::naming_convention::CHECK,
    rule::required_providers::CHECK,
    rule::required_version::CHECK,
    rule::secret_in_source::CHECK,
    rule::standard_module_structure::CHECK,
    rule::test_constant_condition::CHECK,
    rule::test_error_message::CHECK,
    rule::test_expect_failures::CHECK,
    rule::test_undeclared_variable::CHECK,
    rule::test_unused_mock::CHECK,
    rule::test_without_assertion::CHECK,
    rule::typed_variables::CHECK,
    rule::undeclared_reference::CHECK,
    rule::undeclared_variable_value::CHECK,
    rule::unused_declarations::CHECK,
    rule::unused_required_providers::CHECK,
    rule::yaml_syntax::CHECK,
];

/// The catalogue: every rule with its explanation and examples.
pub fn all_rules() -> impl Iterator<Item = &'static Rule> {
    CHECKS.iter().map(|check| check.rule)
}

/// The rule with this id.
pub fn find_rule(id: &str) -> Option<&'static Rule> {
    all_rules().find(|rule| rule.id == id)
}
