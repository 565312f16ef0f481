//! Where the surface crosses an edge of the samples.

use ossein_field::{Field, INSIDE_STEPS};
use ossein_geom::{Frame, Point, Vector};

use super::probe::{Look, Probe};

/// A vertex lies so near the surface, as a part of a step.
const ROOT_MAX: f64 = 1e-8;
/// Halvings and secants that bring a vertex onto the surface, at most.
const ROOT_STEP_COUNT: usize = 40;
/// Secants from a known slope, at most.
const NEAR_STEP_COUNT: usize = 4;

/// The edge between two samples.
pub struct Edge<'a, F: Frame> {
    field: &'a dyn Field<F>,
    start: Point<F>,
    axis: usize,
    length: f64,
    /// The shortest step, mm.
    step: f64,
}

impl<'a, F: Frame> Edge<'a, F> {
    /// From sample `at` along `axis`.
    pub fn new(probe: &Probe<'a, F>, [i, j, k]: [usize; 3], axis: usize) -> Self {
        let (start, length) = (probe.samples.point(i, j, k), probe.samples.step[axis]);
        Self { field: probe.field, start, axis, length, step: probe.step() }
    }

    /// The point this part of the way along it.
    pub fn point(&self, t: f64) -> Point<F> {
        let mut along = [0.0; 3];
        along[self.axis] = self.length;
        self.start + Vector::from(along) * t
    }

    /// The field there, less the level at which surfaces are made.
    fn value(&self, t: f64) -> f64 {
        self.field.distance(self.point(t)) + INSIDE_STEPS * self.step
    }

    fn is_root(&self, value: f64) -> bool {
        value.abs() < ROOT_MAX * self.step
    }

    /// The crossing near a point on the edge, given what the field is there; `None` where the
    /// field is not that smooth.
    pub fn near(&self, plain: Point<F>, look: Look<F>) -> Option<f64> {
        let mut t = (plain[self.axis] - self.start[self.axis]) / self.length;
        let mut slope = look.slope[self.axis] * self.length;
        let mut value = look.value + INSIDE_STEPS * self.step;
        for _ in 0..NEAR_STEP_COUNT {
            if self.is_root(value) {
                return Some(t);
            }
            let next = t - value / slope;
            if !(0.0..=1.0).contains(&next) {
                return None;
            }
            let new = self.value(next);
            slope = (new - value) / (next - t);
            (t, value) = (next, new);
        }
        None
    }

    /// The crossing between the ends; `None` if both lie on one side.
    pub fn between_ends(&self) -> Option<f64> {
        let (mut low, mut high) = (0.0, 1.0);
        let (mut a, mut b) = (self.value(low), self.value(high));
        if (a < 0.0) == (b < 0.0) {
            return None;
        }
        let (mut t, mut before) = (0.5, f64::INFINITY);
        for n in 0..ROOT_STEP_COUNT {
            let secant = low + (high - low) * (a / (a - b));
            t = if n % 4 == 3 { 0.5 * (low + high) } else { secant };
            let value = self.value(t);
            // Beyond, a field of single precision has no more digits.
            let rests = (t - before).abs().max(value.abs() / self.step) < INSIDE_STEPS;
            if rests || self.is_root(value) {
                break;
            }
            before = t;
            // Illinois: the end that stays counts half.
            if (value < 0.0) == (a < 0.0) {
                (low, a, b) = (t, value, 0.5 * b);
            } else {
                (high, b, a) = (t, value, 0.5 * a);
            }
        }
        Some(t)
    }
}
