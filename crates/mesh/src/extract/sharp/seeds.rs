//! Cells that a crease may pass, by their samples alone.

use ossein_field::Block;
use ossein_geom::{Deg, Frame, Point, Vector, float};
use rayon::prelude::*;

use super::cells::Cell;
use crate::cube;
use crate::extract::march::{Samples, fraction};
use crate::extract::sweep::Window;

/// A crease is looked for where the samples' slope turns by this part of its angle in a cell.
const SEED_ANGLE: f64 = 0.5;
/// Parts of the way from the middle of a cell's vertices to the first: where the field is asked, in
/// turn, as a crease along an axis could hide from one of them.
const OFF_MIDDLE: [f64; 4] = [0.0, 0.4, 0.2, 0.6];

/// A cell that a crease may pass.
#[derive(Clone, Copy, Debug)]
pub struct Seed<F: Frame> {
    /// The cell.
    pub cell: Cell,
    /// The middle of its vertices.
    pub middle: Point<F>,
    /// A point near it.
    pub at: Point<F>,
    /// The field there, if it has no crease.
    pub smooth: f64,
}

/// Those of `cells` around which the slope of the samples turns.
pub fn seeds<F: Frame>(
    window: &Window,
    samples: &Block<F>,
    vertices: &[Point<F>],
    cells: &[Cell],
    angle: Deg,
) -> Vec<Seed<F>> {
    let cosine = float::cos(SEED_ANGLE * angle.radians()) as f32;
    cells.par_iter().filter_map(|c| seed(window, samples, vertices, c, cosine)).collect()
}

/// What a quadratic function is at `at`, given places around a `middle` with their values and
/// slopes.
pub fn smooth_value<F: Frame>(
    told: impl Iterator<Item = (Point<F>, f64, Vector<F>)>,
    middle: Point<F>,
    at: Point<F>,
) -> f64 {
    let (mut sum, mut slopes, mut count) = (0.0, Vector::default(), 0.0);
    for (p, value, slope) in told {
        sum += value + 0.5 * slope.dot(at - p);
        slopes += slope;
        count += 1.0;
    }
    (sum + 0.5 * slopes.dot(at - middle)) / count
}

/// A cell around which the slope of the samples turns by more than the angle of `cosine`.
fn seed<F: Frame>(
    window: &Window,
    samples: &Block<F>,
    vertices: &[Point<F>],
    cell: &Cell,
    cosine: f32,
) -> Option<Seed<F>> {
    let [i, j, k] = cell.at.map(usize::from);
    let value = |c: usize| window.signed(window.row(j + (c >> 1 & 1), k + (c >> 2)), i + (c & 1));
    let values: [f32; 8] = std::array::from_fn(value);
    let scale = samples.step.map(|s| 1.0 / s as f32);
    let rise = |c: usize, a: usize| (values[c | 1 << a] - values[c & !(1 << a)]) * scale[a];
    let mut slopes = [[0.0f32; 3]; 12];
    let mut count = 0;
    for (edge, _) in cell.crossed() {
        let (corner, axis) = cube::EDGES[edge];
        let end = corner | 1 << axis;
        let t = fraction(values[corner], values[end]);
        slopes[count] = [0, 1, 2].map(|a| rise(corner, a) + t * (rise(end, a) - rise(corner, a)));
        count += 1;
    }
    let slopes = &slopes[..count];
    let dot = |a: [f32; 3], b: [f32; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    let along = |a: [f32; 3], b: [f32; 3]| dot(a, b) >= cosine * (dot(a, a) * dot(b, b)).sqrt();
    if slopes.iter().all(|&a| slopes.iter().all(|&b| along(a, b))) {
        return None;
    }
    let sum = cell
        .crossed()
        .fold(Vector::default(), |sum, (_, v)| sum + (vertices[v as usize] - Point::ORIGIN));
    let middle = Point::ORIGIN + sum * (1.0 / count as f64);
    let first = cell.crossed().next().map_or(middle, |(_, v)| vertices[v as usize]);
    let at = middle.lerp(first, OFF_MIDDLE[(i + j + k) % OFF_MIDDLE.len()]);
    let told = cell
        .crossed()
        .zip(slopes)
        .map(|((_, v), slope)| (vertices[v as usize], 0.0, Vector::from(slope.map(f64::from))));
    let smooth = smooth_value(told, middle, at);
    Some(Seed { cell: *cell, middle, at, smooth })
}
