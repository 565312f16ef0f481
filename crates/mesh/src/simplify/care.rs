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

#[cfg(test)]
mod tests {
    use ossein_geom::Lps;

    use super::*;

    /// A sheet of squares of 1 mm, two triangles each.
    fn sheet(count: u32) -> TriMesh<Lps> {
        let at = |n: u32| Point::new(f64::from(n % count), f64::from(n / count), 0.0);
        let vertices = (0..count * count).map(at).collect();
        let squares =
            (0..(count - 1) * (count - 1)).map(|n| n / (count - 1) * count + n % (count - 1));
        let triangles =
            squares.flat_map(|v| [[v, v + 1, v + count + 1], [v, v + count + 1, v + count]]);
        TriMesh { vertices, triangles: triangles.collect() }
    }

    /// Where one place fails again and again, care grows around it, and not around another.
    #[test]
    fn a_stubborn_place_is_its_own_affair() {
        let mesh = sheet(64);
        let tree = Tree::new(&mesh);
        let mut care = Care::of(mesh.vertices.len());
        let place = |x: f64, y: f64| [0.0, 0.1, 0.2].map(|d| Point::new(x + d, y + d * d, 0.0));
        let held = |care: &Care, (x, y): (f64, f64)| {
            let near = |v: &&Point<Lps>| v.distance(Point::new(x, y, 0.0)) < 20.0;
            let all = mesh.vertices.iter().zip(&care.factors);
            all.filter(|(v, f)| near(v) && **f > 1.0).count()
        };
        let (stubborn, late) = ((12.0, 12.0), (48.0, 48.0));
        let mut before = 0;
        for _ in 0..4 {
            care.take(&mesh, &tree, &[place(stubborn.0, stubborn.1)], 1.1);
            let now = held(&care, stubborn);
            assert!(now > before, "{now} after {before}");
            before = now;
        }
        let once = |care: &mut Care, place: [Point<Lps>; 3]| care.take(&mesh, &tree, &[place], 1.1);
        once(&mut care, place(late.0, late.1));
        let mut fresh = Care::of(mesh.vertices.len());
        once(&mut fresh, place(late.0, late.1));
        assert_eq!(held(&care, late), held(&fresh, late));
        assert!(held(&fresh, late) < before / 10, "{} {before}", held(&fresh, late));
    }
}
