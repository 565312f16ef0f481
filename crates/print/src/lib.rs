//! Layers straight from the field, and the files that carry them to a printer.

mod between;
pub mod cli;
pub mod cost;
mod decimal;
pub mod estimate;
pub mod hatch;
mod inset;
pub mod layer;
mod passes;
mod pins;
mod plane;
mod ridge;
mod ring;
pub mod scan;
pub mod section;
pub mod slice3mf;
pub mod svg;
mod trace;
pub mod united;

pub use hatch::{Hatch, Pattern};
pub use layer::{LayerOptions, cut, layers};
pub use ridge::CentreLine;
pub use scan::{Scan, ScanOptions, ScanSink, Skin, SkinHatch, mesh_scans, scans};
pub use section::{Swept, section, sections};
pub use united::Parts;

#[cfg(test)]
mod truth;
