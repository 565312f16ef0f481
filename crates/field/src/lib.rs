//! Solids as signed distance fields: primitives, sampled grids, booleans, lofts, text, lattices.
//!
//! A field is negative inside and never overestimates: a step of its length stays on its side.
//! Meshes and layers are taken from the field by `ossein-mesh` and `ossein-print`.

pub mod band;
mod block;
pub mod boolean;
pub mod count;
pub mod ends;
pub mod height;
pub mod lattice;
pub mod local;
pub mod loft;
pub mod main_part;
pub mod map;
pub mod mesh_distance;
pub mod operators;
pub mod outline;
pub mod placed;
pub mod primitive;
pub mod refined;
pub mod sampled;
pub mod scalar;
pub mod sweep;
pub mod text;

pub use block::{Block, Interval};

use ossein_geom::{Aabb, Frame, Point, Vector};

/// A sample counts as inside where its value lies this part of a step below zero: faces that lie on
/// a plane of samples but for rounding are then one plane, wherever a block of samples begins.
pub const INSIDE_STEPS: f64 = 1e-5;

/// A solid, as the signed distance to its surface in mm: negative inside, positive outside.
///
/// `distance` alone must be given; `sample` and `range` follow from it and are written again where
/// a field knows a faster way.
pub trait Field<F: Frame>: Send + Sync {
    /// A lower bound of the distance from `p` to the surface, with the sign of the side; in mm.
    fn distance(&self, p: Point<F>) -> f64;

    /// The distances at many points, one call for all of them.
    ///
    /// # Panics
    /// If `distances` does not hold one value per point.
    fn distances(&self, points: &[Point<F>], distances: &mut [f64]) {
        assert_eq!(distances.len(), points.len(), "one distance per point");
        for (distance, &p) in distances.iter_mut().zip(points) {
            *distance = self.distance(p);
        }
    }

    /// The distance at `p` where it is below `limit`, or a nearer bound; elsewhere `limit` or more.
    ///
    /// For those who want to know no more: what many parts make up asks few of them.
    fn distance_below(&self, p: Point<F>, limit: f64) -> f64 {
        let _ = limit;
        self.distance(p)
    }

    /// The distance at `p`, and its slope there if the field knows it: on a crease, that of one of
    /// the faces that meet. Who is told none takes differences.
    fn distance_and_slope(&self, p: Point<F>) -> (f64, Option<Vector<F>>) {
        (self.distance(p), None)
    }

    /// The distances and slopes at many points, one call for all of them.
    ///
    /// # Panics
    /// If `told` does not hold one place per point.
    fn distances_and_slopes(&self, points: &[Point<F>], told: &mut [(f64, Option<Vector<F>>)]) {
        assert_eq!(told.len(), points.len(), "one place per point");
        for (told, &p) in told.iter_mut().zip(points) {
            *told = self.distance_and_slope(p);
        }
    }

    /// A box that holds the whole solid.
    fn bounds(&self) -> Aabb<F>;

    /// Fills `distances` for the samples of `block`, x fastest.
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        block.fill(distances, |p| self.distance(p));
    }

    /// Lowest and highest distance anywhere in `region`: the kernel skips what holds no surface.
    fn range(&self, region: &Aabb<F>) -> Interval {
        let middle = self.distance(region.center());
        let reach = 0.5 * region.size().norm();
        Interval { min: middle - reach, max: middle + reach }
    }
}

/// The box of solids that have no end, in mm.
pub(crate) fn everywhere<F: Frame>() -> Aabb<F> {
    let far = 1e6;
    Aabb::new(Point::new(-far, -far, -far), Point::new(far, far, far))
}

impl<F: Frame, T: Field<F> + ?Sized> Field<F> for Box<T> {
    fn distance(&self, p: Point<F>) -> f64 {
        (**self).distance(p)
    }
    fn distances(&self, points: &[Point<F>], distances: &mut [f64]) {
        (**self).distances(points, distances);
    }
    fn distance_below(&self, p: Point<F>, limit: f64) -> f64 {
        (**self).distance_below(p, limit)
    }
    fn distance_and_slope(&self, p: Point<F>) -> (f64, Option<Vector<F>>) {
        (**self).distance_and_slope(p)
    }
    fn distances_and_slopes(&self, points: &[Point<F>], told: &mut [(f64, Option<Vector<F>>)]) {
        (**self).distances_and_slopes(points, told);
    }
    fn bounds(&self) -> Aabb<F> {
        (**self).bounds()
    }
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        (**self).sample(block, distances);
    }
    fn range(&self, region: &Aabb<F>) -> Interval {
        (**self).range(region)
    }
}

impl<F: Frame, T: Field<F> + ?Sized> Field<F> for std::sync::Arc<T> {
    fn distance(&self, p: Point<F>) -> f64 {
        (**self).distance(p)
    }
    fn distances(&self, points: &[Point<F>], distances: &mut [f64]) {
        (**self).distances(points, distances);
    }
    fn distance_below(&self, p: Point<F>, limit: f64) -> f64 {
        (**self).distance_below(p, limit)
    }
    fn distance_and_slope(&self, p: Point<F>) -> (f64, Option<Vector<F>>) {
        (**self).distance_and_slope(p)
    }
    fn distances_and_slopes(&self, points: &[Point<F>], told: &mut [(f64, Option<Vector<F>>)]) {
        (**self).distances_and_slopes(points, told);
    }
    fn bounds(&self) -> Aabb<F> {
        (**self).bounds()
    }
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        (**self).sample(block, distances);
    }
    fn range(&self, region: &Aabb<F>) -> Interval {
        (**self).range(region)
    }
}
