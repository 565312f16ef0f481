//! Layers straight from the field, and the files that carry them to a printer.

pub mod cli;
pub mod cost;
pub mod estimate;
pub mod layer;

pub use layer::{LayerOptions, cut, layers};
