//! The names that an expression binds itself: loop variables, the element of a splat, the variables of a template.

use crate::model::value::{Str, Value};

/// One layer of bound names over those around it.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s> {
    names: &'s [(Str, Value)],
    element: Option<&'s Value>,
    parent: Option<&'s Scope<'s>>,
    /// Names that are bound nowhere do not exist, instead of being asked from the inputs.
    closed: bool,
}

impl<'s> Scope<'s> {
    /// No names; everything is asked from the inputs.
    pub(super) const OPEN: Scope<'static> = Scope { names: &[], element: None, parent: None, closed: false };

    /// The variables of a template function, and nothing else.
    pub(super) fn closed(names: &'s [(Str, Value)]) -> Self {
        Scope { names, element: None, parent: None, closed: true }
    }

    /// These names over others.
    pub(super) fn with(&'s self, names: &'s [(Str, Value)]) -> Scope<'s> {
        Scope { names, element: None, parent: Some(self), closed: self.closed }
    }

    /// The element of a splat over everything around it.
    pub(super) fn with_element(&'s self, element: &'s Value) -> Scope<'s> {
        Scope { names: &[], element: Some(element), parent: Some(self), closed: self.closed }
    }

    /// What a name is bound to.
    pub(super) fn find(&self, name: &str) -> Option<&'s Value> {
        let mut scope = Some(self);
        while let Some(layer) = scope {
            if let Some((_, value)) = layer.names.iter().find(|(bound, _)| &**bound == name) {
                return Some(value);
            }
            scope = layer.parent;
        }
        None
    }

    /// The element of the innermost splat.
    pub(super) fn element(&self) -> Option<&'s Value> {
        let mut scope = Some(self);
        while let Some(layer) = scope {
            if layer.element.is_some() {
                return layer.element;
            }
            scope = layer.parent;
        }
        None
    }

    /// Whether there is nothing beyond the bound names.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// All bound names, for suggestions.
    pub(super) fn names(&self) -> Vec<&'s str> {
        let mut all = Vec::new();
        let mut scope = Some(self);
        while let Some(layer) = scope {
            all.extend(layer.names.iter().map(|(name, _)| &**name));
            scope = layer.parent;
        }
        all
    }
}
