//! The surface of a scan at one level, from its whole numbers as they are.

use ossein_geom::{Cancelled, Frame, Job, Vector, Volume};
use rayon::prelude::*;

use crate::extract::march::{Places, Samples, Surface, WORD, march};
use crate::extract::{CompactMesh, ExtractError, Piece, VERTEX_COUNT_MAX, append, check_size};

/// Planes of a slab.
const SLAB_PLANES: usize = 4;
/// Slabs that are worked on at a time, at most.
const SLABS_AT_ONCE_MAX: usize = 16;
/// Stands for the values beyond the border: so far outside that the surface is cut off there.
const OUTSIDE: f32 = 1e30;

/// The closed surface around all that is at `level` or above.
///
/// What reaches the border of the volume is cut off at its outermost voxel centres, so that the
/// mesh is closed and manifold there too. Voxels that meet at a corner are joined (26 against 6
/// neighbours). Equal input gives equal bytes on any number of threads; beyond the mesh itself the
/// work takes a few MB.
///
/// # Errors
/// [`ExtractError`] for too many voxels along an axis, too many vertices, or a stopped job.
pub fn iso_surface<F: Frame>(
    volume: &Volume<i16, F>,
    level: f64,
    job: &Job,
) -> Result<CompactMesh<F>, ExtractError> {
    let origin = volume.grid.origin;
    let mut mesh = CompactMesh { origin, vertices: Vec::new(), triangles: Vec::new() };
    sweep(volume, level, job, |surface, first| {
        mesh.vertices.extend_from_slice(surface.vertices());
        append(&mut mesh.triangles, surface.triangles(), first);
        Ok::<(), ExtractError>(())
    })?;
    Ok(mesh)
}

/// The same surface as [`iso_surface`], handed to `sink` piece by piece from the first plane up.
///
/// # Errors
/// As [`iso_surface`], and what `sink` returns.
pub fn iso_surface_streamed<F: Frame, E: From<ExtractError>>(
    volume: &Volume<i16, F>,
    level: f64,
    job: &Job,
    mut sink: impl FnMut(&Piece<F>) -> Result<(), E>,
) -> Result<(), E> {
    sweep(volume, level, job, |surface, first_vertex| {
        surface.renumber(first_vertex);
        sink(&Piece {
            origin: volume.grid.origin,
            first_vertex,
            vertices: surface.vertices(),
            triangles: surface.triangles(),
        })
    })
}

/// A slab's planes of the volume with one row, column and plane of outside around the whole.
struct Padded<'a> {
    values: &'a [i16],
    size: [usize; 3],
    level: f32,
    /// The slab's first plane, counted with the padding.
    low: usize,
    words: usize,
    signs: Vec<u32>,
}

impl<'a> Padded<'a> {
    fn new<F: Frame>(
        volume: &'a Volume<i16, F>,
        level: f64,
        planes: (usize, usize),
        signs: Vec<u32>,
    ) -> Self {
        let size = volume.grid.size.map(|n| n + 2);
        let words = size[0].div_ceil(WORD) + 1;
        let (low, values) = (planes.0, &volume.values[..]);
        let mut padded = Self { values, size, level: level as f32, low, words, signs };
        padded.read_signs(level, planes.1 - planes.0 + 1);
        padded
    }

    fn read_signs(&mut self, level: f64, plane_count: usize) {
        let mut signs = std::mem::take(&mut self.signs);
        signs.clear();
        signs.resize(self.words * self.size[1] * plane_count, 0);
        let lowest = level.ceil();
        if lowest <= f64::from(i16::MAX) {
            let lowest = lowest.max(f64::from(i16::MIN)) as i16;
            for (n, words) in signs.chunks_exact_mut(self.words).enumerate() {
                let row = self.row(n % self.size[1], n / self.size[1]);
                row_signs(words, row, lowest);
            }
        }
        self.signs = signs;
    }
}

/// Bits of the samples at `lowest` or above, one place up: the padding comes first.
fn row_signs(words: &mut [u32], row: &[i16], lowest: i16) {
    let (whole, rest) = row.as_chunks::<WORD>();
    let mut carry = 0;
    for (word, values) in words.iter_mut().zip(whole) {
        let mut bits = 0;
        for (n, &value) in values.iter().enumerate() {
            bits |= u32::from(value >= lowest) << n;
        }
        *word = bits << 1 | carry;
        carry = bits >> (WORD - 1);
    }
    let last = rest.iter().enumerate().map(|(n, &v)| u64::from(v >= lowest) << (n + 1));
    let last = last.sum::<u64>() | u64::from(carry);
    words[whole.len()] = last as u32;
    if let Some(beyond) = words.get_mut(whole.len() + 1) {
        *beyond |= (last >> WORD) as u32;
    }
}

