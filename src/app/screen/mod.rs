//! The memory of each pane: its rows, made anew when what they show changes, with selection and scroll position. One
//! file per pane, drawn by the file of the same name in `ui/screen`.

pub mod activity;
pub mod changes;
pub mod checks;
pub mod diff;
pub mod environment;
pub mod line;
pub mod lint;
pub mod plan;
pub mod stacks;
pub mod tests;
