//! How each program answers, and what Kilter writes.
