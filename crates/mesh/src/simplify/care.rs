//! Where simplification takes care, because a check failed there.

use ossein_geom::{Frame, Point, TriMesh};

use super::hull;
use crate::tree::Tree;
use crate::triangle::nearest_point;

/// By how much a failed place tightens the squared limit around it, and where it stays as it was.
const STEP: f32 = 16.0;
const MAX: f32 = 256.0;
/// The radius around a place is doubled so often, at most.
const DOUBLED_MAX: u8 = 12;

/// How tight the limit is at the vertices of a mesh.
pub struct Care {
    /// By how much, squared; infinite where the surface stays as it was.
    pub factors: Vec<f32>,
    /// How often each lay beside a place that failed.
    failed: Vec<u8>,
}

impl Care {
    /// None yet, at so many vertices.
    pub fn of(vertex_count: usize) -> Self {
        Self { factors: vec![1.0; vertex_count], failed: vec![0; vertex_count] }
    }

    /// Takes care around triangles that failed: within `radius` mm, doubled for every time that one
    /// failed there before.
    pub fn take<F: Frame>(
        &mut self,
        mesh: &TriMesh<F>,
        tree: &Tree,
        places: &[[Point<F>; 3]],
        radius: f64,
    ) {
        let mut near = vec![false; self.factors.len()];
        let mut beside = vec![false; self.factors.len()];
        for &place in places {
            let mut times = 0;
            around(mesh, tree, place, radius, |v| {
                beside[v] = true;
                times = times.max(self.failed[v].min(DOUBLED_MAX));
            });
            around(mesh, tree, place, radius * f64::from(1 << times), |v| near[v] = true);
        }
        for (failed, _) in self.failed.iter_mut().zip(&beside).filter(|(_, beside)| **beside) {
            *failed += 1;
        }
        for (factor, _) in self.factors.iter_mut().zip(&near).filter(|(_, near)| **near) {
            *factor *= STEP;
            if *factor > MAX {
                *factor = f32::INFINITY;
            }
        }
    }
}

/// The vertices within `radius` of a triangle, some more than once.
fn around<F: Frame>(
    mesh: &TriMesh<F>,
    tree: &Tree,
    place: [Point<F>; 3],
    radius: f64,
    mut visit: impl FnMut(usize),
) {
    let [low, high] = hull(&place);
    tree.overlapping(low.map(|v| v - radius), high.map(|v| v + radius), |n| {
        for v in mesh.triangles[n as usize] {
            let p = mesh.vertices[v as usize];
            if nearest_point(p, place).distance(p) <= radius {
                visit(v as usize);
            }
        }
    });
}
