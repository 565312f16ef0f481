//! Sheets: a wall along a triply periodic surface.

use std::sync::Arc;

use ossein_geom::{Aabb, Frame, Mm, Point, Vector};

use super::distance::Distances;
use super::level_set::{LevelSet, slope_factors, slopes};
use super::network::BlockRows;
use super::sizes;
use crate::{Block, Field, Interval};

/// A wall of the same thickness everywhere along the surface `F = 0`: all that lies within half of
/// it. Unbounded: intersect it with a body.
///
/// The distance is the true one, kept over one period and linear between its samples: the wall is
/// right to 1 % from a twentieth of a period on (facts D3.3).
#[derive(Clone, Debug)]
pub struct Sheet<F: Frame> {
    distances: Arc<Distances>,
    scale: f64,
    origin: Point<F>,
    period_mm: f64,
    half_mm: f64,
}

impl<F: Frame> Sheet<F> {
    /// The sheet of a surface of period `period`, its cell corner at `origin`.
    ///
    /// # Panics
    /// If the period or the wall is not positive.
    pub fn new(surface: LevelSet, origin: Point<F>, period: Mm, wall: Mm) -> Self {
        assert!(period.0 > 0.0 && wall.0 > 0.0, "period {period} and wall {wall} are positive");
        let (distances, scale) = sizes::surface_distances(&surface);
        Self { distances, scale, origin, period_mm: period.0, half_mm: 0.5 * wall.0 }
    }
}

/// More than the samples of a period, a power of two.
const LINE: usize = 256;

/// Where a coordinate lies between samples of a period: the lower one, and the part of the way.
#[inline(always)]
pub(super) fn between(periods: f64, n: usize) -> (usize, f32) {
    let t = (periods - periods.floor()) * n as f64;
    let low = (t as usize).min(n - 1);
    (low, (t - low as f64) as f32)
}

impl Distances {
    /// The sample after `at` on an axis.
    #[inline(always)]
    fn after(&self, at: usize) -> usize {
        if at + 1 == self.n { 0 } else { at + 1 }
    }

    /// The four rows of samples around a line along x.
    fn rows(&self, y: f64, z: f64) -> ([usize; 4], f32, f32) {
        let ((j, fj), (k, fk)) = (between(y, self.n), between(z, self.n));
        let (j1, k1) = (self.after(j), self.after(k));
        let row = |j: usize, k: usize| (k * self.n + j) * self.n;
        ([row(j, k), row(j1, k), row(j, k1), row(j1, k1)], fj, fk)
    }

    /// The distance at a place given in periods, and its slope per period.
    pub(super) fn at(&self, place: [f64; 3]) -> (f64, [f64; 3]) {
        let (rows, fj, fk) = self.rows(place[1], place[2]);
        let (i, fi) = between(place[0], self.n);
        let i1 = self.after(i);
        let (fi, fj, fk) = (f64::from(fi), f64::from(fj), f64::from(fk));
        let v = |row: usize, i: usize| f64::from(self.values[rows[row] + i]);
        let mix = |a: f64, b: f64, t: f64| a + t * (b - a);
        let x: [f64; 4] = std::array::from_fn(|r| mix(v(r, i), v(r, i1), fi));
        let dx: [f64; 4] = std::array::from_fn(|r| v(r, i1) - v(r, i));
        let value = mix(mix(x[0], x[1], fj), mix(x[2], x[3], fj), fk);
        let slope = [
            mix(mix(dx[0], dx[1], fj), mix(dx[2], dx[3], fj), fk),
            mix(x[1] - x[0], x[3] - x[2], fk),
            mix(x[2], x[3], fj) - mix(x[0], x[1], fj),
        ];
        (value, slope.map(|s| s * self.n as f64))
    }
}

impl<F: Frame> Field<F> for Sheet<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        let place = ((p - self.origin) * (1.0 / self.period_mm)).array();
        (self.distances.at(place).0.abs() * self.period_mm - self.half_mm) * self.scale
    }

    fn distance_and_slope(&self, p: Point<F>) -> (f64, Option<Vector<F>>) {
        let place = ((p - self.origin) * (1.0 / self.period_mm)).array();
        let (distance, slope) = self.distances.at(place);
        let outwards = self.scale.copysign(self.scale * distance);
        let told = (distance.abs() * self.period_mm - self.half_mm) * self.scale;
        (told, Some(Vector::from(slope) * outwards))
    }

    fn bounds(&self) -> Aabb<F> {
        crate::everywhere()
    }

    /// Four rows of distances become one, which the samples of a row of the block read.
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        let n = self.distances.n;
        let periods = |a: usize, at: usize| {
            (block.origin[a] + block.step[a] * at as f64 - self.origin[a]) / self.period_mm
        };
        let columns: Vec<(u32, f32)> = (0..block.size[0])
            .map(|i| between(periods(0, i), n))
            .map(|(low, part)| (low as u32, part))
            .collect();
        let (factor, half) =
            ((self.period_mm * self.scale) as f32, (self.half_mm * self.scale) as f32);
        // A power of two, so that a masked index needs no check.
        let mut line = [0.0f32; LINE + 1];
        assert!(n < LINE, "{n} samples of a period fit a line");
        for (r, values) in distances.chunks_exact_mut(block.size[0].max(1)).enumerate() {
            let (y, z) = (periods(1, r % block.size[1]), periods(2, r / block.size[1]));
            let (rows, fj, fk) = self.distances.rows(y, z);
            let [a, b, c, d] = rows.map(|row| &self.distances.values[row..row + n]);
            for (i, mixed) in line[..n].iter_mut().enumerate() {
                let low = a[i] + fj * (b[i] - a[i]);
                let high = c[i] + fj * (d[i] - c[i]);
                *mixed = (low + fk * (high - low)) * factor;
            }
            line[n] = line[0];
            for (value, &(low, part)) in values.iter_mut().zip(&columns) {
                let at = low as usize & (LINE - 1);
                *value = (line[at] + part * (line[at + 1] - line[at])).abs() - half;
            }
        }
    }
}

