//! A flat map of directions: where a part of the vault lies, seen from the skull's middle.

use ossein_geom::{Frame, Point, Vector, float};

/// Directions about an axis as places on a plane: the angle from the axis becomes a length, and all
/// directions around the axis stay (azimuthal equidistant).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chart<F: Frame> {
    /// Where the rays start.
    pub middle: Point<F>,
    /// Towards the place `[0, 0]`, of length one.
    pub axis: Vector<F>,
    /// Towards growing `u` and `v`.
    pub sides: [Vector<F>; 2],
    /// Millimetres for a radian: near the radius of the vault, so that the map is true to scale.
    pub radius_mm: f64,
}

impl<F: Frame> Chart<F> {
    /// About `axis`, which need not be of length one.
    pub fn new(middle: Point<F>, axis: Vector<F>, radius_mm: f64) -> Self {
        let axis = axis.unit();
        let side = axis.any_perpendicular();
        Self { middle, axis, sides: [side, axis.cross(side)], radius_mm }
    }

    /// The direction at a place of the map, of length one.
    pub fn direction(&self, [u, v]: [f64; 2]) -> Vector<F> {
        let length = (u * u + v * v).sqrt();
        if length == 0.0 {
            return self.axis;
        }
        let (sine, cosine) = float::sin_cos(length / self.radius_mm);
        let aside = (self.sides[0] * u + self.sides[1] * v) * (1.0 / length);
        self.axis * cosine + aside * sine
    }

    /// The place of a direction, which need not be of length one.
    pub fn place(&self, direction: Vector<F>) -> [f64; 2] {
        let (x, y) = (direction.dot(self.sides[0]), direction.dot(self.sides[1]));
        let aside = (x * x + y * y).sqrt();
        if aside == 0.0 {
            return [0.0; 2];
        }
        let length = float::atan2(aside, direction.dot(self.axis)) * self.radius_mm;
        [x / aside * length, y / aside * length]
    }

    /// The point at a place of the map, `radius_mm` from the middle.
    pub fn point(&self, at: [f64; 2], radius_mm: f64) -> Point<F> {
        self.middle + self.direction(at) * radius_mm
    }
}
