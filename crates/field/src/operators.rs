//! Offset, shell, thicken, mirror, and cuts and overlaps with rounded edges.

use ossein_geom::{Aabb, Frame, Point, Rigid, Vector};

use crate::boolean::Solid;
use crate::placed::Placed;
use crate::{Block, Field, Interval};

/// A solid grown by `by_mm` on every side, or shrunk where that is negative.
///
/// As far as asked where the inner field is the true distance (primitives, sampled grids, sheets,
/// struts); where it is a lower bound, growth goes further and shrinking stops earlier.
pub struct Offset<T> {
    /// The solid.
    pub inner: T,
    /// How far its surface moves outwards, mm.
    pub by_mm: f64,
}

impl<F: Frame, T: Field<F>> Field<F> for Offset<T> {
    #[inline(always)]
    fn distance(&self, p: Point<F>) -> f64 {
        let moved = self.inner.distance(p) - self.by_mm;
        // Behind a lower bound the solid may seem to reach out of its box.
        if self.by_mm > 0.0 { moved.max(beyond(&self.bounds(), p)) } else { moved }
    }
    fn bounds(&self) -> Aabb<F> {
        self.inner.bounds().grow(self.by_mm.max(0.0))
    }
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        self.inner.sample(block, distances);
        let by = self.by_mm as f32;
        distances.iter_mut().for_each(|value| *value -= by);
        let (bounds, region) = (self.bounds(), block.bounds());
        let low = distances.iter().copied().fold(f32::INFINITY, f32::min);
        if by > 0.0 && farthest(&bounds, &region) > f64::from(low) {
            let [ni, nj, _] = block.size;
            for (n, value) in distances.iter_mut().enumerate() {
                let p = block.point(n % ni, n / ni % nj, n / (ni * nj));
                *value = value.max(beyond(&bounds, p) as f32);
            }
        }
    }
    fn range(&self, region: &Aabb<F>) -> Interval {
        let inner = self.inner.range(region);
        let (min, max) = (inner.min - self.by_mm, inner.max - self.by_mm);
        let beyond = |region| farthest(&self.bounds(), region);
        let lifted = if self.by_mm > 0.0 { beyond(region) } else { f64::NEG_INFINITY };
        Interval { min, max: max.max(lifted) }
    }
}

/// How far `p` lies beyond a box; inside, the depth, negative.
fn beyond<F: Frame>(bounds: &Aabb<F>, p: Point<F>) -> f64 {
    let depth = |a: usize| (bounds.min[a] - p[a]).max(p[a] - bounds.max[a]);
    let inside = depth(0).max(depth(1)).max(depth(2));
    if inside > 0.0 { bounds.distance(p) } else { inside }
}

/// The most that a place of `region` lies beyond `bounds`: at a corner, since the distance from a
/// box is convex.
fn farthest<F: Frame>(bounds: &Aabb<F>, region: &Aabb<F>) -> f64 {
    let corner = |n: usize| {
        let pick = |a: usize| if n >> a & 1 == 1 { region.max[a] } else { region.min[a] };
        Point::new(pick(0), pick(1), pick(2))
    };
    (0..8).map(|n| beyond(bounds, corner(n))).fold(f64::NEG_INFINITY, f64::max)
}

/// The skin of a solid: what lies between `inside_mm` under its surface and `outside_mm` above.
pub struct Shell<T> {
    /// The solid.
    pub inner: T,
    /// Depth under the surface, mm.
    pub inside_mm: f64,
    /// Height above the surface, mm.
    pub outside_mm: f64,
}

impl<T> Shell<T> {
    /// A wall of `wall_mm` with the surface of `inner` in its middle.
    pub fn thicken(inner: T, wall_mm: f64) -> Self {
        Self { inner, inside_mm: 0.5 * wall_mm, outside_mm: 0.5 * wall_mm }
    }

    /// One offset minus the other.
    #[inline(always)]
    fn between(&self, value: f64) -> f64 {
        (value - self.outside_mm).max(-value - self.inside_mm)
    }
}

impl<F: Frame, T: Field<F>> Field<F> for Shell<T> {
    fn distance(&self, p: Point<F>) -> f64 {
        self.between(self.inner.distance(p)).max(beyond(&self.bounds(), p))
    }
    fn bounds(&self) -> Aabb<F> {
        self.inner.bounds().grow(self.outside_mm.max(0.0))
    }
    fn range(&self, region: &Aabb<F>) -> Interval {
        let middle = self.distance(region.center());
        let reach = 0.5 * region.size().norm();
        Interval { min: middle - reach, max: middle + reach }
    }
}

/// A solid seen in a plane mirror: left becomes right.
pub struct Mirror<F: Frame, T> {
    inner: T,
    point: Point<F>,
    normal: Vector<F>,
}

impl<F: Frame, T: Field<F>> Mirror<F, T> {
    /// The image of `inner` in the plane through `point` across `normal`.
    pub fn new(inner: T, point: Point<F>, normal: Vector<F>) -> Self {
        Self { inner, point, normal: normal.unit() }
    }

    #[inline(always)]
    fn image(&self, p: Point<F>) -> Point<F> {
        p - self.normal * (2.0 * self.normal.dot(p - self.point))
    }
}

impl<F: Frame, T: Field<F>> Field<F> for Mirror<F, T> {
    fn distance(&self, p: Point<F>) -> f64 {
        self.inner.distance(self.image(p))
    }
    fn bounds(&self) -> Aabb<F> {
        let b = self.inner.bounds();
        let corner = |n: usize| {
            let pick = |a: usize| if n >> a & 1 == 1 { b.max[a] } else { b.min[a] };
            self.image(Point::new(pick(0), pick(1), pick(2)))
        };
        Aabb::around((0..8).map(corner))
    }
}

