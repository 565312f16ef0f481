//! Networks: what lies on one side of a triply periodic surface.

use std::f64::consts::TAU;

use ossein_geom::{Aabb, Frame, Mm, Point, Vector};

use super::level_set::{self, LevelSet, WaveRow};
use crate::{Block, Field, Interval};

/// The solid `F < level` of a level function. Unbounded: intersect it with a body.
#[derive(Clone, Copy, Debug)]
pub struct Network<F: Frame> {
    surface: LevelSet,
    origin: Point<F>,
    wave: f64,
    level: f64,
}

impl<F: Frame> Network<F> {
    /// The network of a surface of period `period`, its cell corner at `origin`.
    ///
    /// # Panics
    /// If the period is not positive.
    pub fn new(surface: LevelSet, origin: Point<F>, period: Mm, level: f64) -> Self {
        assert!(period.0 > 0.0, "a period is positive, not {period}");
        Self { surface, origin, wave: TAU / period.0, level }
    }

    #[inline(always)]
    fn scale(&self) -> f64 {
        1.0 / (self.wave * self.surface.gradient_max)
    }
}

impl<F: Frame> Field<F> for Network<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        let at = ((p - self.origin) * self.wave).array();
        (self.surface.value(at) - self.level) * self.scale()
    }

    fn distance_and_slope(&self, p: Point<F>) -> (f64, Option<Vector<F>>) {
        let at = ((p - self.origin) * self.wave).array();
        let (value, gradient) = self.surface.value_and_gradient(at);
        let slope = Vector::from(gradient) * (self.scale() * self.wave);
        ((value - self.level) * self.scale(), Some(slope))
    }

    fn bounds(&self) -> Aabb<F> {
        crate::everywhere()
    }

    /// Sines and cosines once per row, column and plane; two or four products per sample.
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        let (rows, double) =
            (BlockRows::new(block, self.origin, self.wave), self.surface.has_double());
        let scale = self.scale();
        let mut values = distances.chunks_exact_mut(block.size[0].max(1));
        for z in &rows.z {
            for y in &rows.y {
                let mut factors = self.surface.row(y, z);
                factors[0] -= self.level;
                let row = values.next().expect("one row per y and z");
                rows.x.write(&factors.map(|f| f * scale), double, row);
            }
        }
    }

    fn range(&self, region: &Aabb<F>) -> Interval {
        let middle = self.distance(region.center());
        let reach = 0.5 * region.size().norm();
        let [low, high] = self.surface.extremes.map(|v| (v - self.level) * self.scale());
        Interval { min: (middle - reach).max(low), max: (middle + reach).min(high) }
    }
}

/// The waves along the three axes of a block.
pub(super) struct BlockRows {
    pub(super) x: WaveRow,
    pub(super) y: Vec<level_set::Waves>,
    pub(super) z: Vec<level_set::Waves>,
}

impl BlockRows {
    pub(super) fn new<F: Frame>(block: &Block<F>, origin: Point<F>, wave: f64) -> Self {
        let periods = wave / TAU;
        let start = |a: usize| (block.origin[a] - origin[a]) * periods;
        let step = |a: usize| block.step[a] * periods;
        let axis = |a: usize| level_set::axis_waves(start(a), step(a), block.size[a]);
        Self { x: WaveRow::new(start(0), step(0), block.size[0]), y: axis(1), z: axis(2) }
    }
}
