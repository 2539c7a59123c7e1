//! What lies over the panes. Each draws itself and says where the cursor belongs, if it has one.

pub mod confirm;
pub mod message;
pub mod picker;
pub mod place;
pub mod prompt;
pub mod reader;
