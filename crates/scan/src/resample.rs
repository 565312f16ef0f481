//! Images on other voxels along the same axes: cubes, where slices are thicker than pixels.

use ossein_geom::{Grid, Lps};
use rayon::prelude::*;

use crate::image::{Image, Values};

/// Voxels whose middles differ by a smaller part of an edge are at one place.
const SAME_PLACE: f64 = 1e-6;

/// What new voxels hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Grey values: between finer voxels linear from middle to middle, in coarser ones the mean over
    /// the voxel, axis by axis.
    Grey,
    /// Labels: that of the voxel in which the middle of the new one lies.
    Labels,
}

/// The grid of cubes that fills the box of another: as many along each axis as come nearest to its
/// length, around the same middle.
///
/// # Panics
/// Unless the edge is above 0.
pub fn cubes(grid: &Grid<Lps>, edge_mm: f64) -> Grid<Lps> {
    assert!(edge_mm > 0.0, "cubes have an edge");
    let count = |a: usize| (grid.size[a] as f64 * grid.spacing[a] / edge_mm).round().max(1.0);
    let counts = [0, 1, 2].map(count);
    let first = |a: usize| {
        let middle = 0.5 * (grid.size[a] as f64 - 1.0);
        middle - 0.5 * (counts[a] - 1.0) * edge_mm / grid.spacing[a]
    };
    let origin = grid.point([0, 1, 2].map(first));
    Grid { origin, spacing: [edge_mm; 3], size: counts.map(|n| n as usize), ..*grid }
}

/// An image on another grid along its axes.
///
/// # Panics
/// If the grids have different axes.
pub fn resample(image: Image, to: &Grid<Lps>, content: Content) -> Image {
    assert_eq!(image.grid.axes, to.axes, "grids along the same axes");
    let Image { format, grid, values, findings } = image;
    let values = match (content, values) {
        (Content::Labels, Values::I16(v)) => Values::I16(nearest(&v, &grid, to)),
        (Content::Labels, Values::I32(v)) => Values::I32(nearest(&v, &grid, to)),
        (Content::Labels, Values::F32(v)) => Values::F32(nearest(&v, &grid, to)),
        (Content::Grey, values) => Values::F32(means(values.into_f32(), &grid, to)),
    };
    Image { format, grid: to.clone(), values, findings }
}

/// Where the middle of a new voxel lies along an axis, in voxels of the old grid.
fn place(from: &Grid<Lps>, to: &Grid<Lps>, axis: usize, n: usize) -> f64 {
    let first = from.coordinates(to.origin)[axis];
    let at = first + n as f64 * to.spacing[axis] / from.spacing[axis];
    if (at - at.round()).abs() < SAME_PLACE { at.round() } else { at }
}

fn nearest<T: Copy + Send + Sync>(values: &[T], from: &Grid<Lps>, to: &Grid<Lps>) -> Vec<T> {
    let last = from.size.map(|n| (n - 1) as f64);
    let source = |a: usize, n: usize| (place(from, to, a, n) + 0.5).floor().clamp(0.0, last[a]);
    let along = [0, 1, 2].map(|a| (0..to.size[a]).map(|n| source(a, n) as usize).collect());
    let [x, y, z]: [Vec<usize>; 3] = along;
    let one = |n: usize| {
        let [i, j, k] = to.voxel(n);
        values[from.index([x[i], y[j], z[k]])]
    };
    (0..to.voxel_count()).into_par_iter().map(one).collect()
}

/// Where the first of some voxels in a row lies, and the share of each.
type Shares = (usize, Vec<f64>);

/// One axis after another, those that become fewer first.
fn means(mut values: Vec<f32>, from: &Grid<Lps>, to: &Grid<Lps>) -> Vec<f32> {
    let mut axes = [0, 1, 2];
    let growth = |a: usize| to.size[a] as f64 / from.size[a] as f64;
    axes.sort_by(|&a, &b| growth(a).total_cmp(&growth(b)));
    let mut size = from.size;
    for axis in axes {
        let shares: Vec<Shares> = (0..to.size[axis]).map(|n| shares(from, to, axis, n)).collect();
        values = along(&values, size, axis, &shares);
        size[axis] = to.size[axis];
    }
    values
}

/// What old voxels a new one takes along an axis.
fn shares(from: &Grid<Lps>, to: &Grid<Lps>, axis: usize, n: usize) -> Shares {
    let at = place(from, to, axis, n);
    let last = from.size[axis] - 1;
    let width = to.spacing[axis] / from.spacing[axis];
    if width <= 1.0 {
        let at = at.clamp(0.0, last as f64);
        let low = at.floor();
        let part = at - low;
        let shares = if part > 0.0 { vec![1.0 - part, part] } else { vec![1.0] };
        return (low as usize, shares);
    }
    // Voxel n reaches from n - 0.5 to n + 0.5.
    let faces = [at - 0.5 * width, at + 0.5 * width].map(|f| f.clamp(-0.5, last as f64 + 0.5));
    let first = (faces[0] + 0.5 + SAME_PLACE).floor().min(last as f64) as usize;
    let end = (faces[1] + 0.5 - SAME_PLACE).ceil().max(first as f64 + 1.0) as usize;
    let overlap = |n: usize| {
        let (low, high) = (n as f64 - 0.5, n as f64 + 0.5);
        (faces[1].min(high) - faces[0].max(low)).max(0.0)
    };
    let shares: Vec<f64> = (first..end.min(last + 1)).map(overlap).collect();
    let sum: f64 = shares.iter().sum();
    (first, shares.into_iter().map(|share| share / sum).collect())
}

/// New values along one axis; `size` is that of the old ones.
fn along(values: &[f32], size: [usize; 3], axis: usize, shares: &[Shares]) -> Vec<f32> {
    let stride: usize = size[..axis].iter().product();
    let (before, after) = (size[axis], shares.len());
    let count = values.len() / before * after;
    let one = |n: usize| {
        let (low, place, high) = (n % stride, n / stride % after, n / stride / after);
        let (first, parts) = &shares[place];
        let start = (high * before + first) * stride + low;
        let part = |(n, share): (usize, &f64)| share * f64::from(values[start + n * stride]);
        parts.iter().enumerate().map(part).sum::<f64>() as f32
    };
    (0..count).into_par_iter().map(one).collect()
}
