//! Samples of a few planes, one above the other, held in bands of rows.
//!
//! A stack of planes is looked at together, so that what a tile can skip is found once; it is
//! sampled slab by slab, so that a thread finishes its planes while their samples are at hand.

use ossein_field::{Block, Field, Interval};
use ossein_geom::{Aabb, Frame, Point};
use rayon::prelude::*;

/// Rows of a band, and samples along x of a tile that one look can skip.
const TILE: usize = 32;
/// Most bytes of samples of the planes that are looked at together, and made at one time.
const STACK_BYTES_MAX: usize = 24 << 20;
/// Most bytes of samples that a slab holds: what a core keeps at hand.
const SLAB_BYTES_MAX: usize = 6 << 20;
/// Most planes of a stack.
const PLANES_MAX: usize = 16;
/// Steps from the first sample to the box.
const SHIFT: f64 = 2.381_966;
/// Most samples of one plane.
pub(crate) const SAMPLES_MAX: usize = 1 << 29;

/// Where the samples of a plane lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raster {
    /// First sample.
    pub origin: [f64; 2],
    /// Distance between samples, mm.
    pub step: f64,
    /// Samples along x and y.
    pub size: [usize; 2],
}

impl Raster {
    /// Samples over a box and two more on every side; none where they would be too many. Shifted
    /// by a part of a step, so that faces of the box do not run along samples.
    pub fn over(min: [f64; 2], max: [f64; 2], step: f64) -> Option<Self> {
        let size = [0, 1].map(|a| (max[a] - min[a]) / step + 6.0);
        let fits = size[0] * size[1] <= SAMPLES_MAX as f64 && size.iter().all(|n| *n >= 1.0);
        fits.then(|| Self {
            origin: min.map(|v| v - SHIFT * step),
            step,
            size: size.map(|n| n.ceil() as usize),
        })
    }

    /// A sample's place.
    #[inline(always)]
    pub fn point(&self, i: usize, j: usize) -> [f64; 2] {
        [self.origin[0] + self.step * i as f64, self.origin[1] + self.step * j as f64]
    }

    /// Places in the rows of a plane, its last band filled up.
    fn padded(&self) -> usize {
        self.size[0] * self.size[1].next_multiple_of(TILE)
    }
}

/// The samples of one plane.
#[derive(Clone, Copy)]
pub(crate) struct Plane<'a> {
    /// Where they lie.
    pub raster: Raster,
    values: &'a [f32],
    band_stride: usize,
    row_stride: usize,
}

impl<'a> Plane<'a> {
    /// A plane of rows one behind the other, `row_stride` apart.
    pub fn dense(raster: Raster, row_stride: usize, values: &'a [f32]) -> Self {
        Self { raster, values, band_stride: TILE * row_stride, row_stride }
    }

    /// One row.
    #[inline(always)]
    pub fn row(&self, j: usize) -> &'a [f32] {
        let first = j / TILE * self.band_stride + j % TILE * self.row_stride;
        &self.values[first..][..self.raster.size[0]]
    }

    /// `N` samples of column `i`, from row `j` on.
    #[inline(always)]
    pub fn column<const N: usize>(&self, i: usize, j: usize) -> [f32; N] {
        if j % TILE + N > TILE {
            return std::array::from_fn(|d| self.at(i, j + d));
        }
        let first = j / TILE * self.band_stride + j % TILE * self.row_stride + i;
        let samples = &self.values[first..][..(N - 1) * self.row_stride + 1];
        std::array::from_fn(|d| samples[d * self.row_stride])
    }

    /// One sample.
    #[inline(always)]
    pub fn at(&self, i: usize, j: usize) -> f32 {
        self.row(j)[i]
    }
}

/// What a stack of planes may skip: the field's range in each tile over all of their heights,
/// `[band][tile]`. Looked for once, however many slabs the stack is sampled in.
pub(crate) struct Looks(Vec<Interval>);

impl Looks {
    /// Planes that are looked at together.
    pub fn planes(raster: &Raster) -> usize {
        let slab = Slab::planes(raster);
        planes_in(STACK_BYTES_MAX, raster).next_multiple_of(slab)
    }

