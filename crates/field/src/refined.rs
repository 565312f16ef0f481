//! A solid that is exact near its surface and sampled elsewhere.

use ossein_geom::{Aabb, Frame, Point, Vector};

use crate::band::Band;
use crate::{Field, Interval};

/// Steps of the band within which the exact solid is asked. Linear values between samples are off by
/// half the diagonal of a cell at most, 0.87 steps: beyond, the side is sure, and the solid itself is
/// asked at least 0.38 steps around its surface.
const NEAR_STEPS: f64 = 1.25;

/// A solid as a band of its samples, and itself where the band says that its surface is near.
///
/// Edges are as sharp as those of the solid; what is asked far away costs no more than the band.
pub struct Refined<F: Frame, T> {
    band: Band<F>,
    exact: T,
}

impl<F: Frame, T: Field<F>> Refined<F, T> {
    /// Of a solid and its band, which must be wider than 1.25 of its steps.
    pub fn new(band: Band<F>, exact: T) -> Self {
        debug_assert!(band.half_width_mm() > NEAR_STEPS * band.step_mm());
        Self { band, exact }
    }

    fn near_mm(&self) -> f64 {
        NEAR_STEPS * self.band.step_mm()
    }
}

impl<F: Frame, T: Field<F>> Field<F> for Refined<F, T> {
    fn distance(&self, p: Point<F>) -> f64 {
        let sampled = self.band.distance(p);
        if sampled.abs() < self.near_mm() { self.exact.distance(p) } else { sampled }
    }
    fn distance_and_slope(&self, p: Point<F>) -> (f64, Option<Vector<F>>) {
        let sampled = self.band.distance(p);
        let near = sampled.abs() < self.near_mm();
        if near { self.exact.distance_and_slope(p) } else { (sampled, None) }
    }
    fn bounds(&self) -> Aabb<F> {
        self.exact.bounds()
    }
    fn range(&self, region: &Aabb<F>) -> Interval {
        let Interval { min, max } = self.band.range(region);
        if min > self.near_mm() || max < -self.near_mm() {
            return Interval { min, max };
        }
        Interval { min: min - self.near_mm(), max: max + self.near_mm() }
    }
}
