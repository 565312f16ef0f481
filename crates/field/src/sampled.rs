//! A solid given as distances on a grid.

use std::sync::Arc;

use ossein_geom::{Aabb, Frame, Grid, Point, Vector, Volume};
use rayon::prelude::*;

use crate::{Block, Field, Interval};

/// Signed distances on a grid, linear between samples.
#[derive(Clone, Debug)]
pub struct Sampled<F: Frame> {
    distances: Volume<f32, F>,
    scale: f64,
    corners: Aabb<F>,
}

impl<F: Frame> Sampled<F> {
    /// From signed distances in mm, negative inside.
    ///
    /// Values that change faster than distance are scaled down as a whole, so that the field never
    /// overestimates; its zero stays where it is. Beyond the grid the solid ends.
    pub fn new(distances: Volume<f32, F>) -> Self {
        let grid = &distances.grid;
        let row_count = grid.size[1] * grid.size[2];
        let steepest2 = (0..row_count)
            .into_par_iter()
            .with_min_len(64)
            .map(|row| steepest2(grid, &distances.values, row))
            .reduce(|| 1.0, f64::max);
        let corners = grid.bounds();
        Self { scale: 1.0 / steepest2.sqrt(), corners, distances }
    }

    /// Factor by which the values were scaled down: field values are distances times this.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// The grid's own values.
    pub fn volume(&self) -> &Volume<f32, F> {
        &self.distances
    }
}

/// Square of the steepest slope from the samples of one row to those after them.
fn steepest2<F: Frame>(grid: &Grid<F>, values: &[f32], row: usize) -> f64 {
    let [ni, nj, nk] = grid.size;
    let own = |row: usize| &values[row * ni..][..ni];
    let here = own(row);
    let above = own(if row % nj + 1 < nj { row + 1 } else { row });
    let behind = own(if row / nj + 1 < nk { row + nj } else { row });
    let mut steepest2: f64 = 1.0;
    for i in 0..ni {
        let next = [here[(i + 1).min(ni - 1)], above[i], behind[i]];
        let slope = |a: usize| f64::from(next[a] - here[i]) / grid.spacing[a];
        let sum = [0, 1, 2].map(slope).iter().map(|s| s * s).sum::<f64>();
        steepest2 = steepest2.max(sum);
    }
    steepest2
}

impl<F: Frame> Field<F> for Sampled<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        let beyond = self.corners.distance(p);
        let here = self.distances.sample(p) * self.scale;
        if beyond > 0.0 { here.max(0.0).max(beyond) } else { here }
    }
    fn bounds(&self) -> Aabb<F> {
        self.corners
    }

    /// Along a row of a grid whose axes are the frame's, two of the three weights stay the same.
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        let grid = &self.distances.grid;
        let unit =
            [Vector::new(1.0, 0.0, 0.0), Vector::new(0.0, 1.0, 0.0), Vector::new(0.0, 0.0, 1.0)];
        let region = block.bounds();
        let inside = self.corners.contains(region.min) && self.corners.contains(region.max);
        if grid.axes != unit || !inside || grid.size.contains(&1) {
            block.fill(distances, |p| self.distance(p));
            return;
        }
        let place = |a: usize, v: f64| {
            let t = ((v - grid.origin[a]) / grid.spacing[a]).max(0.0);
            let low = (t as usize).min(grid.size[a] - 2);
            (low, (t - low as f64) as f32)
        };
        let columns: Vec<(usize, f32)> =
            (0..block.size[0]).map(|i| place(0, block.point(i, 0, 0).x)).collect();
        let scale = self.scale as f32;
        let mut line = vec![0.0f32; grid.size[0]];
        let (first, last) = (columns[0].0, columns[columns.len() - 1].0 + 1);
        for (row, values) in distances.chunks_exact_mut(block.size[0]).enumerate() {
            let p = block.point(0, row % block.size[1], row / block.size[1]);
            let ((j, fj), (k, fk)) = (place(1, p.y), place(2, p.z));
            let start = |dj: usize, dk: usize| grid.index([0, j + dj, k + dk]);
            let rows = [start(0, 0), start(1, 0), start(0, 1), start(1, 1)];
            let v = &self.distances.values;
            for i in first..=last {
                let low = v[rows[0] + i] + fj * (v[rows[1] + i] - v[rows[0] + i]);
                let high = v[rows[2] + i] + fj * (v[rows[3] + i] - v[rows[2] + i]);
                line[i] = (low + fk * (high - low)) * scale;
            }
            for (value, &(i, f)) in values.iter_mut().zip(&columns) {
                *value = line[i] + f * (line[i + 1] - line[i]);
            }
        }
    }
    fn range(&self, region: &Aabb<F>) -> Interval {
        let middle = self.distance(region.center());
        let reach = 0.5 * region.size().norm();
        Interval { min: middle - reach, max: middle + reach }
    }
}

/// A sampled solid grown by `by_mm` on every side: as far as asked, whatever its values were scaled
/// down by.
pub struct Grown<F: Frame> {
    /// The solid.
    pub inner: Arc<Sampled<F>>,
    /// How far its surface moves outwards, mm.
    pub by_mm: f64,
}

impl<F: Frame> Field<F> for Grown<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        self.inner.distance(p) - self.by_mm * self.inner.scale()
    }
    fn bounds(&self) -> Aabb<F> {
        self.inner.bounds().grow(self.by_mm)
    }
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        self.inner.sample(block, distances);
        let by = (self.by_mm * self.inner.scale()) as f32;
        distances.iter_mut().for_each(|d| *d -= by);
    }
}
