//! A plane, and the mirror image in it.

use ossein_geom::{Frame, Point, TriMesh, Vector};
use serde::{Deserialize, Serialize};

/// A plane through `point`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Plane<F: Frame> {
    /// A point on it.
    pub point: Point<F>,
    /// Its normal, of length one.
    pub normal: Vector<F>,
}

impl<F: Frame> Plane<F> {
    /// How far `p` lies on the normal's side, mm.
    pub fn height_mm(&self, p: Point<F>) -> f64 {
        (p - self.point).dot(self.normal)
    }

    /// The mirror image of a point.
    pub fn mirror(&self, p: Point<F>) -> Point<F> {
        p - self.normal * (2.0 * self.height_mm(p))
    }

    /// The mirror image of a direction.
    pub fn mirror_direction(&self, v: Vector<F>) -> Vector<F> {
        v - self.normal * (2.0 * v.dot(self.normal))
    }

    /// The mirror image of a surface; outside stays outside.
    pub fn mirror_mesh(&self, mesh: &TriMesh<F>) -> TriMesh<F> {
        TriMesh {
            vertices: mesh.vertices.iter().map(|&p| self.mirror(p)).collect(),
            triangles: mesh.triangles.iter().map(|&[a, b, c]| [a, c, b]).collect(),
        }
    }
}
