//! Marching squares: where a plane of samples passes a level, as closed rings of crossings.

use crate::plane::Plane;

/// Crossings keep this part of a cell edge away from its ends, so that no two fall together.
pub(crate) const EDGE_MARGIN: f32 = 1e-4;

const KEEP: u32 = 1 << 31;
const ALONG_Y: u32 = 1 << 30;
const FIRST_SOLID: u32 = 1 << 29;
const COLUMN: u32 = FIRST_SOLID - 1;

/// Where the level passes between two neighbouring samples.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Crossing {
    /// Column of the first sample, and three flags.
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
        ((self.column & COLUMN) as usize, self.row as usize, axis)
    }

    /// Set where two curves share a cell: the crossing must stay.
    #[inline(always)]
    pub fn stays(self) -> bool {
        self.column & KEEP != 0
    }

    /// Whether the first sample lies below the level, and so to the left of the ring.
    #[inline(always)]
    pub fn first_solid(self) -> bool {
        self.column & FIRST_SOLID != 0
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
    /// Which samples of the lower and the upper row of cells lie below the level, 64 a word.
    below: Vec<u64>,
    above: Vec<u64>,
    horizontal: Vec<u32>,
    /// The first `count` are in use.
    links: Vec<Link>,
    count: usize,
}

/// A crossing, and which one comes after it on its ring.
#[derive(Clone, Copy, Default)]
struct Link {
    crossing: Crossing,
    next: u32,
}

impl TraceScratch {
    /// The crossings that were found, those of a row of cells together.
    pub fn found(&mut self) -> impl Iterator<Item = &mut Crossing> {
        self.links[..self.count].iter_mut().map(|link| &mut link.crossing)
    }
}

/// The segment of each case from cell edge to cell edge (0 bottom, 1 right, 2 top, 3 left), the
/// solid on its left; bit n of a case is corner n, counter-clockwise from the lower left. Saddles
/// have two (see [`saddle`]).
const SEGMENT: [(u8, u8); 16] = [
    (0, 0),
    (0, 3),
    (1, 0),
    (1, 3),
    (2, 1),
    (0, 3),
    (2, 0),
    (2, 3),
    (3, 2),
    (0, 2),
    (1, 0),
    (1, 2),
    (3, 1),
    (0, 1),
    (3, 0),
    (0, 0),
];
const SADDLES: [u8; 2] = [5, 10];

/// Both segments of a saddle whose middle is `solid` or not.
fn saddle(case: u8, solid: bool) -> [(usize, usize); 2] {
    match (case == SADDLES[0], solid) {
        (true, false) => [(0, 3), (2, 1)],
        (true, true) => [(0, 1), (2, 3)],
        (false, false) => [(1, 0), (3, 2)],
        (false, true) => [(3, 0), (1, 2)],
    }
}

/// Finds where the plane passes `level`, row by row: `solid` says whether a point lies below it where
/// the four corners of a cell cannot tell.
pub(crate) fn trace(
    plane: &Plane<'_>,
    level: f32,
    solid: impl Fn([f64; 2]) -> bool,
    scratch: &mut TraceScratch,
) {
    let [ni, nj] = plane.raster.size;
    let s = scratch;
    s.count = 0;
    s.horizontal.resize(ni, 0);
    // One word more, so that each has a next one.
    let words = ni.div_ceil(64) + 1;
    for sides in [&mut s.below, &mut s.above] {
        sides.clear();
        sides.resize(words, 0);
    }
    for j in 0..nj.saturating_sub(1) {
        std::mem::swap(&mut s.below, &mut s.above);
        if j + 2 < nj {
            sides(plane.row(j + 1), level, &mut s.above);
        } else {
            s.above.fill(0);
        }
        row(plane, level, j, &solid, s);
    }
}

