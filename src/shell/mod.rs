//! The terminal side of the workbench: taking the screen and giving it back whatever happens, and turning what the
//! terminal says into events. The loop itself lives beside it.

pub mod background;
pub mod clipboard;
pub mod guard;
pub mod input;
mod look;
pub mod terminal;
pub mod workbench;

pub use workbench::{Looks, run};
