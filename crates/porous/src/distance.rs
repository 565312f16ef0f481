//! Exact squared distances to the other phase, in voxels.

use rayon::prelude::*;

use crate::voxels::{Beyond, Phase, Voxels};

/// Stands where the image holds no voxel of the other phase.
pub const NOWHERE: u32 = 1 << 30;

/// Rows that the plain search looks at on either side before the envelope takes over.
const SEARCH_REACH: usize = 24;
/// Columns that are worked on together.
const TILE: usize = 64;

/// Squared distance in voxels from every voxel of `phase` to the nearest centre of the other phase;
/// 0 in the other phase, [`NOWHERE`] if there is none. Takes 4 bytes a voxel.
///
/// Beyond a face that is [`Beyond::Unseen`] nothing is near; beyond [`Beyond::Void`] lies void.
///
/// # Source
/// Separable lower envelopes: Felzenszwalb, Huttenlocher: Theory of Computing 8 (2012) 415-428.
pub fn squared(voxels: &Voxels, phase: Phase, beyond: Beyond) -> Vec<u32> {
    let [ni, nj, nk] = voxels.size;
    let wanted = phase == Phase::Solid;
    let edge = beyond == Beyond::Void && wanted;
    let wrap = beyond == Beyond::Periodic;
    let ends = Ends { edge, wrap };
    let mut values = vec![0u32; voxels.voxel_count()];
    let planes = values.par_chunks_mut(ni * nj).zip(voxels.solid.par_chunks(ni * nj));
    planes.for_each(|(plane, solid)| {
        for (row, flags) in plane.chunks_exact_mut(ni).zip(solid.chunks_exact(ni)) {
            runs(row, flags, wanted, ends);
        }
        columns(plane, [ni, nj], ni, ends);
    });
    along_k(&mut values, [ni, nj, nk], ends);
    values
}

/// What lies beyond both ends of a line: the other phase, the line again, or nothing.
#[derive(Clone, Copy)]
struct Ends {
    edge: bool,
    wrap: bool,
}

/// Squared distances along a row of flags.
fn runs(row: &mut [u32], flags: &[bool], wanted: bool, ends: Ends) {
    let n = row.len();
    let far = 1usize << 15;
    let wrapped = |from_end: bool| {
        let at = |i: usize| if from_end { n - 1 - i } else { i };
        (0..n).find(|&i| flags[at(i)] != wanted)
    };
    let start = |from_end: bool| match (ends.edge, ends.wrap) {
        (true, _) => 0,
        (_, true) => wrapped(from_end).unwrap_or(far),
        _ => far,
    };
    let mut since = start(true);
    for i in 0..n {
        since = if flags[i] == wanted { since + 1 } else { 0 };
        row[i] = since.min(far) as u32;
    }
    since = start(false);
    for i in (0..n).rev() {
        since = if flags[i] == wanted { since + 1 } else { 0 };
        let d = (since as u32).min(row[i]);
        row[i] = (d * d).min(NOWHERE);
    }
}

/// Distances along `k`: tiles of columns are gathered, so that every tile is one thread's work.
fn along_k(values: &mut [u32], [ni, nj, nk]: [usize; 3], ends: Ends) {
    let plane = ni * nj;
    let group = rayon::current_num_threads().max(1) * 16;
    let tiles: Vec<usize> = (0..plane).step_by(TILE).collect();
    for some in tiles.chunks(group) {
        let done: Vec<Vec<u32>> = some
            .par_iter()
            .map(|&start| {
                let width = TILE.min(plane - start);
                let mut tile = Vec::with_capacity(width * nk);
                for k in 0..nk {
                    tile.extend_from_slice(&values[k * plane + start..][..width]);
                }
                columns(&mut tile, [width, nk], width, ends);
                tile
            })
            .collect();
        for (&start, tile) in some.iter().zip(&done) {
            let width = TILE.min(plane - start);
            for k in 0..nk {
                values[k * plane + start..][..width].copy_from_slice(&tile[k * width..][..width]);
            }
        }
    }
}

/// Minimum over the column of value plus squared distance, for the columns of `[n][width]`.
fn columns(values: &mut [u32], [width, n]: [usize; 2], stride: usize, ends: Ends) {
    let mut tile = vec![0u32; TILE * n];
    for start in (0..width).step_by(TILE) {
        let w = TILE.min(width - start);
        for j in 0..n {
            tile[j * TILE..j * TILE + w].copy_from_slice(&values[j * stride + start..][..w]);
        }
        if ends.wrap || !search(&tile, values, start, w, n, stride, ends) {
            let mut line = Line::new(n, ends);
            for i in 0..w {
                line.load((0..n).map(|j| tile[j * TILE + i]));
                line.envelope();
                for j in 0..n {
                    values[j * stride + start + i] = line.out[j];
                }
            }
        }
    }
}

