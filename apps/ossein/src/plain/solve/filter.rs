//! What happens to grey values before they become material: a Gaussian filter, fewer voxels.

use ossein_geom::{Grid, Lps, float};

use crate::commands::AnyError;

/// Widest filter in voxels.
const SIGMA_MAX: f64 = 20.0;

/// A Gaussian of `sigma` voxels along each axis, cut at four deviations; the image is mirrored at
/// its faces.
///
/// # Errors
/// A deviation beyond 20 voxels.
pub fn gaussian(values: &[f32], size: [usize; 3], sigma: f64) -> Result<Vec<f32>, AnyError> {
    if !(sigma > 0.0 && sigma <= SIGMA_MAX) {
        return Err(format!("smooth_voxels = {sigma}; 0 to {SIGMA_MAX}").into());
    }
    let reach = (4.0 * sigma + 0.5) as isize;
    let weight = |d: isize| float::exp(-0.5 * (d as f64 / sigma) * (d as f64 / sigma));
    let sum: f64 = (-reach..=reach).map(weight).sum();
    let weights: Vec<(isize, f64)> = (-reach..=reach).map(|d| (d, weight(d) / sum)).collect();
    let mut now = values.to_vec();
    for (axis, stride) in [1, size[0], size[0] * size[1]].into_iter().enumerate() {
        let count = size[axis] as isize;
        // Where a place beyond the faces is seen in the mirror, which repeats the edge.
        let inside = |i: isize| {
            let turn = i.rem_euclid(2 * count);
            if turn < count { turn } else { 2 * count - 1 - turn }
        };
        let from = now.clone();
        for (n, out) in now.iter_mut().enumerate() {
            let i = (n / stride % size[axis]) as isize;
            let at = |d: isize| {
                let step = (inside(i + d) - i) * stride as isize;
                f64::from(from[n.wrapping_add_signed(step)])
            };
            *out = weights.iter().map(|&(d, w)| w * at(d)).sum::<f64>() as f32;
        }
    }
    Ok(now)
}

/// Every `step`-th voxel along each axis, from the first on.
///
/// # Errors
/// A step of 0, or one that leaves less than an axis has.
pub fn every(
    values: &[f32],
    grid: &Grid<Lps>,
    step: usize,
) -> Result<(Vec<f32>, Grid<Lps>), String> {
    if step == 0 || grid.size.iter().any(|&n| n < step) {
        let [x, y, z] = grid.size;
        return Err(format!("every = {step}: it has {x} x {y} x {z} voxels"));
    }
    let size = grid.size.map(|n| n / step);
    let count: usize = size.iter().product();
    let at = |n: usize| [n % size[0], n / size[0] % size[1], n / (size[0] * size[1])];
    let kept = (0..count).map(|n| values[grid.index(at(n).map(|i| step * i))]).collect();
    // A voxel stands for the block that it begins.
    let origin = grid.point([0.5 * (step - 1) as f64; 3]);
    let spacing = grid.spacing.map(|s| step as f64 * s);
    Ok((kept, Grid { origin, spacing, size, ..*grid }))
}
