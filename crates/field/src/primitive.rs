//! Closed forms: sphere, cuboid, cylinder, cone, capsule, torus, half-space.

use ossein_geom::{Aabb, Frame, Point, Vector};

use crate::Field;

/// A ball.
#[derive(Clone, Copy, Debug)]
pub struct Sphere<F: Frame> {
    /// Its middle.
    pub center: Point<F>,
    /// Radius in mm.
    pub radius_mm: f64,
}

impl<F: Frame> Field<F> for Sphere<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        p.distance(self.center) - self.radius_mm
    }
    fn bounds(&self) -> Aabb<F> {
        Aabb::around([self.center]).grow(self.radius_mm)
    }
}

/// A box along the axes of its frame, its edges rounded by `round_mm`.
#[derive(Clone, Copy, Debug)]
pub struct Cuboid<F: Frame> {
    /// Its outer faces.
    pub bounds: Aabb<F>,
    /// Radius of its edges in mm; zero for sharp ones.
    pub round_mm: f64,
}

impl<F: Frame> Field<F> for Cuboid<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        let inner = self.bounds.grow(-self.round_mm);
        let (c, half) = (inner.center(), inner.size() * 0.5);
        let q = Vector::<F>::new(
            (p.x - c.x).abs() - half.x,
            (p.y - c.y).abs() - half.y,
            (p.z - c.z).abs() - half.z,
        );
        let outside = Vector::<F>::new(q.x.max(0.0), q.y.max(0.0), q.z.max(0.0)).norm();
        outside + q.x.max(q.y).max(q.z).min(0.0) - self.round_mm
    }
    fn bounds(&self) -> Aabb<F> {
        self.bounds
    }
}

/// A segment with a radius: a cylinder with half-balls at its ends.
#[derive(Clone, Copy, Debug)]
pub struct Capsule<F: Frame> {
    /// One end of the segment.
    pub from: Point<F>,
    /// The other end.
    pub to: Point<F>,
    /// Radius in mm.
    pub radius_mm: f64,
}

impl<F: Frame> Field<F> for Capsule<F> {
    #[inline(always)]
    fn distance(&self, p: Point<F>) -> f64 {
        let (along, to_point) = (self.to - self.from, p - self.from);
        let length2 = along.dot(along).max(f64::MIN_POSITIVE);
        let t = (along.dot(to_point) / length2).clamp(0.0, 1.0);
        (to_point - along * t).norm() - self.radius_mm
    }
    fn bounds(&self) -> Aabb<F> {
        Aabb::around([self.from, self.to]).grow(self.radius_mm)
    }
}

/// A straight frustum between two discs: a cylinder where both radii are equal.
#[derive(Clone, Copy, Debug)]
pub struct Cone<F: Frame> {
    /// Middle of the first disc.
    pub from: Point<F>,
    /// Middle of the second disc.
    pub to: Point<F>,
    /// Radius of the first disc, mm.
    pub from_radius_mm: f64,
    /// Radius of the second disc, mm.
    pub to_radius_mm: f64,
}

impl<F: Frame> Cone<F> {
    /// A cylinder.
    pub fn cylinder(from: Point<F>, to: Point<F>, radius_mm: f64) -> Self {
        Self { from, to, from_radius_mm: radius_mm, to_radius_mm: radius_mm }
    }
}

impl<F: Frame> Field<F> for Cone<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        let span = self.to - self.from;
        let (length, axis) = (span.norm(), span.unit());
        let height = axis.dot(p - self.from);
        let radial = (p - self.from - axis * height).norm();
        let slope = (self.to_radius_mm - self.from_radius_mm) / length;
        let wall = (radial - self.from_radius_mm - slope * height) / (1.0 + slope * slope).sqrt();
        wall.max(-height).max(height - length)
    }
    fn bounds(&self) -> Aabb<F> {
        Aabb::around([self.from, self.to]).grow(self.from_radius_mm.max(self.to_radius_mm))
    }
}

/// A ring.
#[derive(Clone, Copy, Debug)]
pub struct Torus<F: Frame> {
    /// Middle of the ring.
    pub center: Point<F>,
    /// Unit normal of its plane.
    pub axis: Vector<F>,
    /// Radius of its centre line, mm.
    pub ring_radius_mm: f64,
    /// Radius of its section, mm.
    pub tube_radius_mm: f64,
}

impl<F: Frame> Field<F> for Torus<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        let q = p - self.center;
        let height = self.axis.dot(q);
        let radial = (q - self.axis * height).norm() - self.ring_radius_mm;
        (radial * radial + height * height).sqrt() - self.tube_radius_mm
    }
    fn bounds(&self) -> Aabb<F> {
        Aabb::around([self.center]).grow(self.ring_radius_mm + self.tube_radius_mm)
    }
}

/// Everything behind a plane. Unbounded: give it a box by intersection.
#[derive(Clone, Copy, Debug)]
pub struct HalfSpace<F: Frame> {
    /// A point of the plane.
    pub point: Point<F>,
    /// Unit normal, out of the solid.
    pub normal: Vector<F>,
}

impl<F: Frame> Field<F> for HalfSpace<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        self.normal.dot(p - self.point)
    }
    fn bounds(&self) -> Aabb<F> {
        let far = 1e6;
        Aabb::new(Point::new(-far, -far, -far), Point::new(far, far, far))
    }
}
