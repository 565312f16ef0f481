//! A field sampled plane by plane, and its surface extracted slab by slab behind.

use ossein_field::{Block, Field, INSIDE_STEPS};
use ossein_geom::{Aabb, Frame, Job};
use rayon::prelude::*;

use super::march::{Places, Samples, Surface, WORD, march};
use super::settle::Settle;
use super::{ExtractError, Vertices};

/// Samples of a tile along x and y: what one bound decides at once.
const TILE: [usize; 2] = [64, 32];
/// Samples that a slab should hold: its planes are as many as fit, between the two counts below.
const SLAB_SAMPLES: usize = 1 << 19;
const SLAB_PLANES_MIN: usize = 4;
const SLAB_PLANES_MAX: usize = 16;
/// Slabs that are worked on at a time, at most.
const SLABS_AT_ONCE_MAX: usize = 16;
/// Stands for the value of samples on the outermost planes, so that every surface is closed there.
const JUST_OUTSIDE: f32 = 1e-30;

/// Consecutive planes of samples with their signs.
pub struct Window {
    size: [usize; 3],
    words: usize,
    values: Vec<f32>,
    signs: Vec<u32>,
}

impl Window {
    fn new(ni: usize, nj: usize, planes: usize) -> Self {
        let words = ni.div_ceil(WORD) + 1;
        Self {
            size: [ni, nj, planes],
            words,
            values: vec![0.0; ni * nj * planes],
            signs: vec![0; words * nj * planes],
        }
    }

    fn plane_values(&self) -> usize {
        self.size[0] * self.size[1]
    }

    fn plane_signs(&self) -> usize {
        self.words * self.size[1]
    }

    /// Keeps plane `k` alone, as the first.
    fn keep(&mut self, k: usize) {
        let (values, signs) = (self.plane_values(), self.plane_signs());
        self.values.copy_within(k * values..(k + 1) * values, 0);
        self.signs.copy_within(k * signs..(k + 1) * signs, 0);
    }
}

impl Samples for Window {
    type Value = f32;

    fn size(&self) -> [usize; 3] {
        self.size
    }

    #[inline(always)]
    fn row(&self, j: usize, k: usize) -> &[f32] {
        &self.values[(k * self.size[1] + j) * self.size[0]..][..self.size[0]]
    }

    #[inline(always)]
    fn signed(&self, row: &[f32], i: usize) -> f32 {
        row[i]
    }

    #[inline(always)]
    fn signs(&self, j: usize, k: usize) -> &[u32] {
        &self.signs[(k * self.size[1] + j) * self.words..][..self.words]
    }
}

/// Planes a slab has for samples of this size.
fn slab_planes(size: [usize; 3]) -> usize {
    (SLAB_SAMPLES / (size[0] * size[1])).clamp(SLAB_PLANES_MIN, SLAB_PLANES_MAX)
}

