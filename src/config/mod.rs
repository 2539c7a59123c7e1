//! Settings: as written in files, variables and flags, and what they mean. Also where Kilter's own files lie, and
//! which repos a person trusts.
//!
//! Everything works without any file. A mistake in one key costs that key only, and is named with its line. What a
//! setting is for is decided by whoever reads it; rule ids and command names are checked where they are known.

pub mod layers;
pub mod nearest;
pub mod places;
pub mod reference;
pub mod settings;
pub mod trust;

mod shape;
mod written;

pub use layers::{Loaded, Sources, load};
pub use places::Places;
pub use settings::Settings;
pub use written::schema;
