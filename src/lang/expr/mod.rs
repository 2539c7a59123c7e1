//! The evaluator: expressions to values, with terraform's diagnostics and their places.
//!
//! Everything outside an expression is asked through [`super::inputs::Inputs`]. What names mean is for the implementer
//! of it to say, what functions compute is [`super::func`]'s business.

mod access;
mod call;
mod collection;
mod conditional;
mod console;
mod evaluator;
mod iteration;
mod operator;
mod references;
mod scope;
mod span;
mod special;
mod splat;
mod statement;
mod suggestion;
mod template;
#[cfg(test)]
mod tests;

pub use access::{attribute_of, element_of};
pub use console::{Answer, evaluate_for_console};
pub use evaluator::{Evaluation, evaluate, evaluate_with};
pub use references::{references, template_references};
pub use span::start_of;
pub use statement::{Cause, statement};
pub use suggestion::suggest;
