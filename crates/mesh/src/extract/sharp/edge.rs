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

/// A search for the crossing of an edge, from a point near it.
struct Try {
    /// Number of the edge.
    edge: usize,
    /// Part of the way along the edge; the field and its slope there.
    t: f64,
    value: f64,
    slope: f64,
}

/// The crossings of edges near points on them, given what the field is there; `None` where that is
/// not known, and where the field is not that smooth.
pub fn crossings_near<F: Frame>(
    field: &dyn Field<F>,
    edges: &[Edge<F>],
    plain: &[(Point<F>, Option<Look<F>>)],
) -> Vec<Option<f64>> {
    let mut found = vec![None; edges.len()];
    let begin = |(n, (at, look)): (usize, &(Point<F>, Option<Look<F>>))| {
        look.map(|look| edges[n].begin(n, *at, &look))
    };
    let mut tries: Vec<Try> = plain.iter().enumerate().filter_map(begin).collect();
    let (mut points, mut values) = (Vec::new(), Vec::new());
    for _ in 0..NEAR_STEP_COUNT {
        points.clear();
        tries.retain(|x| {
            let (edge, next) = (&edges[x.edge], x.next());
            let is_root = edge.is_root(x.value);
            found[x.edge] = is_root.then_some(x.t);
            let goes_on = !is_root && (0.0..=1.0).contains(&next);
            if goes_on {
                points.push(edge.point(next));
            }
            goes_on
        });
        values.resize(points.len(), 0.0);
        field.distances(&points, &mut values);
        for (x, value) in tries.iter_mut().zip(&values) {
            let (next, new) = (x.next(), value + edges[x.edge].level());
            (x.slope, x.value, x.t) = ((new - x.value) / (next - x.t), new, next);
        }
    }
    found
}

impl Try {
    /// Where the field would be zero if it were linear.
    fn next(&self) -> f64 {
        self.t - self.value / self.slope
    }
}

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

    /// How far the level at which surfaces are made lies below zero.
    fn level(&self) -> f64 {
        INSIDE_STEPS * self.step
    }

    /// The field there, less that level.
    fn value(&self, t: f64) -> f64 {
        self.field.distance(self.point(t)) + self.level()
    }

    /// The search from a point on it, given what the field is there.
    fn begin(&self, edge: usize, at: Point<F>, look: &Look<F>) -> Try {
        Try {
            edge,
            t: (at[self.axis] - self.start[self.axis]) / self.length,
            value: look.value + self.level(),
            slope: look.slope[self.axis] * self.length,
        }
    }

    fn is_root(&self, value: f64) -> bool {
        value.abs() < ROOT_MAX * self.step
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
