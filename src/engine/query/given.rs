//! Values of root variables as somebody gave them.

use crate::model::place::Place;
use crate::model::value::Value;

/// A value given for a root variable.
#[derive(Debug, Clone)]
pub struct Given {
    /// As given.
    pub value: Value,
    /// Where, when in a file.
    pub place: Option<Place>,
}
