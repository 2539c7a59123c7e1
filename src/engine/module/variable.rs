//! `variable` blocks, and reading of arguments that must be constants.

use std::sync::Arc;

use crate::engine::module::conditions::{CheckedBy, condition_blocks};
use crate::engine::module::declared::{Content, Variable, Written};
use crate::lang::expr::{evaluate, start_of};
use crate::lang::inputs::NoInputs;
use crate::lang::syntax::ast::{Expr, ExprKind};
use crate::lang::types::{Defaults, convert, parse_type};
use crate::model::diagnostic::Diagnostic;
use crate::model::value::{Str, Type, Value};

/// A `variable` block.
pub fn variable(name: &Str, content: &Content, diagnostics: &mut Vec<Diagnostic>) -> Variable {
    let arguments = ["description", "default", "type", "sensitive", "nullable", "ephemeral"];
    content.expect_only(&arguments, &["validation"], diagnostics);
    let reserved = ["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"];
    if reserved.contains(&&**name) {
        let detail =
            format!("The variable name \"{name}\" is reserved due to its special meaning inside module blocks.");
        diagnostics.push(Diagnostic::error("Invalid variable name", detail).at(content.label_place(0)));
    }
    let (ty, defaults) = type_constraint(content, diagnostics);
    let nullable = flag(content, "nullable", diagnostics).unwrap_or(true);
    let mut default = content.argument("default");
    let sound = default.as_ref().is_none_or(|written| judge_default(written, (&ty, &defaults), nullable, diagnostics));
    if !sound {
        // Said once; around it everything goes on with a value that nobody knows.
        default = Some(unknown_default(content));
    }
    Variable {
        name: name.clone(),
        reads_expressions: !(ty.is_primitive() || (ty == Type::Dynamic && content.argument("type").is_none())),
        ty,
        defaults,
        default,
        sensitive: flag(content, "sensitive", diagnostics).unwrap_or(false),
        ephemeral: flag(content, "ephemeral", diagnostics).unwrap_or(false),
        nullable,
        description: text(content, "description", diagnostics),
        validations: condition_blocks(content, CheckedBy::Validation(name.clone()), diagnostics),
        header: content.header.clone(),
    }
}

/// Stands where a default is wrong.
fn unknown_default(content: &Content) -> Written {
    let span = content.header.span;
    let expr = Expr { kind: ExprKind::Literal(Value::unknown(Type::Dynamic)), span };
    Written { expr: Arc::new(expr), file: content.header.file.clone() }
}

fn type_constraint(content: &Content, diagnostics: &mut Vec<Diagnostic>) -> (Type, Defaults) {
    let any = || (Type::Dynamic, Defaults::default());
    let Some(written) = content.argument("type") else { return any() };
    parse_type(&written.expr, &written.file).unwrap_or_else(|fault| {
        diagnostics.push(fault);
        any()
    })
}

/// Says what is wrong with a default. Defaults are constants: no references, no calls.
fn judge_default(
    written: &Written,
    (ty, defaults): (&Type, &Defaults),
    nullable: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let evaluation = evaluate(&written.expr, &written.file, &NoInputs);
    let failed = evaluation.has_errors();
    diagnostics.extend(evaluation.diagnostics);
    if failed {
        return false;
    }
    let fault = |detail: String| Diagnostic::error("Invalid default value for variable", detail).at(written.place());
    if evaluation.value.is_null() {
        if !nullable {
            diagnostics.push(fault("A null default value is not valid when nullable=false.".to_owned()));
        }
        return nullable;
    }
    if let Err(error) = convert(&defaults.apply(&evaluation.value), ty) {
        diagnostics.push(fault(format!(
            "This default value is not compatible with the variable's type constraint: {}.",
            error.with_path()
        )));
        return false;
    }
    true
}

/// A constant bool argument; strings that read as one are taken too, as terraform converts them.
pub fn flag(content: &Content, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<bool> {
    let value = constant(&content.argument(name)?, &Type::Bool, diagnostics)?;
    value.as_bool()
}

/// A constant string argument.
pub fn text(content: &Content, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Str> {
    let value = constant(&content.argument(name)?, &Type::String, diagnostics)?;
    value.as_str().map(Str::from)
}

/// What an argument that nothing may be referred to in is, of a type; `None` when it is null or wrong.
fn constant(written: &Written, ty: &Type, diagnostics: &mut Vec<Diagnostic>) -> Option<Value> {
    let evaluation = evaluate(&written.expr, &written.file, &NoInputs);
    let failed = evaluation.has_errors();
    diagnostics.extend(evaluation.diagnostics);
    if failed {
        return None;
    }
    match convert(&evaluation.value, ty) {
        Ok(value) => (!value.is_null()).then_some(value),
        Err(error) => {
            let place = written.file.place(start_of(&written.expr, &written.file));
            let detail = format!("Unsuitable value: {error}");
            diagnostics.push(Diagnostic::error("Unsuitable value type", detail).at(place));
            None
        }
    }
}
