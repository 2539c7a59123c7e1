//! How large a result may grow. Terraform has no such limits and dies of memory; we say what would happen instead.

use super::error::FunctionError;
use crate::model::limits::{Limits, how_to_raise};

/// Refuses a text that would become longer than the limit.
pub(super) fn text(limits: &Limits, bytes: usize) -> Result<(), FunctionError> {
    let most = limits.text_bytes;
    if bytes <= most {
        return Ok(());
    }
    let raise = how_to_raise("text-bytes");
    Err(FunctionError::new(format!("the result would be {bytes} bytes long; this function stops at {most}. {raise}")))
}

/// Refuses a collection that would have more elements than the limit.
pub(super) fn elements(limits: &Limits, count: usize) -> Result<(), FunctionError> {
    let most = limits.elements;
    if count <= most {
        return Ok(());
    }
    let raise = how_to_raise("elements");
    Err(FunctionError::new(format!("the result would have {count} elements; this function stops at {most}. {raise}")))
}
