//! Dilation, erosion and closing by a ball, sixty-four voxels at a time.

use ossein_geom::{Frame, Grid};
use rayon::prelude::*;

use super::bits::{Mask, WORD};

/// A ball of voxels: for each row that it meets, how far it reaches along the row.
#[derive(Clone, Debug, PartialEq)]
pub struct Ball {
    /// Row offsets along j and k, and the reach along i; in order of k, then j.
    rows: Vec<([i32; 2], usize)>,
    /// Largest offsets along i, j, k.
    reach: [usize; 3],
}

/// A ball that is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a ball of {radius} voxels; up to {} are possible", Ball::RADIUS_MAX)]
pub struct BallError {
    /// Its radius in voxels.
    pub radius: usize,
}

impl Ball {
    /// Largest radius in voxels.
    pub const RADIUS_MAX: usize = 63;

    /// All voxels whose centres lie within `radius + 1/2` voxels of the middle one.
    ///
    /// # Errors
    /// [`BallError`] beyond [`Self::RADIUS_MAX`].
    pub fn of_voxels(radius: usize) -> Result<Self, BallError> {
        let limit2 = (radius * radius + radius) as f64 + 0.25;
        Self::new([radius; 3], |d| d.iter().map(|v| v * v).sum::<f64>() <= limit2)
    }

    /// All voxels of `grid` whose centres lie within `radius_mm` of the middle one.
    ///
    /// # Errors
    /// [`BallError`] beyond [`Self::RADIUS_MAX`] voxels along an axis.
    pub fn of_mm<F: Frame>(radius_mm: f64, grid: &Grid<F>) -> Result<Self, BallError> {
        let s = grid.spacing;
        let reach = s.map(|s| (radius_mm.max(0.0) / s * (1.0 + 1e-12)) as usize);
        let limit2 = radius_mm * radius_mm * (1.0 + 1e-12);
        Self::new(reach, |d| (0..3).map(|a| (d[a] * s[a]) * (d[a] * s[a])).sum::<f64>() <= limit2)
    }

    fn new(reach: [usize; 3], inside: impl Fn([f64; 3]) -> bool) -> Result<Self, BallError> {
        let radius = reach.into_iter().max().unwrap_or(0);
        if radius > Self::RADIUS_MAX {
            return Err(BallError { radius });
        }
        let (rj, rk) = (reach[1] as i32, reach[2] as i32);
        let mut rows = Vec::new();
        for k in -rk..=rk {
            for j in -rj..=rj {
                let at = |i: usize| inside([i as f64, f64::from(j), f64::from(k)]);
                if let Some(far) = (0..=reach[0]).rev().find(|&i| at(i)) {
                    rows.push(([j, k], far));
                }
            }
        }
        Ok(Self { rows, reach })
    }
}

/// Rows of words with room around them.
struct Padded {
    words: Vec<u64>,
    row_words: usize,
    size: [usize; 2],
}

/// Every voxel within the ball of one of `mask`, on the same grid.
pub fn dilate<F: Frame>(mask: &Mask<F>, ball: &Ball) -> Mask<F> {
    let grown = spread(&pad(mask, ball, 0), ball, false);
    crop(&grown, mask, ball)
}

/// Every voxel whose whole ball lies in `mask`; beyond the grid everything belongs.
pub fn erode<F: Frame>(mask: &Mask<F>, ball: &Ball) -> Mask<F> {
    let shrunk = spread(&pad(mask, ball, u64::MAX), ball, true);
    crop(&shrunk, mask, ball)
}

/// Dilation, then erosion: fills what a ball outside cannot reach.
///
/// The grid has room around it for the ball, so that its border erodes nothing.
pub fn close<F: Frame>(mask: &Mask<F>, ball: &Ball) -> Mask<F> {
    let grown = spread(&pad(mask, ball, 0), ball, false);
    crop(&spread(&grown, ball, true), mask, ball)
}

