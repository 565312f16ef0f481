//! A small solid among large ones: known exactly where it is near, by its box elsewhere.

use ossein_geom::{Aabb, Frame, Point};

use crate::boolean::Solid;
use crate::{Block, Field, Interval};

/// A solid that tells its distance up to `exact_mm` beyond its box, and farther away that of the
/// box, which is shorter: chips and voids of a large body then cost what they are large.
pub struct Local<F: Frame> {
    solid: Solid<F>,
    bounds: Aabb<F>,
    exact_mm: f64,
}

impl<F: Frame> Local<F> {
    /// Of this solid.
    pub fn new(solid: Solid<F>, exact_mm: f64) -> Self {
        Self { bounds: solid.bounds(), solid, exact_mm }
    }

    /// The first and the number of a block's samples within the exact part, along an axis.
    fn span(&self, block: &Block<F>, a: usize) -> (usize, usize) {
        let near = self.bounds.grow(self.exact_mm);
        let at = |mm: f64| (mm - block.origin[a]) / block.step[a];
        let size = block.size[a];
        let first = (at(near.min[a]).ceil().max(0.0) as usize).min(size);
        let end = ((at(near.max[a]).floor() + 1.0).max(0.0) as usize).min(size);
        (first, end.saturating_sub(first))
    }
}

impl<F: Frame> Field<F> for Local<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        if self.bounds.grow(self.exact_mm).contains(p) {
            return self.solid.distance(p);
        }
        self.bounds.distance(p)
    }

    fn bounds(&self) -> Aabb<F> {
        self.bounds
    }

    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        block.fill(distances, |p| self.bounds.distance(p));
        let [(i, ni), (j, nj), (k, nk)] = [0, 1, 2].map(|a| self.span(block, a));
        let inner = Block { origin: block.point(i, j, k), step: block.step, size: [ni, nj, nk] };
        if inner.sample_count() == 0 {
            return;
        }
        let mut exact = vec![0.0f32; inner.sample_count()];
        self.solid.sample(&inner, &mut exact);
        for (row, values) in exact.chunks_exact(ni).enumerate() {
            let to = ((k + row / nj) * block.size[1] + j + row % nj) * block.size[0] + i;
            distances[to..to + ni].copy_from_slice(values);
        }
    }

    fn range(&self, region: &Aabb<F>) -> Interval {
        let apart = |a: usize| {
            (self.bounds.min[a] - region.max[a]).max(region.min[a] - self.bounds.max[a]).max(0.0)
        };
        let gap = (0..3).map(|a| apart(a) * apart(a)).sum::<f64>().sqrt();
        if gap > 0.0 {
            let far = gap + region.size().norm() + self.bounds.size().norm();
            return Interval { min: gap, max: far };
        }
        let inner = self.solid.range(region);
        Interval { min: inner.min.min(self.exact_mm), max: inner.max }
    }
}
