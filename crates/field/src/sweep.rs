//! A solid drawn along z, laid along a curve and twisted about it.

use ossein_geom::{Aabb, Frame, Point, Vector, float};

use crate::Field;

/// A curve through points, its tangent turning evenly between them.
#[derive(Clone, Debug)]
struct Curve<F: Frame> {
    points: Vec<Point<F>>,
    tangents: Vec<Vector<F>>,
    /// Unit vectors across the curve that turn no more than it does.
    rights: Vec<Vector<F>>,
    /// Length up to each point, mm.
    lengths: Vec<f64>,
}

/// A solid laid along a curve.
///
/// Where it was drawn, z runs along the curve from its first point, and all lies within `radius_mm`
/// of the z axis; about the curve it turns by `twist` radians per mm.
pub struct Sweep<F: Frame, T> {
    inner: T,
    curve: Curve<F>,
    twist: f64,
    radius_mm: f64,
    stretch_max: f64,
}

/// A curve along which nothing can be laid.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum SweepError {
    /// Fewer than two points, or two at one place.
    #[error("a curve needs two points or more, each at a place of its own")]
    TooFewPoints,
    /// The curve bends more sharply than the solid is wide.
    #[error("the curve bends to a radius of {bend_mm:.2} mm: the solid needs {needed_mm:.2} mm")]
    TooTight {
        /// Smallest radius of the curve, mm.
        bend_mm: f64,
        /// Smallest radius that would do, mm.
        needed_mm: f64,
    },
    /// The curve comes near itself.
    #[error("the curve comes to {gap_mm:.2} mm of itself: the solid needs {needed_mm:.2} mm")]
    TooNear {
        /// Distance between two of its stretches, mm.
        gap_mm: f64,
        /// Distance that would do, mm.
        needed_mm: f64,
    },
}

/// Width kept free around the solid, over its radius: distances hold up to there.
const ROOM: f64 = 1.3;

impl<F: Frame, T: Field<F>> Sweep<F, T> {
    /// Lays `inner` along the curve through `points`, turning by `twist` radians per mm.
    ///
    /// # Errors
    /// [`SweepError`] where the curve is none, or bends or returns too tightly for the radius.
    pub fn new(
        inner: T,
        points: Vec<Point<F>>,
        twist: f64,
        radius_mm: f64,
    ) -> Result<Self, SweepError> {
        let curve = Curve::new(points)?;
        let bend = curve.check(ROOM * radius_mm)?;
        // Across the curve nothing stretches; along it the inside of a bend does, and a twist adds
        // a turn in proportion to the distance from the curve.
        let along = 1.0 / (1.0 - ROOM * radius_mm * bend);
        let turn = twist.abs() * ROOM * radius_mm * along;
        let sum = 1.0 + turn * turn + along * along;
        let stretch_max = (0.5 * (sum + (sum * sum - 4.0 * along * along).sqrt())).sqrt();
        Ok(Self { inner, curve, twist, radius_mm, stretch_max })
    }
}

impl<F: Frame> Curve<F> {
    fn new(points: Vec<Point<F>>) -> Result<Self, SweepError> {
        let apart = |w: &[Point<F>]| w[0].distance(w[1]) > 1e-9;
        if points.len() < 2 || !points.windows(2).all(apart) {
            return Err(SweepError::TooFewPoints);
        }
        let last = points.len() - 1;
        let leg = |n: usize| (points[n + 1] - points[n]).unit();
        let tangent = |n: usize| match n {
            0 => leg(0),
            n if n == last => leg(last - 1),
            n => (leg(n - 1) + leg(n)).unit(),
        };
        let tangents: Vec<Vector<F>> = (0..=last).map(tangent).collect();
        let mut rights = vec![tangents[0].any_perpendicular()];
        for n in 1..=last {
            let before = rights[n - 1];
            rights.push((before - tangents[n] * tangents[n].dot(before)).unit());
        }
        let mut lengths = vec![0.0];
        for n in 1..=last {
            lengths.push(lengths[n - 1] + points[n - 1].distance(points[n]));
        }
        Ok(Self { points, tangents, rights, lengths })
    }

