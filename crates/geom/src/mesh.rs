//! Triangle meshes as plain data.

use crate::frame::{Aabb, Frame, Point, Rigid, Vector};

/// A triangle mesh in frame `F`.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TriMesh<F: Frame> {
    /// Vertices, mm.
    pub vertices: Vec<Point<F>>,
    /// Indices into `vertices`, counter-clockwise seen from outside.
    pub triangles: Vec<[u32; 3]>,
}

impl<F: Frame> TriMesh<F> {
    /// The three corners of a triangle.
    #[inline]
    pub fn corners(&self, triangle: [u32; 3]) -> [Point<F>; 3] {
        // Written out: a map that may panic is a call of its own.
        let [a, b, c] = triangle;
        [self.vertices[a as usize], self.vertices[b as usize], self.vertices[c as usize]]
    }

    /// Normal of a triangle, its length twice the area.
    pub fn doubled_normal(&self, triangle: [u32; 3]) -> Vector<F> {
        let [a, b, c] = self.corners(triangle);
        (b - a).cross(c - a)
    }

    /// Adds the triangles of another mesh, which stay apart from the own ones.
    pub fn append(&mut self, other: &Self) {
        let first = self.vertices.len() as u32;
        self.vertices.extend_from_slice(&other.vertices);
        self.triangles.extend(other.triangles.iter().map(|t| t.map(|v| v + first)));
    }

    /// The box around all vertices.
    pub fn bounds(&self) -> Aabb<F> {
        Aabb::around(self.vertices.iter().copied())
    }

    /// The same mesh in another frame.
    pub fn placed<G: Frame>(&self, placement: &Rigid<F, G>) -> TriMesh<G> {
        let vertices = self.vertices.iter().map(|&v| placement.apply(v)).collect();
        TriMesh { vertices, triangles: self.triangles.clone() }
    }
}
