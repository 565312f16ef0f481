//! Where a surface crosses itself.

use ossein_geom::{Cancelled, Frame, Job, Point, TriMesh};
use rayon::prelude::*;

use crate::tree::Tree;
use crate::triangle;

/// Triangles that one thread takes at a time.
const CHUNK: usize = 4096;

/// Two triangles of one mesh that meet where they should not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Crossing {
    /// Their numbers, the lower first.
    pub triangles: [u32; 2],
}

impl Crossing {
    /// The middle of the first triangle: where to look.
    pub fn place<F: Frame>(&self, mesh: &TriMesh<F>) -> Point<F> {
        let [a, b, c] = mesh.corners(mesh.triangles[self.triangles[0] as usize]);
        a + ((b - a) + (c - a)) * (1.0 / 3.0)
    }
}

/// All pairs of triangles that meet elsewhere than at the corner or edge that they share, sorted.
///
/// Triangles with a repeated vertex are left out: they have no inside. Two triangles that touch
/// to within rounding count as crossing.
///
/// # Errors
/// [`Cancelled`] if the caller asked to stop.
pub fn self_crossings<F: Frame>(
    mesh: &TriMesh<F>,
    tree: &Tree,
    job: &Job,
) -> Result<Vec<Crossing>, Cancelled> {
    let chunks: Vec<&[u32]> = tree.order().chunks(CHUNK).collect();
    let mut crossings = Vec::new();
    for (n, group) in chunks.chunks(64).enumerate() {
        job.step(64 * n, chunks.len())?;
        let found: Vec<Vec<Crossing>> =
            group.par_iter().map(|chunk| crossings_of(mesh, tree, chunk)).collect();
        crossings.extend(found.into_iter().flatten());
    }
    crossings.sort_unstable();
    Ok(crossings)
}

fn crossings_of<F: Frame>(mesh: &TriMesh<F>, tree: &Tree, numbers: &[u32]) -> Vec<Crossing> {
    let mut found = Vec::new();
    for &n in numbers {
        let t = mesh.triangles[n as usize];
        let corners = mesh.corners(t);
        let low = |a: usize| corners[0][a].min(corners[1][a]).min(corners[2][a]);
        let high = |a: usize| corners[0][a].max(corners[1][a]).max(corners[2][a]);
        tree.overlapping([0, 1, 2].map(low), [0, 1, 2].map(high), |m| {
            if n < m && meet(mesh, t, mesh.triangles[m as usize]) {
                found.push(Crossing { triangles: [n, m] });
            }
        });
    }
    found
}

/// Whether two triangles of one mesh, by their vertices, meet where they should not.
pub(crate) fn meet<F: Frame>(mesh: &TriMesh<F>, s: [u32; 3], t: [u32; 3]) -> bool {
    let place = |v: u32| mesh.vertices[v as usize];
    let repeats = |t: [u32; 3]| t[0] == t[1] || t[1] == t[2] || t[2] == t[0];
    let common = |i: &usize| t.contains(&s[*i]);
    let count = (0..3).filter(common).count();
    if count == 0 {
        let (s, t) = (mesh.corners(s), mesh.corners(t));
        return boxes_meet(&s, &t) && triangle::cross(s, t);
    }
    if repeats(s) || repeats(t) {
        return false;
    }
    match count {
        1 => {
            let i = (0..3).find(common).unwrap_or(0);
            let j = (0..3).find(|&j| t[j] == s[i]).unwrap_or(0);
            let others = |t: [u32; 3], i: usize| [t[(i + 1) % 3], t[(i + 2) % 3]].map(place);
            triangle::cross_at_corner(place(s[i]), others(s, i), others(t, j))
        }
        2 => {
            let i = (0..3).find(|i| !common(i)).unwrap_or(0);
            let j = (0..3).find(|&j| !s.contains(&t[j])).unwrap_or(0);
            let [a, b] = [s[(i + 1) % 3], s[(i + 2) % 3]].map(place);
            triangle::cross_at_edge(a, b, place(s[i]), place(t[j]))
        }
        _ => true,
    }
}

fn boxes_meet<F: Frame>(s: &[Point<F>; 3], t: &[Point<F>; 3]) -> bool {
    (0..3).all(|a| {
        let range = |t: &[Point<F>; 3]| {
            (t[0][a].min(t[1][a]).min(t[2][a]), t[0][a].max(t[1][a]).max(t[2][a]))
        };
        let ((low, high), (from, to)) = (range(s), range(t));
        low <= to && from <= high
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossein_geom::Lps;

    /// Two tetrahedra, the second shifted along x.
    fn pair(shift: f64) -> TriMesh<Lps> {
        let corners = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let faces = [[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]];
        let mut mesh = TriMesh::default();
        for n in 0..2u32 {
            for [x, y, z] in corners {
                let s = f64::from(n);
                mesh.vertices.push(Point::new(x + s * shift, y + 0.1 * s, z + 0.13 * s));
            }
            mesh.triangles.extend(faces.map(|f| f.map(|v: u32| v + 4 * n)));
        }
        mesh
    }

    #[track_caller]
    fn check(mesh: &TriMesh<Lps>, expected: bool) {
        let found = self_crossings(mesh, &Tree::new(mesh), &Job::quiet()).unwrap();
        assert_eq!(!found.is_empty(), expected, "{found:?}");
    }

    #[test]
    fn overlapping_solids_cross_and_parted_ones_do_not() {
        check(&pair(0.3), true);
        check(&pair(1.2), false);
    }

    #[test]
    fn triangles_that_share_a_corner_or_an_edge_may_still_cross() {
        let mesh = |places: &[[f64; 3]], triangles: &[[u32; 3]]| TriMesh::<Lps> {
            vertices: places.iter().copied().map(Point::from).collect(),
            triangles: triangles.to_vec(),
        };
        let flat = [[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 2.0, 0.0]];
        let with = |more: &[[f64; 3]]| [&flat[..], more].concat();
        let corner = [[0, 1, 2], [0, 3, 4]];
        check(&mesh(&with(&[[1.0, 1.0, 1.0], [0.5, 0.6, -1.0]]), &corner), true);
        check(&mesh(&with(&[[-1.0, 1.0, 1.0], [-1.0, 0.6, -1.0]]), &corner), false);
        check(&mesh(&with(&[[3.0, 1.0, 0.0], [1.0, 3.0, 0.0]]), &corner), true);
        check(&mesh(&with(&[[-3.0, 1.0, 0.0], [-1.0, -3.0, 0.0]]), &corner), false);
        let edge = [[0, 1, 2], [1, 0, 3]];
        check(&mesh(&with(&[[1.0, 1.0, 0.0]]), &edge), true);
        check(&mesh(&with(&[[1.0, -1.0, 0.0]]), &edge), false);
        check(&mesh(&with(&[[1.0, 1.0, 0.1]]), &edge), false);
    }
}
