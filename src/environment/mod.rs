//! Test environments: a commit applied for real, with its own checkout, state, lock, journal and processes, verified
//! and destroyed again.

pub mod goss;
pub mod procfile;
pub mod supervise;
