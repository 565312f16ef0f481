//! Points and vectors that know their frame, rigid transforms that know both of their ends.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::{Add, AddAssign, Index, Mul, Neg, Sub};

use serde::{Deserialize, Serialize};

use crate::float;

/// A frame of reference; costs nothing at run time.
pub trait Frame: Copy + Clone + Debug + PartialEq + Default + Send + Sync + 'static {
    /// The name that files and reports carry.
    const NAME: &'static str;
}

macro_rules! frame {
    ($(#[$doc:meta])* $name:ident, $text:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
        pub struct $name;
        impl Frame for $name {
            const NAME: &'static str = $text;
        }
    };
}

frame! {
    /// The patient: x to the left, y to the back, z to the head.
    Lps, "LPS"
}
frame! {
    /// The implant: x to the patient's left, y to the back, z from caudal to cranial along its axis.
    Implant, "IMPLANT"
}
frame! {
    /// The printer: z up from the plate (ISO/ASTM 52921).
    Build, "BUILD"
}

/// A place in frame `F`, in mm.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "[f64; 3]", into = "[f64; 3]", bound = "")]
pub struct Point<F: Frame> {
    /// First coordinate in mm.
    pub x: f64,
    /// Second coordinate in mm.
    pub y: f64,
    /// Third coordinate in mm.
    pub z: f64,
    frame: PhantomData<F>,
}

/// A displacement or direction in frame `F`, in mm or without unit.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "[f64; 3]", into = "[f64; 3]", bound = "")]
pub struct Vector<F: Frame> {
    /// First component.
    pub x: f64,
    /// Second component.
    pub y: f64,
    /// Third component.
    pub z: f64,
    frame: PhantomData<F>,
}

macro_rules! triple {
    ($name:ident) => {
        impl<F: Frame> $name<F> {
            /// From its three coordinates.
            pub const fn new(x: f64, y: f64, z: f64) -> Self {
                Self { x, y, z, frame: PhantomData }
            }

            /// Its three coordinates.
            pub const fn array(self) -> [f64; 3] {
                [self.x, self.y, self.z]
            }
        }
        impl<F: Frame> From<[f64; 3]> for $name<F> {
            fn from(a: [f64; 3]) -> Self {
                Self::new(a[0], a[1], a[2])
            }
        }
        impl<F: Frame> From<$name<F>> for [f64; 3] {
            fn from(p: $name<F>) -> Self {
                p.array()
            }
        }
        impl<F: Frame> Index<usize> for $name<F> {
            type Output = f64;
            fn index(&self, axis: usize) -> &f64 {
                match axis {
                    0 => &self.x,
                    1 => &self.y,
                    2 => &self.z,
                    _ => panic!("axis {axis} of a triple"),
                }
            }
        }
    };
}
triple!(Point);
triple!(Vector);

impl<F: Frame> Point<F> {
    /// Where the three axes meet.
    pub const ORIGIN: Self = Self::new(0.0, 0.0, 0.0);

    /// Distance to another point, in mm.
    pub fn distance(self, other: Self) -> f64 {
        (self - other).norm()
    }

    /// The point at `fraction` of the way to `other`.
    pub fn lerp(self, other: Self, fraction: f64) -> Self {
        self + (other - self) * fraction
    }

    /// The nearest point whose coordinates single precision holds, as mesh files do.
    pub fn single(self) -> Self {
        Self::from(self.array().map(|v| f64::from(v as f32)))
    }
}

impl<F: Frame> Vector<F> {
    /// Scalar product.
    pub fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    /// Vector product.
    pub fn cross(self, o: Self) -> Self {
        Self::new(
            self.y * o.z - self.z * o.y,
            self.z * o.x - self.x * o.z,
            self.x * o.y - self.y * o.x,
        )
    }

    /// Length.
    pub fn norm(self) -> f64 {
        self.dot(self).sqrt()
    }

    /// The same direction with length one; the zero vector stays zero.
    pub fn unit(self) -> Self {
        let norm = self.norm();
        if norm > 0.0 { self * (1.0 / norm) } else { self }
    }

    /// Angle to `other` in degrees, 0 to 180.
    pub fn angle_deg(self, other: Self) -> f64 {
        let sine = self.cross(other).norm();
        float::atan2(sine, self.dot(other)).to_degrees()
    }

    /// Any unit vector at right angles to this one, the same one every time.
    pub fn any_perpendicular(self) -> Self {
        let (x, y, z) = (self.x.abs(), self.y.abs(), self.z.abs());
        let other = if x <= y && x <= z {
            Self::new(1.0, 0.0, 0.0)
        } else if y <= z {
            Self::new(0.0, 1.0, 0.0)
        } else {
            Self::new(0.0, 0.0, 1.0)
        };
        self.cross(other).unit()
    }
}

impl<F: Frame> Sub for Point<F> {
    type Output = Vector<F>;
    fn sub(self, o: Self) -> Vector<F> {
        Vector::new(self.x - o.x, self.y - o.y, self.z - o.z)
    }
}
impl<F: Frame> Add<Vector<F>> for Point<F> {
    type Output = Self;
    fn add(self, o: Vector<F>) -> Self {
        Self::new(self.x + o.x, self.y + o.y, self.z + o.z)
    }
}
impl<F: Frame> Sub<Vector<F>> for Point<F> {
    type Output = Self;
    fn sub(self, o: Vector<F>) -> Self {
        Self::new(self.x - o.x, self.y - o.y, self.z - o.z)
    }
}
impl<F: Frame> Add for Vector<F> {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Self::new(self.x + o.x, self.y + o.y, self.z + o.z)
    }
}
impl<F: Frame> AddAssign for Vector<F> {
    fn add_assign(&mut self, o: Self) {
        *self = *self + o;
    }
}
impl<F: Frame> Sub for Vector<F> {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        Self::new(self.x - o.x, self.y - o.y, self.z - o.z)
    }
}
impl<F: Frame> Mul<f64> for Vector<F> {
    type Output = Self;
    fn mul(self, s: f64) -> Self {
        Self::new(self.x * s, self.y * s, self.z * s)
    }
}
impl<F: Frame> Neg for Vector<F> {
    type Output = Self;
    fn neg(self) -> Self {
        self * -1.0
    }
}

