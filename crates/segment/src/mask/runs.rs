//! Pieces that hang together over faces, by runs of voxels.

use ossein_geom::{Frame, Volume};
use rayon::prelude::*;

use super::bits::{Mask, WORD};

/// A run of voxels in one row: from `start` up to, not with, `end`.
#[derive(Clone, Copy)]
struct Run {
    start: u32,
    end: u32,
}

/// All runs of a mask, joined where they touch over faces.
struct Pieces {
    /// Row by row.
    runs: Vec<Run>,
    /// Where each row begins in `runs`; one more at the end.
    row_start: Vec<u32>,
    /// The first run of each run's piece.
    first: Vec<u32>,
}

/// Appends the runs of a row of `bits` voxels, flipped by `flip`.
fn runs_of(words: &[u64], flip: u64, bits: usize, runs: &mut Vec<Run>) {
    let word = |w: usize| {
        let end = bits - w * WORD;
        let valid = if end >= WORD { u64::MAX } else { (1 << end) - 1 };
        (words[w] ^ flip) & valid
    };
    let mut carry = 0;
    for w in 0..words.len() {
        let here = word(w);
        // Ones where a run begins or has just ended.
        let mut edges = here ^ (here << 1 | carry);
        while edges != 0 {
            let at = (w * WORD) as u32 + edges.trailing_zeros();
            edges &= edges - 1;
            match runs.last_mut() {
                Some(open) if open.end == u32::MAX => open.end = at,
                _ => runs.push(Run { start: at, end: u32::MAX }),
            }
        }
        carry = here >> (WORD - 1);
    }
    if let Some(open) = runs.last_mut().filter(|run| run.end == u32::MAX) {
        open.end = bits as u32;
    }
}

fn root(first: &mut [u32], mut run: u32) -> u32 {
    while first[run as usize] != run {
        first[run as usize] = first[first[run as usize] as usize];
        run = first[run as usize];
    }
    run
}

impl Pieces {
    fn new<F: Frame>(mask: &Mask<F>, flip: u64) -> Self {
        let [ni, nj, nk] = mask.grid.size;
        let n = mask.row_words();
        let planes: Vec<(Vec<Run>, Vec<u32>)> = (0..nk)
            .into_par_iter()
            .map(|k| {
                let (mut runs, mut ends) = (Vec::new(), Vec::with_capacity(nj));
                for j in 0..nj {
                    runs_of(&mask.words[(k * nj + j) * n..][..n], flip, ni, &mut runs);
                    ends.push(runs.len() as u32);
                }
                (runs, ends)
            })
            .collect();
        let mut runs = Vec::with_capacity(planes.iter().map(|p| p.0.len()).sum());
        let mut row_start = vec![0];
        for (some, ends) in planes {
            let before = runs.len() as u32;
            row_start.extend(ends.iter().map(|end| before + end));
            runs.extend(some);
        }
        let first = (0..runs.len() as u32).collect();
        let mut pieces = Self { runs, row_start, first };
        for row in 0..nj * nk {
            if row % nj.max(1) > 0 {
                pieces.join(row, row - 1);
            }
            if row >= nj {
                pieces.join(row, row - nj);
            }
        }
        for run in 0..pieces.first.len() {
            pieces.first[run] = root(&mut pieces.first, run as u32);
        }
        pieces
    }

    /// Joins the runs of two neighbouring rows.
    fn join(&mut self, a: usize, b: usize) {
        let (mut x, x_end) = (self.row_start[a] as usize, self.row_start[a + 1] as usize);
        let (mut y, y_end) = (self.row_start[b] as usize, self.row_start[b + 1] as usize);
        while x < x_end && y < y_end {
            let (p, q) = (self.runs[x], self.runs[y]);
            if p.start < q.end && q.start < p.end {
                let (p, q) = (root(&mut self.first, x as u32), root(&mut self.first, y as u32));
                self.first[p.max(q) as usize] = p.min(q);
            }
            if p.end <= q.end {
                x += 1;
            } else {
                y += 1;
            }
        }
    }

    /// Sets the runs for which `wanted` holds, by number, in the words of a mask.
    fn paint<F: Frame>(&self, mask: &mut Mask<F>, wanted: impl Fn(usize) -> bool) {
        let n = mask.row_words();
        for (row, span) in self.row_start.windows(2).enumerate() {
            let words = &mut mask.words[row * n..row * n + n];
            for run in span[0] as usize..span[1] as usize {
                if wanted(run) {
                    paint(words, self.runs[run]);
                }
            }
        }
    }
}

fn paint(words: &mut [u64], run: Run) {
    let (start, end) = (run.start as usize, run.end as usize);
    for w in start / WORD..end.div_ceil(WORD) {
        let low = start.saturating_sub(w * WORD);
        let high = (end - w * WORD).min(WORD);
        words[w] |= (u64::MAX >> (WORD - (high - low))) << low;
    }
}

/// Numbers the pieces that hang together over faces, from 1 in the order in which their first
/// voxels come; 0 where nothing is. Gives the number of pieces too.
pub fn components<F: Frame>(mask: &Mask<F>) -> (Volume<u32, F>, usize) {
    let pieces = Pieces::new(mask, 0);
    let mut number = vec![0u32; pieces.runs.len()];
    let mut count = 0;
    let mut values = vec![0u32; mask.grid.voxel_count()];
    let ni = mask.grid.size[0];
    for (row, span) in pieces.row_start.windows(2).enumerate() {
        for run in span[0] as usize..span[1] as usize {
            let first = pieces.first[run] as usize;
            if first == run {
                count += 1;
                number[run] = count;
            }
            let Run { start, end } = pieces.runs[run];
            values[row * ni + start as usize..row * ni + end as usize].fill(number[first]);
        }
    }
    (Volume { grid: mask.grid.clone(), values }, count as usize)
}

/// The piece with the most voxels, of equal ones the first; empty where nothing is.
pub fn largest<F: Frame>(mask: &Mask<F>) -> Mask<F> {
    let pieces = Pieces::new(mask, 0);
    let mut count = vec![0usize; pieces.runs.len()];
    for (run, &first) in pieces.runs.iter().zip(&pieces.first) {
        count[first as usize] += (run.end - run.start) as usize;
    }
    let most = count.iter().copied().max().unwrap_or(0);
    let chosen = count.iter().position(|&c| c == most).unwrap_or(0) as u32;
    let mut kept = Mask::empty(mask.grid.clone());
    pieces.paint(&mut kept, |run| pieces.first[run] == chosen);
    kept
}

/// The mask with all voxels from which no way over faces leads around it to the grid's border.
pub fn fill_holes<F: Frame>(mask: &Mask<F>) -> Mask<F> {
    let [ni, nj, nk] = mask.grid.size;
    let pieces = Pieces::new(mask, u64::MAX);
    let mut outside = vec![false; pieces.runs.len()];
    for (row, span) in pieces.row_start.windows(2).enumerate() {
        let (j, k) = (row % nj.max(1), row / nj.max(1));
        let border = j == 0 || j + 1 == nj || k == 0 || k + 1 == nk;
        for run in span[0] as usize..span[1] as usize {
            let Run { start, end } = pieces.runs[run];
            if border || start == 0 || end as usize == ni {
                outside[pieces.first[run] as usize] = true;
            }
        }
    }
    let mut filled = mask.clone();
    pieces.paint(&mut filled, |run| !outside[pieces.first[run] as usize]);
    filled
}
