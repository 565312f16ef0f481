//! Voxels at the surface take the mean of their neighbours within; then means over the phase.

use rayon::prelude::*;

use super::ThicknessOptions;
use crate::voxels::{Beyond, Phase, Voxels};

/// Mean, spread and percentiles of a size over voxels, in mm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Mean in mm.
    pub mean_mm: f64,
    /// Standard deviation in mm.
    pub sd_mm: f64,
    /// Greatest value in mm.
    pub max_mm: f64,
    /// A tenth of the voxels has less, in mm, to a fiftieth of a voxel.
    pub tenth_percentile_mm: f64,
    /// Half of the voxels have less, in mm, to a fiftieth of a voxel.
    pub median_mm: f64,
    /// Nine tenths of the voxels have less, in mm, to a fiftieth of a voxel.
    pub ninetieth_percentile_mm: f64,
}

/// Bins a voxel of diameter.
const BINS_A_VOXEL: f64 = 50.0;

pub(super) struct Cleaning<'a> {
    solid: &'a [bool],
    wanted: bool,
    squares: &'a [u32],
    size: [usize; 3],
    wrap: bool,
    /// Diameters in voxels by squared radius.
    diameters: Vec<f32>,
    /// Whether all neighbours of a voxel were painted; a bit a voxel, rows of whole words.
    within: Vec<u64>,
    words: usize,
}

impl<'a> Cleaning<'a> {
    pub fn new(voxels: &'a Voxels, squares: &'a [u32], options: &ThicknessOptions) -> Self {
        let size = voxels.size;
        let words = size[0].div_ceil(64);
        let wrap = options.beyond == Beyond::Periodic;
        let highest = squares.par_iter().copied().max().unwrap_or(0);
        let diameters = (0..=highest).map(|s| (2.0 * f64::from(s).sqrt()) as f32).collect();
        let mut out = Self {
            solid: &voxels.solid,
            wanted: options.phase == Phase::Solid,
            squares,
            size,
            wrap,
            diameters,
            within: Vec::new(),
            words,
        };
        out.within = out.eroded();
        out
    }

    /// Painted voxels all of whose 26 neighbours are painted; what lies beyond counts as painted.
    fn eroded(&self) -> Vec<u64> {
        let [ni, nj, nk] = self.size;
        let words = self.words;
        let mut painted = vec![0u64; words * nj * nk];
        painted.par_chunks_mut(words).zip(self.squares.par_chunks(ni)).for_each(|(bits, row)| {
            for (i, &s) in row.iter().enumerate() {
                bits[i / 64] |= u64::from(s != 0) << (i % 64);
            }
        });
        painted.par_chunks_mut(words).for_each(|bits| self.erode_row(bits));
        let mut out = vec![0u64; words * nj * nk];
        out.par_chunks_mut(words).enumerate().for_each(|(n, bits)| {
            bits.fill(u64::MAX);
            for row in self.rows_around(n % nj, n / nj) {
                let other = &painted[row * words..][..words];
                bits.iter_mut().zip(other).for_each(|(b, o)| *b &= o);
            }
        });
        out
    }

    /// A bit stays where both its neighbours in the row are set as well.
    fn erode_row(&self, bits: &mut [u64]) {
        let ni = self.size[0];
        let last = ni - 1;
        let get = |bits: &[u64], i: usize| bits[i / 64] >> (i % 64) & 1;
        let (first_bit, last_bit) = (get(bits, 0), get(bits, last));
        let (before, after) = if self.wrap { (last_bit, first_bit) } else { (1, 1) };
        // Bits past the end stand for what follows the row.
        if !ni.is_multiple_of(64) {
            bits[last / 64] |= after << (ni % 64);
        }
        let mut low = before;
        for n in 0..bits.len() {
            let here = bits[n];
            let next = bits.get(n + 1).map_or(after, |b| b & 1);
            bits[n] = here & (here << 1 | low) & (here >> 1 | next << 63);
            low = here >> 63;
        }
    }

    /// Rows that touch row `j` of plane `k`, itself among them.
    fn rows_around(&self, j: usize, k: usize) -> impl Iterator<Item = usize> {
        let [_, nj, nk] = self.size;
        let wrap = self.wrap;
        let near = move |at: usize, n: usize| {
            (-1..=1isize).filter_map(move |d| {
                let to = at as isize + d;
                let inside = (0..n as isize).contains(&to);
                (inside || wrap).then(|| to.rem_euclid(n as isize) as usize)
            })
        };
        near(k, nk).flat_map(move |k| near(j, nj).map(move |j| k * nj + j))
    }

