//! Module instances and what has been computed in them.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::engine::module::delta::Delta;
use crate::model::address::{InstanceKey, ModuleAddress};
use crate::model::value::{UnknownSource, Value};

/// What `each` and `count` are for one instance.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Each {
    /// Its place among the instances of its block.
    pub at: usize,
    /// The instance's key.
    pub key: Option<InstanceKey>,
    /// `count.index`
    pub index: Option<Value>,
    /// `each.key` and `each.value`
    pub pair: Option<(Value, Value)>,
}

/// By what a block is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Not at all: one object.
    Single,
    /// By `count`: a tuple.
    Count,
    /// By `for_each`: an object by keys.
    ForEach,
}

/// The instances of a block.
#[derive(Debug, Clone)]
pub struct Expansion {
    /// By what it is repeated.
    pub shape: Shape,
    /// Which instances.
    pub instances: Instances,
}

/// Which instances a block has.
#[derive(Debug, Clone)]
pub enum Instances {
    /// These, in order of their keys.
    Known(Vec<Arc<Each>>),
    /// Something unknown decides. The source says which kind of unknown.
    Undecided(UnknownSource),
    /// An error says why there are none.
    Failed,
}

impl Expansion {
    /// The known instances.
    pub fn known(&self) -> &[Arc<Each>] {
        match &self.instances {
            Instances::Known(all) => all,
            Instances::Undecided(_) | Instances::Failed => &[],
        }
    }

    /// The instance with the key of another one, looked for first where that one stands.
    pub fn find_like(&self, near: &Each) -> Option<&Arc<Each>> {
        match self.known().get(near.at) {
            // Without a key it stands for all of them (while validating), and nothing of one is another's.
            Some(there) if there.key == near.key && (near.key.is_some() || self.shape == Shape::Single) => Some(there),
            _ => self.find(near.key.as_ref()),
        }
    }

    /// The instance with a key.
    pub fn find(&self, key: Option<&InstanceKey>) -> Option<&Arc<Each>> {
        let all = self.known();
        match (key, self.shape) {
            (None, Shape::Single) => all.first(),
            (Some(InstanceKey::Int(at)), Shape::Count) => all.get(usize::try_from(*at).ok()?),
            (Some(key), Shape::ForEach) => {
                let at = all.binary_search_by(|each| each.key.as_ref().cmp(&Some(key))).ok()?;
                all.get(at)
            }
            _ => None,
        }
    }
}

/// Instances of a module.
pub type Scopes = Rc<[Rc<Scope>]>;

/// How a call is expanded, with the module instances it makes.
pub type Called = (Arc<Expansion>, Scopes);

/// One instance of a module.
#[derive(Debug)]
pub struct Scope {
    /// Its number in the memory.
    pub id: u32,
    /// Its node in the configuration.
    pub node: usize,
    /// Its address.
    pub address: ModuleAddress,
    /// The instance that calls it and the position of the call there.
    pub parent: Option<(Rc<Scope>, usize)>,
    /// What `each` and `count` are in the call.
    pub each: Arc<Each>,
    /// What changed in its module since the last run; `None` when nothing did.
    pub(super) delta: Option<Rc<Delta>>,
    /// Whether `each` is what it was in the last run.
    pub(super) same_each: bool,
    /// How calls are expanded, with the instances.
    pub(super) calls: Vec<OnceCell<Called>>,
}
