//! The rules of the language, for a query to compute by.

use std::rc::Rc;
use std::sync::Arc;

use crate::engine::module::declared::{Repetition, Written};
use crate::engine::query::evaluate::evaluate;
use crate::engine::query::expansion::expand;
use crate::engine::query::inputs::Reader;
use crate::engine::query::scope::{Expansion, Scope};
use crate::engine::query::session::{Query, Rules};
use crate::engine::query::variables;
use crate::model::value::Value;

/// Terraform's.
pub struct Language;

impl Rules for Language {
    fn evaluate(&self, query: &Query<'_>, scope: &Rc<Scope>, written: &Written) -> Value {
        evaluate(written, &Reader::new(query, scope)).into_value(query)
    }

    fn variable(&self, query: &Query<'_>, scope: &Rc<Scope>, at: usize) -> Value {
        variables::value(query, scope, at)
    }

    fn expand(&self, query: &Query<'_>, scope: &Rc<Scope>, repetition: &Repetition, label: &str) -> Arc<Expansion> {
        expand(query, scope, repetition, label)
    }
}
