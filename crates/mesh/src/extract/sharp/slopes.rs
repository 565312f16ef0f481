//! Slopes of the samples in one cell.

use crate::cube;
use crate::extract::march::fraction;

/// What the samples at the corners of a cell tell of the field's slope.
///
/// An edge between two corners of one side crosses no ridge of the field beyond the surface: a
/// thin wall has one in its middle, and the slopes at the corners inside then disagree, while those
/// outside tell the surface's.
pub struct Slopes {
    values: [f32; 8],
    corners: [[f32; 3]; 8],
    /// How far the slopes turn at the corners outside and inside, as one less the cosine.
    turns: [f32; 2],
    /// Corners inside, a bit each.
    inside: u8,
}

impl Slopes {
    /// Those of the samples `values`, corners `inside` as bits, `step` mm apart.
    pub fn of(values: [f32; 8], inside: u8, step: [f64; 3]) -> Self {
        let scale = step.map(|s| 1.0 / s as f32);
        let rise = |c: usize, a: usize| (values[c | 1 << a] - values[c & !(1 << a)]) * scale[a];
        let corners: [[f32; 3]; 8] = std::array::from_fn(|c| [0, 1, 2].map(|a| rise(c, a)));
        let beside = beside(inside);
        let turns = [!inside, inside].map(|side| turn(&corners, beside & side));
        Self { values, corners, turns, inside }
    }

    /// Whether they turn on both sides of the surface, by more than the angle of `cosine`.
    pub fn turn(&self, cosine: f32) -> bool {
        self.turns[0].min(self.turns[1]) >= 1.0 - cosine
    }

    /// The slope where the surface crosses an edge; that of the side that turns less where the ends
    /// disagree.
    pub fn at(&self, edge: usize, cosine: f32) -> [f32; 3] {
        let (corner, axis) = cube::EDGES[edge];
        let end = corner | 1 << axis;
        let (a, b) = (self.corners[corner], self.corners[end]);
        if dot(a, b) < cosine * (dot(a, a) * dot(b, b)).sqrt() {
            let corner_is_inside = self.inside >> corner & 1 == 1;
            let inside = self.turns[1] < self.turns[0];
            return if corner_is_inside == inside { a } else { b };
        }
        let t = fraction(self.values[corner], self.values[end]);
        [0, 1, 2].map(|n| a[n] + t * (b[n] - a[n]))
    }
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Corners at the ends of crossed edges, a bit each.
fn beside(inside: u8) -> u8 {
    let odd = |axis: usize, low: u8| {
        let shift = 1 << axis;
        let crossed = (inside ^ inside >> shift) & low;
        crossed | crossed << shift
    };
    odd(0, 0x55) | odd(1, 0x33) | odd(2, 0x0f)
}

/// How far the slopes of some corners turn, as one less the cosine; at a single corner, that tells
/// nothing, all the way.
fn turn(slopes: &[[f32; 3]; 8], corners: u8) -> f32 {
    if corners.count_ones() < 2 {
        return 2.0;
    }
    let mut most = 0.0f32;
    for a in (0..8).filter(|c| corners >> c & 1 == 1) {
        for b in (a + 1..8).filter(|c| corners >> c & 1 == 1) {
            let (a, b) = (slopes[a], slopes[b]);
            most = most.max(1.0 - dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1e-20));
        }
    }
    most
}
