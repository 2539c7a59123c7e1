//! What was planned for one instance: its row, what references to it give, and what was read.

use std::sync::Arc;

use crate::model::check::{CheckKind, CheckStatus};
use crate::model::plan::{DataRead, ResourceChange};
use crate::model::value::identical::identical;
use crate::model::value::{Str, Value};

/// What was planned for one instance.
#[derive(Debug, Clone)]
pub struct PlannedInstance {
    /// Its row in the plan; `None` for data that was read already and for what failed.
    pub change: Option<Arc<ResourceChange>>,
    /// What references to it give.
    pub value: Value,
    /// A data source that was read.
    pub read: Option<DataRead>,
}

impl PlannedInstance {
    /// Whether everything that others can see of it is the same; where its block stands does not count.
    pub fn is_same(&self, other: &PlannedInstance) -> bool {
        let rows = match (&self.change, &other.change) {
            (None, None) => true,
            (Some(a), Some(b)) => same_row(a, b),
            _ => false,
        };
        rows && self.read == other.read && identical(&self.value, &other.value)
    }
}

fn same_row(a: &ResourceChange, b: &ResourceChange) -> bool {
    (&a.address, &a.previous_address, &a.deposed, &a.provider, a.reason, &a.knowledge)
        == (&b.address, &b.previous_address, &b.deposed, &b.provider, b.reason, &b.knowledge)
        && a.change.action == b.change.action
        && a.change.replace_paths == b.change.replace_paths
        && a.change.importing == b.change.importing
        && identical(&a.change.before, &b.change.before)
        && identical(&a.change.after, &b.change.after)
}

/// How one condition of one instance of a block came out.
#[derive(Debug, Clone)]
pub struct CheckNote {
    /// What kind of block.
    pub kind: CheckKind,
    /// The block, without instance keys.
    pub block: Str,
    /// The instance.
    pub instance: Str,
    /// How.
    pub status: CheckStatus,
    /// The message, when it failed.
    pub problem: Option<Str>,
}