    /// Checks that a tube of `radius` fits, and returns the sharpest bend in 1/mm.
    fn check(&self, radius: f64) -> Result<f64, SweepError> {
        let mut bend: f64 = 0.0;
        for n in 1..self.points.len() {
            let turn = (self.tangents[n] - self.tangents[n - 1]).norm();
            bend = bend.max(turn / (self.lengths[n] - self.lengths[n - 1]));
        }
        let needed_mm = 1.25 * radius;
        if bend * needed_mm > 1.0 {
            return Err(SweepError::TooTight { bend_mm: 1.0 / bend, needed_mm });
        }
        for (n, &a) in self.points.iter().enumerate() {
            for (m, &b) in self.points.iter().enumerate().skip(n + 1) {
                // Neighbours along the curve are near each other by right.
                let along = self.lengths[m] - self.lengths[n];
                if along > std::f64::consts::PI * radius && a.distance(b) < 2.0 * radius {
                    let (gap_mm, needed_mm) = (a.distance(b), 2.0 * radius);
                    return Err(SweepError::TooNear { gap_mm, needed_mm });
                }
            }
        }
        Ok(bend)
    }

    /// Where the plane across the curve through `p` meets it: leg and part of the way. The nearest,
    /// if there are more; the ends run on straight.
    fn nearest(&self, p: Point<F>) -> (usize, f64) {
        let mut best = (0, 0.0, f64::INFINITY);
        let legs = self.points.len() - 1;
        for n in 0..legs {
            let (a, b) = (self.points[n], self.points[n + 1]);
            let (ta, tb) = (self.tangents[n], self.tangents[n + 1]);
            // (p - a - s (b - a)) . (ta + s (tb - ta)) = 0
            let (to, leg, turn) = (p - a, b - a, tb - ta);
            let (c0, c1) = (to.dot(ta), to.dot(turn) - leg.dot(ta));
            let c2 = -leg.dot(turn);
            let first = c0 / -c1.min(-1e-12);
            let mut s = first;
            for _ in 0..4 {
                s -= (c0 + s * (c1 + s * c2)) / (c1 + 2.0 * s * c2).min(-1e-12);
            }
            let low = if n == 0 { f64::NEG_INFINITY } else { 0.0 };
            let high = if n + 1 == legs { f64::INFINITY } else { 1.0 };
            let s = s.clamp(low, high);
            let far = p.distance(a + leg * s);
            if far < best.2 {
                best = (n, s, far);
            }
        }
        (best.0, best.1)
    }

    /// The place in the drawing: across, across, along.
    fn drawn(&self, p: Point<F>) -> [f64; 3] {
        let (n, s) = self.nearest(p);
        let inside = s.clamp(0.0, 1.0);
        let foot = self.points[n] + (self.points[n + 1] - self.points[n]) * s;
        let mix = |v: &[Vector<F>]| v[n] + (v[n + 1] - v[n]) * inside;
        let tangent = mix(&self.tangents).unit();
        let right = mix(&self.rights);
        let right = (right - tangent * tangent.dot(right)).unit();
        let (up, away) = (tangent.cross(right), p - foot);
        let along = self.lengths[n] + s * (self.lengths[n + 1] - self.lengths[n]);
        [right.dot(away), up.dot(away), along + tangent.dot(away)]
    }
}

impl<F: Frame, T: Field<F>> Field<F> for Sweep<F, T> {
    fn distance(&self, p: Point<F>) -> f64 {
        let [x, y, z] = self.curve.drawn(p);
        let radial = (x * x + y * y).sqrt();
        let room = (ROOM - 1.0) * self.radius_mm;
        let outside = radial - self.radius_mm;
        if outside >= room {
            return outside / self.stretch_max;
        }
        let (s, c) = float::sin_cos(-self.twist * z);
        let drawn = Point::new(c * x - s * y, s * x + c * y, z);
        // Beyond the room kept free only the tube around the solid is known.
        self.inner.distance(drawn).min(room).max(outside) / self.stretch_max
    }

    fn bounds(&self) -> Aabb<F> {
        let drawn = self.inner.bounds();
        let (first, last) = (0, self.curve.points.len() - 1);
        let length = self.curve.lengths[last];
        let ends = [
            self.curve.points[first] + self.curve.tangents[first] * drawn.min.z.min(0.0),
            self.curve.points[last] + self.curve.tangents[last] * (drawn.max.z - length).max(0.0),
        ];
        Aabb::around(self.curve.points.iter().copied().chain(ends)).grow(self.radius_mm)
    }
}
