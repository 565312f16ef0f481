//! Sets of places on a square raster: what hangs together, and how far its edge is.

use ossein_field::height::Raster;
use rayon::prelude::*;

/// The places of a square raster that hang together with `start` over sides.
pub(super) fn connected(
    side: usize,
    start: Option<usize>,
    belongs: impl Fn(usize) -> bool,
) -> Vec<bool> {
    let mut inside = vec![false; side * side];
    let mut open: Vec<usize> = start.into_iter().collect();
    for &n in &open {
        inside[n] = true;
    }
    while let Some(n) = open.pop() {
        let (i, j) = (n % side, n / side);
        let beside = [
            (i > 0).then(|| n - 1),
            (i + 1 < side).then(|| n + 1),
            (j > 0).then(|| n - side),
            (j + 1 < side).then(|| n + side),
        ];
        for other in beside.into_iter().flatten() {
            if !inside[other] && belongs(other) {
                inside[other] = true;
                open.push(other);
            }
        }
    }
    inside
}

/// Signed distance to the edge of a set of places, negative inside; smoothed over the raster's own
/// steps.
pub(super) fn signed(inside: &[bool], raster: &Raster) -> Raster {
    let [side, _] = raster.size;
    let at = |n: usize| {
        let step = |k: usize| k as f64 * raster.step_mm;
        [raster.origin[0] + step(n % side), raster.origin[1] + step(n / side)]
    };
    let mut edges: Vec<[f64; 2]> = Vec::new();
    for n in 0..inside.len() {
        let beside = [(n % side + 1 < side).then(|| n + 1), Some(n + side)];
        for other in beside.into_iter().flatten().filter(|&o| o < inside.len()) {
            if inside[n] != inside[other] {
                let (a, b) = (at(n), at(other));
                edges.push([0.5 * (a[0] + b[0]), 0.5 * (a[1] + b[1])]);
            }
        }
    }
    let distance = |n: usize| {
        let p = at(n);
        let d2 = |e: &[f64; 2]| (p[0] - e[0]).powi(2) + (p[1] - e[1]).powi(2);
        let nearest = edges.iter().map(d2).fold(f64::INFINITY, f64::min).sqrt().min(1e6);
        (if inside[n] { -nearest } else { nearest }) as f32
    };
    let values: Vec<f32> = (0..inside.len()).into_par_iter().map(distance).collect();
    let mut smooth = Raster { values, ..raster.clone() };
    for _ in 0..2 {
        smooth.values = blurred(&smooth.values, side);
    }
    smooth
}

/// The mean over each place and its eight neighbours.
fn blurred(values: &[f32], side: usize) -> Vec<f32> {
    let mean = |n: usize| {
        let (i, j) = (n % side, n / side);
        let (mut sum, mut count) = (0.0f32, 0.0f32);
        for b in j.saturating_sub(1)..=(j + 1).min(values.len() / side - 1) {
            for a in i.saturating_sub(1)..=(i + 1).min(side - 1) {
                sum += values[b * side + a];
                count += 1.0;
            }
        }
        sum / count
    };
    (0..values.len()).map(mean).collect()
}
