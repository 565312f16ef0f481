//! A solid skin around a lattice that leaves it open at both ends of an axis.

use ossein_field::Field;
use ossein_field::boolean::{Blend, Intersection, Solid, Union};
use ossein_field::ends::Ends;
use ossein_geom::{Aabb, Lps, Point, TriMesh};

use crate::commands::AnyError;

/// A fillet reaches so many radii: distances of a band are told a little short.
const FILLET_REACH: f64 = 1.5;
/// The lattice is open where its core begins so many skins beneath an end face: that is where the
/// face lies within 48 degrees of the axis.
const OPEN_DEPTH: f64 = 1.5;

/// A skin.
pub struct Skin {
    /// How thick it is, mm.
    pub rim_mm: f64,
    /// The axis at whose ends it is open.
    pub axis: usize,
    /// Radius of its fillet towards the lattice, mm.
    pub fillet_mm: Option<f64>,
}

/// A solid that goes on along an axis, from a little beneath both end faces of a body.
struct Lengthened<T> {
    inner: T,
    ends: Ends,
    axis: usize,
    depth_mm: f64,
    scale: f64,
}

impl<T: Field<Lps>> Field<Lps> for Lengthened<T> {
    fn distance(&self, p: Point<Lps>) -> f64 {
        let [low, high] = self.ends.at(p);
        let (from, to) = (low + self.depth_mm, high - self.depth_mm);
        let mut at = p.array();
        let here = at[self.axis];
        at[self.axis] = if from < to { here.clamp(from, to) } else { 0.5 * (from + to) };
        self.inner.distance(Point::from(at)) * self.scale
    }
    fn bounds(&self) -> Aabb<Lps> {
        let bounds = self.inner.bounds();
        let (mut min, mut max) = (bounds.min.array(), bounds.max.array());
        (min[self.axis], max[self.axis]) = (f64::NEG_INFINITY, f64::INFINITY);
        Aabb { min: Point::from(min), max: Point::from(max) }
    }
}

/// All that a solid leaves free.
struct Outside<T>(T);

impl<T: Field<Lps>> Field<Lps> for Outside<T> {
    fn distance(&self, p: Point<Lps>) -> f64 {
        -self.0.distance(p)
    }
    fn bounds(&self) -> Aabb<Lps> {
        let far = f64::INFINITY;
        Aabb { min: Point::new(-far, -far, -far), max: Point::new(far, far, far) }
    }
}

impl Skin {
    /// `body` filled with `filling` under a skin around `core`, what lies deeper in it than the
    /// skin; its end faces are looked at on lines `step_mm` apart.
    ///
    /// # Errors
    /// A skin so thick that nothing stays open.
    pub fn around(
        &self,
        (body, mesh): (Solid<Lps>, &TriMesh<Lps>),
        core: Solid<Lps>,
        filling: Solid<Lps>,
        step_mm: f64,
    ) -> Result<Solid<Lps>, AnyError> {
        let ends = Ends::new(mesh, self.axis, step_mm);
        // So deep that neither the core nor its fillet knows of the ends.
        let fillet_mm = FILLET_REACH * self.fillet_mm.unwrap_or(0.0);
        let depth_mm = (OPEN_DEPTH * self.rim_mm).max(self.rim_mm + fillet_mm);
        if ends.height_max_mm() <= 2.0 * depth_mm {
            let rim_mm = self.rim_mm;
            return Err(format!("a skin of {rim_mm} mm leaves nothing of the body open").into());
        }
        let slope = ends.slope_max();
        let scale = 1.0 / (1.0 + slope * slope).sqrt();
        let core = Lengthened { inner: core, ends, axis: self.axis, depth_mm, scale };
        let skin: Solid<Lps> = Box::new(Outside(core));
        let filled: Solid<Lps> = match self.fillet_mm {
            None => Box::new(Union::new(vec![skin, filling])),
            Some(radius_mm) => Box::new(Blend { a: skin, b: filling, radius_mm }),
        };
        Ok(Box::new(Intersection(vec![body, filled])))
    }
}
