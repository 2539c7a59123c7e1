//! The work itself: blocking functions from an opened [`super::world::World`] to report values. The workbench runs them
//! on the blocking pool, the headless commands call them directly; neither computes anything else.

pub mod checks;
pub mod console;
pub mod diff;
pub mod environments;
pub mod lint;
pub mod lore;
pub mod mutation;
pub mod plan_bytes;
pub mod preview;
pub mod prior;
pub mod scan;
pub mod test;
pub mod tool_plan;
pub mod tools;
pub mod validate;