/// Extracts the surface of `field` on `samples` and hands every slab's part to `emit`, from the
/// lowest up, with the number of the slab's first vertex.
pub fn sweep<F: Frame, E: From<ExtractError>>(
    field: &dyn Field<F>,
    samples: &Block<F>,
    vertices: Vertices,
    job: &Job,
    mut emit: impl FnMut(&mut Surface, u32) -> Result<(), E>,
) -> Result<(), E> {
    let [ni, nj, nk] = samples.size;
    if samples.size.iter().any(|&n| n < 2) {
        return Ok(());
    }
    let depth = slab_planes(samples.size);
    let at_once = (2 * rayon::current_num_threads()).min(SLABS_AT_ONCE_MAX);
    let mut window = Window::new(ni, nj, (at_once * depth).min(nk - 1) + 1);
    let mut surfaces = vec![Surface::default(); at_once];
    let (plane_values, plane_signs) = (window.plane_values(), window.plane_signs());
    sample_planes(
        field,
        samples,
        (0, 1),
        &mut window.values[..plane_values],
        &mut window.signs[..plane_signs],
    );
    let mut vertex_count = 0u64;
    let mut low = 0;
    while low + 1 < nk {
        job.step(low, nk - 1).map_err(ExtractError::from)?;
        let count = (at_once * depth).min(nk - 1 - low);
        let values = window.values[plane_values..].par_chunks_mut(depth * plane_values);
        let signs = window.signs[plane_signs..].par_chunks_mut(depth * plane_signs);
        values.zip(signs).enumerate().for_each(|(slab, (values, signs))| {
            let planes = (low + 1 + slab * depth, low + 1 + count.min((slab + 1) * depth));
            if planes.0 < planes.1 {
                sample_planes(field, samples, planes, values, signs);
            }
        });
        let places = places(samples, low, low + count);
        let slabs = count.div_ceil(depth);
        surfaces[..slabs].par_iter_mut().enumerate().for_each(|(slab, surface)| {
            let planes = (slab * depth, count.min((slab + 1) * depth));
            let first = low == 0 && slab == 0;
            march(&window, planes, &places, first, surface);
            if let Vertices::Within(tolerance) = vertices {
                let settle = Settle { field, samples, low, tolerance_mm: tolerance.0 };
                settle.all(&window, planes, first, surface);
            }
        });
        for surface in &mut surfaces[..slabs] {
            let first = vertex_count as u32;
            vertex_count += surface.vertices().len() as u64;
            if vertex_count >= super::VERTEX_COUNT_MAX as u64 {
                return Err(ExtractError::TooFine.into());
            }
            emit(surface, first)?;
        }
        window.keep(count);
        low += count;
    }
    Ok(job.step(nk - 1, nk - 1).map_err(ExtractError::from)?)
}

/// Places of the samples in the planes `low ..= high`, from the first sample of all.
pub fn places<F: Frame>(samples: &Block<F>, low: usize, high: usize) -> Places {
    let axis = |a: usize, low: usize, high: usize| {
        (low..=high).map(|n| samples.step[a] * n as f64).collect()
    };
    let [ni, nj, _] = samples.size;
    Places { x: axis(0, 0, ni - 1), y: axis(1, 0, nj - 1), z: axis(2, low, high) }
}

/// All samples at once.
pub fn sample_all<F: Frame>(field: &dyn Field<F>, samples: &Block<F>) -> Window {
    let [ni, nj, nk] = samples.size;
    let mut window = Window::new(ni, nj, nk);
    let depth = slab_planes(samples.size);
    let (plane_values, plane_signs) = (window.plane_values(), window.plane_signs());
    let values = window.values.par_chunks_mut(depth * plane_values);
    let signs = window.signs.par_chunks_mut(depth * plane_signs);
    values.zip(signs).enumerate().for_each(|(slab, (values, signs))| {
        let planes = (slab * depth, nk.min((slab + 1) * depth));
        sample_planes(field, samples, planes, values, signs);
    });
    window
}

/// Fills the planes `planes.0 .. planes.1` of all samples.
fn sample_planes<F: Frame>(
    field: &dyn Field<F>,
    samples: &Block<F>,
    planes: (usize, usize),
    values: &mut [f32],
    signs: &mut [u32],
) {
    let [ni, nj, _] = samples.size;
    let mut scratch = Vec::new();
    for j0 in (0..nj).step_by(TILE[1]) {
        for i0 in (0..ni).step_by(TILE[0]) {
            let tile = Tile {
                low: [i0, j0, planes.0],
                high: [(i0 + TILE[0]).min(ni), (j0 + TILE[1]).min(nj), planes.1],
            };
            tile.fill(field, samples, values, signs, &mut scratch);
        }
    }
}

/// Samples `low .. high` of all.
struct Tile {
    low: [usize; 3],
    high: [usize; 3],
}

