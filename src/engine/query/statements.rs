//! What the names in an expression stand for, in terraform's words: `var.port is 80`.

use crate::lang::expr::{Cause, references, statement};
use crate::lang::inputs::Inputs;
use crate::lang::syntax::ast::{Expr, StepKind, Traversal};
use crate::lang::value::to_expression_text;
use crate::model::value::Value;

/// Each reference of an expression with what it stands for; those that stand for nothing certain are left out.
pub fn statements(expr: &Expr, inputs: &dyn Inputs, cause: Cause) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for traversal in references(expr) {
        let Some((text, value)) = value_of(traversal, inputs) else { continue };
        if all.iter().any(|(known, _)| *known == text) {
            continue;
        }
        if let Some(statement) = statement(&value, cause) {
            all.push((text, statement));
        }
    }
    all.sort();
    all
}

/// The longest part of a traversal that has a value.
fn value_of(traversal: &Traversal, inputs: &dyn Inputs) -> Option<(String, Value)> {
    let resolved = inputs.reference(traversal).ok()?;
    let mut value = resolved.value;
    let mut covered = resolved.consumed.min(traversal.steps.len());
    for step in &traversal.steps[covered..] {
        let next = match &step.kind {
            StepKind::Attribute(name) => crate::lang::expr::attribute_of(&value, name),
            StepKind::Index(key) => crate::lang::expr::element_of(&value, key),
        };
        let Ok(next) = next else { break };
        value = next;
        covered += 1;
    }
    let mut text = traversal.root.text.to_string();
    for step in &traversal.steps[..covered] {
        match &step.kind {
            StepKind::Attribute(name) => text.push_str(&format!(".{name}")),
            StepKind::Index(key) => text.push_str(&format!("[{}]", to_expression_text(key))),
        }
    }
    Some((text, value))
}
