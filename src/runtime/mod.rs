//! Where effects become deeds: the world's side of the workbench, and the work that headless commands share with it.

pub mod desk;
pub mod git_work;
pub mod live;
pub mod perform;
pub mod remember;
pub mod serve;
pub mod shelf;
pub mod ui_state;
pub mod walk;
pub mod watching;
pub mod work;
pub mod world;
