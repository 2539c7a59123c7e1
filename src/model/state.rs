//! Infrastructure state: which real objects belong to which addresses (terraform's state, version 4).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::address::{InstanceKey, ResourceAddress, ResourceInstanceAddress};
use super::check::CheckResult;
use super::value::{Str, Value, ValuePath};

/// One version of a state.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StateSnapshot {
    /// The terraform that wrote it.
    pub terraform_version: Str,
    /// Rises by one with every write that changes something.
    pub serial: u64,
    /// Chosen once; two states with different lineages are not the same infrastructure.
    pub lineage: Str,
    /// The root module's outputs.
    pub outputs: BTreeMap<Str, OutputState>,
    /// All resources, in the order of their addresses.
    pub resources: Vec<ResourceState>,
    /// What the checks said at the last apply.
    pub checks: Vec<CheckResult>,
}

/// A root output as it was applied.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputState {
    /// Its value, of its exact type.
    pub value: Value,
    /// Declared sensitive.
    pub sensitive: bool,
}

/// One resource block's objects.
#[derive(Debug, Clone)]
pub struct ResourceState {
    /// Its address with module instance keys.
    pub address: ResourceAddress,
    /// The provider configuration as state files write it: `provider["registry.terraform.io/hashicorp/local"].alias`.
    pub provider: Str,
    /// Its objects; a deposed one stands beside the current one of the same key.
    pub instances: Vec<Arc<InstanceState>>,
}

impl PartialEq for ResourceState {
    /// Of two states of an apply nearly all objects are the same ones: those are not looked into.
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (&Arc<InstanceState>, &Arc<InstanceState>)| Arc::ptr_eq(a, b) || a == b;
        self.instances.len() == other.instances.len()
            && self.address == other.address
            && self.provider == other.provider
            && self.instances.iter().zip(&other.instances).all(same)
    }
}

/// One real object.
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceState {
    /// Its instance key.
    pub key: Option<InstanceKey>,
    /// Set when it is left over from an unfinished create-before-destroy replacement.
    pub deposed: Option<Str>,
    /// To be replaced at the next apply.
    pub tainted: bool,
    /// The version of the schema that `attributes` follow.
    pub schema_version: u64,
    /// The object as the file has it: typed only as JSON is, until a provider's schema converts it.
    pub attributes: Value,
    /// Attributes that were sensitive when it was applied.
    pub sensitive_paths: Vec<ValuePath>,
    /// The provider's own private bytes, base64, kept as they are.
    pub private: Option<Str>,
    /// The resources it was applied after, directly or not, without instance keys; one list for all objects that have it.
    pub dependencies: Arc<[ResourceAddress]>,
    /// Whether it is destroyed after its replacement is created.
    pub create_before_destroy: bool,
}

impl ResourceState {
    /// The source address inside [`ResourceState::provider`]: `registry.terraform.io/hashicorp/local`.
    pub fn provider_source(&self) -> &str {
        let inner = self.provider.split("provider[\"").nth(1).unwrap_or(&self.provider);
        inner.split('"').next().unwrap_or(inner)
    }
}

impl StateSnapshot {
    /// Whether it holds no object and no output.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.outputs.is_empty()
    }

    /// The current (not deposed) object at an address.
    pub fn instance(&self, address: &ResourceInstanceAddress) -> Option<(&ResourceState, &Arc<InstanceState>)> {
        let resource = self.resources.iter().find(|resource| resource.address == address.resource)?;
        let instance = resource.instances.iter().find(|i| i.key == address.key && i.deposed.is_none())?;
        Some((resource, instance))
    }

    /// Puts `instance` in place of the one with its key and deposed key, keeping resources in order.
    pub fn put(&mut self, address: &ResourceAddress, provider: &Str, instance: InstanceState) {
        let at = match self.resources.iter().position(|resource| resource.address == *address) {
            Some(at) => at,
            None => {
                let at = self.resources.partition_point(|resource| resource.address < *address);
                self.resources.insert(
                    at,
                    ResourceState { address: address.clone(), provider: provider.clone(), instances: Vec::new() },
                );
                at
            }
        };
        let resource = &mut self.resources[at];
        resource.provider = provider.clone();
        let same = |old: &Arc<InstanceState>| old.key == instance.key && old.deposed == instance.deposed;
        match resource.instances.iter().position(same) {
            Some(index) => resource.instances[index] = Arc::new(instance),
            None => {
                let order = (&instance.key, &instance.deposed);
                let index = resource.instances.partition_point(|old| (&old.key, &old.deposed) < order);
                resource.instances.insert(index, Arc::new(instance));
            }
        }
    }

    /// Takes the object with this key and deposed key out; an emptied resource goes with it.
    pub fn remove(&mut self, address: &ResourceInstanceAddress, deposed: Option<&str>) -> Option<Arc<InstanceState>> {
        let at = self.resources.iter().position(|resource| resource.address == address.resource)?;
        let resource = &mut self.resources[at];
        let index = resource.instances.iter().position(|i| i.key == address.key && i.deposed.as_deref() == deposed)?;
        let removed = resource.instances.remove(index);
        if resource.instances.is_empty() {
            self.resources.remove(at);
        }
        Some(removed)
    }
}
