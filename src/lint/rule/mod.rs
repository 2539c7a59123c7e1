//! One rule, one file: its explanation, its examples and what finds it.

pub(in crate::lint) mod ansible_task_name;
pub(in crate::lint) mod chef_metadata_name;
pub(in crate::lint) mod comment_syntax;
pub(in crate::lint) mod deprecated_index;
pub(in crate::lint) mod deprecated_interpolation;
pub(in crate::lint) mod documented_outputs;
pub(in crate::lint) mod documented_variables;
pub(in crate::lint) mod empty_list_equality;
pub(in crate::lint) mod map_duplicate_keys;
pub(in crate::lint) mod module_pinned_source;
pub(in crate::lint) mod module_version;
pub(in crate::lint) mod naming_convention;
mod providers;
pub(in crate::lint) mod required_providers;
pub(in crate::lint) mod required_version;
pub(in crate::lint) mod secret_in_source;
pub(in crate::lint) mod standard_module_structure;
pub(in crate::lint) mod typed_variables;
pub(in crate::lint) mod undeclared_reference;
pub(in crate::lint) mod undeclared_variable_value;
pub(in crate::lint) mod unused_declarations;
pub(in crate::lint) mod unused_required_providers;
pub(in crate::lint) mod yaml_syntax;
