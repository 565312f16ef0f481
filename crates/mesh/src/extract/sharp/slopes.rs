//! Slopes of the samples in cells, a few at a time.

use crate::cube;
use crate::extract::march::fraction;

/// Cells whose slopes are taken together.
pub const LANES: usize = 8;

/// A number for each cell.
type Lanes = [f32; LANES];
/// A number for each corner of each cell.
pub type Corners = [Lanes; 8];

/// What the samples at the corners of some cells tell of the field's slope.
///
/// An edge between two corners of one side crosses no ridge of the field beyond the surface: a
/// thin wall has one in its middle, and the slopes at the corners inside then disagree, while those
/// outside tell the surface's.
pub struct Slopes<'a> {
    values: &'a Corners,
    /// The slope's parts along x, y, z.
    corners: [Corners; 3],
    /// Their directions.
    units: [Corners; 3],
    /// How far the slopes turn at the corners outside, as one less the cosine.
    outside: Lanes,
    /// The same at those inside.
    inside: Lanes,
    /// Corners inside, a bit each.
    patterns: [u8; LANES],
}

impl<'a> Slopes<'a> {
    /// Those of the samples `values`, corners inside as bits, `per_mm` samples to a mm.
    pub fn of(values: &'a Corners, patterns: [u8; LANES], per_mm: [f32; 3]) -> Self {
        let corners = slopes(values, per_mm);
        let units = units(&corners);
        let beside = patterns.map(beside);
        let mut members = [[0; LANES]; 2];
        for n in 0..LANES {
            members[0][n] = beside[n] & !patterns[n];
            members[1][n] = beside[n] & patterns[n];
        }
        let [outside, inside] = turns(&units, members);
        Self { values, corners, units, outside, inside, patterns }
    }

    /// Whether those of cell `n` turn on both sides of the surface by more than the angle of
    /// `cosine`.
    pub fn turn(&self, n: usize, cosine: f32) -> bool {
        self.outside[n] >= 1.0 - cosine && self.inside[n] >= 1.0 - cosine
    }

    /// The slope where the surface crosses an edge of cell `n`; that of the side that turns less
    /// where the ends disagree.
    #[inline]
    pub fn at(&self, n: usize, edge: usize, cosine: f32) -> [f32; 3] {
        let (corner, axis) = cube::EDGES[edge];
        let end = corner | 1 << axis;
        let [a, b] = [at(&self.corners, corner, n), at(&self.corners, end, n)];
        if dot(at(&self.units, corner, n), at(&self.units, end, n)) < cosine {
            let corner_is_inside = self.patterns[n] >> corner & 1 == 1;
            let inside = self.inside[n] < self.outside[n];
            return if corner_is_inside == inside { a } else { b };
        }
        let t = fraction(self.values[corner][n], self.values[end][n]);
        [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]), a[2] + t * (b[2] - a[2])]
    }
}

/// The vector at a corner of cell `n`.
#[inline(always)]
fn at([x, y, z]: &[Corners; 3], corner: usize, n: usize) -> [f32; 3] {
    [x[corner][n], y[corner][n], z[corner][n]]
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
fn slopes(values: &Corners, per_mm: [f32; 3]) -> [Corners; 3] {
    let mut corners = [[[0.0; LANES]; 8]; 3];
    for a in 0..3 {
        let high = 1 << a;
        for c in 0..8 {
            for n in 0..LANES {
                corners[a][c][n] = (values[c | high][n] - values[c & !high][n]) * per_mm[a];
            }
        }
    }
    corners
}

/// The directions of the slopes.
fn units([x, y, z]: &[Corners; 3]) -> [Corners; 3] {
    let mut units = [[[0.0; LANES]; 8]; 3];
    for c in 0..8 {
        for n in 0..LANES {
            let (x, y, z) = (x[c][n], y[c][n], z[c][n]);
            let scale = 1.0 / (x * x + y * y + z * z).sqrt().max(1e-10);
            (units[0][c][n], units[1][c][n], units[2][c][n]) = (x * scale, y * scale, z * scale);
        }
    }
    units
}

/// How far the directions at the corners of each cell that are members of two sets turn, as one
/// less the cosine; at a single corner, that tells nothing, all the way.
fn turns([x, y, z]: &[Corners; 3], members: [[u8; LANES]; 2]) -> [Lanes; 2] {
    let apart = members.map(apart);
    let mut least = [[1.0f32; LANES]; 2];
    for c in 0..8 {
        for d in 0..c {
            for n in 0..LANES {
                let cosine = x[c][n] * x[d][n] + y[c][n] * y[d][n] + z[c][n] * z[d][n];
                for set in 0..2 {
                    let apart = apart[set][c][n] + apart[set][d][n];
                    least[set][n] = least[set][n].min(cosine + apart);
                }
            }
        }
    }
    let mut turns = [[2.0; LANES]; 2];
    for set in 0..2 {
        for n in 0..LANES {
            if members[set][n].count_ones() > 1 {
                turns[set][n] = 1.0 - least[set][n];
            }
        }
    }
    turns
}

/// Zero at the corners that are members, more than any cosine at the others.
fn apart(members: [u8; LANES]) -> Corners {
    let mut apart = [[0.0; LANES]; 8];
    for c in 0..8 {
        for n in 0..LANES {
            apart[c][n] = f32::from(4 * (!members[n] >> c & 1));
        }
    }
    apart
}
