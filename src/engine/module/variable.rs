//! `variable` blocks, and reading of arguments that must be constants.

use crate::engine::module::conditions::condition_blocks;
use crate::engine::module::declared::{Content, Variable};
use crate::lang::syntax::ast::ExprKind;
use crate::lang::types::{Defaults, parse_type};
use crate::model::diagnostic::Diagnostic;
use crate::model::value::{Str, Type};

/// A `variable` block.
pub fn variable(name: &Str, content: &Content, diagnostics: &mut Vec<Diagnostic>) -> Variable {
    let arguments = ["description", "default", "type", "sensitive", "nullable", "ephemeral"];
    content.expect_only(&arguments, &["validation"], diagnostics);
    let reserved = ["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"];
    if reserved.contains(&&**name) {
        let detail =
            format!("The variable name \"{name}\" is reserved due to its special meaning inside module blocks.");
        diagnostics.push(Diagnostic::error("Invalid variable name", detail).at(content.header.place()));
    }
    let (ty, defaults) = type_constraint(content, diagnostics);
    let default = content.argument("default");
    if let Some(written) = &default {
        refuse_references(written, diagnostics);
    }
    Variable {
        name: name.clone(),
        reads_expressions: !(ty.is_primitive() || (ty == Type::Dynamic && content.argument("type").is_none())),
        ty,
        defaults,
        default,
        sensitive: flag(content, "sensitive", diagnostics).unwrap_or(false),
        ephemeral: flag(content, "ephemeral", diagnostics).unwrap_or(false),
        nullable: flag(content, "nullable", diagnostics).unwrap_or(true),
        validations: condition_blocks(content, "validation", diagnostics),
        header: content.header.clone(),
    }
}

fn type_constraint(content: &Content, diagnostics: &mut Vec<Diagnostic>) -> (Type, Defaults) {
    let any = || (Type::Dynamic, Defaults::default());
    let Some(written) = content.argument("type") else { return any() };
    parse_type(&written.expr, &written.file).unwrap_or_else(|fault| {
        diagnostics.push(fault);
        any()
    })
}

/// Defaults are constants: no references, no calls.
fn refuse_references(written: &crate::engine::module::declared::Written, diagnostics: &mut Vec<Diagnostic>) {
    let mut first = None;
    crate::engine::module::references::walk(&written.expr, &mut |met| {
        if let crate::engine::module::references::Met::Traversal(traversal) = met {
            first.get_or_insert(traversal.root.span);
        }
    });
    if let Some(span) = first {
        let place = written.file.place(span);
        diagnostics.push(Diagnostic::error("Variables not allowed", "Variables may not be used here.").at(place));
    }
}

/// A constant bool argument; strings that read as one are taken too, as terraform converts them.
pub fn flag(content: &Content, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<bool> {
    let written = content.argument(name)?;
    let read = match &written.expr.kind {
        ExprKind::Literal(value) => value.as_bool(),
        _ => None,
    };
    let read = read.or_else(|| match written.expr.literal_text().as_deref() {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    });
    if read.is_none() {
        let detail = "Unsuitable value: a bool is required, as a constant.";
        diagnostics.push(Diagnostic::error("Unsuitable value type", detail).at(written.place()));
    }
    read
}

/// A constant string argument.
pub fn text(content: &Content, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Str> {
    let written = content.argument(name)?;
    let read = written.expr.literal_text();
    if read.is_none() && !matches!(&written.expr.kind, ExprKind::Literal(value) if value.is_null()) {
        let detail = "Unsuitable value: string required, as a constant.";
        diagnostics.push(Diagnostic::error("Unsuitable value type", detail).at(written.place()));
    }
    read
}
