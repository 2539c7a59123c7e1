//! Operations on values: equality, ordering, normal form, JSON.
