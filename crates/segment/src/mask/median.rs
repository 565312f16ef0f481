//! The median of the 27 voxels about each voxel.

use ossein_geom::{Frame, Volume};
use rayon::prelude::*;

/// Rows that one task takes, so that its working rows stay in the cache.
const ROWS: usize = 32;

/// Replaces each value by the median of the 3³ values about it; the border repeats outwards.
///
/// Comparators run on whole rows. Columns of three are sorted, three columns are merged to nine,
/// and of three nines only those that can be the fourteenth of 27 are kept.
pub fn median<F: Frame>(volume: &Volume<i16, F>) -> Volume<i16, F> {
    let [ni, nj, nk] = volume.grid.size;
    let mut values = vec![0i16; volume.values.len()];
    if values.is_empty() {
        return Volume { grid: volume.grid.clone(), values };
    }
    let row = |j: usize, k: usize| &volume.values[(k * nj + j) * ni..][..ni];
    values.par_chunks_mut(ni * nj).enumerate().for_each(|(k, plane)| {
        plane.par_chunks_mut(ni * ROWS).enumerate().for_each(|(part, rows)| {
            let mut bench = Bench::new(ni);
            let planes = [k.saturating_sub(1), k, (k + 1).min(nk - 1)];
            for (n, out) in rows.chunks_exact_mut(ni).enumerate() {
                let j = part * ROWS + n;
                if n == 0 {
                    bench.add(0, planes.map(|k| row(j.saturating_sub(1), k)));
                    bench.add(1, planes.map(|k| row(j, k)));
                }
                bench.add((n + 2) % 3, planes.map(|k| row((j + 1).min(nj - 1), k)));
                bench.merge();
                bench.pick(out);
            }
        });
    });
    Volume { grid: volume.grid.clone(), values }
}

/// Rows under way.
struct Bench {
    /// Sorted triples along k of three neighbouring rows.
    triples: [[Vec<i16>; 3]; 3],
    /// Sorted nines along j and k; one voxel more at either end.
    nines: [Vec<i16>; 9],
}

#[inline(always)]
fn order(v: &mut [i16], a: usize, b: usize) {
    let (x, y) = (v[a], v[b]);
    (v[a], v[b]) = (x.min(y), x.max(y));
}

impl Bench {
    fn new(ni: usize) -> Self {
        let row = || vec![0i16; ni];
        Self {
            triples: std::array::from_fn(|_| std::array::from_fn(|_| row())),
            nines: std::array::from_fn(|_| vec![0; ni + 2]),
        }
    }

    /// Sorts the triples of one row.
    fn add(&mut self, slot: usize, rows: [&[i16]; 3]) {
        let n = rows[0].len();
        let [low, middle, high] = &mut self.triples[slot];
        let (low, middle, high) = (&mut low[..n], &mut middle[..n], &mut high[..n]);
        let (a, b, c) = (&rows[0][..n], &rows[1][..n], &rows[2][..n]);
        for i in 0..n {
            let (least, most) = (a[i].min(b[i]), a[i].max(b[i]));
            low[i] = least.min(c[i]);
            high[i] = most.max(c[i]);
            middle[i] = least.max(most.min(c[i]));
        }
    }

    /// Merges three sorted triples into nine.
    fn merge(&mut self) {
        let n = self.triples[0][0].len();
        let [a, b, c] = &self.triples;
        let [a, b, c] = [a, b, c].map(|t| [&t[0][..n], &t[1][..n], &t[2][..n]]);
        let [o0, o1, o2, o3, o4, o5, o6, o7, o8] = self.nines.each_mut().map(|v| &mut v[1..n + 1]);
        for i in 0..n {
            let mut v =
                [a[0][i], a[1][i], a[2][i], b[0][i], b[1][i], b[2][i], c[0][i], c[1][i], c[2][i]];
            nine(&mut v);
            [o0[i], o1[i], o2[i], o3[i], o4[i], o5[i], o6[i], o7[i], o8[i]] = v;
        }
        for row in &mut self.nines {
            row[0] = row[1];
            row[n + 1] = row[n];
        }
    }

