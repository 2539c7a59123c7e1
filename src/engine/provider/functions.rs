//! Provider-defined functions as schemas describe them.

use std::collections::BTreeMap;

use crate::lang::func::{Function, Returns};
use crate::model::schema::FunctionSchema;
use crate::model::value::{Str, Type};

/// The schemas of functions.
pub(super) fn schemas(functions: &[Function]) -> BTreeMap<Str, FunctionSchema> {
    let schema = |function: &Function| {
        let returns = match function.returns {
            Returns::Always(shape) => shape.ty(),
            Returns::Decided(decide) | Returns::DecidedUnlessObjects(decide) => decide(&[]).unwrap_or(Type::Dynamic),
        };
        let begin = FunctionSchema::new(function.description, returns);
        let schema = function.parameters.iter().fold(begin, |schema, given| schema.takes(given.name, given.shape.ty()));
        (Str::from(function.name), schema)
    };
    functions.iter().map(schema).collect()
}
