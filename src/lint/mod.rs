//! Rules over the syntax tree.
