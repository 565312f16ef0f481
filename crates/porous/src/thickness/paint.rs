//! Spheres painted in order of falling radius: the first to reach a voxel is its largest.

use ossein_geom::{Cancelled, Job};
use rayon::prelude::*;

use super::ridge::Centre;
use crate::voxels::Beyond;

/// Planes that one thread paints together.
const SLAB_PLANE_COUNT: usize = 16;

/// Replaces squared distances by the squared radius of the largest sphere that holds the voxel; 0
/// where no sphere reaches. A sphere holds the voxels whose centres lie no farther than its radius.
///
/// # Errors
/// [`Cancelled`] if the job was stopped.
pub(super) fn balls(
    squares: &mut [u32],
    size: [usize; 3],
    centres: &[Centre],
    beyond: Beyond,
    job: &Job,
) -> Result<(), Cancelled> {
    let plane = size[0] * size[1];
    let buckets = buckets(centres);
    squares.par_chunks_mut(plane * SLAB_PLANE_COUNT).enumerate().try_for_each(|(n, values)| {
        job.step(1, 3)?;
        values.fill(0);
        let first = n * SLAB_PLANE_COUNT;
        let mut slab = Slab::new(values, size, first, beyond == Beyond::Periodic);
        for &(start, end) in &buckets {
            slab.bucket(&centres[start..end]);
        }
        Ok(())
    })
}

/// Runs of equal radius.
fn buckets(centres: &[Centre]) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut start = 0;
    for run in centres.chunk_by(|a, b| a.square == b.square) {
        out.push((start, start + run.len()));
        start += run.len();
    }
    out
}

struct Slab<'a> {
    values: &'a mut [u32],
    /// A bit a voxel that no sphere has reached; rows of whole words.
    bare: Vec<u64>,
    words: usize,
    size: [usize; 3],
    first: usize,
    count: usize,
    wrap: bool,
}

/// A row of a sphere: `half` voxels on either side of the middle, `dj` rows away.
#[derive(Clone, Copy)]
struct Row {
    dj: i32,
    half: i32,
}

impl<'a> Slab<'a> {
    fn new(values: &'a mut [u32], size: [usize; 3], first: usize, wrap: bool) -> Self {
        let words = size[0].div_ceil(64);
        let count = values.len() / (size[0] * size[1]);
        let bare = vec![u64::MAX; words * size[1] * count];
        Self { values, bare, words, size, first, count, wrap }
    }

    /// All spheres of one radius; they are sorted by place, so by plane.
    fn bucket(&mut self, centres: &[Centre]) {
        let square = centres[0].square;
        let reach = square.isqrt() as i64;
        let plane = (self.size[0] * self.size[1]) as i64;
        let nk = self.size[2] as i64;
        let mut sphere: Vec<Vec<Row>> = Vec::new();
        for shift in if self.wrap { -1..=1 } else { 0..=0 } {
            // Planes of the slab, as the copy of the image `shift` cells away sees them.
            let low = self.first as i64 + shift * nk;
            let high = low + self.count as i64 - 1;
            let start = centres.partition_point(|c| i64::from(c.index) / plane < low - reach);
            let end = centres.partition_point(|c| i64::from(c.index) / plane <= high + reach);
            if start < end && sphere.is_empty() {
                sphere = planes(square);
            }
            for centre in &centres[start..end] {
                self.sphere(*centre, low, &sphere);
            }
        }
    }

    fn sphere(&mut self, centre: Centre, low: i64, sphere: &[Vec<Row>]) {
        let [ni, nj, _] = self.size;
        let index = centre.index as usize;
        let (i, j, k) = (index % ni, index / ni % nj, (index / (ni * nj)) as i64);
        let reach = sphere.len() as i64 - 1;
        let from = (k - reach).max(low);
        let to = (k + reach).min(low + self.count as i64 - 1);
        for at in from..=to {
            let plane = (at - low) as usize;
            for row in &sphere[(at - k).unsigned_abs() as usize] {
                let mut line = j as i32 + row.dj;
                if !(0..nj as i32).contains(&line) {
                    if !self.wrap {
                        continue;
                    }
                    line = line.rem_euclid(nj as i32);
                }
                let (a, b) = (i as i32 - row.half, i as i32 + row.half);
                self.row(plane * nj + line as usize, a, b, centre.square);
            }
        }
    }

    #[inline(always)]
    fn row(&mut self, row: usize, a: i32, b: i32, square: u32) {
        let last = self.size[0] as i32 - 1;
        self.run(row, a.max(0) as usize, b.min(last) as usize, square);
        if self.wrap && (a < 0 || b > last) {
            let n = last + 1;
            if b - a >= n {
                self.run(row, 0, last as usize, square);
                return;
            }
            if a < 0 {
                self.run(row, (a + n) as usize, last as usize, square);
            }
            if b > last {
                self.run(row, 0, (b - n) as usize, square);
            }
        }
    }

    /// Paints the bare voxels from `a` to `b` of a row.
    #[inline(always)]
    fn run(&mut self, row: usize, a: usize, b: usize, square: u32) {
        for word in a / 64..=b / 64 {
            let low = a.saturating_sub(word * 64);
            let high = (b - word * 64).min(63);
            let mask = (u64::MAX << low) & (u64::MAX >> (63 - high));
            let bare = &mut self.bare[row * self.words + word];
            let mut bits = *bare & mask;
            if bits == 0 {
                continue;
            }
            *bare &= !mask;
            let base = row * self.size[0] + word * 64;
            while bits != 0 {
                self.values[base + bits.trailing_zeros() as usize] = square;
                bits &= bits - 1;
            }
        }
    }
}

/// The rows of a sphere's planes, by distance of the plane from the middle.
fn planes(square: u32) -> Vec<Vec<Row>> {
    let rows = |dk: u32| {
        let rest = square - dk * dk;
        let reach = rest.isqrt() as i32;
        let half = |dj: i32| (rest - (dj * dj) as u32).isqrt() as i32;
        (-reach..=reach).map(|dj| Row { dj, half: half(dj) }).collect()
    };
    (0..=square.isqrt()).map(rows).collect()
}
