//! A surface given as heights over a plane: all that lies beneath it, or above it.

use ossein_geom::{Aabb, Frame, Point};
use rayon::prelude::*;

use crate::Block;

/// Values on a square raster, linear between samples, the nearest border value outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Raster {
    /// x and y of the first sample, mm.
    pub origin: [f64; 2],
    /// Distance between samples, mm.
    pub step_mm: f64,
    /// Sample counts along x and y.
    pub size: [usize; 2],
    /// `[y][x]`, x fastest.
    pub values: Vec<f32>,
}

impl Raster {
    /// A raster that holds the box from `min` to `max`, each value made by `value(x, y)`.
    pub fn sampled(
        min: [f64; 2],
        max: [f64; 2],
        step_mm: f64,
        value: impl Fn(f64, f64) -> f64 + Sync,
    ) -> Self {
        let row = |xs: &[f64], y: f64| xs.iter().map(|&x| value(x, y) as f32).collect();
        Self::by_rows(min, max, step_mm, row)
    }

    /// A raster that holds the box from `min` to `max`, each row made by `row(xs, y)`.
    pub fn by_rows(
        min: [f64; 2],
        max: [f64; 2],
        step_mm: f64,
        row: impl Fn(&[f64], f64) -> Vec<f32> + Sync,
    ) -> Self {
        let size = [0, 1].map(|a| ((max[a] - min[a]) / step_mm).ceil().max(1.0) as usize + 1);
        let place = |a: usize, n: usize| min[a] + n as f64 * step_mm;
        let xs: Vec<f64> = (0..size[0]).map(|i| place(0, i)).collect();
        let rows: Vec<_> = (0..size[1]).into_par_iter().map(|j| row(&xs, place(1, j))).collect();
        Self { origin: min, step_mm, size, values: rows.concat() }
    }

    /// The value at any place.
    #[inline(always)]
    pub fn at(&self, x: f64, y: f64) -> f64 {
        let (column, row) = (self.between(x, 0), self.between(y, 1));
        self.mixed(column, row)
    }

    /// The sample before a place along an axis, and the part of the way to the next one.
    #[inline(always)]
    fn between(&self, v: f64, a: usize) -> (usize, f64) {
        let t = ((v - self.origin[a]) / self.step_mm).clamp(0.0, (self.size[a] - 1) as f64);
        let low = (t as usize).min(self.size[a].saturating_sub(2));
        (low, t - low as f64)
    }

    #[inline(always)]
    fn mixed(&self, (i, fx): (usize, f64), (j, fy): (usize, f64)) -> f64 {
        let row = j * self.size[0] + i;
        let (di, dj) = (usize::from(self.size[0] > 1), usize::from(self.size[1] > 1));
        let v = |n: usize| f64::from(self.values[n]);
        let low = v(row) + fx * (v(row + di) - v(row));
        let next = row + dj * self.size[0];
        let high = v(next) + fx * (v(next + di) - v(next));
        low + fy * (high - low)
    }

    /// The values at all samples of a block's planes: `[y][x]`, x fastest.
    pub fn over<F: Frame>(&self, block: &Block<F>) -> Vec<f32> {
        let [ni, nj, _] = block.size;
        let columns: Vec<(usize, f64)> =
            (0..ni).map(|i| self.between(block.point(i, 0, 0).x, 0)).collect();
        let mut values = Vec::with_capacity(ni * nj);
        for j in 0..nj {
            let row = self.between(block.point(0, j, 0).y, 1);
            values.extend(columns.iter().map(|&column| self.mixed(column, row) as f32));
        }
        values
    }

    /// The steepest slope anywhere, without unit.
    pub fn slope_max(&self) -> f64 {
        let [ni, nj] = self.size;
        let mut steepest: f64 = 0.0;
        for j in 0..nj {
            for i in 0..ni {
                let here = self.values[j * ni + i];
                let next = |di: usize, dj: usize| {
                    let inside = i + di < ni && j + dj < nj;
                    if inside { self.values[(j + dj) * ni + i + di] - here } else { 0.0 }
                };
                let (dx, dy) = (f64::from(next(1, 0)), f64::from(next(0, 1)));
                steepest = steepest.max((dx * dx + dy * dy).sqrt() / self.step_mm);
            }
        }
        // Within a cell the two slopes of a bilinear patch may belong to different edges.
        steepest * std::f64::consts::SQRT_2
    }

    /// Lowest and highest value.
    pub fn extremes(&self) -> (f64, f64) {
        let fold = |f: fn(f32, f32) -> f32, start| self.values.iter().copied().fold(start, f);
        (f64::from(fold(f32::min, f32::INFINITY)), f64::from(fold(f32::max, f32::NEG_INFINITY)))
    }
}

/// All that lies beneath a raster of heights (or above it, where `above` is set).
#[derive(Clone, Debug)]
pub struct Terrain {
    heights: Raster,
    above: bool,
    scale: f64,
    /// Lowest and highest.
    extremes: (f64, f64),
}

impl Terrain {
    /// From heights in mm.
    pub fn new(heights: Raster, above: bool) -> Self {
        let slope = heights.slope_max();
        let scale = 1.0 / (1.0 + slope * slope).sqrt();
        Self { extremes: heights.extremes(), heights, above, scale }
    }

    /// The heights.
    pub fn heights(&self) -> &Raster {
        &self.heights
    }
}

impl<F: Frame> crate::Field<F> for Terrain {
    #[inline(always)]
    fn distance(&self, p: Point<F>) -> f64 {
        let over = (p.z - self.heights.at(p.x, p.y)) * self.scale;
        if self.above { -over } else { over }
    }
    fn bounds(&self) -> Aabb<F> {
        let far = 1e6;
        let (low, high) = self.extremes;
        let (bottom, top) = if self.above { (low, far) } else { (-far, high) };
        Aabb::new(Point::new(-far, -far, bottom), Point::new(far, far, top))
    }
    /// One look at the raster per column of samples.
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        let heights = self.heights.over(block);
        let scale = if self.above { -self.scale } else { self.scale } as f32;
        for (k, plane) in distances.chunks_exact_mut(heights.len()).enumerate() {
            let z = block.point(0, 0, k).z as f32;
            for (value, height) in plane.iter_mut().zip(&heights) {
                *value = (z - height) * scale;
            }
        }
    }
    fn range(&self, region: &Aabb<F>) -> crate::Interval {
        let (low, high) = self.extremes;
        let (a, b) = ((region.min.z - high) * self.scale, (region.max.z - low) * self.scale);
        let wide = if self.above { (-b, -a) } else { (a, b) };
        let middle = crate::Field::<F>::distance(self, region.center());
        let reach = 0.5 * region.size().norm();
        crate::Interval { min: wide.0.max(middle - reach), max: wide.1.min(middle + reach) }
    }
}
