//! Settings as written, and what they mean.
