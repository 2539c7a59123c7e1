//! What stays the same during one evaluation: what it is for, the moment, the limits.

use std::cell::Cell;
use std::rc::Rc;
use std::time::SystemTime;

use crate::model::limits::Limits;
use crate::model::value::Str;

/// What the evaluation is for: which functions may give a result, and what is an error already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Without values for variables: everything that is not written down is unknown.
    Validate,
    /// What would happen.
    Plan,
    /// It happens.
    Apply,
    /// Looking at what was applied: console, verification.
    Look,
}

/// What stays the same during one evaluation.
#[derive(Debug, Clone)]
pub struct Setting {
    /// What it is for.
    pub phase: Phase,
    /// `terraform.workspace`
    pub workspace: Str,
    /// The moment.
    pub now: SystemTime,
    /// What `~` means.
    pub home: Option<String>,
    /// How far it goes.
    pub limits: Limits,
    /// How far it has gone.
    pub tally: Rc<Tally>,
}

/// What all expressions and blocks of one evaluation have taken together.
#[derive(Debug, Default)]
pub struct Tally {
    bytes: Cell<u64>,
    instances: Cell<usize>,
}

impl Tally {
    /// Adds the bytes of a large value; whether there may be so many.
    pub fn spend(&self, bytes: u64, limits: &Limits) -> bool {
        self.bytes.set(self.bytes.get().saturating_add(bytes));
        self.bytes.get() <= limits.memory_bytes.saturating_mul(2)
    }

    /// Adds the instances of a block; whether there may be so many.
    pub fn expand(&self, instances: usize, limits: &Limits) -> bool {
        let all = self.instances.get().saturating_add(instances);
        if all <= limits.instances {
            self.instances.set(all);
        }
        all <= limits.instances
    }
}
