//! Solid elements and their nodes as strips along x: memory in proportion to the material.

use rayon::prelude::*;

use crate::voxels::Voxels;

/// Consecutive elements or nodes of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Strip {
    /// First of them along x.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// Number of the first, counted over all rows.
    pub first: u32,
}

/// Strips of a grid, row after row, `[k][j]`.
#[derive(Clone, Debug)]
pub(crate) struct Strips {
    /// Counts along `i`, `j`, `k`.
    pub size: [usize; 3],
    /// Axes along which the grid closes on itself: what follows the last is the first.
    pub closed: [bool; 3],
    /// First strip of each row, and the strip count.
    rows: Vec<u32>,
    /// All strips.
    pub strips: Vec<Strip>,
}

impl Strips {
    /// Strips of the elements with material.
    pub fn solid(voxels: &impl Voxels) -> Self {
        let size = voxels.size();
        let [ni, nj, nk] = size;
        let layer = |k: usize| {
            let mut rows = Vec::with_capacity(nj);
            for j in 0..nj {
                let row = (k * nj + j) * ni;
                let mut strips = Vec::new();
                let mut i = 0;
                while i < ni {
                    if !voxels.is_solid(row + i) {
                        i += 1;
                        continue;
                    }
                    let start = i;
                    while i < ni && voxels.is_solid(row + i) {
                        i += 1;
                    }
                    strips.push([start as u32, i as u32]);
                }
                rows.push(strips);
            }
            rows
        };
        Self::collect(size, [false; 3], (0..nk).into_par_iter().map(layer).collect())
    }

    /// The same elements on a grid that closes on itself along some axes.
    pub fn closed_along(self, closed: [bool; 3]) -> Self {
        Self { closed, ..self }
    }

