//! Where effects become deeds: the world's side of the workbench.

pub mod serve;
