//! Conditions: validations, pre- and postconditions, assertions.

use crate::engine::module::declared::{Condition, Content};
use crate::engine::module::references::{Met, step_name, walk};
use crate::engine::module::sources::missing_argument;
use crate::lang::syntax::ast::{Expr, Traversal};
use crate::model::diagnostic::Diagnostic;
use crate::model::value::Str;

/// What a block of conditions is called, and what its conditions have to look at.
#[derive(Debug, Clone)]
pub enum CheckedBy {
    /// `validation` of a variable with this name.
    Validation(Str),
    /// `precondition`
    Precondition,
    /// `postcondition`
    Postcondition,
    /// `assert`
    Assert,
}

impl CheckedBy {
    fn kind(&self) -> &'static str {
        match self {
            CheckedBy::Validation(_) => "validation",
            CheckedBy::Precondition => "precondition",
            CheckedBy::Postcondition => "postcondition",
            CheckedBy::Assert => "assert",
        }
    }
}

/// All condition blocks of a kind.
pub fn condition_blocks(content: &Content, by: CheckedBy, diagnostics: &mut Vec<Diagnostic>) -> Vec<Condition> {
    let blocks = content.blocks(by.kind());
    blocks.filter_map(|(block, file)| condition(&Content::of(block, file), &by, diagnostics)).collect()
}

/// A block of `condition` and `error_message`.
pub fn condition(content: &Content, by: &CheckedBy, diagnostics: &mut Vec<Diagnostic>) -> Option<Condition> {
    content.expect_only(&["condition", "error_message"], &[], diagnostics);
    let message = content.argument("error_message");
    let condition = content.argument("condition");
    if condition.is_none() {
        diagnostics.push(missing_argument("condition", content));
    }
    if message.is_none() {
        diagnostics.push(missing_argument("error_message", content));
    }
    let condition = condition?;
    let references = references(&condition.expr);
    let mut sound = true;
    if references.is_empty() {
        let detail = "The condition expression must refer to at least one object from elsewhere in the configuration, or else its result would not be checking anything.";
        let summary = format!("Invalid {} expression", by.kind());
        diagnostics.push(Diagnostic::error(summary, detail).at(condition.place()));
        sound = false;
    }
    if let CheckedBy::Validation(name) = by
        && !references.iter().any(|met| is_variable(met, name))
    {
        let detail =
            format!("The condition for variable \"{name}\" must refer to var.{name} in order to test incoming values.");
        diagnostics.push(Diagnostic::error("Invalid variable validation condition", detail).at(condition.place()));
        sound = false;
    }
    sound.then(|| Condition { condition, message, header: content.header.clone() })
}

fn references(expr: &Expr) -> Vec<&Traversal> {
    let mut found = Vec::new();
    walk(expr, &mut |met| {
        if let Met::Traversal(traversal) = met {
            found.push(traversal);
        }
    });
    found
}

fn is_variable(traversal: &Traversal, name: &str) -> bool {
    &*traversal.root.text == "var" && step_name(traversal.steps.first()) == Some(name)
}
