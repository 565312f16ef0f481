//! Layers straight from the field, and the files that carry them to a printer.

pub mod cli;
pub mod estimate;
pub mod layer;
mod plane;
mod ring;
mod trace;

pub use layer::{LayerOptions, cut, layers};