impl Samples for Padded<'_> {
    type Value = i16;

    fn size(&self) -> [usize; 3] {
        self.size
    }

    #[inline(always)]
    fn row(&self, j: usize, k: usize) -> &[i16] {
        let [ni, nj, nk] = self.size;
        let k = self.low + k;
        if j == 0 || j == nj - 1 || k == 0 || k == nk - 1 {
            return &[];
        }
        &self.values[((k - 1) * (nj - 2) + j - 1) * (ni - 2)..][..ni - 2]
    }

    #[inline(always)]
    fn signed(&self, row: &[i16], i: usize) -> f32 {
        row.get(i.wrapping_sub(1)).map_or(OUTSIDE, |&v| self.level - f32::from(v))
    }

    #[inline(always)]
    fn signs(&self, j: usize, k: usize) -> &[u32] {
        &self.signs[(k * self.size[1] + j) * self.words..][..self.words]
    }
}

fn sweep<F: Frame, E: From<ExtractError>>(
    volume: &Volume<i16, F>,
    level: f64,
    job: &Job,
    mut emit: impl FnMut(&mut Surface, u32) -> Result<(), E>,
) -> Result<(), E> {
    let size = volume.grid.size.map(|n| n + 2);
    check_size(size)?;
    if volume.values.is_empty() || level.is_nan() {
        return Ok(());
    }
    let last = size[2] - 1;
    let at_once = (2 * rayon::current_num_threads()).min(SLABS_AT_ONCE_MAX);
    let mut surfaces = vec![(Surface::default(), Vec::new()); at_once];
    let mut vertex_count = 0u64;
    for low in (0..last).step_by(at_once * SLAB_PLANES) {
        job.step(low, last).map_err(ExtractError::from)?;
        let slabs = (last - low).div_ceil(SLAB_PLANES).min(at_once);
        surfaces[..slabs].par_iter_mut().enumerate().for_each(|(slab, (surface, signs))| {
            let from = low + slab * SLAB_PLANES;
            let planes = (from, (from + SLAB_PLANES).min(last));
            let padded = Padded::new(volume, level, planes, std::mem::take(signs));
            march(&padded, (0, planes.1 - from), &places(volume, planes), from == 0, surface);
            orient(volume, surface);
            *signs = padded.signs;
        });
        for (surface, _) in &mut surfaces[..slabs] {
            let first = vertex_count as u32;
            vertex_count += surface.vertices().len() as u64;
            if vertex_count >= VERTEX_COUNT_MAX as u64 {
                return Err(ExtractError::TooFine.into());
            }
            emit(surface, first)?;
        }
    }
    Ok(job.step(last, last).map_err(|Cancelled| ExtractError::Cancelled(Cancelled))?)
}

fn places<F: Frame>(volume: &Volume<i16, F>, planes: (usize, usize)) -> Places {
    let [ni, nj, _] = volume.grid.size;
    let at = |a: usize, n: usize| volume.grid.spacing[a] * (n as f64 - 1.0);
    Places {
        x: (0..ni + 2).map(|n| at(0, n)).collect(),
        y: (0..nj + 2).map(|n| at(1, n)).collect(),
        z: (planes.0..=planes.1).map(|n| at(2, n)).collect(),
    }
}

/// Turns a slab from the grid's axes into the frame's.
fn orient<F: Frame>(volume: &Volume<i16, F>, surface: &mut Surface) {
    let [x, y, z] = volume.grid.axes;
    if x.cross(y).dot(z) < 0.0 {
        surface.mirror();
    }
    let frame =
        [Vector::new(1.0, 0.0, 0.0), Vector::new(0.0, 1.0, 0.0), Vector::new(0.0, 0.0, 1.0)];
    if [x, y, z] != frame {
        surface.turn(|[i, j, k]| {
            let p = x * f64::from(i) + y * f64::from(j) + z * f64::from(k);
            p.array().map(|v| v as f32)
        });
    }
}
