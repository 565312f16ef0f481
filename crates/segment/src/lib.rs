//! Hounsfield volumes to labelled bones, and their surface finer than a voxel.
//!
//! [`from_seeds`] outlines vertebrae around one point per body; [`from_labels`] takes a label map
//! that was made elsewhere. Both give a [`Segmentation`]. [`level_set`] turns labels and grey
//! values into a signed distance whose zero lies where the bone ends.

mod body;
mod bone;
mod components;
mod crop;
mod describe;
pub mod distance;
mod edge_fit;
pub mod expected;
mod maps;
mod marks;
pub mod mask;
mod plane;
mod seeds;
mod sheet;
mod skull;
mod spine;
pub mod structure;
mod surface;
mod tube;
mod walker;

pub use maps::{LabelTable, from_labels};
pub use seeds::{Seed, SeedOptions, from_seeds};
pub use skull::skull;
pub use structure::{
    ARCH_OFFSET, CANAL, OTHER_BONE, SegmentError, Segmentation, Structure, arch_label, body_label,
    level_of, name_of,
};
pub use surface::level_set;