    /// Writes the medians of three neighbouring nines.
    fn pick(&self, out: &mut [i16]) {
        let n = out.len();
        let rows = self.nines.each_ref().map(|v| &v[..n + 2]);
        for i in 0..n {
            let at = |r: usize, d: usize| rows[r][i + d];
            let lowest = |r: usize| at(r, 0).min(at(r, 1)).min(at(r, 2));
            let highest = |r: usize| at(r, 0).max(at(r, 1)).max(at(r, 2));
            let middle = |r: usize| {
                let (a, b, c) = (at(r, 0), at(r, 1), at(r, 2));
                a.min(b).max(a.max(b).min(c))
            };
            // Seven values are surely below the median, seven surely above; thirteen are left.
            let mut v = [
                highest(0),
                highest(1),
                highest(2),
                highest(3),
                lowest(5),
                lowest(6),
                lowest(7),
                lowest(8),
            ];
            merge_fours(&mut v);
            let w = [middle(2), middle(3), middle(4), middle(5), middle(6)];
            out[i] = seventh(&v, &w);
        }
    }
}

/// Sorts nine values that come as three sorted triples.
#[inline(always)]
fn nine(v: &mut [i16; 9]) {
    // The rows of a 3 x 3 table are sorted; its columns next, which keeps the rows sorted.
    for (a, b) in [(0, 3), (1, 4), (2, 5), (3, 6), (4, 7), (5, 8), (0, 3), (1, 4), (2, 5)] {
        order(v, a, b);
    }
    // In a table sorted both ways only neighbours across the diagonals are still unsure.
    for (a, b) in [(1, 3), (5, 7), (2, 6), (2, 4), (4, 6), (2, 3), (5, 6), (1, 2), (6, 7)] {
        order(v, a, b);
    }
    for (a, b) in [(3, 4), (4, 5), (2, 3), (5, 6), (3, 4), (4, 5)] {
        order(v, a, b);
    }
}

/// Merges two sorted runs of four, odd and even places apart.
#[inline(always)]
fn merge_fours(v: &mut [i16; 8]) {
    for (a, b) in [(0, 4), (1, 5), (2, 6), (3, 7), (2, 4), (3, 5), (1, 2), (3, 4), (5, 6)] {
        order(v, a, b);
    }
}

/// The seventh of thirteen values that come as sorted runs of eight and five.
#[inline(always)]
fn seventh(v: &[i16; 8], w: &[i16; 5]) -> i16 {
    let with = |taken: usize| v[6 - taken].max(w[taken - 1]);
    v[6].min(with(1)).min(with(2)).min(with(3)).min(with(4)).min(with(5))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A network sorts everything if it sorts all zeros and ones.
    #[test]
    fn networks_sort_all_zeros_and_ones() {
        for bits in 0..64usize {
            let ones = [bits & 3, bits >> 2 & 3, bits >> 4 & 3];
            let mut v = [0i16; 9];
            (0..9).for_each(|n| v[n] = i16::from(n % 3 >= 3 - ones[n / 3]));
            nine(&mut v);
            assert!(v.is_sorted(), "{ones:?}: {v:?}");
        }
        for (a, b, c) in (0..150).map(|n| (n % 5, n / 5 % 5, n / 25)) {
            let mut v = [0i16; 8];
            (0..8).for_each(|n| v[n] = i16::from(n % 4 >= 4 - [a, b][n / 4]));
            merge_fours(&mut v);
            assert!(v.is_sorted(), "{a} {b}: {v:?}");
            let w = [0, 1, 2, 3, 4].map(|n| i16::from(n + c >= 5));
            assert_eq!(seventh(&v, &w), i16::from(a + b + c >= 7), "{a} {b} {c}");
        }
    }
}
