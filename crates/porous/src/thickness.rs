//! Local thickness: the diameter of the largest inscribed sphere that holds a voxel.

mod clean;
mod paint;
mod ridge;

use ossein_geom::Job;

use crate::distance;
use crate::voxels::{Beyond, Phase, Voxels};

pub use clean::Spread;

/// Why a thickness could not be measured.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ThicknessError {
    /// Spheres need cubic voxels.
    #[error("the voxel edges {spacing_mm:?} mm differ: resample the image to cubes first")]
    NotCubic {
        /// Voxel edges in mm.
        spacing_mm: [f64; 3],
    },
    /// The phase is missing.
    #[error("the image holds no {0}")]
    Missing(Phase),
    /// The phase fills the image, so nothing bounds a sphere.
    #[error("the image holds nothing but {0}: no sphere is bounded")]
    Unbounded(Phase),
    /// More memory than is allowed.
    #[error("the work needs {needed} bytes and {limit} are allowed")]
    TooLarge {
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are allowed.
        limit: u64,
    },
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] ossein_geom::Cancelled),
}

/// How thickness is measured.
#[derive(Clone, Copy, Debug)]
pub struct ThicknessOptions {
    /// The phase whose thickness is wanted: solid for Tb.Th, void for Tb.Sp and pore size.
    pub phase: Phase,
    /// What lies beyond the faces. [`Beyond::Unseen`] is the rule of BoneJ.
    pub beyond: Beyond,
    /// Most bytes that may be held beside the image.
    pub byte_count_max: u64,
}

/// Bytes a voxel that the measurement holds at most beside the image: squared distances (4), the
/// centres (8 for each, fewer than one voxel in two), flags (2 bits).
const BYTES_A_VOXEL: u64 = 9;

/// Mean, spread and greatest of the local thickness over the voxels of a phase, in mm.
///
/// A voxel takes the diameter of the largest sphere that holds it and lies in the phase; the
/// sphere's radius is the distance from its centre to the nearest voxel centre of the other phase.
/// Voxels at the surface, where spheres of whole voxels leave corners out, take the mean of their
/// neighbours within, as BoneJ does.
///
/// # Errors
/// [`ThicknessError`]: voxels that are no cubes, a phase that is missing or fills the image, more
/// memory than allowed, or the job's end.
///
/// # Source
/// Hildebrand, Rüegsegger: J. Microsc. 185 (1997) 67-75; Dougherty, Kunzelmann: Microsc.
/// Microanal. 13 (2007) 1678-1679. Fact D3.29.
pub fn thickness(
    voxels: &Voxels,
    options: &ThicknessOptions,
    job: &Job,
) -> Result<Spread, ThicknessError> {
    let (squares, edge_mm) = painted(voxels, options, job)?;
    let clean = clean::Cleaning::new(voxels, &squares, options);
    Ok(clean.spread(edge_mm))
}

/// The local thickness of every voxel in mm, 0 in the other phase; `[k][j][i]`.
///
/// # Errors
/// As for [`thickness`].
pub fn thickness_map(
    voxels: &Voxels,
    options: &ThicknessOptions,
    job: &Job,
) -> Result<Vec<f32>, ThicknessError> {
    let (squares, edge_mm) = painted(voxels, options, job)?;
    let clean = clean::Cleaning::new(voxels, &squares, options);
    Ok(clean.map(edge_mm))
}

/// Squared radius in voxels of the largest sphere that holds each voxel, and the voxel's edge.
fn painted(
    voxels: &Voxels,
    options: &ThicknessOptions,
    job: &Job,
) -> Result<(Vec<u32>, f64), ThicknessError> {
    let spacing_mm = voxels.spacing_mm;
    let edge_mm = voxels.edge_mm().ok_or(ThicknessError::NotCubic { spacing_mm })?;
    let needed = BYTES_A_VOXEL * voxels.voxel_count() as u64;
    if needed > options.byte_count_max {
        return Err(ThicknessError::TooLarge { needed, limit: options.byte_count_max });
    }
    if !voxels.holds(options.phase) {
        return Err(ThicknessError::Missing(options.phase));
    }
    let mut squares = distance::squared(voxels, options.phase, options.beyond);
    if squares.contains(&distance::NOWHERE) {
        return Err(ThicknessError::Unbounded(options.phase));
    }
    job.step(1, 3)?;
    let centres = ridge::centres(&squares, voxels.size, options.beyond);
    job.step(2, 3)?;
    paint::balls(&mut squares, voxels.size, &centres, options.beyond, job)?;
    job.step(3, 3)?;
    Ok((squares, edge_mm))
}
