//! The only doors to files, processes, HTTP and the clock, each with a fake that keeps the same contract.
//!
//! No module above reads the disk, starts a program or asks the time in any other way (`clippy.toml` bans it).

#[allow(clippy::disallowed_methods, reason = "a part of the door to files")]
mod aside;
pub mod chance;
pub mod clock;
pub mod file_lock;
pub mod files;
pub mod http;
pub mod living;
pub mod log_file;
pub mod machine;
pub mod processes;
pub mod spread;
pub mod vanish;
