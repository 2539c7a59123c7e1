//! Terraform's plan JSON, format version 1.2: what `terraform show -json PLAN` prints, both ways.
//!
//! Computing a plan is the engine's business; `configuration` is written only when somebody hands it in as text.

mod masks;
mod read;
mod write;

pub use read::{PlanFault, read};
pub use write::{PlanParts, Schemas, write};

/// What is written, and the major version that is read.
const FORMAT_VERSION: &str = "1.2";

/// The version of the state inside a plan.
const STATE_FORMAT_VERSION: &str = "1.0";
