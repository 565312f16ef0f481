//! The largest connected piece of a solid: what a lattice loses where a wall cuts through it.

use ossein_geom::{Aabb, Cancelled, Frame, Job, Point};
use rayon::prelude::*;

use crate::{Block, Field, Interval};

/// A solid without the pieces that hang on nothing.
///
/// Pieces are told apart on samples `step_mm` apart: two samples belong together when they are
/// neighbours along an axis.
pub struct MainPart<F: Frame, T> {
    inner: T,
    lattice: Block<F>,
    /// One bit per sample: set where the sample lies in the solid but not in its main piece.
    loose: Vec<u64>,
    loose_bounds: Aabb<F>,
    /// Number of pieces that were dropped.
    pub dropped_count: usize,
    /// Their volume in mm³.
    pub dropped_mm3: f64,
}

/// A run of solid samples along x.
#[derive(Clone, Copy)]
struct Run {
    start: u32,
    end: u32,
    piece: u32,
}

impl<F: Frame, T: Field<F>> MainPart<F, T> {
    /// Finds the main piece of `inner`.
    ///
    /// # Errors
    /// [`Cancelled`] if the job was stopped.
    pub fn new(inner: T, step_mm: f64, job: &Job) -> Result<Self, Cancelled> {
        let bounds = inner.bounds().grow(2.0 * step_mm);
        let size = [0, 1, 2].map(|a| (bounds.size()[a] / step_mm).ceil() as usize + 1);
        let lattice = Block { origin: bounds.min, step: [step_mm; 3], size };
        let rows = solid_runs(&inner, &lattice, job)?;
        Ok(Self::from_runs(inner, lattice, rows))
    }

    fn from_runs(inner: T, lattice: Block<F>, mut rows: Vec<Vec<Run>>) -> Self {
        let [ni, nj, _] = lattice.size;
        let mut pieces = Pieces::default();
        for row in 0..rows.len() {
            let (done, rest) = rows.split_at_mut(row);
            let here = &mut rest[0];
            for run in here.iter_mut() {
                run.piece = pieces.add((run.end - run.start) as usize);
            }
            if row % nj > 0 {
                pieces.join_rows(here, &done[row - 1]);
            }
            if row >= nj {
                pieces.join_rows(here, &done[row - nj]);
            }
        }
        let main = pieces.largest();
        let mut loose = vec![0u64; (lattice.sample_count()).div_ceil(64)];
        let mut loose_bounds = Aabb::empty();
        let mut dropped = 0usize;
        for (row, runs) in rows.iter().enumerate() {
            for run in runs.iter().filter(|run| Some(pieces.root(run.piece)) != main) {
                for i in run.start..run.end {
                    let bit = row * ni + i as usize;
                    loose[bit / 64] |= 1 << (bit % 64);
                    let p = lattice.point(i as usize, row % nj, row / nj);
                    loose_bounds = loose_bounds.with(p);
                }
                dropped += (run.end - run.start) as usize;
            }
        }
        let dropped_count = pieces.count().saturating_sub(1);
        let dropped_mm3 = dropped as f64 * lattice.step.iter().product::<f64>();
        Self { inner, lattice, loose, loose_bounds, dropped_count, dropped_mm3 }
    }

    /// The solid with all its pieces.
    pub fn inner(&self) -> &T {
        &self.inner
    }

    /// The samples on which pieces were told apart: meshes taken on them have one piece.
    pub fn samples(&self) -> Block<F> {
        self.lattice
    }

    fn is_loose(&self, voxel: [usize; 3]) -> bool {
        let [ni, nj, _] = self.lattice.size;
        let bit = (voxel[2] * nj + voxel[1]) * ni + voxel[0];
        self.loose[bit / 64] >> (bit % 64) & 1 == 1
    }

    /// Whether `p`, a point of the solid, belongs to a piece that was dropped: its nearest sample
    /// tells, and where that lies outside, the samples around it.
    fn near_loose(&self, p: Point<F>) -> bool {
        let (o, step) = (self.lattice.origin, self.lattice.step[0]);
        let at = [0, 1, 2].map(|a| (p[a] - o[a]) / step);
        if (0..3).any(|a| at[a] < 0.0 || at[a] > (self.lattice.size[a] - 1) as f64) {
            return false;
        }
        let nearest = at.map(|v| (v + 0.5).floor() as usize);
        if self.is_loose(nearest) {
            return true;
        }
        let [i, j, k] = at.map(|v| v as usize);
        let around = (0..8).map(|n: usize| [i + (n & 1), j + (n >> 1 & 1), k + (n >> 2 & 1)]);
        let inside = |voxel: &[usize; 3]| (0..3).all(|a| voxel[a] < self.lattice.size[a]);
        let (mut loose, mut kept) = (false, false);
        for voxel in around.filter(inside) {
            if self.is_loose(voxel) {
                loose = true;
            } else if loose || voxel == nearest {
                let place = self.lattice.point(voxel[0], voxel[1], voxel[2]);
                kept |= self.inner.distance(place) < 0.0;
            }
        }
        loose && !kept
    }
}

