//! Marching squares: where a plane of samples passes a level, as closed rings of crossings.

use crate::plane::Plane;

/// Crossings keep this part of a cell edge away from its ends, so that no two fall together.
pub(crate) const EDGE_MARGIN: f32 = 1e-4;

const KEEP: u32 = 1 << 31;
const ALONG_Y: u32 = 1 << 30;

/// Where the level passes between two neighbouring samples.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crossing {
    /// Column of the first sample, and two flags.
    column: u32,
    /// Row of the first sample.
    row: u32,
    /// Part of the way to the other sample.
    pub fraction: f32,
}

impl Crossing {
    /// The first sample and the axis along which the other one lies.
    #[inline(always)]
    pub fn edge(self) -> (usize, usize, usize) {
        let axis = usize::from(self.column & ALONG_Y != 0);
        ((self.column & (ALONG_Y - 1)) as usize, self.row as usize, axis)
    }

    /// Set where two curves share a cell: the crossing must stay.
    #[inline(always)]
    pub fn stays(self) -> bool {
        self.column & KEEP != 0
    }
}

/// Closed rings of crossings, the solid on their left.
#[derive(Default)]
pub(crate) struct Rings {
    /// All crossings, ring after ring.
    pub crossings: Vec<Crossing>,
    /// Where each ring ends.
    pub ends: Vec<u32>,
}

/// Memory that is used again from plane to plane.
#[derive(Default)]
pub(crate) struct TraceScratch {
    below: Vec<u8>,
    above: Vec<u8>,
    cases: Vec<u8>,
    horizontal: Vec<u32>,
    crossings: Vec<Crossing>,
    next: Vec<u32>,
}

/// Segments of each case as pairs of cell edges (0 bottom, 1 right, 2 top, 3 left), solid on the
/// left; bit n of a case is corner n, counter-clockwise from the lower left. The two saddles have
/// their corners kept apart here.
const SEGMENTS: [&[(u8, u8)]; 16] = [
    &[],
    &[(0, 3)],
    &[(1, 0)],
    &[(1, 3)],
    &[(2, 1)],
    &[(0, 3), (2, 1)],
    &[(2, 0)],
    &[(2, 3)],
    &[(3, 2)],
    &[(0, 2)],
    &[(1, 0), (3, 2)],
    &[(1, 2)],
    &[(3, 1)],
    &[(0, 1)],
    &[(3, 0)],
    &[],
];

/// Follows `level` around: `solid` says whether a point lies below it where the four corners of a
/// cell cannot tell.
pub(crate) fn trace(
    plane: &Plane<'_>,
    level: f32,
    solid: impl Fn([f64; 2]) -> bool,
    scratch: &mut TraceScratch,
    rings: &mut Rings,
) {
    let [ni, nj] = plane.raster.size;
    let s = scratch;
    s.crossings.clear();
    s.next.clear();
    s.horizontal.resize(ni, 0);
    s.cases.clear();
    s.cases.resize(ni.next_multiple_of(8), 0);
    s.below.clear();
    s.below.resize(ni, 0);
    s.above.clear();
    s.above.resize(ni, 0);
    for j in 0..nj.saturating_sub(1) {
        std::mem::swap(&mut s.below, &mut s.above);
        if j + 2 < nj {
            sides(plane.row(j + 1), level, &mut s.above);
        } else {
            s.above.fill(0);
        }
        cases(&s.below, &s.above, &mut s.cases);
        row(plane, level, j, &solid, s);
    }
    link(s, rings);
}

/// 1 for each sample of a row below the level; its ends count as above.
fn sides(row: &[f32], level: f32, sides: &mut [u8]) {
    for (side, value) in sides.iter_mut().zip(row) {
        *side = u8::from(*value < level);
    }
    sides[0] = 0;
    sides[row.len() - 1] = 0;
}

fn cases(below: &[u8], above: &[u8], cases: &mut [u8]) {
    let n = below.len() - 1;
    for (i, case) in cases[..n].iter_mut().enumerate() {
        *case = below[i] | below[i + 1] << 1 | above[i + 1] << 2 | above[i] << 3;
    }
}

/// One row of cells: new crossings on their right and upper edges, and the links.
fn row(
    plane: &Plane<'_>,
    level: f32,
    j: usize,
    solid: &impl Fn([f64; 2]) -> bool,
    s: &mut TraceScratch,
) {
    let (lower, upper) = (plane.row(j), plane.row(j + 1));
    let mut last_right = 0;
    let TraceScratch { cases, horizontal, crossings, next, .. } = s;
    for (group, eight) in cases.chunks_exact(8).enumerate() {
        let word = u64::from_le_bytes(eight.try_into().expect("eight cases"));
        let mut active = (word ^ (word >> 1)) & 0x0707_0707_0707_0707;
        while active != 0 {
            let n = active.trailing_zeros() as usize / 8;
            active &= !(0xFF << (8 * n));
            let (i, case) = (8 * group + n, eight[n]);
            let turns = case ^ (case >> 1 | case << 3);
            let mut ids = [horizontal[i], 0, 0, last_right];
            if turns & 2 != 0 {
                ids[1] = crossings.len() as u32;
                let column = (i + 1) as u32 | ALONG_Y;
                let ends = [lower[i + 1] - level, upper[i + 1] - level];
                crossings.push(crossing(column, j, ends));
                last_right = ids[1];
            }
            if turns & 4 != 0 {
                ids[2] = crossings.len() as u32;
                let ends = [upper[i] - level, upper[i + 1] - level];
                crossings.push(crossing(i as u32, j + 1, ends));
                horizontal[i] = ids[2];
            }
            next.resize(crossings.len(), 0);
            let mut segments = SEGMENTS[case as usize];
            if case == 5 || case == 10 {
                ids.iter().for_each(|&id| crossings[id as usize].column |= KEEP);
                let corner = plane.raster.point(i, j);
                if solid(corner.map(|v| v + 0.5 * plane.raster.step)) {
                    segments = if case == 5 { &[(0, 1), (2, 3)] } else { &[(3, 0), (1, 2)] };
                }
            }
            for &(from, to) in segments {
                next[ids[from as usize] as usize] = ids[to as usize];
            }
        }
    }
}

/// Where a line between two values is zero.
#[inline(always)]
fn crossing(column: u32, row: usize, [a, b]: [f32; 2]) -> Crossing {
    let fraction = (a / (a - b)).max(EDGE_MARGIN).min(1.0 - EDGE_MARGIN);
    Crossing { column, row: row as u32, fraction }
}

/// Puts the crossings into the order of their rings.
fn link(s: &mut TraceScratch, rings: &mut Rings) {
    const DONE: u32 = u32::MAX;
    rings.crossings.clear();
    rings.ends.clear();
    for start in 0..s.crossings.len() {
        if s.next[start] == DONE {
            continue;
        }
        let mut at = start;
        while s.next[at] != DONE {
            rings.crossings.push(s.crossings[at]);
            at = std::mem::replace(&mut s.next[at], DONE) as usize;
        }
        rings.ends.push(rings.crossings.len() as u32);
    }
}
