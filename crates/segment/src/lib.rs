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
pub mod expected;
mod marks;
mod plane;
mod seeds;
mod sheet;
mod spine;
pub mod structure;
mod tube;
mod walker;

pub use seeds::{Seed, SeedOptions, from_seeds};
pub use structure::{
    ARCH_OFFSET, CANAL, OTHER_BONE, SegmentError, Segmentation, Structure, arch_label, body_label,
    level_of, name_of,
};

use std::collections::BTreeMap;
use ossein_geom::{Found, Job, Volume};

/// Numbering of a label map.
#[derive(Clone, Debug, PartialEq)]
pub enum LabelTable {
    /// TotalSegmentator v2, task `total`.
    TotalSegmentator,
    /// VerSe.
    Verse,
    /// Number to name.
    Named(BTreeMap<u16, String>),
}
/// From a label map.
#[allow(unused_variables, missing_docs)]
pub fn from_labels(hu: &Volume<i16>, labels: &Volume<u16>, table: &LabelTable, job: &Job) -> Result<Found<Segmentation>, SegmentError> { todo!() }
/// Signed distance in mm, negative inside.
#[allow(unused_variables, missing_docs)]
pub fn level_set(hu: &Volume<i16>, segmentation: &Segmentation, labels: &[u16], job: &Job) -> Result<Volume<f32>, SegmentError> { todo!() }
