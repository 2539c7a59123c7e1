//! Conditions: validations, pre- and postconditions, assertions.

use crate::engine::module::declared::{Condition, Content};
use crate::engine::module::sources::missing_argument;
use crate::model::diagnostic::Diagnostic;

/// All condition blocks of a kind.
pub fn condition_blocks(content: &Content, kind: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<Condition> {
    content.blocks(kind).filter_map(|(block, file)| condition(&Content::of(block, file), diagnostics)).collect()
}

/// A block of `condition` and `error_message`.
pub fn condition(content: &Content, diagnostics: &mut Vec<Diagnostic>) -> Option<Condition> {
    content.expect_only(&["condition", "error_message"], &[], diagnostics);
    let message = content.argument("error_message");
    if message.is_none() {
        diagnostics.push(missing_argument("error_message", content));
    }
    let Some(condition) = content.argument("condition") else {
        diagnostics.push(missing_argument("condition", content));
        return None;
    };
    Some(Condition { condition, message, header: content.header.clone() })
}
