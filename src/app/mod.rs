//! The state machine of the workbench: events in, effects out. Pure and total: no terminal, no clock, no files, no
//! threads. Drawing is `ui`'s business, doing is `runtime`'s.

pub mod age;
pub mod change;
pub mod command;
pub mod effect;
pub mod event;
pub mod filter;
pub mod jobs;
pub mod key;
pub mod keyboard;
pub mod keymap;
pub mod layout;
pub mod list;
pub mod marks;
pub mod mouse;
pub mod overlay;
pub mod screen;
pub mod settle;
pub mod state;
pub mod text_box;
pub mod update;
pub mod walk;
pub mod world;
pub mod wrap;

pub use effect::Effect;
pub use event::Event;
pub use state::App;
