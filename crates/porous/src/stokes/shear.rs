//! Shear at the walls.

use rayon::prelude::*;
use serde::Serialize;

use super::Flow;
use crate::voxels::Voxels;

/// Shear stress at the walls, by area of wall.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WallShear {
    /// Mean in Pa.
    pub mean_pa: f64,
    /// Half of the wall has less, in Pa.
    pub median_pa: f64,
    /// Nine tenths of the wall have less, in Pa.
    pub ninetieth_percentile_pa: f64,
    /// Greatest in Pa; a single voxel edge decides it.
    pub max_pa: f64,
    /// Wall faces.
    pub face_count: usize,
}

/// Wall shear stress of `flow` when the mean velocity along its axis is `velocity_mm_per_s` and the
/// fluid's viscosity is `viscosity_mpa_s` (millipascal seconds; water 1, blood 3 to 4).
///
/// At each wall face the shear rate is the velocity along the wall in the middle of the voxel, over
/// the half voxel to the wall. Walls of whole voxels step around a curved surface: the distribution
/// widens, and its mean lies low by the surplus of their area; compare equal resolutions only.
/// `None` where nothing flows.
pub fn wall_shear(
    voxels: &Voxels,
    flow: &Flow,
    velocity_mm_per_s: f64,
    viscosity_mpa_s: f64,
) -> Option<WallShear> {
    let edge_mm = voxels.edge_mm()?;
    let mean = flow.mean[flow.axis];
    if mean <= 0.0 {
        return None;
    }
    let nj = voxels.size[1];
    let rows = voxels.size[1] * voxels.size[2];
    let lists: Vec<Vec<f32>> =
        (0..rows).into_par_iter().map(|n| row(voxels, flow, n % nj, n / nj)).collect();
    let mut rates = lists.concat();
    if rates.is_empty() {
        return None;
    }
    rates.par_sort_unstable_by(f32::total_cmp);
    // Rates are velocities a voxel; 1 mPa s is 1e-3 Pa s.
    let factor = velocity_mm_per_s / mean / edge_mm * viscosity_mpa_s * 1e-3;
    let at = |share: f64| f64::from(rates[(share * (rates.len() - 1) as f64) as usize]) * factor;
    let sum: f64 = rates.iter().map(|r| f64::from(*r)).sum();
    Some(WallShear {
        mean_pa: sum / rates.len() as f64 * factor,
        median_pa: at(0.5),
        ninetieth_percentile_pa: at(0.9),
        max_pa: at(1.0),
        face_count: rates.len(),
    })
}

/// Shear rates at the wall faces of a row's void voxels.
fn row(voxels: &Voxels, flow: &Flow, j: usize, k: usize) -> Vec<f32> {
    let size = voxels.size;
    let next = |at: [usize; 3], a: usize, step: usize| {
        let mut to = at;
        to[a] = (at[a] + step) % size[a];
        to
    };
    let mut out = Vec::new();
    for i in 0..size[0] {
        let at = [i, j, k];
        if voxels.solid[voxels.index(at)] {
            continue;
        }
        let middle = [0, 1, 2].map(|a| {
            let u = &flow.velocity[a];
            0.5 * (u[voxels.index(at)] + u[voxels.index(next(at, a, 1))])
        });
        for a in 0..3 {
            for step in [1, size[a] - 1] {
                if voxels.solid[voxels.index(next(at, a, step))] {
                    let along = (0..3).filter(|b| *b != a).map(|b| middle[b] * middle[b]);
                    out.push(2.0 * along.sum::<f32>().sqrt());
                }
            }
        }
    }
    out
}
