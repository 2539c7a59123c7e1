//! Who takes the place of providers and modules: what tests mock and override. The planner asks here before it asks a
//! built-in provider; who stands in, and with which values, is for `engine::test` to say.

use std::fmt;
use std::sync::Arc;

use crate::engine::provider::Provider;
use crate::model::address::{ModuleAddress, ResourceInstanceAddress};
use crate::model::schema::ResourceSchema;
use crate::model::value::Value;

/// A part that somebody may stand in for: one object and the provider configuration it belongs to.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    /// The provider that would play it.
    pub real: &'a Arc<dyn Provider>,
    /// The schema of the object's type; the real provider may not know it itself.
    pub schema: &'a Arc<ResourceSchema>,
    /// The alias of its configuration.
    pub alias: Option<&'a str>,
    /// Whether that configuration is the root module's: others cannot be mocked.
    pub of_root: bool,
    /// The object.
    pub address: &'a ResourceInstanceAddress,
}

/// Knows who stands in for whom.
pub trait StandIns: Send + Sync + fmt::Debug {
    /// The provider that plans, applies and reads an object instead of the real one.
    fn provider(&self, part: &Part<'_>) -> Option<Arc<dyn Provider>>;

    /// What a module instance gives out instead of being evaluated: an object; outputs that it lacks are null.
    fn outputs(&self, module: &ModuleAddress) -> Option<Value>;
}
