//! Why bytes are no state that can be used, in words that say what to do.

/// The one version that is read and written.
pub(super) const VERSION: u64 = 4;

/// Why bytes are no state that can be used. The file is never touched because of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateFault {
    /// Nothing is in it: terraform takes that for no state at all.
    #[error("The state file is empty.")]
    Empty,
    /// It ends too early.
    #[error(
        "The state file ends in the middle (line {line}): it was cut off while it was written or copied. Restore it from a backup such as terraform.tfstate.backup."
    )]
    CutOff {
        /// Where it ends.
        line: usize,
    },
    /// Not JSON.
    #[error("The state file is not valid JSON: {problem}. Restore it from a backup, or name another file.")]
    NotJson {
        /// What the reader met, with line and column.
        problem: String,
    },
    /// Written by a newer terraform.
    #[error(
        "The state file has format version {version}{}, and Kilter reads version 4. It was left untouched. Use a newer Kilter, or the terraform that wrote it.",
        if written_by.is_empty() { String::new() } else { format!(", written by terraform {written_by}") }
    )]
    Future {
        /// The version it says.
        version: u64,
        /// The terraform it names.
        written_by: String,
    },
    /// Written by terraform 0.11 or older.
    #[error(
        "The state file has format version {version}, which terraform 0.11 and older wrote. Run `terraform refresh` or `terraform apply -refresh-only` with terraform 0.12 or newer once, which rewrites it as version 4."
    )]
    Old {
        /// The version it says.
        version: u64,
    },
    /// The same object twice.
    #[error(
        "The state file cannot be relied on: {problem}. Somebody merged or edited it; keep the entry that is true, or restore the file from a backup."
    )]
    Duplicate {
        /// Which.
        problem: String,
    },
    /// JSON, but not a state.
    #[error("This is not a usable state file: {problem}.")]
    Malformed {
        /// What is missing or wrong.
        problem: String,
    },
}

pub(super) fn malformed(problem: impl Into<String>) -> StateFault {
    StateFault::Malformed { problem: problem.into() }
}