/// Copies a mask into the middle of rows with a word, and the ball's rows, around.
fn pad<F: Frame>(mask: &Mask<F>, ball: &Ball, outside: u64) -> Padded {
    let [_, nj, nk] = mask.grid.size;
    let [_, rj, rk] = ball.reach;
    let inner = mask.row_words();
    let row_words = inner + 2;
    let size = [nj + 2 * rj, nk + 2 * rk];
    let mut words = vec![outside; row_words * size[0] * size[1]];
    for k in 0..nk {
        for j in 0..nj {
            let from = &mask.words[(k * nj + j) * inner..][..inner];
            let to = &mut words[((k + rk) * size[0] + j + rj) * row_words + 1..][..inner];
            to.copy_from_slice(from);
            if let Some(last) = to.last_mut() {
                *last |= outside & !mask.last_bits();
            }
        }
    }
    Padded { words, row_words, size }
}

fn crop<F: Frame>(padded: &Padded, like: &Mask<F>, ball: &Ball) -> Mask<F> {
    let mut mask = Mask::empty(like.grid.clone());
    let [_, nj, nk] = like.grid.size;
    let [_, rj, rk] = ball.reach;
    let inner = like.row_words();
    for k in 0..nk {
        for j in 0..nj {
            let from = ((k + rk) * padded.size[0] + j + rj) * padded.row_words + 1;
            let to = &mut mask.words[(k * nj + j) * inner..][..inner];
            to.copy_from_slice(&padded.words[from..from + inner]);
            if let Some(last) = to.last_mut() {
                *last &= like.last_bits();
            }
        }
    }
    mask
}

/// Dilates the set, or, of `complement`, the set that does not belong. Beyond the padding there
/// is nothing of what is dilated.
fn spread(from: &Padded, ball: &Ball, complement: bool) -> Padded {
    let n = from.row_words;
    let [nj, nk] = from.size;
    let flip = if complement { u64::MAX } else { 0 };
    // Rows widened by each reach that the ball has, once for all rows that use them.
    let mut reaches: Vec<usize> = ball.rows.iter().map(|row| row.1).collect();
    reaches.sort_unstable();
    reaches.dedup();
    let widened: Vec<Vec<u64>> = reaches
        .iter()
        .map(|&reach| {
            let mut rows = vec![0u64; from.words.len()];
            rows.par_chunks_mut(n)
                .zip(from.words.par_chunks(n))
                .with_min_len(512)
                .for_each(|(to, row)| widen(row, flip, reach, to));
            rows
        })
        .collect();
    let sources: Vec<([i32; 2], &[u64])> = ball
        .rows
        .iter()
        .map(|&(at, reach)| (at, &widened[reaches.partition_point(|&r| r < reach)][..]))
        .collect();
    let mut words = vec![0u64; from.words.len()];
    words.par_chunks_mut(n).with_min_len(64).enumerate().for_each(|(row, to)| {
        let (j, k) = ((row % nj) as i32, (row / nj) as i32);
        for ([dj, dk], rows) in &sources {
            let (j, k) = (j + dj, k + dk);
            if (0..nj as i32).contains(&j) && (0..nk as i32).contains(&k) {
                let row = &rows[(k as usize * nj + j as usize) * n..][..n];
                for (word, other) in to.iter_mut().zip(row) {
                    *word |= other;
                }
            }
        }
        to.iter_mut().for_each(|word| *word ^= flip);
    });
    Padded { words, row_words: n, size: from.size }
}

/// Widens the runs of a row, flipped by `flip`, by `reach` voxels to either side.
fn widen(row: &[u64], flip: u64, reach: usize, to: &mut [u64]) {
    let n = row.len();
    for w in 0..n {
        let before = if w > 0 { row[w - 1] ^ flip } else { 0 };
        let after = if w + 1 < n { row[w + 1] ^ flip } else { 0 };
        let here = row[w] ^ flip;
        // Doubling: after the step of size s every voxel has spread to 2s - 1 and less.
        let (mut low, mut high) = (
            u128::from(here) << WORD | u128::from(before),
            u128::from(after) << WORD | u128::from(here),
        );
        let mut spread = 0;
        while spread < reach {
            let step = (spread + 1).min(reach - spread);
            low |= low << step;
            high |= high >> step;
            spread += step;
        }
        to[w] = (low >> WORD) as u64 | high as u64;
    }
}