/// The plain search, vectorised over the columns; false if a distance may lie beyond its reach.
fn search(
    tile: &[u32],
    values: &mut [u32],
    start: usize,
    w: usize,
    n: usize,
    stride: usize,
    ends: Ends,
) -> bool {
    for j in 0..n {
        let mut best = [0u32; TILE];
        best.copy_from_slice(&tile[j * TILE..(j + 1) * TILE]);
        best[w..].fill(0);
        if ends.edge {
            let d = (j + 1).min(n - j) as u32;
            best.iter_mut().for_each(|b| *b = (*b).min(d * d));
        }
        let mut step = 1;
        loop {
            let highest = best.iter().fold(0, |a, &b| a.max(b));
            let square = (step * step) as u32;
            if highest <= square || step >= n {
                break;
            }
            if step > SEARCH_REACH {
                return false;
            }
            if j >= step {
                nearer(&mut best, &tile[(j - step) * TILE..], square);
            }
            if j + step < n {
                nearer(&mut best, &tile[(j + step) * TILE..], square);
            }
            step += 1;
        }
        values[j * stride + start..][..w].copy_from_slice(&best[..w]);
    }
    true
}

#[inline(always)]
fn nearer(best: &mut [u32; TILE], other: &[u32], square: u32) {
    for (b, &o) in best.iter_mut().zip(&other[..TILE]) {
        *b = (*b).min(o + square);
    }
}

/// A column and the room for its envelope.
struct Line {
    count: usize,
    ends: Ends,
    values: Vec<i64>,
    roots: Vec<usize>,
    starts: Vec<i64>,
    out: Vec<u32>,
}

impl Line {
    fn new(count: usize, ends: Ends) -> Self {
        let room = if ends.wrap { 3 * count } else { count + 2 };
        Self {
            count,
            ends,
            values: vec![0; room],
            roots: vec![0; room],
            starts: vec![0; room],
            out: vec![0; count],
        }
    }

    fn load(&mut self, column: impl Iterator<Item = u32>) {
        let n = self.count;
        let shift = if self.ends.wrap { n } else { 1 };
        for (j, v) in column.enumerate() {
            self.values[shift + j] = i64::from(v);
        }
        if self.ends.wrap {
            for j in 0..n {
                self.values[j] = self.values[n + j];
                self.values[2 * n + j] = self.values[n + j];
            }
        } else {
            let edge = if self.ends.edge { 0 } else { i64::from(NOWHERE) };
            self.values[0] = edge;
            self.values[n + 1] = edge;
        }
    }

    /// Lower envelope of the parabolas rooted at the values, in whole numbers: `starts[s]` is the
    /// first place at which parabola `s` lies lowest.
    fn envelope(&mut self) {
        let room = self.values.len();
        let v = &self.values;
        let mut last = 0;
        self.roots[0] = 0;
        self.starts[0] = 0;
        for q in 1..room {
            let first = |p: usize| {
                let (pi, qi) = (p as i64, q as i64);
                let over = v[q] + qi * qi - v[p] - pi * pi;
                // The first whole number at or beyond the crossing.
                -((-over).div_euclid(2 * (qi - pi)))
            };
            loop {
                let at = first(self.roots[last]);
                if at <= self.starts[last] && last > 0 {
                    last -= 1;
                    continue;
                }
                if at <= 0 {
                    self.roots[0] = q;
                    last = 0;
                } else if at < room as i64 {
                    last += 1;
                    self.roots[last] = q;
                    self.starts[last] = at;
                }
                break;
            }
        }
        let shift = if self.ends.wrap { self.count } else { 1 };
        let mut s = 0;
        for j in 0..self.count {
            let x = (j + shift) as i64;
            while s < last && self.starts[s + 1] <= x {
                s += 1;
            }
            let d = x - self.roots[s] as i64;
            self.out[j] = (v[self.roots[s]] + d * d).min(i64::from(NOWHERE)) as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every voxel against every voxel.
    fn slow(voxels: &Voxels, wanted: bool, beyond: Beyond) -> Vec<u32> {
        let n = voxels.size;
        let count = voxels.voxel_count();
        let one = |m: usize| {
            if voxels.solid[m] != wanted {
                return 0;
            }
            let p = voxels.voxel(m);
            let mut best = NOWHERE as usize;
            for other in (0..count).filter(|&o| voxels.solid[o] != wanted) {
                let q = voxels.voxel(other);
                let apart = |a: usize| {
                    let d = p[a].abs_diff(q[a]);
                    if beyond == Beyond::Periodic { d.min(n[a] - d) } else { d }
                };
                best = best.min((0..3).map(|a| apart(a) * apart(a)).sum());
            }
            if beyond == Beyond::Void && wanted {
                let edge = (0..3).map(|a| (p[a] + 1).min(n[a] - p[a])).min().unwrap();
                best = best.min(edge * edge);
            }
            best as u32
        };
        (0..count).map(one).collect()
    }

    #[track_caller]
    fn check(size: [usize; 3], spread: u64) {
        let count: usize = size.iter().product();
        let mut seed = 1234567u64;
        let mut flag = || {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            !(seed >> 33).is_multiple_of(spread)
        };
        let solid = (0..count).map(|_| flag()).collect();
        let voxels = Voxels::new(size, [1.0; 3], solid).unwrap();
        for beyond in [Beyond::Void, Beyond::Unseen, Beyond::Periodic] {
            for phase in [Phase::Solid, Phase::Void] {
                let found = squared(&voxels, phase, beyond);
                assert_eq!(found, slow(&voxels, phase == Phase::Solid, beyond), "{beyond:?}");
            }
        }
    }

    #[test]
    fn distances_are_exact() {
        check([13, 9, 7], 3);
        check([70, 5, 4], 200);
        check([3, 6, 66], 150);
        check([11, 60, 3], 1_000_000);
        check([1, 1, 1], 2);
    }
}
