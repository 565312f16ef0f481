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
    fn distance_and_slope(&self, p: Point<F>) -> (f64, Option<Vector<F>>) {
        (self.distance(p), Some((p - self.center).unit()))
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

impl<F: Frame> Cuboid<F> {
    /// From the middle of the box to a point, and how far that lies beyond the faces without their
    /// round edges.
    #[inline(always)]
    fn beyond(&self, p: Point<F>) -> (Vector<F>, Vector<F>) {
        let from_middle = p - self.bounds.center();
        let half = self.bounds.size() * 0.5;
        let over = |v: f64, half: f64| v.abs() - (half - self.round_mm);
        let Vector { x, y, z, .. } = from_middle;
        let beyond = Vector::new(over(x, half.x), over(y, half.y), over(z, half.z));
        (from_middle, beyond)
    }

    #[inline(always)]
    fn distance_beyond(&self, q: Vector<F>) -> f64 {
        let outside = Vector::<F>::new(q.x.max(0.0), q.y.max(0.0), q.z.max(0.0)).norm();
        outside + q.x.max(q.y).max(q.z).min(0.0) - self.round_mm
    }
}

impl<F: Frame> Field<F> for Cuboid<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        self.distance_beyond(self.beyond(p).1)
    }
    fn distance_and_slope(&self, p: Point<F>) -> (f64, Option<Vector<F>>) {
        let (from_middle, q) = self.beyond(p);
        let distance = self.distance_beyond(q);
        let most = q.x.max(q.y).max(q.z);
        // Inside, the nearest face; outside, the way from the nearest place of the box.
        let part = |q: f64| if most > 0.0 { q.max(0.0) } else { f64::from(u8::from(q == most)) };
        let slope = Vector::new(
            part(q.x).copysign(from_middle.x),
            part(q.y).copysign(from_middle.y),
            part(q.z).copysign(from_middle.z),
        );
        (distance, Some(slope.unit()))
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

impl<F: Frame> Capsule<F> {
    /// From the nearest place of the segment to a point.
    #[inline(always)]
    fn off_axis(&self, p: Point<F>) -> Vector<F> {
        let (along, to_point) = (self.to - self.from, p - self.from);
        let length2 = along.dot(along).max(f64::MIN_POSITIVE);
        let t = (along.dot(to_point) / length2).clamp(0.0, 1.0);
        to_point - along * t
    }
}

impl<F: Frame> Field<F> for Capsule<F> {
    #[inline(always)]
    fn distance(&self, p: Point<F>) -> f64 {
        self.off_axis(p).norm() - self.radius_mm
    }
    fn distance_and_slope(&self, p: Point<F>) -> (f64, Option<Vector<F>>) {
        let away = self.off_axis(p);
        (away.norm() - self.radius_mm, Some(away.unit()))
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
        self.distance_and_slope(p).0
    }
    #[inline(always)]
    fn distance_and_slope(&self, p: Point<F>) -> (f64, Option<Vector<F>>) {
        let span = self.to - self.from;
        let (length, axis) = (span.norm(), span.unit());
        let height = axis.dot(p - self.from);
        let away = p - self.from - axis * height;
        let slope = (self.to_radius_mm - self.from_radius_mm) / length;
        let steepness = (1.0 + slope * slope).sqrt();
        let wall = (away.norm() - self.from_radius_mm - slope * height) / steepness;
        let (end, side) =
            if height < 0.5 * length { (-height, -1.0) } else { (height - length, 1.0) };
        if end > wall {
            return (end, Some(axis * side));
        }
        (wall, Some((away.unit() - axis * slope) * (1.0 / steepness)))
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
    fn distance_and_slope(&self, p: Point<F>) -> (f64, Option<Vector<F>>) {
        (self.distance(p), Some(self.normal))
    }
    fn bounds(&self) -> Aabb<F> {
        let far = 1e6;
        Aabb::new(Point::new(-far, -far, -far), Point::new(far, far, far))
    }
}
