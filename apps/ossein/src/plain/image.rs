//! Images of the plain commands.

use std::path::Path;

use ossein_porous::{Beyond, Voxels};
use ossein_scan::plain::read_plain;
use ossein_scan::{Image, Values};

use super::file;
use crate::commands::AnyError;

/// Reads an image of any format that we know.
///
/// # Errors
/// The path with what is wrong; the first voxel that is no number.
pub fn read(path: &Path) -> Result<Image, AnyError> {
    let bytes = file::read(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let told = |e: &dyn std::fmt::Display| AnyError::from(format!("{}: {e}", path.display()));
    let image = read_plain(&name, &bytes, None, file::BYTE_COUNT_MAX).map_err(|e| told(&e))?;
    if let Values::F32(values) = &image.values
        && let Some(at) = values.iter().position(|v| !v.is_finite())
    {
        let [i, j, k] = image.grid.voxel(at);
        return Err(told(&format!("voxel ({i}, {j}, {k}) is {}", values[at])));
    }
    Ok(image)
}

/// The image's values as single-precision numbers.
pub fn numbers(values: &Values) -> Vec<f32> {
    match values {
        Values::I16(v) => v.iter().map(|&v| f32::from(v)).collect(),
        Values::I32(v) => v.iter().map(|&v| v as f32).collect(),
        Values::F32(v) => v.clone(),
    }
}

/// How an image becomes solid and void.
#[derive(clap::Args)]
pub struct Segmentation {
    /// The image: npy, npz, TIFF stack, NIfTI, NRRD or MetaImage.
    pub image: std::path::PathBuf,
    /// Values at and above it are solid; an image of two values needs none.
    #[arg(long, value_name = "VALUE")]
    pub threshold: Option<f64>,
    /// Edge of a voxel, where the file does not state it.
    #[arg(long, value_name = "MM")]
    pub voxel: Option<f64>,
}

impl Segmentation {
    /// Solid and void of the image.
    ///
    /// # Errors
    /// What the file says; an image of more than two values without a threshold.
    pub fn voxels(&self) -> Result<Voxels, AnyError> {
        let image = read(&self.image)?;
        let values = numbers(&image.values);
        let threshold = threshold(&values, self.threshold)
            .map_err(|e| format!("{}: {e}", self.image.display()))?;
        let solid = values.iter().map(|&v| f64::from(v) >= threshold).collect();
        let spacing = self.voxel.map_or(image.grid.spacing, |edge| [edge; 3]);
        Ok(Voxels::new(image.grid.size, spacing, solid)?)
    }
}

/// The value at and above which voxels are solid: the stated one, or the middle of two values.
///
/// # Errors
/// An image of more than two values without a stated one.
pub fn threshold(values: &[f32], stated: Option<f64>) -> Result<f64, String> {
    stated.or_else(|| between(values)).ok_or_else(|| {
        let (low, high) = range(values);
        format!("it holds grey values from {low} to {high}: give --threshold")
    })
}

fn range(values: &[f32]) -> (f32, f32) {
    values.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)))
}

/// The middle between the values of an image that has two at most.
fn between(values: &[f32]) -> Option<f64> {
    let (low, high) = range(values);
    let two = values.iter().all(|&v| v == low || v == high);
    // An image of one value is all solid unless that value is nought.
    let middle = if low == high { f64::from(high) - 0.5 } else { f64::from(low + high) / 2.0 };
    two.then_some(if high == 0.0 { 0.5 } else { middle })
}

/// What lies beyond the faces of an image.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Edge {
    /// The image holds a whole body.
    Void,
    /// The image is cut from a larger sample.
    Unseen,
    /// The image is one cell of a periodic structure.
    Periodic,
}

impl From<Edge> for Beyond {
    fn from(edge: Edge) -> Self {
        match edge {
            Edge::Void => Self::Void,
            Edge::Unseen => Self::Unseen,
            Edge::Periodic => Self::Periodic,
        }
    }
}
