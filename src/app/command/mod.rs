//! Every command of the workbench, grouped by what it works on. `table` puts them together: keys, palette, help and
//! `docs/keys.md` come from there.

pub mod cursor;
pub mod edit;
pub mod entry;
pub mod environment;
pub mod explain;
pub mod find;
pub mod git;
pub mod jump;
pub mod look;
pub mod mutants;
pub mod pane;
pub mod plan;
pub mod rerun;
pub mod session;
pub mod table;
pub mod walk;
