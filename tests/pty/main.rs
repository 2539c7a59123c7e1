//! Whole-program tests in a pty.
