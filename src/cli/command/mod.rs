//! One file a command.

pub mod about;
pub mod apply;
pub mod ci;
pub mod console;
pub mod demo;
pub mod destroy;
pub mod doctor;
pub mod drift;
pub mod fmt;
pub mod lint;
pub mod mutate;
pub mod open;
pub mod plan;
pub mod schema;
pub mod serve;
pub mod state;
pub mod status;
pub mod supervise;
pub mod test;
pub mod trust;
pub mod validate;
pub mod verify;
pub mod watch;
