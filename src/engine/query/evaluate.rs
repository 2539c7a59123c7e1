//! Asks `lang` for the value of a written expression, and takes its diagnostics in.

use crate::engine::module::declared::Written;
use crate::engine::query::session::Query;
use crate::lang::expr;
use crate::lang::inputs::Inputs;
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::value::{Type, Value};

/// A value with what is wrong about it.
pub struct Evaluated {
    /// The value; unknown where it could not be told.
    pub value: Value,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether that is only about names that mean nothing.
    pub is_unresolved: bool,
}

impl Evaluated {
    /// Whether there is an error.
    pub fn failed(&self) -> bool {
        has_errors(&self.diagnostics)
    }

    /// The value; what is wrong is reported to the query.
    pub fn into_value(self, query: &Query<'_>) -> Value {
        let failed = self.failed();
        query.report(self.diagnostics);
        if failed { Value::unknown(Type::Dynamic) } else { self.value }
    }
}

/// The value of an expression.
pub fn evaluate(written: &Written, inputs: &dyn Inputs) -> Evaluated {
    evaluate_expr(&written.expr, &written.file, inputs)
}

/// The value of an expression of a file.
pub fn evaluate_expr(
    expr: &crate::lang::syntax::ast::Expr,
    file: &crate::lang::syntax::SourceFile,
    inputs: &dyn Inputs,
) -> Evaluated {
    let evaluation = expr::evaluate(expr, file, inputs);
    Evaluated { value: evaluation.value, diagnostics: evaluation.diagnostics, is_unresolved: evaluation.is_unresolved }
}