    #[inline(always)]
    fn is_within(&self, row: usize, i: usize) -> bool {
        self.within[row * self.words + i / 64] >> (i % 64) & 1 == 1
    }

    /// Diameter in voxels at a voxel of the phase.
    fn diameter(&self, row: usize, i: usize) -> f32 {
        let here = self.diameters[self.squares[row * self.size[0] + i] as usize];
        if self.is_within(row, i) {
            return here;
        }
        let ni = self.size[0];
        let (mut sum, mut count) = (0f32, 0u32);
        for other in self.rows_around(row % self.size[1], row / self.size[1]) {
            for step in 0..3 {
                let at = i + step;
                let at = match (at, self.wrap) {
                    (0, true) => ni - 1,
                    (at, true) if at > ni => 0,
                    (0, false) => continue,
                    (at, false) if at > ni => continue,
                    (at, _) => at - 1,
                };
                if self.is_within(other, at) {
                    sum += self.diameters[self.squares[other * ni + at] as usize];
                    count += 1;
                }
            }
        }
        if count > 0 { sum / count as f32 } else { here }
    }

    /// Calls `each(i, diameter)` for the voxels of the phase in a row.
    #[inline(always)]
    fn row(&self, row: usize, mut each: impl FnMut(usize, f32)) {
        let flags = &self.solid[row * self.size[0]..][..self.size[0]];
        for (i, &flag) in flags.iter().enumerate() {
            if flag == self.wanted {
                each(i, self.diameter(row, i));
            }
        }
    }

    pub fn map(&self, edge_mm: f64) -> Vec<f32> {
        let mut out = vec![0f32; self.solid.len()];
        out.par_chunks_mut(self.size[0]).enumerate().for_each(|(n, values)| {
            self.row(n, |i, d| values[i] = (f64::from(d) * edge_mm) as f32);
        });
        out
    }

    /// Sums run plane by plane, so that the number of threads changes nothing.
    pub fn spread(&self, edge_mm: f64) -> Spread {
        let nj = self.size[1];
        let greatest = self.diameters.last().copied().unwrap_or(0.0);
        let bin_count = (f64::from(greatest) * BINS_A_VOXEL) as usize + 1;
        let plane = |k: usize| {
            let mut sums = Sums::new(bin_count);
            for row in k * nj..(k + 1) * nj {
                self.row(row, |_, d| sums.add(d));
            }
            sums
        };
        let planes: Vec<Sums> = (0..self.size[2]).into_par_iter().map(plane).collect();
        let mut all = Sums::new(bin_count);
        planes.iter().for_each(|p| all.join(p));
        all.spread(edge_mm)
    }
}

struct Sums {
    count: u64,
    sum: f64,
    square_sum: f64,
    max: f32,
    bins: Vec<u64>,
}

impl Sums {
    fn new(bin_count: usize) -> Self {
        Self { count: 0, sum: 0.0, square_sum: 0.0, max: 0.0, bins: vec![0; bin_count] }
    }

    #[inline(always)]
    fn add(&mut self, diameter: f32) {
        let d = f64::from(diameter);
        self.count += 1;
        self.sum += d;
        self.square_sum += d * d;
        self.max = self.max.max(diameter);
        let last = self.bins.len() - 1;
        self.bins[((d * BINS_A_VOXEL) as usize).min(last)] += 1;
    }

    fn join(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.square_sum += other.square_sum;
        self.max = self.max.max(other.max);
        self.bins.iter_mut().zip(&other.bins).for_each(|(a, b)| *a += b);
    }

    fn spread(&self, edge_mm: f64) -> Spread {
        let count = self.count as f64;
        let mean = self.sum / count;
        let variance = (self.square_sum / count - mean * mean).max(0.0);
        let percentile = |share: f64| {
            let wanted = (share * count) as u64;
            let mut sum = 0;
            let bin = self.bins.iter().position(|&n| {
                sum += n;
                sum > wanted
            });
            let bin = bin.unwrap_or(self.bins.len() - 1) as f64;
            // The middle of a bin may lie beyond the greatest value in it.
            ((bin + 0.5) / BINS_A_VOXEL).min(f64::from(self.max)) * edge_mm
        };
        Spread {
            mean_mm: mean * edge_mm,
            sd_mm: variance.sqrt() * edge_mm,
            max_mm: f64::from(self.max) * edge_mm,
            tenth_percentile_mm: percentile(0.1),
            median_mm: percentile(0.5),
            ninetieth_percentile_mm: percentile(0.9),
        }
    }
}
