//! Conversion, unification, constraints and names of types.
