//! A triangle that is about to be made, and what it must not meet.

use ossein_geom::{Aabb, Frame, Point, TriMesh, Vector};

use crate::intersect::meet;

/// Heights above a plane are sure beyond this part of a triangle's size: more than rounding.
const HEIGHT_MIN: f64 = 1e-11;

/// A triangle that is about to be made.
pub struct Own<F: Frame> {
    triangle: [u32; 3],
    /// The box around it.
    pub bounds: Aabb<F>,
    corner: Point<F>,
    normal: Vector<F>,
    /// No less than its longest edge.
    reach: f64,
}

impl<F: Frame> Own<F> {
    /// That of three vertices of a mesh.
    pub fn new(mesh: &TriMesh<F>, triangle: [u32; 3]) -> Self {
        let [a, b, c] = mesh.corners(triangle);
        let bounds = Aabb::around([a, b, c]);
        let normal = (b - a).cross(c - a);
        Self { triangle, bounds, corner: a, normal, reach: bounds.size().norm() }
    }

    /// Whether another triangle of the mesh meets this one where it should not, or runs along an
    /// edge of it in the same way.
    pub fn clashes(&self, mesh: &TriMesh<F>, t: [u32; 3]) -> bool {
        let s = self.triangle;
        let shared_count = s.iter().filter(|v| t.contains(v)).count();
        (shared_count > 1 && share_a_way(s, t)) || (!self.is_beside(mesh, t) && meet(mesh, s, t))
    }

    /// Whether all corners of another triangle, but those that it shares, lie on one side of its
    /// plane: then they have nothing else in common.
    fn is_beside(&self, mesh: &TriMesh<F>, t: [u32; 3]) -> bool {
        let side = |v: u32| {
            let away = mesh.vertices[v as usize] - self.corner;
            let size = self.reach + away.x.abs() + away.y.abs() + away.z.abs();
            let height = self.normal.dot(away);
            let is_sure = height.abs() > HEIGHT_MIN * self.reach * self.reach * size;
            if is_sure { height.signum() } else { 0.0 }
        };
        let mut sides = t.iter().filter(|v| !self.triangle.contains(v)).map(|&v| side(v));
        let first = sides.next().unwrap_or(0.0);
        first != 0.0 && sides.all(|side| side == first)
    }
}

/// Whether two triangles run along an edge in the same way.
fn share_a_way(s: [u32; 3], t: [u32; 3]) -> bool {
    let edge = |t: [u32; 3], n: usize| (t[n], t[(n + 1) % 3]);
    (0..3).any(|n| (0..3).any(|m| edge(s, n) == edge(t, m)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossein_geom::Lps;

    /// Corners on a coarse grid: triangles of one plane and shared corners are among them.
    #[test]
    fn a_triangle_clashes_with_those_that_it_meets() {
        let mut state = 3u64;
        let mut draw = |count: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % count
        };
        let (mut clash_count, mut free_count) = (0, 0);
        for _ in 0..20_000 {
            let mut coordinate = || draw(4) as f64 * 0.1;
            let mut place = || Point::<Lps>::new(coordinate(), coordinate(), coordinate());
            let vertices: Vec<_> = (0..6).map(|_| place()).collect();
            let mesh = TriMesh { vertices, triangles: Vec::new() };
            let mut corner = || draw(6) as u32;
            let t = [corner(), corner(), corner()];
            let is_flat = |t| mesh.doubled_normal(t).norm() < 1e-9;
            let repeats = t[0] == t[1] || t[1] == t[2] || t[2] == t[0];
            if repeats || is_flat([0, 1, 2]) || is_flat(t) {
                continue;
            }
            let expected = share_a_way([0, 1, 2], t) || meet(&mesh, [0, 1, 2], t);
            assert_eq!(Own::new(&mesh, [0, 1, 2]).clashes(&mesh, t), expected, "{t:?} of {mesh:?}");
            (clash_count, free_count) =
                (clash_count + usize::from(expected), free_count + usize::from(!expected));
        }
        assert!(clash_count > 1000 && free_count > 1000, "{clash_count} {free_count}");
    }
}
