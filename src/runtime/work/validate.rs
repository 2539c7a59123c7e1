//! Whether a stack's configuration is sound by itself.

use crate::engine::Validated;
use crate::model::stack::Stack;
use crate::runtime::world::World;

/// Validates a Terraform stack.
pub fn validate(world: &World, stack: &Stack) -> Validated {
    world.engine.validate(&world.source(stack))
}
