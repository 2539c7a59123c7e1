//! Terraform's state file, version 4, both ways and in terraform's own layout.
//!
//! Attributes stay as the file has them: giving them types is for whoever knows the provider's schema
//! (`model::value::stored`). Lineage and serial are compared by whoever writes.

mod checks;
mod fault;
mod quick;
mod reading;
#[cfg(test)]
mod tests;
mod wire;
mod writing;

pub(super) use checks::status;
pub use fault::StateFault;
pub(super) use reading::instance_key;
pub use reading::read;
pub use writing::write;