/// A rotation and a translation that take a `Point<A>` to a `Point<B>`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Rigid<A: Frame, B: Frame> {
    /// Rows of the rotation matrix: the axes of `B` written in `A`.
    pub rotation: [[f64; 3]; 3],
    /// Where the origin of `A` comes to lie in `B`, in mm.
    pub translation: [f64; 3],
    #[serde(skip)]
    ends: PhantomData<(A, B)>,
}

impl<A: Frame, B: Frame> Rigid<A, B> {
    /// From a rotation matrix (rows) and a translation in mm.
    ///
    /// # Panics
    /// If the rows are not a right-handed orthonormal basis to 1e-6.
    pub fn new(rotation: [[f64; 3]; 3], translation: [f64; 3]) -> Self {
        let rows: [Vector<A>; 3] = rotation.map(Vector::from);
        let handed = rows[0].cross(rows[1]).dot(rows[2]);
        assert!((handed - 1.0).abs() < 1e-6, "a rotation has determinant 1, not {handed}");
        Self { rotation, translation, ends: PhantomData }
    }

    /// The transform that leaves coordinates as they are.
    pub fn identity() -> Self {
        Self::new([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], [0.0; 3])
    }

    /// The frame `B` whose origin and axes are given in `A`.
    ///
    /// # Panics
    /// If the axes are not right-handed and orthonormal to 1e-6.
    pub fn from_axes(origin: Point<A>, x: Vector<A>, y: Vector<A>, z: Vector<A>) -> Self {
        let from_origin = origin - Point::ORIGIN;
        let shift = [x, y, z].map(|axis| -axis.dot(from_origin));
        Self::new([x.array(), y.array(), z.array()], shift)
    }

    /// The point in frame `B`.
    pub fn apply(&self, p: Point<A>) -> Point<B> {
        let r = self.turn(p - Point::ORIGIN);
        let t = self.translation;
        Point::new(r.x + t[0], r.y + t[1], r.z + t[2])
    }

    /// The direction in frame `B`.
    pub fn turn(&self, v: Vector<A>) -> Vector<B> {
        let row = |i: usize| Vector::from(self.rotation[i]).dot(v);
        Vector::new(row(0), row(1), row(2))
    }

    /// The way back.
    pub fn inverse(&self) -> Rigid<B, A> {
        let r = self.rotation;
        let transposed =
            [[r[0][0], r[1][0], r[2][0]], [r[0][1], r[1][1], r[2][1]], [r[0][2], r[1][2], r[2][2]]];
        let back = Rigid::<B, A>::new(transposed, [0.0; 3]);
        let shift = back.turn(Vector::from(self.translation));
        Rigid::new(transposed, (-shift).array())
    }

    /// This transform, and then `next`.
    pub fn then<C: Frame>(&self, next: &Rigid<B, C>) -> Rigid<A, C> {
        let column = |j: usize| {
            let c = [self.rotation[0][j], self.rotation[1][j], self.rotation[2][j]];
            next.turn(Vector::from(c)).array()
        };
        let (c0, c1, c2) = (column(0), column(1), column(2));
        let rotation = [0, 1, 2].map(|i| [c0[i], c1[i], c2[i]]);
        let translation = next.apply(Point::from(self.translation)).array();
        Rigid::new(rotation, translation)
    }
}

impl<A: Frame> Rigid<A, A> {
    /// A turn by `angle_rad` about `axis` (unit) through `center`, right-handed.
    pub fn about(center: Point<A>, axis: Vector<A>, angle_rad: f64) -> Self {
        let (s, c) = (float::sin(angle_rad), float::cos(angle_rad));
        let a = axis.unit().array();
        let mut r = [[0.0; 3]; 3];
        for i in 0..3 {
            for j in 0..3 {
                let (k, sign) = match (i, j) {
                    (0, 1) => (2, -1.0),
                    (1, 0) => (2, 1.0),
                    (0, 2) => (1, 1.0),
                    (2, 0) => (1, -1.0),
                    (1, 2) => (0, -1.0),
                    (2, 1) => (0, 1.0),
                    _ => (0, 0.0),
                };
                let diagonal = if i == j { c } else { 0.0 };
                r[i][j] = diagonal + (1.0 - c) * a[i] * a[j] + sign * s * a[k];
            }
        }
        let turn = Self::new(r, [0.0; 3]);
        let moved = turn.apply(center);
        Self::new(r, (center - moved).array())
    }

