//! What applying a configuration would do: prior objects, proposed objects, and the action between them.

pub mod body;
pub mod checks;
pub mod conditions;
pub mod data;
pub mod deletion;
pub mod destroy;
pub mod ignored;
pub mod imports;
pub mod instance;
pub mod kinds;
pub mod live;
pub mod loose;
pub mod marks;
pub mod move_rules;
pub mod moves;
pub mod outputs;
pub mod planner;
pub mod prior;
pub mod proposed;
pub mod provider_rules;
pub mod provisioners;
pub mod targets;
pub mod triggers;
pub mod walk;
