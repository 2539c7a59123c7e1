//! Terraform's plan JSON, format version 1.2: what `terraform show -json PLAN` prints, both ways.
//!
//! Computing a plan is the engine's business; `configuration` is written when somebody hands it in.

mod configuration;
mod masks;
mod read;
mod reading;
mod write;

use std::sync::Arc;

use serde_json::value::RawValue;

use crate::model::address::ResourceMode;
use crate::model::plan::Plan;
use crate::model::schema::ResourceSchema;

pub use read::{PlanFault, read};
pub use write::{PlanParts, Schemas, write};

/// What is written, and the major version that is read.
const FORMAT_VERSION: &str = "1.2";

/// The version of the state inside a plan.
const STATE_FORMAT_VERSION: &str = "1.0";

struct NoSchemas;

impl Schemas for NoSchemas {
    fn find(&self, _: &str, _: ResourceMode, _: &str) -> Option<Arc<ResourceSchema>> {
        None
    }
}

/// A plan as text to put inside other JSON; `None` when something in it cannot be written. Without schemas the prior
/// state's stored forms stay as they are.
pub fn embedded(plan: &Plan) -> Option<Box<RawValue>> {
    let parts = PlanParts { schemas: &NoSchemas, configuration: None, relevant_attributes: &[] };
    let text = String::from_utf8(write(plan, &parts).ok()?).ok()?;
    RawValue::from_string(text.trim_end().to_owned()).ok()
}