impl Tile {
    /// The sign that all samples of the tile and their neighbours share, if a bound says so.
    fn decided<F: Frame>(&self, field: &dyn Field<F>, samples: &Block<F>) -> Option<bool> {
        let at = |n: [usize; 3]| samples.point(n[0], n[1], n[2]);
        let low = at(self.low.map(|n| n.saturating_sub(1)));
        let high = at([0, 1, 2].map(|a| self.high[a].min(samples.size[a] - 1)));
        let range = field.range(&Aabb::new(low, high));
        let touches =
            (0..3).any(|a| self.low[a] == 0 || self.high[a] == samples.size[a]) && range.min <= 0.0;
        if range.min > 0.0 {
            Some(false)
        } else if range.max < 0.0 && !touches {
            Some(true)
        } else {
            None
        }
    }

    fn fill<F: Frame>(
        &self,
        field: &dyn Field<F>,
        samples: &Block<F>,
        values: &mut [f32],
        signs: &mut [u32],
        scratch: &mut Vec<f32>,
    ) {
        let [ni, nj, _] = samples.size;
        let words = ni.div_ceil(WORD) + 1;
        let size = [0, 1, 2].map(|a| self.high[a] - self.low[a]);
        let decided = self.decided(field, samples);
        let [x, y, z] = samples.step;
        let level = -(INSIDE_STEPS * x.min(y).min(z)) as f32;
        if decided.is_none() {
            let [i, j, k] = self.low;
            let block = Block { origin: samples.point(i, j, k), step: samples.step, size };
            scratch.resize(block.sample_count(), 0.0);
            field.sample(&block, scratch);
            if self.at_border(samples) {
                self.close(samples, scratch);
            }
        }
        for k in 0..size[2] {
            for j in 0..size[1] {
                let row = k * nj + self.low[1] + j;
                let words = &mut signs[row * words + self.low[0] / WORD..];
                match decided {
                    Some(inside) => fill_signs(words, size[0], inside),
                    None => {
                        let from = &scratch[(k * size[1] + j) * size[0]..][..size[0]];
                        values[row * ni + self.low[0]..][..size[0]].copy_from_slice(from);
                        read_signs(words, from, level);
                    }
                }
            }
        }
    }

    fn at_border<F: Frame>(&self, samples: &Block<F>) -> bool {
        (0..3).any(|a| self.low[a] == 0 || self.high[a] == samples.size[a])
    }

    /// Takes the outermost samples of all to be outside.
    fn close<F: Frame>(&self, samples: &Block<F>, values: &mut [f32]) {
        let size = [0, 1, 2].map(|a| self.high[a] - self.low[a]);
        let outer = |a: usize, n: usize| {
            let n = self.low[a] + n;
            n == 0 || n + 1 == samples.size[a]
        };
        let mut rows = values.chunks_exact_mut(size[0]);
        for k in 0..size[2] {
            for j in 0..size[1] {
                let row = rows.next().expect("one row per y and z");
                let whole = outer(1, j) || outer(2, k);
                for (i, value) in row.iter_mut().enumerate() {
                    if whole || outer(0, i) {
                        *value = value.max(JUST_OUTSIDE);
                    }
                }
            }
        }
    }
}

fn fill_signs(words: &mut [u32], count: usize, inside: bool) {
    for n in 0..count.div_ceil(WORD) {
        let full = if inside { u32::MAX } else { 0 };
        let rest = count - n * WORD;
        words[n] = if rest >= WORD { full } else { full & ((1 << rest) - 1) };
    }
}

/// The sign bits of a row of values: one below `level`.
fn read_signs(words: &mut [u32], values: &[f32], level: f32) {
    let (whole, rest) = values.as_chunks::<WORD>();
    for (word, values) in words.iter_mut().zip(whole) {
        let mut bits = 0;
        for (n, &value) in values.iter().enumerate() {
            bits |= u32::from(value < level) << n;
        }
        *word = bits;
    }
    if !rest.is_empty() {
        let bits = rest.iter().enumerate().map(|(n, &v)| u32::from(v < level) << n);
        words[whole.len()] = bits.sum();
    }
}
