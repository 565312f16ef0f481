//! Grey values around the place of interest, as floats, plain and blurred.

use ossein_geom::{Aabb, Grid, Lps, Point, Volume, float};
use rayon::prelude::*;

/// A part of a scan.
pub struct Crop {
    /// Voxel of the scan that is the crop's first.
    pub offset: [usize; 3],
    /// Grey values in HU.
    pub hu: Volume<f32>,
}

/// The box of voxels that covers `bounds`, as first voxel and size; `None` if they do not meet.
pub fn voxel_box(grid: &Grid, bounds: Aabb<Lps>) -> Option<([usize; 3], [usize; 3])> {
    let (a, b) = (bounds.min, bounds.max);
    let mut low = [f64::INFINITY; 3];
    let mut high = [f64::NEG_INFINITY; 3];
    for corner in 0..8usize {
        let pick = |axis: usize| if corner >> axis & 1 == 1 { b[axis] } else { a[axis] };
        let at = grid.coordinates(Point::new(pick(0), pick(1), pick(2)));
        for axis in 0..3 {
            low[axis] = low[axis].min(at[axis]);
            high[axis] = high[axis].max(at[axis]);
        }
    }
    let mut first = [0; 3];
    let mut size = [0; 3];
    for axis in 0..3 {
        let last = grid.size[axis] as f64 - 1.0;
        if !(high[axis] >= 0.0 && low[axis] <= last) {
            return None;
        }
        first[axis] = low[axis].floor().clamp(0.0, last) as usize;
        size[axis] = high[axis].ceil().clamp(0.0, last) as usize - first[axis] + 1;
    }
    Some((first, size))
}

/// The part of `grid` that starts at voxel `first` and has `size` voxels.
pub fn sub_grid(grid: &Grid, first: [usize; 3], size: [usize; 3]) -> Grid {
    Grid { origin: grid.center(first), size, ..grid.clone() }
}

/// The part of `volume` that starts at voxel `first` and has `size` voxels.
pub fn cut<T: Copy, U: Copy + Send>(
    volume: &Volume<T>,
    first: [usize; 3],
    size: [usize; 3],
    convert: impl Fn(T) -> U,
) -> Volume<U> {
    let grid = sub_grid(&volume.grid, first, size);
    let mut values = Vec::with_capacity(grid.voxel_count());
    for k in 0..size[2] {
        for j in 0..size[1] {
            let row = volume.grid.index([first[0], first[1] + j, first[2] + k]);
            values.extend(volume.values[row..row + size[0]].iter().map(|&v| convert(v)));
        }
    }
    Volume::new(grid, values)
}

/// The scan within `bounds`; `None` if they do not meet.
pub fn crop(hu: &Volume<i16>, bounds: Aabb<Lps>) -> Option<Crop> {
    let (offset, size) = voxel_box(&hu.grid, bounds)?;
    Some(Crop { offset, hu: cut(hu, offset, size, f32::from) })
}

/// Gaussian blur by `sigma_mm`, cut at three sigma; border values go on outside.
pub fn blurred(volume: &Volume<f32>, sigma_mm: f64) -> Volume<f32> {
    let mut values = volume.values.clone();
    for axis in 0..3 {
        let kernel = kernel(sigma_mm / volume.grid.spacing[axis]);
        if kernel.len() > 1 {
            values = convolved(&values, volume.grid.size, axis, &kernel);
        }
    }
    Volume::new(volume.grid.clone(), values)
}

/// Half of a normalised Gaussian, centre first.
fn kernel(sigma: f64) -> Vec<f32> {
    if sigma < 0.1 {
        return vec![1.0];
    }
    let radius = (3.0 * sigma).ceil() as usize;
    let weight = |n: usize| float::exp(-0.5 * (n as f64 / sigma) * (n as f64 / sigma));
    let sum = 1.0 + 2.0 * (1..=radius).map(weight).sum::<f64>();
    (0..=radius).map(|n| (weight(n) / sum) as f32).collect()
}

/// Every row at once: sums run along rows, so that they fill vector registers.
fn convolved(values: &[f32], size: [usize; 3], axis: usize, kernel: &[f32]) -> Vec<f32> {
    let [ni, nj, nk] = size;
    let mut out = vec![0f32; values.len()];
    let reach = kernel.len() - 1;
    let work = || vec![0f32; ni + 2 * reach];
    out.par_chunks_mut(ni).enumerate().for_each_init(work, |padded, (row, line)| {
        let (j, k) = (row % nj, row / nj);
        let row_at = |j: usize, k: usize| &values[(k * nj + j) * ni..][..ni];
        let own = row_at(j, k);
        line.iter_mut().zip(own).for_each(|(sum, value)| *sum = kernel[0] * value);
        if axis == 0 {
            padded[..reach].fill(own[0]);
            padded[reach..reach + ni].copy_from_slice(own);
            padded[reach + ni..].fill(own[ni - 1]);
        }
        for (n, &weight) in kernel.iter().enumerate().skip(1) {
            let (before, after) = match axis {
                0 => (&padded[reach - n..][..ni], &padded[reach + n..][..ni]),
                1 => (row_at(j.saturating_sub(n), k), row_at((j + n).min(nj - 1), k)),
                _ => (row_at(j, k.saturating_sub(n)), row_at(j, (k + n).min(nk - 1))),
            };
            for ((sum, before), after) in line.iter_mut().zip(before).zip(after) {
                *sum += weight * (after + before);
            }
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blur_keeps_the_sum_and_has_its_width() {
        let grid = Grid::aligned(Point::ORIGIN, [0.8, 1.0, 1.25], [41, 41, 41]);
        let mut volume = Volume::filled(grid, 0f32);
        let middle = volume.grid.index([20, 20, 20]);
        volume.values[middle] = 1000.0;
        let out = blurred(&volume, 2.0);
        let (mut sum, mut second) = (0.0, 0.0);
        for (n, &v) in out.values.iter().enumerate() {
            let x = out.grid.center(out.grid.voxel(n)).x - 16.0;
            sum += f64::from(v);
            second += f64::from(v) * x * x;
        }
        assert!((sum - 1000.0).abs() < 0.5, "{sum}");
        assert!(((second / sum).sqrt() - 2.0).abs() < 0.05);
    }
}