/// A wall along a surface by its gradient alone: `|F| < t |grad F|`, to first order the distance.
///
/// Faster than [`Sheet`] and without its table, but a wall of a sixth of a period is 3 % too thin
/// on a gyroid and unevenly so on surfaces of double angles: for comparison with programs that make
/// their walls this way. Unbounded: intersect it with a body.
#[derive(Clone, Copy, Debug)]
pub struct GradientSheet<F: Frame> {
    surface: LevelSet,
    origin: Point<F>,
    wave: f64,
    half_mm: f64,
    /// Values beyond which the quotient stops following the distance.
    far_mm: f64,
    scale: f64,
}

impl<F: Frame> GradientSheet<F> {
    /// The sheet of a surface of period `period`, its cell corner at `origin`.
    ///
    /// # Panics
    /// If period or wall is not positive, or the wall thicker than a quarter of the period.
    pub fn new(surface: LevelSet, origin: Point<F>, period: Mm, wall: Mm) -> Self {
        assert!(wall.0 > 0.0 && wall.0 <= 0.25 * period.0, "a wall of {wall}, period {period}");
        let wave = std::f64::consts::TAU / period.0;
        let far_mm = 0.6 * wall.0 + 0.02 * period.0;
        let scale = 1.0 / sizes::quotient_slope(&surface, far_mm / period.0);
        Self { surface, origin, wave, half_mm: 0.5 * wall.0, far_mm, scale }
    }

    #[inline(always)]
    fn finish(&self, value: f64, gradient: [f64; 3]) -> f64 {
        let g2: f64 = gradient.iter().map(|g| g * g).sum();
        let quotient = value.abs() / (g2.max(1e-6).sqrt() * self.wave);
        (quotient.min(self.far_mm) - self.half_mm) * self.scale
    }
}

impl<F: Frame> Field<F> for GradientSheet<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        let at = ((p - self.origin) * self.wave).array();
        let (value, gradient) = self.surface.value_and_gradient(at);
        self.finish(value, gradient)
    }

    fn bounds(&self) -> Aabb<F> {
        crate::everywhere()
    }

    /// The value and the three slopes of a row, each from its own factors of the same waves.
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        let (rows, double) =
            (BlockRows::new(block, self.origin, self.wave), self.surface.has_double());
        let ni = block.size[0];
        let mut parts = [(); 4].map(|()| vec![0.0f32; ni]);
        let (far, scale) = ((self.far_mm * self.scale) as f32, self.scale / self.wave);
        let (factor, half) = (scale as f32, (self.half_mm * self.scale) as f32);
        let mut values = distances.chunks_exact_mut(ni.max(1));
        for z in &rows.z {
            for y in &rows.y {
                let along = self.surface.row(y, z);
                let factors = [
                    along,
                    slope_factors(&along),
                    self.surface.row(&slopes(y), z),
                    self.surface.row(y, &slopes(z)),
                ];
                for (part, factors) in parts.iter_mut().zip(&factors) {
                    rows.x.write(factors, double, part);
                }
                let row = values.next().expect("one row per y and z");
                let [f, gx, gy, gz] = parts.each_ref().map(|part| &part[..row.len()]);
                for i in 0..row.len() {
                    let g2 = (gx[i] * gx[i] + gy[i] * gy[i] + gz[i] * gz[i]).max(1e-6);
                    row[i] = (f[i].abs() * factor / g2.sqrt()).min(far) - half;
                }
            }
        }
    }

    fn range(&self, region: &Aabb<F>) -> Interval {
        let middle = self.distance(region.center());
        let reach = 0.5 * region.size().norm();
        let (low, high) = (-self.half_mm * self.scale, (self.far_mm - self.half_mm) * self.scale);
        Interval { min: (middle - reach).max(low), max: (middle + reach).min(high) }
    }
}