/// Runs of samples inside the solid, a list per row of samples.
fn solid_runs<F: Frame, T: Field<F>>(
    field: &T,
    lattice: &Block<F>,
    job: &Job,
) -> Result<Vec<Vec<Run>>, Cancelled> {
    const SLAB: usize = 16;
    const TILE: usize = 32;
    let [ni, nj, nk] = lattice.size;
    let mut rows = Vec::with_capacity(nj * nk);
    for k in (0..nk).step_by(SLAB) {
        job.step(k, nk)?;
        let nk_here = SLAB.min(nk - k);
        let bands: Vec<usize> = (0..nj).step_by(TILE).collect();
        let slabs: Vec<(usize, Vec<bool>)> = bands
            .into_par_iter()
            .map(|j| {
                let nj_here = TILE.min(nj - j);
                (nj_here, solid_band(field, lattice, [j, nj_here, k, nk_here]))
            })
            .collect();
        for dk in 0..nk_here {
            for (nj_here, solid) in &slabs {
                for dj in 0..*nj_here {
                    rows.push(runs_of(&solid[(dk * nj_here + dj) * ni..][..ni]));
                }
            }
        }
    }
    Ok(rows)
}

/// Which samples of a band of rows lie inside; tiles that hold no surface cost one look.
fn solid_band<F: Frame, T: Field<F>>(
    field: &T,
    lattice: &Block<F>,
    [j, nj, k, nk]: [usize; 4],
) -> Vec<bool> {
    const TILE: usize = 32;
    let ni = lattice.size[0];
    let mut solid = vec![false; ni * nj * nk];
    let mut values = Vec::new();
    for i in (0..ni).step_by(TILE) {
        let size = [TILE.min(ni - i), nj, nk];
        let tile = Block { origin: lattice.point(i, j, k), step: lattice.step, size };
        let range = field.range(&tile.bounds());
        if range.min > 0.0 {
            continue;
        }
        values.resize(tile.sample_count(), 0.0f32);
        if range.holds_zero() {
            field.sample(&tile, &mut values);
        } else {
            values.fill(-1.0);
        }
        for (row, chunk) in values.chunks_exact(size[0]).enumerate() {
            for (di, &value) in chunk.iter().enumerate() {
                solid[row * ni + i + di] = value < 0.0;
            }
        }
    }
    solid
}

fn runs_of(solid: &[bool]) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut start = None;
    for (i, &inside) in solid.iter().chain([&false]).enumerate() {
        match (inside, start) {
            (true, None) => start = Some(i as u32),
            (false, Some(first)) => {
                runs.push(Run { start: first, end: i as u32, piece: 0 });
                start = None;
            }
            _ => {}
        }
    }
    runs
}

/// Union-find over runs; the root of a piece is its first run.
#[derive(Default)]
struct Pieces {
    parent: Vec<u32>,
    sample_count: Vec<usize>,
}

impl Pieces {
    fn add(&mut self, sample_count: usize) -> u32 {
        self.parent.push(self.parent.len() as u32);
        self.sample_count.push(sample_count);
        self.parent.len() as u32 - 1
    }

    fn root(&self, mut piece: u32) -> u32 {
        while self.parent[piece as usize] != piece {
            piece = self.parent[piece as usize];
        }
        piece
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            let (low, high) = (a.min(b), a.max(b));
            self.parent[high as usize] = low;
            self.sample_count[low as usize] += self.sample_count[high as usize];
        }
    }

    fn join_rows(&mut self, here: &[Run], there: &[Run]) {
        let (mut a, mut b) = (0, 0);
        while a < here.len() && b < there.len() {
            if here[a].start < there[b].end && there[b].start < here[a].end {
                self.join(here[a].piece, there[b].piece);
                // Halve the path, so that later look-ups stay short.
                let root = self.root(here[a].piece);
                self.parent[here[a].piece as usize] = root;
            }
            if here[a].end < there[b].end { a += 1 } else { b += 1 }
        }
    }

    fn is_root(&self, piece: usize) -> bool {
        self.parent[piece] as usize == piece
    }

    fn largest(&self) -> Option<u32> {
        let roots = (0..self.parent.len()).filter(|&p| self.is_root(p));
        roots.max_by_key(|&p| (self.sample_count[p], usize::MAX - p)).map(|p| p as u32)
    }

    fn count(&self) -> usize {
        (0..self.parent.len()).filter(|&p| self.is_root(p)).count()
    }
}

impl<F: Frame, T: Field<F>> Field<F> for MainPart<F, T> {
    fn distance(&self, p: Point<F>) -> f64 {
        let value = self.inner.distance(p);
        let dropped = value < 0.0 && self.loose_bounds.contains(p) && self.near_loose(p);
        if dropped { 0.25 * self.lattice.step[0] } else { value }
    }
    fn bounds(&self) -> Aabb<F> {
        self.inner.bounds()
    }
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        self.inner.sample(block, distances);
        if self.dropped_count == 0 {
            return;
        }
        let [ni, nj, _] = block.size;
        let drop_to = (0.25 * self.lattice.step[0]) as f32;
        for (n, value) in distances.iter_mut().enumerate() {
            if *value < 0.0 {
                let p = block.point(n % ni, n / ni % nj, n / (ni * nj));
                if self.near_loose(p) {
                    *value = drop_to;
                }
            }
        }
    }
    fn range(&self, region: &Aabb<F>) -> Interval {
        let mut range = self.inner.range(region);
        if self.dropped_count > 0 {
            range.max = range.max.max(0.25 * self.lattice.step[0]);
        }
        range
    }
}