    /// Looks from the lower of two heights to the higher one.
    pub fn new<F: Frame>(raster: &Raster, field: &dyn Field<F>, heights_mm: [f64; 2]) -> Self {
        let [ni, nj] = raster.size.map(|n| n.div_ceil(TILE));
        let look = |n: usize| {
            let corner = [n % ni, n / ni].map(|t| t * TILE);
            let last = [0, 1].map(|a| (corner[a] + TILE).min(raster.size[a]) - 1);
            let [low, high] = [corner, last].map(|[i, j]| raster.point(i, j));
            let [bottom, top] = heights_mm;
            let low = Point::new(low[0], low[1], bottom);
            field.range(&Aabb::new(low, Point::new(high[0], high[1], top)))
        };
        Self((0..ni * nj).into_par_iter().map(look).collect())
    }

    /// The looks at a band.
    fn band(&self, raster: &Raster, n: usize) -> &[Interval] {
        let count = raster.size[0].div_ceil(TILE);
        &self.0[n * count..][..count]
    }
}

/// Planes whose samples take no more than so many bytes.
fn planes_in(bytes: usize, raster: &Raster) -> usize {
    (bytes / (4 * raster.padded()).max(1)).clamp(1, PLANES_MAX)
}

/// The samples of a few planes, `[band][plane][row][i]`.
pub(crate) struct Slab {
    raster: Raster,
    plane_count: usize,
    values: Vec<f32>,
}

impl Slab {
    /// Planes that are sampled together.
    pub fn planes(raster: &Raster) -> usize {
        planes_in(SLAB_BYTES_MAX, raster)
    }

    /// An empty slab over `raster`.
    pub fn new(raster: Raster) -> Self {
        Self { raster, plane_count: 0, values: Vec::new() }
    }

    /// Samples `count` planes from height `z_mm` on, `rise` apart, all of the stack of `looks`.
    pub fn sample<F: Frame>(
        &mut self,
        field: &dyn Field<F>,
        looks: &Looks,
        [z_mm, rise]: [f64; 2],
        count: usize,
    ) {
        let [ni, nj] = self.raster.size;
        self.plane_count = count;
        self.values.resize(self.raster.padded() * count, 0.0);
        let raster = self.raster;
        self.values.par_chunks_mut(TILE * ni * count).enumerate().for_each(|(n, band)| {
            let first = raster.point(0, n * TILE);
            let samples = Block {
                origin: Point::new(first[0], first[1], z_mm),
                step: [raster.step, raster.step, rise],
                size: [ni, TILE.min(nj - n * TILE), count],
            };
            sample_band(field, looks.band(&raster, n), &samples, band);
        });
    }

    /// One of the planes.
    pub fn plane(&self, k: usize) -> Plane<'_> {
        let ni = self.raster.size[0];
        let band_stride = TILE * ni * self.plane_count;
        Plane {
            raster: self.raster,
            values: &self.values[k * TILE * ni..],
            band_stride,
            row_stride: ni,
        }
    }
}

/// Samples a band tile by tile into `[plane][row][i]`; tiles without a surface hold their bound.
fn sample_band<F: Frame>(
    field: &dyn Field<F>,
    looks: &[Interval],
    samples: &Block<F>,
    band: &mut [f32],
) {
    let [ni, rows, count] = samples.size;
    let mut values = vec![0.0f32; TILE * rows * count];
    for (i, Interval { min, max }) in (0..ni).step_by(TILE).zip(looks) {
        let width = TILE.min(ni - i);
        let mut lines = (0..rows * count).map(|n| (n / rows * TILE + n % rows) * ni + i);
        if *min > 0.0 || *max < 0.0 {
            let bound = if *min > 0.0 { *min } else { *max } as f32;
            lines.for_each(|line| band[line..][..width].fill(bound));
            continue;
        }
        let tile = Block { origin: samples.point(i, 0, 0), size: [width, rows, count], ..*samples };
        let values = &mut values[..tile.sample_count()];
        field.sample(&tile, values);
        for source in values.chunks_exact(width) {
            let line = lines.next().unwrap_or_default();
            band[line..][..width].copy_from_slice(source);
        }
    }
}
