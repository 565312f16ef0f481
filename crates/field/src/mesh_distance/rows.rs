//! Where the rows of a grid pass through a surface: the winding number of every sample at once.

use rayon::prelude::*;

use super::near::Samples;
use super::tree::crossing;

/// Triangles that one task takes.
const CHUNK: usize = 8192;
/// Tasks between two merges.
const CHUNKS_PER_ROUND: usize = 8;
/// Crossings are merged when there are this many, and twice those that were left before.
const MERGE_COUNT: usize = 1 << 20;

/// Signed crossings of every row of a grid, in order along x.
pub struct Rows {
    /// Where each row begins in `crossings`; one more at the end.
    start: Vec<u32>,
    crossings: Vec<Crossing>,
    size: [usize; 3],
}

/// Where a row passes through the surface.
#[derive(Clone, Copy)]
struct Crossing {
    /// Number of samples before it.
    before: u32,
    /// Sum of the signs from here on.
    winding: i32,
}

/// Row, number of samples before, sign.
type Found = (u32, u32, i32);

impl Rows {
    /// Intersects the rows with `triangle(0..count)`.
    ///
    /// Crossings between the same two samples become one, so that memory does not grow with
    /// surfaces that lie upon each other.
    pub fn new(
        grid: &Samples,
        count: usize,
        triangle: impl Fn(usize) -> [[f64; 3]; 3] + Sync,
    ) -> Self {
        let mut found: Vec<Found> = Vec::new();
        let mut merge_at = MERGE_COUNT;
        let chunks: Vec<usize> = (0..count.div_ceil(CHUNK)).collect();
        for some in chunks.chunks(CHUNKS_PER_ROUND) {
            let parts: Vec<Vec<Found>> = some
                .par_iter()
                .map(|chunk| {
                    let mut found = Vec::new();
                    for t in chunk * CHUNK..count.min((chunk + 1) * CHUNK) {
                        rows_of(grid, triangle(t), &mut found);
                        if found.len() >= MERGE_COUNT && found.len() == found.capacity() {
                            merge(&mut found);
                        }
                    }
                    found
                })
                .collect();
            parts.iter().for_each(|part| found.extend_from_slice(part));
            if found.len() > merge_at {
                merge(&mut found);
                merge_at = MERGE_COUNT.max(2 * found.len());
            }
        }
        Self::in_order(&found, grid.size)
    }

    fn in_order(found: &[Found], size: [usize; 3]) -> Self {
        let mut start = vec![0u32; size[1] * size[2] + 1];
        for &(row, ..) in found {
            start[row as usize + 1] += 1;
        }
        for row in 1..start.len() {
            start[row] += start[row - 1];
        }
        let mut crossings = vec![Crossing { before: 0, winding: 0 }; found.len()];
        for &(row, before, winding) in found {
            // The end of a row's crossings moves down to their start.
            let at = &mut start[row as usize + 1];
            *at -= 1;
            crossings[*at as usize] = Crossing { before, winding };
        }
        start.remove(0);
        start.push(found.len() as u32);
        for row in start.windows(2) {
            let row = &mut crossings[row[0] as usize..row[1] as usize];
            row.sort_unstable_by_key(|c| c.before);
            let mut sum = 0;
            for crossing in row.iter_mut().rev() {
                sum += crossing.winding;
                crossing.winding = sum;
            }
        }
        Self { start, crossings, size }
    }

    /// Writes the winding numbers of the samples of row `[j, k]` from the `first` on.
    #[inline]
    pub fn fill(&self, [j, k]: [usize; 2], first: usize, winding: &mut [i32]) {
        let row = k * self.size[1] + j;
        let row = &self.crossings[self.start[row] as usize..self.start[row + 1] as usize];
        let mut next = row.partition_point(|c| c.before as usize <= first);
        let mut done = 0;
        while done < winding.len() {
            let end = row.get(next).map_or(usize::MAX, |c| c.before as usize - first);
            let end = end.min(winding.len());
            winding[done..end].fill(row.get(next).map_or(0, |c| c.winding));
            done = end;
            next += 1;
        }
    }
}

/// Sorts, and takes those together that lie between the same two samples.
fn merge(found: &mut Vec<Found>) {
    found.par_sort_unstable_by_key(|&(row, before, _)| u64::from(row) << 32 | u64::from(before));
    found.dedup_by(|next, kept| {
        let same = next.0 == kept.0 && next.1 == kept.1;
        kept.2 += if same { next.2 } else { 0 };
        same
    });
    found.retain(|f| f.2 != 0);
}

/// Samples along an axis that may lie between two places: one more each way, as rounding must not
/// lose any.
fn span(grid: &Samples, axis: usize, (low, high): (f64, f64)) -> std::ops::Range<usize> {
    let at = |v: f64| ((v - grid.origin[axis]) / grid.step[axis]).floor();
    let first = at(low).max(0.0) as usize;
    first..((at(high) + 2.0).max(0.0) as usize).min(grid.size[axis])
}

/// Appends the crossings of one triangle.
fn rows_of(grid: &Samples, triangle: [[f64; 3]; 3], found: &mut Vec<Found>) {
    let bounds = |axis: usize| {
        let v = triangle.map(|p| p[axis]);
        (v[0].min(v[1]).min(v[2]), v[0].max(v[1]).max(v[2]))
    };
    let (whole, layers) = (bounds(1), span(grid, 2, bounds(2)));
    let columns = span(grid, 1, whole);
    let small = columns.len() < 8 || layers.len() < 3;
    for k in layers {
        let z = grid.origin[2] + grid.step[2] * k as f64;
        let columns = if small {
            columns.clone()
        } else {
            span(grid, 1, across(&triangle, (z - grid.step[2], z + grid.step[2]), whole))
        };
        for j in columns {
            let y = grid.origin[1] + grid.step[1] * j as f64;
            if let Some((x, sign)) = crossing(triangle, [y, z]) {
                let before = ((x - grid.origin[0]) / grid.step[0]).ceil().max(0.0);
                let before = before.min(grid.size[0] as f64) as u32;
                if before > 0 {
                    found.push(((k * grid.size[1] + j) as u32, before, sign));
                }
            }
        }
    }
}

/// Lowest and highest y of a triangle between two z, of those in `whole`.
fn across(triangle: &[[f64; 3]; 3], (low, high): (f64, f64), whole: (f64, f64)) -> (f64, f64) {
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for e in 0..3 {
        let (a, b) = (triangle[e], triangle[(e + 1) % 3]);
        if a[2].max(b[2]) < low || a[2].min(b[2]) > high {
            continue;
        }
        for end in [low, high] {
            let part = ((end - a[2]) / (b[2] - a[2])).clamp(0.0, 1.0);
            for part in if part.is_nan() { [0.0, 1.0] } else { [part, part] } {
                let y = a[1] + part * (b[1] - a[1]);
                (least, most) = (least.min(y), most.max(y));
            }
        }
    }
    (least.max(whole.0), most.min(whole.1))
}
