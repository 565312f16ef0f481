//! Marching squares: where a plane of samples passes a level, as closed rings of crossings.
//!
//! A ring is followed from cell to cell with the solid on its left. The two samples ahead say where
//! it goes on, and a bit for each sample holds them: the values are asked for places alone.

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
    /// Which samples lie below the level: rows of bits.
    below: Vec<u64>,
    /// Which edges along x pass the level, at their first samples, and are on no ring yet.
    waiting: Vec<u64>,
}

/// Finds where the plane passes `level`, ring by ring: `solid` says whether a point lies below it
/// where the four corners of a cell cannot tell.
pub(crate) fn trace(
    plane: &Plane<'_>,
    level: f32,
    solid: impl Fn([f64; 2]) -> bool,
    scratch: &mut TraceScratch,
    rings: &mut Rings,
) {
    let [ni, nj] = plane.raster.size;
    // A power of two, so that a bit's number tells column and row.
    let words = (ni / 64 + 1).next_power_of_two();
    let TraceScratch { below, waiting } = scratch;
    below.clear();
    below.resize(words * nj, 0);
    waiting.clear();
    waiting.resize(words * nj, 0);
    let mut count = 0;
    for j in 1..nj.saturating_sub(1) {
        let row = j * words..(j + 1) * words;
        sides(plane.row(j), level, &mut below[row.clone()]);
        let (lower, row) = below[row.start - words..row.end].split_at(words);
        for (n, waiting) in waiting[j * words..][..words].iter_mut().enumerate() {
            let next = row.get(n + 1).map_or(0, |next| next << 63);
            *waiting = row[n] ^ (row[n] >> 1 | next);
            count += waiting.count_ones() + (row[n] ^ lower[n]).count_ones();
        }
    }
    let walk = Walk { plane, level, below, solid, shift: words.ilog2() + 6 };
    rings.crossings.clear();
    rings.crossings.reserve(count as usize);
    rings.ends.clear();
    for word in 0..waiting.len() {
        while waiting[word] != 0 {
            let edge = 64 * word + waiting[word].trailing_zeros() as usize;
            walk.ring(walk.before(edge), waiting, &mut rings.crossings);
            rings.ends.push(rings.crossings.len() as u32);
        }
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

/// A way over an edge between two samples: the one on its left lies below the level.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Way {
    /// Number of the bit of the sample on the left.
    left: usize,
    /// Where it goes: along x, y, against x, y.
    heading: usize,
}

/// What rings are followed on.
struct Walk<'a, S> {
    plane: &'a Plane<'a>,
    level: f32,
    below: &'a [u64],
    solid: S,
    /// Bits of a sample's number that tell its column.
    shift: u32,
}

impl<S: Fn([f64; 2]) -> bool> Walk<'_, S> {
    /// The way that leads to the lowest and leftmost edge along x of a ring, or away from it: over
    /// the right side of the cell below.
    fn before(&self, edge: usize) -> Way {
        let (lower, upper) = (edge + 1 - (1 << self.shift), edge + 1);
        match self.is_below(edge) {
            true => Way { left: lower, heading: 2 },
            false => Way { left: upper, heading: 0 },
        }
    }

    #[inline(always)]
    fn is_below(&self, sample: usize) -> bool {
        self.below[sample / 64] >> (sample % 64) & 1 != 0
    }

    /// Appends the crossings of a ring, and takes its edges off those that wait.
    fn ring(&self, start: Way, waiting: &mut [u64], crossings: &mut Vec<Crossing>) {
        let row = 1isize << self.shift;
        let steps = [1, row, -1, -row];
        let beside = |heading: usize| steps[(heading + 3) % 4];
        // From the sample on the left to the next one: by heading, then by the two samples ahead.
        let moves: [[isize; 4]; 4] = std::array::from_fn(|h| {
            let right = steps[h] + beside(h);
            [0, steps[h], 0, right]
        });
        let first = crossings.len();
        let mut way = start;
        let mut keep = 0;
        loop {
            let Way { left, heading } = way;
            let ahead = left.wrapping_add_signed(steps[heading]);
            let ahead_right = ahead.wrapping_add_signed(beside(heading));
            let mut case =
                usize::from(self.is_below(ahead)) | usize::from(self.is_below(ahead_right)) << 1;
            let edge = left.min(left.wrapping_add_signed(beside(heading)));
            let saddle = case == 2;
            if saddle {
                case = if (self.solid)(self.middle([left, ahead_right])) { 3 } else { 0 };
                keep = KEEP;
            }
            crossings.push(self.crossing(edge, heading, keep));
            keep = if saddle { KEEP } else { 0 };
            waiting[edge / 64] &= !(((heading & 1) as u64) << (edge % 64));
            way = Way {
                left: left.wrapping_add_signed(moves[heading][case]),
                heading: (heading + TURNS[case]) % 4,
            };
            if way == start {
                break;
            }
        }
        crossings[first].column |= keep;
    }

    /// The middle of the cell that two opposite samples belong to.
    #[cold]
    fn middle(&self, corners: [usize; 2]) -> [f64; 2] {
        let mask = (1 << self.shift) - 1;
        let i = (corners[0] & mask).min(corners[1] & mask);
        let j = corners[0].min(corners[1]) >> self.shift;
        self.plane.raster.point(i, j).map(|v| v + 0.5 * self.plane.raster.step)
    }

    /// Where the level passes the edge from this sample on.
    #[inline(always)]
    fn crossing(&self, edge: usize, heading: usize, keep: u32) -> Crossing {
        let (i, j) = (edge & ((1 << self.shift) - 1), edge >> self.shift);
        let axis = 1 - heading % 2;
        let a = self.plane.at(i, j) - self.level;
        let b = self.plane.at(i + 1 - axis, j + axis) - self.level;
        let fraction = (a / (a - b)).max(EDGE_MARGIN).min(1.0 - EDGE_MARGIN);
        let first_solid = u32::from(heading == 1 || heading == 2);
        let flags = (axis as u32 * ALONG_Y) | (first_solid * FIRST_SOLID);
        Crossing { column: i as u32 | flags | keep, row: j as u32, fraction }
    }
}

/// Quarter turns to the left by the samples ahead: none below, the left one, (a saddle), both.
const TURNS: [usize; 4] = [1, 0, 0, 3];