/// A solid moved rigidly within its frame.
pub fn moved<F: Frame, T: Field<F>>(inner: T, motion: &Rigid<F, F>) -> Placed<F, F, T> {
    Placed::new(inner, motion)
}

/// Smooth maximum by a parabola where the two values are within `radius` of each other: the
/// greater of the two and up to a quarter of the radius more.
#[inline(always)]
fn smooth_max(a: f64, b: f64, radius: f64) -> f64 {
    let overlap = (radius - (a - b).abs()).max(0.0);
    a.max(b) + overlap * overlap / (4.0 * radius)
}

/// What lies in both parts, the edge where they meet rounded over `radius_mm`: takes material away
/// only within `radius_mm` of both surfaces, at most a quarter of the radius deep.
pub struct BlendCommon<F: Frame> {
    /// One part.
    pub a: Solid<F>,
    /// The other part.
    pub b: Solid<F>,
    /// Size of the rounding in mm; positive.
    pub radius_mm: f64,
}

/// What lies in `from` and not in `cut`, the edge rounded over `radius_mm`.
pub struct BlendCut<F: Frame> {
    /// The solid that is cut.
    pub from: Solid<F>,
    /// What is taken away.
    pub cut: Solid<F>,
    /// Size of the rounding in mm; positive.
    pub radius_mm: f64,
}

/// Samples two parts and joins their values.
fn join<F: Frame>(
    [a, b]: [&Solid<F>; 2],
    block: &Block<F>,
    distances: &mut [f32],
    pick: impl Fn(f64, f64) -> f64,
) {
    a.sample(block, distances);
    let mut other = vec![0.0f32; distances.len()];
    b.sample(block, &mut other);
    for (value, &other) in distances.iter_mut().zip(&other) {
        *value = pick(f64::from(*value), f64::from(other)) as f32;
    }
}

impl<F: Frame> Field<F> for BlendCommon<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        smooth_max(self.a.distance(p), self.b.distance(p), self.radius_mm)
    }
    fn bounds(&self) -> Aabb<F> {
        self.a.bounds().intersection(self.b.bounds())
    }
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        join([&self.a, &self.b], block, distances, |a, b| smooth_max(a, b, self.radius_mm));
    }
    fn range(&self, region: &Aabb<F>) -> Interval {
        let (a, b) = (self.a.range(region), self.b.range(region));
        Interval { min: a.min.max(b.min), max: a.max.max(b.max) + 0.25 * self.radius_mm }
    }
}

impl<F: Frame> Field<F> for BlendCut<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        smooth_max(self.from.distance(p), -self.cut.distance(p), self.radius_mm)
    }
    fn bounds(&self) -> Aabb<F> {
        self.from.bounds()
    }
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        let pick = |a: f64, b: f64| smooth_max(a, -b, self.radius_mm);
        join([&self.from, &self.cut], block, distances, pick);
    }
    fn range(&self, region: &Aabb<F>) -> Interval {
        let (from, cut) = (self.from.range(region), self.cut.range(region));
        let max = from.max.max(-cut.min) + 0.25 * self.radius_mm;
        Interval { min: from.min.max(-cut.max), max }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count::volume_mm3;
    use crate::primitive::{Cuboid, Sphere};
    use ossein_geom::{Implant, Job};

    #[track_caller]
    fn check(field: &dyn Field<Implant>, expected_mm3: f64) {
        let bounds = field.bounds().grow(0.1);
        let step = 0.043;
        let size = [0, 1, 2].map(|a| (bounds.size()[a] / step) as usize + 1);
        let block = Block { origin: bounds.min, step: [step; 3], size };
        let found = volume_mm3(field, &block, &Job::quiet()).unwrap();
        assert!((found / expected_mm3 - 1.0).abs() < 1e-3, "{found} {expected_mm3}");
    }

    #[test]
    fn offsets_obey_steiner() {
        let pi = std::f64::consts::PI;
        let ball = |radius_mm: f64| Sphere { center: Point::<Implant>::ORIGIN, radius_mm };
        let volume = |r: f64| 4.0 / 3.0 * pi * r * r * r;
        check(&Offset { inner: ball(2.0), by_mm: 0.7 }, volume(2.7));
        check(&Offset { inner: ball(2.0), by_mm: -0.7 }, volume(1.3));
        check(
            &Shell { inner: ball(2.0), inside_mm: 0.4, outside_mm: 0.2 },
            volume(2.2) - volume(1.6),
        );
        check(&Shell::thicken(ball(2.0), 0.5), volume(2.25) - volume(1.75));
        // A box: V + A d + edges pi d^2 / 4 + corners, and there and back the box again.
        let (a, b, c, d) = (3.0, 4.0, 2.0, 0.6);
        let bounds = Aabb::new(Point::<Implant>::ORIGIN, Point::new(a, b, c));
        // Turned, so that its faces lie between samples.
        let turn = Rigid::about(Point::ORIGIN, Vector::new(1.0, 2.0, 3.0), 0.4);
        let cube = || moved(Cuboid { bounds, round_mm: 0.0 }, &turn);
        let grown =
            a * b * c + 2.0 * (a * b + b * c + c * a) * d + pi * d * d * (a + b + c) + volume(d);
        check(&Offset { inner: cube(), by_mm: d }, grown);
        let there = Offset { inner: cube(), by_mm: d };
        check(&Offset { inner: there, by_mm: -d }, a * b * c);
        let plane = Vector::new(1.0, 2.0, 2.0);
        check(&Mirror::new(cube(), Point::new(5.0, 0.0, 0.0), plane), a * b * c);
    }
}
