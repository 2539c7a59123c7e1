//! Demand-driven evaluation: every value is computed when it is first asked for, once, through one narrow interface.
//!
//! A [`session::Query`] answers for variables, locals, outputs, expansions and resources of module instances; objects
//! come from whoever implements [`session::Objects`]: the planner, an apply under way, a state.

pub mod evaluate;
pub mod expansion;
pub mod faults;
pub mod given;
pub mod graph;
pub mod inputs;
pub mod memory;
pub mod planned;
pub mod recall;
pub mod rules;
pub mod scope;
pub mod session;
pub mod setting;
pub mod statements;
pub mod statics;
pub mod variables;
