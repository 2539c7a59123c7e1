//! A plan in terraform's plan JSON, with the schemas of the built-in providers.

use std::sync::Arc;

use crate::engine::{Details, Providers};
use crate::format::plan_json::{self, PlanParts, Schemas};
use crate::model::address::ResourceMode;
use crate::model::plan::Plan;
use crate::model::schema::ResourceSchema;
use crate::runtime::world::World;

struct Known<'a>(&'a Providers);

impl Schemas for Known<'_> {
    fn find(&self, provider: &str, mode: ResourceMode, type_name: &str) -> Option<Arc<ResourceSchema>> {
        let schema = self.0.get(provider)?.schema();
        let types = if mode == ResourceMode::Managed { &schema.resources } else { &schema.data_sources };
        types.get(type_name).cloned()
    }
}

/// The plan's JSON with a line end, with its details where somebody has them. A plan that cannot be written (an infinity
/// in it) says so in its place.
pub fn plan_bytes(world: &World, plan: &Plan, details: Option<&Details>) -> Vec<u8> {
    let parts = PlanParts {
        schemas: &Known(world.engine.providers()),
        configuration: details.and_then(|details| details.configuration.as_ref()),
        relevant_attributes: details.map_or(&[], |details| &details.relevant),
    };
    let written = plan_json::write(details.map_or(plan, |details| &details.plan), &parts);
    let mut bytes = written.unwrap_or_else(|fault| {
        serde_json::json!({ "format_version": "1.2", "errored": true, "error": fault.to_string() })
            .to_string()
            .into_bytes()
    });
    if bytes.last() != Some(&b'\n') {
        bytes.push(b'\n');
    }
    bytes
}
