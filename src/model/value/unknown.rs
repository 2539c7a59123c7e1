//! Values that are not known: why not, and what is known about them all the same.

use super::{Number, Str, Type};

/// A value whose content is not known.
#[derive(Debug, Clone, PartialEq)]
pub struct Unknown {
    /// Its type; `Type::Dynamic` when even that is open.
    pub ty: Type,
    /// Why it is not known.
    pub source: UnknownSource,
    /// What is certain about it.
    pub refinement: Refinement,
}

/// The two kinds of unknown (they read differently on the screen and act differently in `for_each`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnknownSource {
    /// *Known after apply*: terraform would not know it either.
    AfterApply,
    /// *Not asked*: the named address (a data source, a module, a provider's attribute) would tell, but nobody asked it.
    NotAsked(Str),
}

impl UnknownSource {
    /// What an expression over both is: known after apply wins, since terraform would not know the result either.
    #[must_use]
    pub fn combine(&self, other: &UnknownSource) -> UnknownSource {
        match (self, other) {
            (UnknownSource::NotAsked(_), UnknownSource::NotAsked(_)) => self.clone(),
            _ => UnknownSource::AfterApply,
        }
    }
}

/// What is certain about an unknown value. The default says nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Refinement {
    /// It will not be null.
    pub not_null: bool,
    /// It will begin with this (strings).
    pub prefix: Option<Str>,
    /// It will not be below this; the flag says whether the bound itself is possible (numbers).
    pub minimum: Option<(Number, bool)>,
    /// It will not be above this; the flag says whether the bound itself is possible (numbers).
    pub maximum: Option<(Number, bool)>,
    /// It will have at least so many elements (collections).
    pub length_minimum: u64,
    /// It will have at most so many elements (collections).
    pub length_maximum: Option<u64>,
}

impl Refinement {
    /// Certain not to be null, nothing else.
    pub fn not_null() -> Self {
        Refinement { not_null: true, ..Refinement::default() }
    }
}
