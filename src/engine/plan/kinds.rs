//! Which file plans which kind of block.

use crate::engine::plan::planner::Kinds;
use crate::engine::plan::{data, instance};

/// All kinds of blocks that have instances.
pub const KINDS: Kinds = Kinds { managed: instance::plan, data: data::plan, ephemeral: data::ephemeral };
