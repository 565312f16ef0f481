//! A solid moved rigidly into another frame.

use ossein_geom::{Aabb, Frame, Point, Rigid, Vector};

use crate::{Field, Interval};

/// A solid of frame `A` seen in frame `B`.
pub struct Placed<A: Frame, B: Frame, T> {
    inner: T,
    to_inner: Rigid<B, A>,
    bounds: Aabb<B>,
}

impl<A: Frame, B: Frame, T: Field<A>> Placed<A, B, T> {
    /// Puts `inner` where `placement` takes it.
    pub fn new(inner: T, placement: &Rigid<A, B>) -> Self {
        let b = inner.bounds();
        let corner = |n: usize| {
            let pick = |a: usize| if n >> a & 1 == 1 { b.max[a] } else { b.min[a] };
            placement.apply(Point::new(pick(0), pick(1), pick(2)))
        };
        let bounds = Aabb::around((0..8).map(corner));
        Self { inner, to_inner: placement.inverse(), bounds }
    }
}

impl<A: Frame, B: Frame, T: Field<A>> Field<B> for Placed<A, B, T> {
    fn distance(&self, p: Point<B>) -> f64 {
        self.inner.distance(self.to_inner.apply(p))
    }
    fn distance_and_slope(&self, p: Point<B>) -> (f64, Option<Vector<B>>) {
        let (distance, slope) = self.inner.distance_and_slope(self.to_inner.apply(p));
        (distance, slope.map(|slope| self.to_inner.inverse().turn(slope)))
    }
    fn bounds(&self) -> Aabb<B> {
        self.bounds
    }
    fn range(&self, region: &Aabb<B>) -> Interval {
        // The box of the turned region may be far larger: the ball around it is not.
        let middle = self.distance(region.center());
        let reach = 0.5 * region.size().norm();
        Interval { min: middle - reach, max: middle + reach }
    }
}
