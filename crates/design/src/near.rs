//! Distances to a surface near a part, on a grid in the part's own frame.

use ossein_field::band::{BandError, BandOptions, band_within};
use ossein_field::mesh_distance::{MeshField, MeshFieldError};
use ossein_field::{Block, Field};
use ossein_geom::{Aabb, Frame, Grid, Implant, Job, Lps, Mm, Rigid, TriMesh, Volume};
use rayon::prelude::*;

/// No distances:
#[derive(Debug, thiserror::Error)]
pub enum NearError {
    /// The surface is no solid.
    #[error(transparent)]
    Mesh(#[from] MeshFieldError),
    /// They could not be taken.
    #[error(transparent)]
    Band(#[from] BandError),
}

/// A grid along the axes of its frame that holds a box, its samples at whole multiples of the step
/// as those of a band are.
pub fn grid<F: Frame>(bounds: Aabb<F>, step_mm: f64) -> Grid<F> {
    let low = [0, 1, 2].map(|a| (bounds.min[a] / step_mm).floor() * step_mm);
    let size = [0, 1, 2].map(|a| ((bounds.max[a] - low[a]) / step_mm).ceil().max(1.0) as usize + 1);
    Grid::aligned(low.into(), [step_mm; 3], size)
}

/// Signed distance to a mesh on such a grid, up to `near_mm`.
///
/// # Errors
/// [`NearError`] for a mesh that is no solid, too many samples or a stopped job.
pub fn distances<F: Frame>(
    mesh: &TriMesh<F>,
    grid: &Grid<F>,
    near_mm: f64,
    job: &Job,
) -> Result<Volume<f32, F>, NearError> {
    let solid = MeshField::new(mesh)?;
    let options = BandOptions { step: Mm(grid.spacing[0]), half_width: Mm(near_mm) };
    let block = Block { origin: grid.origin, step: grid.spacing, size: grid.size };
    let near = band_within(&solid, &options, &block.bounds(), job)?;
    let mut volume = Volume::filled(grid.clone(), 0f32);
    near.sample(&block, &mut volume.values);
    Ok(volume)
}

/// The part of a scan that a box of the implant's frame meets.
pub fn cropped(
    whole: &Volume<i16>,
    placement: &Rigid<Lps, Implant>,
    wanted: &Aabb<Implant>,
) -> Volume<i16> {
    let back = placement.inverse();
    let corner = |n: usize| {
        let pick = |a: usize| if n >> a & 1 == 1 { wanted.max[a] } else { wanted.min[a] };
        whole.grid.coordinates(back.apply([pick(0), pick(1), pick(2)].into()))
    };
    let corners: Vec<[f64; 3]> = (0..8).map(corner).collect();
    let bound = |a: usize, f: fn(f64, f64) -> f64, start: f64| {
        corners.iter().map(|c| c[a]).fold(start, f).clamp(0.0, (whole.grid.size[a] - 1) as f64)
    };
    let low = [0, 1, 2].map(|a| bound(a, f64::min, f64::INFINITY).floor() as usize);
    let high = [0, 1, 2].map(|a| bound(a, f64::max, f64::NEG_INFINITY).ceil() as usize);
    let size = [0, 1, 2].map(|a| high[a] - low[a] + 1);
    let grid = Grid { origin: whole.grid.center(low), size, ..whole.grid.clone() };
    let value = |n: usize| {
        let [i, j, k] = grid.voxel(n);
        whole.at([low[0] + i, low[1] + j, low[2] + k])
    };
    let values = (0..grid.voxel_count()).map(value).collect();
    Volume::new(grid, values)
}

/// A quarter, a half, a quarter along each axis, `count` times: a blur whose variance is half a
/// square of the step each time. The outermost samples stay.
pub fn smooth<F: Frame>(volume: &mut Volume<f32, F>, count: usize) {
    let grid = volume.grid.clone();
    let mut before = volume.values.clone();
    for _ in 0..count {
        let strides = [1, grid.size[0], grid.size[0] * grid.size[1]];
        for (a, stride) in strides.into_iter().enumerate() {
            before.copy_from_slice(&volume.values);
            let inner = volume.values.par_iter_mut().enumerate().with_min_len(4096);
            inner.for_each(|(n, v)| {
                let at = n / stride % grid.size[a];
                if at > 0 && at + 1 < grid.size[a] {
                    *v = 0.25 * (before[n - stride] + 2.0 * before[n] + before[n + stride]);
                }
            });
        }
    }
}
