//! A field whose samples on one lattice are taken once: pieces are told apart on them first, and the
//! surface is drawn through the same.

use std::sync::OnceLock;

use ossein_field::{Block, Field, Interval};
use ossein_geom::{Aabb, Implant, Point};
use ossein_mesh::extract::samples_around;

/// Samples along the edge of a tile.
const TILE: usize = 16;
/// Blocks whose samples lie this near to those of the lattice lie on them, in steps.
const SAME: f64 = 1e-6;

/// A field and the samples of it that were asked for, tile by tile.
pub(crate) struct Kept<T> {
    inner: T,
    lattice: Block<Implant>,
    /// Tiles along x, y, z.
    counts: [usize; 3],
    /// `[k][j][i]` of the tiles, and in a tile.
    tiles: Vec<OnceLock<Box<[f32]>>>,
}

impl<T: Field<Implant>> Kept<T> {
    /// Keeps the samples `step_mm` apart on which [`ossein_field::main_part::MainPart`] tells pieces
    /// apart.
    pub fn new(inner: T, step_mm: f64) -> Self {
        let lattice = samples_around(&inner, step_mm);
        let counts = lattice.size.map(|n| n.div_ceil(TILE));
        let tiles = (0..counts.iter().product()).map(|_| OnceLock::new()).collect();
        Self { inner, lattice, counts, tiles }
    }

    /// Where a block's first sample lies on the lattice; none where the block is another's.
    fn first(&self, block: &Block<Implant>) -> Option<[usize; 3]> {
        let mut first = [0; 3];
        for (a, first) in first.iter_mut().enumerate() {
            let at = (block.origin[a] - self.lattice.origin[a]) / self.lattice.step[a];
            let whole = at.round();
            let on = block.step[a] == self.lattice.step[a] && (at - whole).abs() < SAME;
            if !on || whole < 0.0 || whole as usize + block.size[a] > self.lattice.size[a] {
                return None;
            }
            *first = whole as usize;
        }
        Some(first)
    }

    /// The samples of a tile, and how many they are along x and y.
    fn tile(&self, at: [usize; 3]) -> (&[f32], [usize; 2]) {
        let first = at.map(|n| n * TILE);
        let size = [0, 1, 2].map(|a| TILE.min(self.lattice.size[a] - first[a]));
        let take = || {
            let origin = self.lattice.point(first[0], first[1], first[2]);
            let block = Block { origin, step: self.lattice.step, size };
            let mut values = vec![0.0; block.sample_count()];
            self.inner.sample(&block, &mut values);
            values.into_boxed_slice()
        };
        let n = (at[2] * self.counts[1] + at[1]) * self.counts[0] + at[0];
        (self.tiles[n].get_or_init(take), [size[0], size[1]])
    }
}

impl<T: Field<Implant>> Field<Implant> for Kept<T> {
    fn distance(&self, p: Point<Implant>) -> f64 {
        self.inner.distance(p)
    }
    fn bounds(&self) -> Aabb<Implant> {
        self.inner.bounds()
    }
    fn range(&self, region: &Aabb<Implant>) -> Interval {
        self.inner.range(region)
    }
    fn sample(&self, block: &Block<Implant>, distances: &mut [f32]) {
        let Some(first) = self.first(block) else { return self.inner.sample(block, distances) };
        let end = [0, 1, 2].map(|a| first[a] + block.size[a]);
        let span = |a: usize| first[a] / TILE..end[a].div_ceil(TILE);
        for (tk, tj) in span(2).flat_map(|k| span(1).map(move |j| (k, j))) {
            for ti in span(0) {
                let tile = [ti, tj, tk];
                let (values, [ni, nj]) = self.tile(tile);
                let low = [0, 1, 2].map(|a| (tile[a] * TILE).max(first[a]));
                let high = [0, 1, 2].map(|a| (tile[a] * TILE + TILE).min(end[a]));
                let count = high[0] - low[0];
                for (k, j) in (low[2]..high[2]).flat_map(|k| (low[1]..high[1]).map(move |j| (k, j)))
                {
                    let from = ((k - tk * TILE) * nj + j - tj * TILE) * ni + low[0] - ti * TILE;
                    let row = (k - first[2]) * block.size[1] + j - first[1];
                    let to = row * block.size[0] + low[0] - first[0];
                    distances[to..to + count].copy_from_slice(&values[from..from + count]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ossein_field::primitive::Sphere;

    use super::*;

    #[test]
    fn kept_samples_are_those_of_the_field() {
        let ball = || Sphere { center: Point::new(0.3, -0.1, 0.2), radius_mm: 4.0 };
        let kept = Kept::new(ball(), 0.21);
        let lattice = kept.lattice;
        let size = lattice.size;
        // Across tiles, at the end of the lattice, and between its samples.
        for (first, size, shift) in [
            ([3, 9, 14], [20, 11, 5], 0.0),
            ([size[0] - 2, 0, size[2] - 18], [2, 33, 18], 0.0),
            ([1, 2, 3], [6, 5, 4], 0.07),
        ] {
            let origin = lattice.point(first[0], first[1], first[2]);
            let origin = Point::new(origin.x + shift, origin.y, origin.z);
            let block = Block { origin, step: lattice.step, size };
            let mut values = vec![f32::NAN; block.sample_count()];
            let mut wanted = values.clone();
            kept.sample(&block, &mut values);
            ball().sample(&block, &mut wanted);
            let near = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-5;
            assert!(values.iter().zip(&wanted).all(near), "{first:?}");
        }
        assert!(kept.tiles.iter().any(|tile| tile.get().is_none()));
    }
}
