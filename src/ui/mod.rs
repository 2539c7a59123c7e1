//! `App` → frame. Drawing borrows the app and writes nothing back; only `theme` knows colours, only `text` decides what
//! of a foreign string reaches the terminal.

pub mod bar;
pub mod colour;
pub mod frame;
pub mod look;
pub mod overlay;
pub mod pen;
pub mod screen;
pub mod syntax;
pub mod text;
pub mod theme;
pub mod title;
pub mod view;

pub use look::Look;
pub use view::view;
