//! What is asked of the field near its surface.

use ossein_field::{Block, Field};
use ossein_geom::{Frame, Point, Vector};

use super::cells::Crossing;
use super::edge::{Edge, crossings_near};
use super::planes::Plane;

/// Normals come from differences over the first of these parts of a step whose samples lie on one
/// plane: points may lie all but on a crease.
const NORMAL_STEPS: [f64; 3] = [2e-4, 1e-5, 2e-6];
/// A plane's samples are off it by less than this part of their distance from its middle.
const PLANE_MAX: f64 = 2e-3;

/// A field and where it was sampled.
pub struct Probe<'a, F: Frame> {
    /// The field.
    pub field: &'a dyn Field<F>,
    /// Its samples.
    pub samples: &'a Block<F>,
}

/// What the field is around a point.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look<F: Frame> {
    /// Its value.
    pub value: f64,
    /// Its slope.
    pub slope: Vector<F>,
    /// Whether it is one plane.
    flat: bool,
}

impl<F: Frame> Probe<'_, F> {
    /// The shortest step, mm.
    pub fn step(&self) -> f64 {
        let [x, y, z] = self.samples.step;
        x.min(y).min(z)
    }

    /// The field around some points.
    pub fn looks(&self, points: &[Point<F>]) -> Vec<Look<F>> {
        let mut told = vec![(0.0, None); points.len()];
        self.field.distances_and_slopes(points, &mut told);
        let look = |(told, &p)| self.around(p, told, NORMAL_STEPS[0]);
        told.into_iter().zip(points).map(look).collect()
    }

    /// The field around a point, given what it tells there: if that is not its slope, the field at
    /// the four corners of a tetrahedron this part of a step away is asked.
    fn around(&self, p: Point<F>, (value, slope): (f64, Option<Vector<F>>), part: f64) -> Look<F> {
        if let Some(slope) = slope {
            return Look { value, slope, flat: true };
        }
        let reach = part * self.step();
        let (mut bend, mut slope) = (0.0, Vector::default());
        for corner in [[1.0, 1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]] {
            let corner = Vector::from(corner);
            let rise = self.field.distance(p + corner * reach) - value;
            bend += rise;
            slope += corner * rise;
        }
        let flat = (0.25 * bend).abs() < PLANE_MAX * reach;
        Look { value, slope: slope * (0.25 / reach), flat }
    }

    /// What a look tells of one face: nearer where a crease passes. Where no look is flat, the
    /// field has no more digits, and the widest counts.
    fn face(&self, p: Point<F>, first: Look<F>) -> Look<F> {
        if first.flat {
            return first;
        }
        let look = |&part: &f64| self.around(p, (first.value, None), part);
        NORMAL_STEPS[1..].iter().map(look).find(|look| look.flat).unwrap_or(first)
    }

    /// The plane in which the field, linear around `p`, is zero.
    pub fn tangent(&self, p: Point<F>) -> Plane<F> {
        let first = self.around(p, self.field.distance_and_slope(p), NORMAL_STEPS[0]);
        let Look { value, slope, .. } = self.face(p, first);
        let steepness = slope.norm().max(1e-6);
        let normal = slope * (1.0 / steepness);
        (p - normal * (value / steepness), normal)
    }

    /// Where the true surface crosses the edges of some crossings; the normals there.
    ///
    /// `plain` are the crossings of the samples, with what the field is there if that is known.
    pub fn feet(
        &self,
        crossings: &[Crossing],
        plain: &[(Point<F>, Option<Look<F>>)],
    ) -> Vec<Plane<F>> {
        let edges: Vec<Edge<F>> = crossings.iter().map(|c| Edge::new(self, c.at, c.axis)).collect();
        let mut found = crossings_near(self.field, &edges, plain);
        for (t, edge) in found.iter_mut().zip(&edges) {
            *t = t.or_else(|| edge.between_ends());
        }
        let place = |n: usize, t: Option<f64>| t.map_or(plain[n].0, |t| edges[n].point(t));
        let points: Vec<Point<F>> = (0..edges.len()).map(|n| place(n, found[n])).collect();
        let looks = self.looks(&points);
        let margin = f64::from(super::super::EDGE_MARGIN);
        let foot = |n: usize| {
            let t = found[n].map(|t| t.clamp(margin, 1.0 - margin));
            (place(n, t), self.face(points[n], looks[n]).slope.unit())
        };
        (0..edges.len()).map(foot).collect()
    }
}