    /// Strips of the nodes around strips of elements.
    pub fn nodes(&self) -> Self {
        let size = [0, 1, 2].map(|a| self.size[a] + usize::from(!self.closed[a]));
        let last = self.size[0] as u32;
        let row = |j: usize, k: usize| {
            let mut strips: Vec<[u32; 2]> = Vec::new();
            for (dj, dk) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let Some([j, k]) = self.before([j, k], [dj, dk]) else { continue };
                strips.extend(self.row(j, k).iter().map(|s| [s.start, s.end + 1]));
            }
            if self.closed[0] && strips.iter().any(|s| s[1] > last) {
                strips.iter_mut().for_each(|s| s[1] = s[1].min(last));
                strips.push([0, 1]);
            }
            merged(strips)
        };
        let plane = |k: usize| (0..size[1]).map(|j| row(j, k)).collect();
        let planes = (0..size[2]).into_par_iter().map(plane).collect();
        Self::collect(size, self.closed, planes)
    }

    /// Row of elements so many steps before a row of nodes, if there is one.
    fn before(&self, nodes: [usize; 2], steps: [usize; 2]) -> Option<[usize; 2]> {
        let mut row = [0; 2];
        for a in 0..2 {
            let count = self.size[a + 1];
            row[a] = match nodes[a].checked_sub(steps[a]) {
                Some(place) => place,
                None if self.closed[a + 1] => count - 1,
                None => return None,
            };
            if row[a] >= count {
                return None;
            }
        }
        Some(row)
    }

    /// Whether each element of the grid is in a strip, `[k][j][i]`.
    pub fn mask(&self) -> Vec<bool> {
        let [ni, nj, nk] = self.size;
        let mut mask = vec![false; ni * nj * nk];
        self.for_each(|_, strip, [j, k]| {
            let row = (k * nj + j) * ni;
            mask[row + strip.start as usize..row + strip.end as usize].fill(true);
        });
        mask
    }

    /// Those strips for which `keep` holds.
    pub fn kept(&self, keep: impl Fn(usize) -> bool) -> Self {
        let mut layers = Vec::with_capacity(self.size[2]);
        let mut index = 0;
        for k in 0..self.size[2] {
            let mut rows = Vec::with_capacity(self.size[1]);
            for j in 0..self.size[1] {
                let mut strips = Vec::new();
                for strip in self.row(j, k) {
                    if keep(index) {
                        strips.push([strip.start, strip.end]);
                    }
                    index += 1;
                }
                rows.push(strips);
            }
            layers.push(rows);
        }
        Self::collect(self.size, self.closed, layers)
    }

    fn collect(size: [usize; 3], closed: [bool; 3], layers: Vec<Vec<Vec<[u32; 2]>>>) -> Self {
        let (mut rows, mut strips, mut first) = (vec![0], Vec::new(), 0);
        for row in layers.iter().flatten() {
            for &[start, end] in row {
                strips.push(Strip { start, end, first });
                first += end - start;
            }
            rows.push(strips.len() as u32);
        }
        Self { size, closed, rows, strips }
    }

    /// Strips of a row.
    pub fn row(&self, j: usize, k: usize) -> &[Strip] {
        &self.strips[self.row_range(j, k)]
    }

    /// Places of a row's strips.
    pub fn row_range(&self, j: usize, k: usize) -> std::ops::Range<usize> {
        let row = k * self.size[1] + j;
        self.rows[row] as usize..self.rows[row + 1] as usize
    }

    /// How many elements or nodes the strips hold.
    pub fn count(&self) -> usize {
        self.strips.last().map_or(0, |s| (s.first + s.end - s.start) as usize)
    }

    /// The place itself, or the first along an axis that closes, in place of the one past the last.
    fn folded(&self, at: [usize; 3]) -> [usize; 3] {
        [0, 1, 2].map(|a| if self.closed[a] && at[a] == self.size[a] { 0 } else { at[a] })
    }

    /// Place of the strip that holds a place of the grid.
    pub fn strip_at(&self, at: [usize; 3]) -> Option<usize> {
        let [i, j, k] = self.folded(at);
        if i >= self.size[0] || j >= self.size[1] || k >= self.size[2] {
            return None;
        }
        let range = self.row_range(j, k);
        let after = self.strips[range.clone()].partition_point(|s| s.start as usize <= i);
        let strip = range.start + after.checked_sub(1)?;
        (i < self.strips[strip].end as usize).then_some(strip)
    }

    /// Number of the element or node at a place of the grid.
    pub fn number(&self, at: [usize; 3]) -> Option<u32> {
        let strip = self.strips[self.strip_at(at)?];
        Some(strip.first + self.folded(at)[0] as u32 - strip.start)
    }

    /// Number of the first element or node of each plane, and the count.
    pub fn planes(&self) -> Vec<u32> {
        let count = self.count() as u32;
        let first = |strip: usize| self.strips.get(strip).map_or(count, |s| s.first);
        (0..=self.size[2]).map(|k| first(self.rows[k * self.size[1]] as usize)).collect()
    }

    /// Calls `f` with each strip and its row, in order.
    pub fn for_each(&self, mut f: impl FnMut(usize, &Strip, [usize; 2])) {
        for k in 0..self.size[2] {
            for j in 0..self.size[1] {
                for index in self.row_range(j, k) {
                    f(index, &self.strips[index], [j, k]);
                }
            }
        }
    }

    /// Strips of elements around a node: up to eight, each as often as it holds an element.
    pub fn around(&self, node: [usize; 3]) -> impl Iterator<Item = usize> + '_ {
        (0..8usize).filter_map(move |bits| {
            let mut at = [0; 3];
            for a in 0..3 {
                at[a] = match node[a].checked_sub(bits >> a & 1) {
                    None if self.closed[a] => self.size[a] - 1,
                    place => place?,
                };
            }
            self.strip_at(at)
        })
    }
}

/// Union of intervals, ascending and apart.
fn merged(mut strips: Vec<[u32; 2]>) -> Vec<[u32; 2]> {
    strips.sort_unstable();
    let mut out: Vec<[u32; 2]> = Vec::with_capacity(strips.len());
    for [start, end] in strips {
        match out.last_mut() {
            Some(last) if start <= last[1] => last[1] = last[1].max(end),
            _ => out.push([start, end]),
        }
    }
    out
}
