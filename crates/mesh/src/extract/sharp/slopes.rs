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
    /// Those of the samples `values`, corners `inside` as bits, `step` mm apart; `None` where they
    /// do not turn on both sides of the surface by more than the angle of `cosine`.
    pub fn turning(values: [f32; 8], inside: u8, step: [f64; 3], cosine: f32) -> Option<Self> {
        let corners = slopes(&values, step);
        let beside = beside(inside);
        let outside = turn(&corners, beside & !inside);
        if outside < 1.0 - cosine {
            return None;
        }
        let turns = [outside, turn(&corners, beside & inside)];
        (turns[1] >= 1.0 - cosine).then_some(Self { values, corners, turns, inside })
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
        [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]), a[2] + t * (b[2] - a[2])]
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

/// The slope at each corner, along the three edges that meet there.
#[inline(always)]
fn slopes(values: &[f32; 8], step: [f64; 3]) -> [[f32; 3]; 8] {
    let mut corners = [[0.0; 3]; 8];
    for a in 0..3 {
        let (scale, high) = (1.0 / step[a] as f32, 1 << a);
        for c in 0..8 {
            corners[c][a] = (values[c | high] - values[c & !high]) * scale;
        }
    }
    corners
}

/// How far the slopes of some corners turn, as one less the cosine; at a single corner, that tells
/// nothing, all the way.
#[inline(always)]
fn turn(slopes: &[[f32; 3]; 8], corners: u8) -> f32 {
    let mut units = [[0.0; 3]; 8];
    let (mut rest, mut count) = (corners, 0);
    while rest != 0 {
        let slope = slopes[rest.trailing_zeros() as usize & 7];
        let scale = 1.0 / dot(slope, slope).sqrt().max(1e-10);
        units[count & 7] = [slope[0] * scale, slope[1] * scale, slope[2] * scale];
        (rest, count) = (rest & (rest - 1), count + 1);
    }
    if count < 2 {
        return 2.0;
    }
    let mut least = 1.0f32;
    for (n, a) in units[..count].iter().enumerate() {
        for b in &units[..n] {
            least = least.min(dot(*a, *b));
        }
    }
    1.0 - least
}