    /// A shift by `offset` mm.
    pub fn shift(offset: Vector<A>) -> Self {
        Self { translation: offset.array(), ..Self::identity() }
    }
}

/// A box along the axes of frame `F`, in mm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Aabb<F: Frame> {
    /// Lowest corner.
    pub min: Point<F>,
    /// Highest corner.
    pub max: Point<F>,
}

impl<F: Frame> Aabb<F> {
    /// From its two corners.
    pub fn new(min: Point<F>, max: Point<F>) -> Self {
        Self { min, max }
    }

    /// The box that holds nothing.
    pub fn empty() -> Self {
        let far = f64::INFINITY;
        Self { min: Point::new(far, far, far), max: Point::new(-far, -far, -far) }
    }

    /// The smallest box around `points`.
    pub fn around(points: impl IntoIterator<Item = Point<F>>) -> Self {
        points.into_iter().fold(Self::empty(), |bounds, p| bounds.with(p))
    }

    /// This box grown to hold `p`.
    pub fn with(self, p: Point<F>) -> Self {
        let (a, b) = (self.min, self.max);
        Self {
            min: Point::new(a.x.min(p.x), a.y.min(p.y), a.z.min(p.z)),
            max: Point::new(b.x.max(p.x), b.y.max(p.y), b.z.max(p.z)),
        }
    }

    /// The smallest box that holds both.
    pub fn union(self, other: Self) -> Self {
        self.with(other.min).with(other.max)
    }

    /// The box that both share; empty where they are apart.
    pub fn intersection(self, o: Self) -> Self {
        let (a, b) = (self.min, self.max);
        Self {
            min: Point::new(a.x.max(o.min.x), a.y.max(o.min.y), a.z.max(o.min.z)),
            max: Point::new(b.x.min(o.max.x), b.y.min(o.max.y), b.z.min(o.max.z)),
        }
    }

    /// This box, larger by `margin_mm` on every side.
    pub fn grow(self, margin_mm: f64) -> Self {
        let m = Vector::new(margin_mm, margin_mm, margin_mm);
        Self { min: self.min - m, max: self.max + m }
    }

    /// Its middle.
    pub fn center(self) -> Point<F> {
        self.min.lerp(self.max, 0.5)
    }

    /// Its edges in mm.
    pub fn size(self) -> Vector<F> {
        self.max - self.min
    }

    /// Whether it holds nothing.
    pub fn is_empty(self) -> bool {
        self.min.x > self.max.x || self.min.y > self.max.y || self.min.z > self.max.z
    }

    /// Whether `p` lies inside or on its surface.
    pub fn contains(self, p: Point<F>) -> bool {
        (0..3).all(|a| p[a] >= self.min[a] && p[a] <= self.max[a])
    }

    /// Distance from `p` to the box, zero inside, in mm.
    pub fn distance(self, p: Point<F>) -> f64 {
        self.distance2(p).sqrt()
    }

    /// Square of that distance, mm².
    pub fn distance2(self, p: Point<F>) -> f64 {
        let gap = |a: usize| (self.min[a] - p[a]).max(p[a] - self.max[a]).max(0.0);
        let gap = Vector::<F>::new(gap(0), gap(1), gap(2));
        gap.dot(gap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transform_and_its_inverse_cancel() {
        let axis = Vector::new(0.3, -0.5, 0.8);
        let there = Rigid::<Lps, Lps>::about(Point::new(1.0, 2.0, 3.0), axis, 0.7);
        let there = there.then(&Rigid::shift(Vector::new(4.0, 5.0, 6.0)));
        let p = Point::new(-7.0, 8.0, 9.0);
        assert!(there.inverse().apply(there.apply(p)).distance(p) < 1e-12);
        assert!(there.then(&there.inverse()).apply(p).distance(p) < 1e-12);
    }

    #[test]
    fn a_turn_is_right_handed() {
        let z = Vector::new(0.0, 0.0, 1.0);
        let turn = Rigid::<Lps, Lps>::about(Point::ORIGIN, z, std::f64::consts::FRAC_PI_2);
        assert!(turn.apply(Point::new(1.0, 0.0, 0.0)).distance(Point::new(0.0, 1.0, 0.0)) < 1e-12);
    }

    #[test]
    fn axes_of_a_frame_become_unit_axes() {
        let (x, z) = (Vector::<Lps>::new(0.0, 1.0, 0.0), Vector::new(1.0, 0.0, 0.0));
        let to: Rigid<Lps, Implant> = Rigid::from_axes(Point::new(1.0, 1.0, 1.0), x, z.cross(x), z);
        assert!(to.apply(Point::new(1.0, 3.0, 1.0)).distance(Point::new(2.0, 0.0, 0.0)) < 1e-12);
    }
}
