//! The objects that exist before: a state indexed by address, after moves.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::model::address::{InstanceKey, ResourceAddress, ResourceInstanceAddress};
use crate::model::state::{InstanceState, ResourceState, StateSnapshot};
use crate::model::value::Str;

/// One object and where it was before moves.
#[derive(Debug, Clone)]
pub struct PriorObject {
    /// The object.
    pub state: Arc<InstanceState>,
    /// The provider configuration as the state writes it.
    pub provider: Str,
    /// Its address before a move, when it moved.
    pub previous: Option<ResourceInstanceAddress>,
}

impl PriorObject {
    /// Whether planning sees no difference between the two.
    pub fn is_same(&self, other: &PriorObject) -> bool {
        (Arc::ptr_eq(&self.state, &other.state) || self.state == other.state)
            && self.provider == other.provider
            && self.previous == other.previous
    }
}

/// All objects of one resource.
#[derive(Debug, Clone, Default)]
pub struct PriorResource {
    /// Current objects by instance key.
    pub current: BTreeMap<Option<InstanceKey>, PriorObject>,
    /// Deposed objects by instance key and deposed key.
    pub deposed: BTreeMap<(Option<InstanceKey>, Str), PriorObject>,
}

/// A state by address.
#[derive(Debug, Clone, Default)]
pub struct Prior {
    resources: HashMap<ResourceAddress, PriorResource>,
}

impl Prior {
    /// The objects of a state.
    pub fn new(state: &StateSnapshot) -> Prior {
        let mut prior = Prior { resources: HashMap::with_capacity(state.resources.len()) };
        for resource in &state.resources {
            let entry = prior.resources.entry(resource.address.clone()).or_default();
            for instance in &resource.instances {
                entry.put(instance.key.clone(), object(resource, instance));
            }
        }
        prior
    }

    /// The current object at an address.
    pub fn current(&self, address: &ResourceAddress, key: Option<&InstanceKey>) -> Option<&PriorObject> {
        let resource = self.resources.get(address)?;
        match key {
            None => resource.current.get(&None),
            Some(key) => resource.current.get(&Some(key.clone())),
        }
    }

    /// All objects of a resource.
    pub fn resource(&self, address: &ResourceAddress) -> Option<&PriorResource> {
        self.resources.get(address)
    }

    /// All resources in order of their addresses.
    pub fn iter(&self) -> impl Iterator<Item = (&ResourceAddress, &PriorResource)> {
        let mut all: Vec<_> = self.resources.iter().collect();
        all.sort_by(|a, b| a.0.cmp(b.0));
        all.into_iter()
    }

    /// Puts a current object somewhere.
    pub fn put(&mut self, address: ResourceInstanceAddress, object: PriorObject) {
        self.resources.entry(address.resource).or_default().current.insert(address.key, object);
    }

    /// Takes a current object away.
    pub fn take(&mut self, address: &ResourceInstanceAddress) -> Option<PriorObject> {
        let resource = self.resources.get_mut(&address.resource)?;
        let taken = resource.current.remove(&address.key);
        if resource.current.is_empty() && resource.deposed.is_empty() {
            self.resources.remove(&address.resource);
        }
        taken
    }

    /// The object put aside under a key.
    pub fn deposed(&self, address: &ResourceInstanceAddress, key: &Str) -> Option<&PriorObject> {
        self.resources.get(&address.resource)?.deposed.get(&(address.key.clone(), key.clone()))
    }

    /// Puts an object aside.
    pub fn put_deposed(&mut self, address: &ResourceInstanceAddress, key: Str, object: PriorObject) {
        let resource = self.resources.entry(address.resource.clone()).or_default();
        resource.deposed.insert((address.key.clone(), key), object);
    }

    /// Takes an object away that was put aside.
    pub fn take_deposed(&mut self, address: &ResourceInstanceAddress, key: &Str) -> Option<PriorObject> {
        let resource = self.resources.get_mut(&address.resource)?;
        let taken = resource.deposed.remove(&(address.key.clone(), key.clone()));
        if resource.current.is_empty() && resource.deposed.is_empty() {
            self.resources.remove(&address.resource);
        }
        taken
    }

    /// Moves a current object and the deposed ones beside it.
    pub fn relocate(&mut self, from: &ResourceInstanceAddress, to: &ResourceInstanceAddress) {
        let Some(resource) = self.resources.get_mut(&from.resource) else { return };
        let current = resource.current.remove(&from.key);
        let beside: Vec<_> = resource.deposed.keys().filter(|(key, _)| *key == from.key).cloned().collect();
        let deposed: Vec<_> = beside.iter().filter_map(|key| resource.deposed.remove_entry(key)).collect();
        if resource.current.is_empty() && resource.deposed.is_empty() {
            self.resources.remove(&from.resource);
        }
        let target = self.resources.entry(to.resource.clone()).or_default();
        if let Some(mut object) = current {
            let first = object.previous.take().unwrap_or_else(|| from.clone());
            object.previous = (first != *to).then_some(first);
            let state = Arc::make_mut(&mut object.state);
            state.key = to.key.clone();
            target.current.insert(to.key.clone(), object);
        }
        for ((_, deposed), mut object) in deposed {
            Arc::make_mut(&mut object.state).key = to.key.clone();
            target.deposed.insert((to.key.clone(), deposed), object);
        }
    }

    /// The addresses of all current objects.
    pub fn addresses(&self) -> Vec<ResourceInstanceAddress> {
        let of = |(address, resource): (&ResourceAddress, &PriorResource)| -> Vec<ResourceInstanceAddress> {
            resource.current.keys().map(|key| address.instance(key.clone())).collect()
        };
        self.resources.iter().flat_map(of).collect()
    }

    /// As a state again: resources in order, with what else `like` says.
    pub fn snapshot(&self, like: &StateSnapshot) -> StateSnapshot {
        let resources = self.iter().map(|(address, resource)| {
            let objects = resource.current.values().chain(resource.deposed.values());
            let mut instances: Vec<Arc<InstanceState>> = objects.clone().map(|object| object.state.clone()).collect();
            instances.sort_by(|a, b| (&a.key, &a.deposed).cmp(&(&b.key, &b.deposed)));
            let provider = objects.clone().next().map(|object| object.provider.clone()).unwrap_or_default();
            ResourceState { address: address.clone(), provider, instances }
        });
        StateSnapshot {
            terraform_version: like.terraform_version.clone(),
            serial: like.serial,
            lineage: like.lineage.clone(),
            outputs: like.outputs.clone(),
            resources: resources.collect(),
            checks: like.checks.clone(),
        }
    }
}

impl PriorResource {
    fn put(&mut self, key: Option<InstanceKey>, object: PriorObject) {
        match object.state.deposed.clone() {
            Some(deposed) => {
                self.deposed.insert((key, deposed), object);
            }
            None => {
                self.current.insert(key, object);
            }
        }
    }
}

fn object(resource: &ResourceState, instance: &Arc<InstanceState>) -> PriorObject {
    PriorObject { state: instance.clone(), provider: resource.provider.clone(), previous: None }
}
