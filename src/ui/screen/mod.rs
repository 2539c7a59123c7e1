//! What is in the panes, drawn from the rows that `app/screen` made. Only rows in the window are looked at.

pub mod changes;
pub mod diff;
pub mod lines;
pub mod plan;
pub mod stacks;
pub mod window;
