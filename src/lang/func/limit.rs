//! How large a result may grow. Terraform has no such limits and dies of memory; we say what would happen instead.

use super::error::FunctionError;

/// The longest text that a function builds.
pub(super) const TEXT: usize = 64 << 20;
/// The most elements that a function builds.
pub(super) const ELEMENTS: usize = 2_000_000;

/// Refuses a text that would become longer than [`TEXT`].
pub(super) fn text(bytes: usize) -> Result<(), FunctionError> {
    if bytes <= TEXT {
        return Ok(());
    }
    Err(FunctionError::new(format!("the result would be {bytes} bytes long; this function stops at {TEXT}")))
}

/// Refuses a collection that would have more than [`ELEMENTS`] elements.
pub(super) fn elements(count: usize) -> Result<(), FunctionError> {
    if count <= ELEMENTS {
        return Ok(());
    }
    Err(FunctionError::new(format!("the result would have {count} elements; this function stops at {ELEMENTS}")))
}
