//! What is asked of the field near its surface.

use ossein_field::{Block, Field};
use ossein_geom::{Frame, Point, Vector};

use super::edge::Edge;
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
#[derive(Clone, Copy, Debug)]
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

    /// The field around a point.
    pub fn at(&self, p: Point<F>) -> Look<F> {
        self.look(p, NORMAL_STEPS[0])
    }

    /// The field at a point and, if it does not know its slope, at the four corners of a
    /// tetrahedron this part of a step away.
    fn look(&self, p: Point<F>, part: f64) -> Look<F> {
        let (value, slope) = self.field.distance_and_slope(p);
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

    /// The same for one face: nearer where a crease passes. Where no look is flat, the field has
    /// no more digits, and the widest counts.
    fn face(&self, p: Point<F>) -> Look<F> {
        let first = self.at(p);
        if first.flat {
            return first;
        }
        let mut nearer = NORMAL_STEPS[1..].iter().map(|&part| self.look(p, part));
        nearer.find(|look| look.flat).unwrap_or(first)
    }

    /// The plane in which the field, linear around `p`, is zero.
    pub fn tangent(&self, p: Point<F>) -> Plane<F> {
        let Look { value, slope, .. } = self.face(p);
        let steepness = slope.norm().max(1e-6);
        let normal = slope * (1.0 / steepness);
        (p - normal * (value / steepness), normal)
    }

    /// The crossing of the edge from sample `at` along `axis` with the true surface; the normal.
    ///
    /// `plain` is the crossing of the samples, with what the field is there if that is known.
    pub fn foot(
        &self,
        at: [usize; 3],
        axis: usize,
        plain: (Point<F>, Option<Look<F>>),
    ) -> Plane<F> {
        let edge = Edge::new(self, at, axis);
        let near = plain.1.and_then(|look| edge.near(plain.0, look));
        let Some(t) = near.or_else(|| edge.between_ends()) else {
            return (plain.0, self.face(plain.0).slope.unit());
        };
        let margin = f64::from(super::super::EDGE_MARGIN);
        let normal = self.face(edge.point(t)).slope.unit();
        (edge.point(t.clamp(margin, 1.0 - margin)), normal)
    }
}
