//! How far evaluation goes before it says that something is too large, instead of taking hours or all memory.
//!
//! Terraform has no such limits. Each can be raised in the settings (`[limits]`), and every message says which one it is.

/// The limits of one evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest text that one call builds, in bytes.
    pub text_bytes: usize,
    /// The most elements that one call builds.
    pub elements: usize,
    /// The most steps that one expression takes.
    pub steps: u64,
    /// What one expression builds at most, in bytes, all it drops again counted too.
    pub memory_bytes: u64,
    /// The most instances of all blocks of a stack together.
    pub instances: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            text_bytes: 64 << 20,
            elements: 2_000_000,
            steps: 20_000_000,
            memory_bytes: 256 << 20,
            instances: 50_000,
        }
    }
}

/// How the limit with this key is raised, as the end of a message.
pub fn how_to_raise(key: &str) -> String {
    let variable = key.replace('-', "_").to_uppercase();
    format!("If that is meant, raise `limits.{key}` in kilter.toml, or set KILTER_LIMITS_{variable}.")
}
