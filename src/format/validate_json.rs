//! The JSON of `terraform validate -json`, format version 1.0, both ways.

use serde::{Deserialize, Serialize};

use super::diagnostic_json::{self, DiagnosticIn, DiagnosticOut, Sources};
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::value::json;

#[derive(Serialize)]
struct ValidateOut {
    format_version: &'static str,
    valid: bool,
    error_count: usize,
    warning_count: usize,
    diagnostics: Vec<DiagnosticOut>,
}

#[derive(Deserialize)]
struct ValidateIn {
    diagnostics: Vec<DiagnosticIn>,
}

/// Writes diagnostics in terraform's layout, with a line end.
///
/// # Errors
/// Never for diagnostics; the signature is that of all writers.
pub fn write(diagnostics: &[Diagnostic], sources: Sources<'_>) -> Result<Vec<u8>, json::JsonFault> {
    let error_count = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let out = ValidateOut {
        format_version: "1.0",
        valid: !has_errors(diagnostics),
        error_count,
        warning_count: diagnostics.len() - error_count,
        diagnostics: diagnostics.iter().map(|diagnostic| diagnostic_json::out(diagnostic, sources)).collect(),
    };
    let mut bytes = json::pretty(&out)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads what `terraform validate -json` printed.
///
/// # Errors
/// When it is not that.
pub fn read(bytes: &[u8]) -> Result<Vec<Diagnostic>, json::JsonFault> {
    let read: ValidateIn = serde_json::from_slice(bytes)?;
    Ok(read.diagnostics.into_iter().map(DiagnosticIn::into_diagnostic).collect())
}