/// A bit for each sample of a row that lies below the level; its ends count as above.
fn sides(row: &[f32], level: f32, sides: &mut [u64]) {
    /// Moves the lowest bits of eight bytes into the highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let (whole, rest) = row.as_chunks::<64>();
    let mut filled = [f32::INFINITY; 64];
    filled[..rest.len()].copy_from_slice(rest);
    for (word, samples) in sides.iter_mut().zip(whole.iter().chain([&filled])) {
        let below = samples.map(|v| u8::from(v < level));
        *word = 0;
        for (n, &eight) in below.as_chunks::<8>().0.iter().enumerate() {
            *word |= (u64::from_le_bytes(eight).wrapping_mul(GATHER) >> 56) << (8 * n);
        }
    }
    let last = row.len() - 1;
    sides[0] &= !1;
    sides[last / 64] &= !(1 << (last % 64));
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
    let room = s.count + 2 * lower.len();
    if s.links.len() < room {
        s.links.resize(2 * room, Link::default());
    }
    let links = &mut s.links[..];
    let (mut count, mut last_right) = (s.count, 0);
    for group in 0..s.below.len() - 1 {
        // Bit n of each: corner 0, 1, 2, 3 of cell n.
        let next_to = |row: &[u64]| row[group] >> 1 | row[group + 1] << 63;
        let (c0, c1) = (s.below[group], next_to(&s.below));
        let (c3, c2) = (s.above[group], next_to(&s.above));
        let mut active = (c0 ^ c1) | (c1 ^ c2) | (c2 ^ c3);
        while active != 0 {
            let n = active.trailing_zeros();
            active &= active - 1;
            let corner = |bits: u64| (bits >> n & 1) as u8;
            let case = corner(c0) | corner(c1) << 1 | corner(c2) << 2 | corner(c3) << 3;
            let i = 64 * group + n as usize;
            let turns = case ^ (case >> 1 | case << 3);
            // Both new edges are worked out, and kept where the level passes them.
            let mut ids = [s.horizontal[i], count as u32, 0, last_right];
            let column = (i + 1) as u32 | ALONG_Y | flag(case, 1);
            let ends = [lower[i + 1] - level, upper[i + 1] - level];
            links[count].crossing = crossing(column, j, ends);
            let turned = turns & 2 != 0;
            last_right = if turned { count as u32 } else { last_right };
            count += usize::from(turned);
            ids[2] = count as u32;
            let ends = [upper[i] - level, upper[i + 1] - level];
            links[count].crossing = crossing(i as u32 | flag(case, 3), j + 1, ends);
            let turned = turns & 4 != 0;
            s.horizontal[i] = if turned { count as u32 } else { ids[0] };
            count += usize::from(turned);
            if SADDLES.contains(&case) {
                ids.iter().for_each(|&id| links[id as usize].crossing.column |= KEEP);
                let middle = plane.raster.point(i, j).map(|v| v + 0.5 * plane.raster.step);
                for (from, to) in saddle(case, solid(middle)) {
                    links[ids[from] as usize].next = ids[to];
                }
            } else {
                let (from, to) = SEGMENT[case as usize];
                links[ids[(from & 3) as usize] as usize].next = ids[(to & 3) as usize];
            }
        }
    }
    s.count = count;
}

/// The flag of an edge whose first sample is this corner of a cell.
#[inline(always)]
fn flag(case: u8, corner: u8) -> u32 {
    u32::from(case >> corner & 1) * FIRST_SOLID
}

/// Where a line between two values is zero.
#[inline(always)]
fn crossing(column: u32, row: usize, [a, b]: [f32; 2]) -> Crossing {
    let fraction = (a / (a - b)).max(EDGE_MARGIN).min(1.0 - EDGE_MARGIN);
    Crossing { column, row: row as u32, fraction }
}

/// Puts the crossings into the order of their rings.
pub(crate) fn link(s: &mut TraceScratch, rings: &mut Rings) {
    const DONE: u32 = u32::MAX;
    rings.crossings.clear();
    rings.crossings.reserve(s.count);
    rings.ends.clear();
    for start in 0..s.count {
        if s.links[start].next == DONE {
            continue;
        }
        let mut at = start;
        while s.links[at].next != DONE {
            let Link { crossing, next } = s.links[at];
            rings.crossings.push(crossing);
            s.links[at].next = DONE;
            at = next as usize;
        }
        rings.ends.push(rings.crossings.len() as u32);
    }
}
