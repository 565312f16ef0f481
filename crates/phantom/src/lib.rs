//! A patient made in code, with its truth
