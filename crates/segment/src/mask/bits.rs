//! One bit a voxel.

use ossein_geom::{Frame, Grid, Lps, Volume};
use rayon::prelude::*;

/// Voxels of a word.
pub(super) const WORD: usize = 64;

/// A set of voxels: bit `i` of a row of words stands for voxel `i`; bits past the row are zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Mask<F: Frame = Lps> {
    /// Where the voxels lie.
    pub grid: Grid<F>,
    /// `[k][j][word]`, the lowest bit for the lowest `i`.
    pub(super) words: Vec<u64>,
}

impl<F: Frame> Mask<F> {
    /// The empty set.
    pub fn empty(grid: Grid<F>) -> Self {
        let words = vec![0; grid.size[0].div_ceil(WORD) * grid.size[1] * grid.size[2]];
        Self { grid, words }
    }

    /// The voxels whose value `belongs`.
    pub fn of<T: Copy + Sync>(volume: &Volume<T, F>, belongs: impl Fn(T) -> bool + Sync) -> Self {
        let mut mask = Self::empty(volume.grid.clone());
        if mask.words.is_empty() {
            return mask;
        }
        let (ni, row_words) = (volume.grid.size[0], mask.row_words());
        mask.words
            .par_chunks_mut(row_words)
            .zip(volume.values.par_chunks(ni))
            .with_min_len(256)
            .for_each(|(words, row)| {
                for (word, values) in words.iter_mut().zip(row.chunks(WORD)) {
                    *word = pack(values, &belongs);
                }
            });
        mask
    }

    /// Words of a row.
    pub(super) fn row_words(&self) -> usize {
        self.grid.size[0].div_ceil(WORD)
    }

    /// Bits of the last word of a row that stand for voxels.
    pub(super) fn last_bits(&self) -> u64 {
        match self.grid.size[0] % WORD {
            0 => u64::MAX,
            n => (1 << n) - 1,
        }
    }

    /// Whether a voxel belongs.
    pub fn holds(&self, voxel: [usize; 3]) -> bool {
        let row = voxel[2] * self.grid.size[1] + voxel[1];
        self.words[row * self.row_words() + voxel[0] / WORD] >> (voxel[0] % WORD) & 1 == 1
    }

    /// Number of voxels that belong.
    pub fn voxel_count(&self) -> usize {
        self.words
            .par_chunks(1 << 16)
            .map(|c| c.iter().map(|w| w.count_ones() as usize).sum::<usize>())
            .sum()
    }

    /// One value for the voxels that belong and another for the others.
    pub fn volume<T: Copy + Send + Sync>(&self, inside: T, outside: T) -> Volume<T, F> {
        let mut values = vec![outside; self.grid.voxel_count()];
        if !values.is_empty() {
            values
                .par_chunks_mut(self.grid.size[0])
                .zip(self.words.par_chunks(self.row_words()))
                .with_min_len(256)
                .for_each(|(row, words)| {
                    for (values, &word) in row.chunks_mut(WORD).zip(words) {
                        if word != 0 {
                            for (i, value) in values.iter_mut().enumerate() {
                                *value = if word >> i & 1 == 1 { inside } else { outside };
                            }
                        }
                    }
                });
        }
        Volume { grid: self.grid.clone(), values }
    }
}

#[inline(always)]
fn pack<T: Copy>(values: &[T], belongs: &impl Fn(T) -> bool) -> u64 {
    // Eight flags make a byte by one multiplication.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut flags = [0u8; WORD];
    for (flag, &value) in flags.iter_mut().zip(values) {
        *flag = u8::from(belongs(value));
    }
    let mut word = 0;
    for (n, eight) in flags.as_chunks::<8>().0.iter().enumerate() {
        word |= (u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56) << (8 * n);
    }
    word
}

/// The voxels of at least `low` and at most `high`.
pub fn threshold<F: Frame>(volume: &Volume<i16, F>, low: i16, high: i16) -> Mask<F> {
    Mask::of(volume, |v| v >= low && v <= high)
}
