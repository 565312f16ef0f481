//! The suite
