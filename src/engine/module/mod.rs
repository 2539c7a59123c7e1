//! What a module's files declare, decoded from their syntax trees, and the tree of module calls below a root module.
//!
//! Nothing is evaluated here: values, instances and providers are for `query` and `plan`.

pub mod check;
pub mod conditions;
pub mod declared;
pub mod decode;
pub mod delta;
pub mod library;
pub mod lifecycle;
pub mod lost;
pub mod provisioner;
pub mod refactoring;
pub mod references;
pub mod resource;
pub mod settings;
pub mod sources;
pub mod tree;
pub mod variable;
pub mod version;
