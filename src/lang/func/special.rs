//! Functions that only `lang::expr` can evaluate: `can try templatefile templatestring`.
//!
//! `try` and `can` must not fail when their arguments do; templates need the evaluator itself. Here stands what tools
//! ask about them: names, parameters, descriptions.

use super::definition::{Function, Parameter, Returns, Shape};

const VARS: Parameter = Parameter::new("vars", Shape::Any);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::special(
        "can",
        "Whether an expression evaluates without an error.",
        &[Parameter::new("expression", Shape::Any)],
        Returns::Always(Shape::Bool),
    ),
    Function::special(
        "templatefile",
        "The text of a file rendered as a template with the given variables.",
        &[Parameter::new("path", Shape::String), VARS],
        Returns::Always(Shape::Any),
    ),
    Function::special(
        "templatestring",
        "A text that another object holds rendered as a template with the given variables.",
        &[Parameter::new("template", Shape::String), VARS],
        Returns::Always(Shape::String),
    ),
    Function::special(
        "try",
        "The first of the given expressions that evaluates without an error.",
        &[],
        Returns::Always(Shape::Any),
    )
    .and(Parameter::new("expressions", Shape::Any)),
];
