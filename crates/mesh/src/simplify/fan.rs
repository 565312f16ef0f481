//! The triangles around a vertex as one patch: whether it lies within a limit of all of a triangle.

use ossein_geom::{Frame, Point, TriMesh, Vector};
use rayon::prelude::*;

use super::pairing::{around, next, previous};
use super::queue::NONE;

/// Around a vertex with more triangles than this nothing is proved.
const DEGREE_MAX: usize = 32;
/// Nor where a spoke is steeper than this sine.
const SINE_MAX: f64 = 0.9;

/// All vertices of a mesh with the triangles around them.
pub struct Fans<'a, F: Frame> {
    mesh: &'a TriMesh<F>,
    opposites: &'a [u32],
    /// Of each triangle, length 1; zero where it has no plane.
    normals: Vec<Vector<F>>,
    /// A half-edge that starts at each vertex.
    outgoing: Vec<u32>,
    /// Where all heights above the planes of a fan are at most this part of a limit, its surface
    /// is within the limit; zero where that cannot be said.
    parts: Vec<f64>,
}

impl<'a, F: Frame> Fans<'a, F> {
    /// The fans of `mesh`, whose half-edges have these opposites.
    pub fn new(mesh: &'a TriMesh<F>, opposites: &'a [u32]) -> Self {
        let normal = |&t: &[u32; 3]| {
            let doubled = mesh.doubled_normal(t);
            let size = doubled.norm();
            if size > 0.0 { doubled * (1.0 / size) } else { Vector::new(0.0, 0.0, 0.0) }
        };
        let normals = mesh.triangles.par_iter().map(normal).collect();
        let mut outgoing = vec![NONE; mesh.vertices.len()];
        for (h, &v) in mesh.triangles.as_flattened().iter().enumerate() {
            outgoing[v as usize] = h as u32;
        }
        let mut fans = Self { mesh, opposites, normals, outgoing, parts: Vec::new() };
        fans.parts = (0..mesh.vertices.len() as u32)
            .into_par_iter()
            .map(|v| fans.part(v).filter(|part| *part > 0.0).unwrap_or(0.0))
            .collect();
        fans
    }

    /// Whether each point of the triangle is within `limit` of the triangles around `v`.
    ///
    /// Where no corner, and so no point, is beyond an outer edge or the end of a spoke, what is
    /// nearest to a point lies in a triangle of the fan, on a spoke or at `v`: in a triangle the
    /// height above its plane is the distance; for the others see `part`.
    pub fn holds(&self, v: u32, corners: &[Point<F>; 3], limit: f64) -> bool {
        let height_max = self.parts[v as usize] * limit;
        if !(height_max > 0.0) {
            return false;
        }
        let origins = self.mesh.triangles.as_flattened();
        let center = self.mesh.vertices[v as usize];
        let away = corners.map(|p| p - center);
        self.around(v).all(|h| {
            let normal = self.normals[h as usize / 3];
            let place = |h: u32| self.mesh.vertices[origins[h as usize] as usize] - center;
            let (from, to) = (place(next(h)), place(previous(h)));
            let inwards = normal.cross(to - from);
            let (edge, spoke) = (inwards.dot(from), from.dot(from));
            away.iter().all(|d| {
                (normal.dot(*d).abs() <= height_max)
                    & (inwards.dot(*d) > edge)
                    & (from.dot(*d) < spoke)
            })
        })
    }

    /// Half-edges that start at a vertex, in turn, up to a rim.
    fn around(&self, v: u32) -> impl Iterator<Item = u32> {
        around(self.outgoing[v as usize], self.opposites)
    }

    /// The part of a limit that heights may have.
    ///
    /// Above a spoke, the way to the nearest point leans against either normal by no more than the
    /// angle between both. Above the vertex it leans away from all spokes. Let `N` be the middle
    /// normal and the way be `e` along it and `r` across: of two neighbouring spokes, at most an
    /// angle `g` apart seen along `N`, one is within `g / 2` of the direction across, and rises
    /// above the plane across `N` with a sine of at most `s`, so that `r cos(g / 2) sqrt(1 - s^2)
    /// <= e s`. The sum of the normals times the way is `e` times its length, and no more than as
    /// many heights.
    fn part(&self, v: u32) -> Option<f64> {
        let mut spokes = [Vector::<F>::new(0.0, 0.0, 0.0); DEGREE_MAX];
        let mut normals = spokes;
        let mut count = 0;
        let mut last = NONE;
        for h in self.around(v) {
            if count == DEGREE_MAX {
                return None;
            }
            let [from, to] = [h, next(h)].map(|h| {
                self.mesh.vertices[self.mesh.triangles.as_flattened()[h as usize] as usize]
            });
            spokes[count] = (to - from).unit();
            normals[count] = self.normals[h as usize / 3];
            (last, count) = (h, count + 1);
        }
        if count < 3 || self.opposites[previous(last) as usize] != self.outgoing[v as usize] {
            return None;
        }
        let (spokes, normals) = (&spokes[..count], &normals[..count]);
        let sum = normals.iter().fold(Vector::new(0.0, 0.0, 0.0), |sum, n| sum + *n);
        let size = sum.norm();
        let up = sum * (1.0 / size);
        let following = |n: usize| (n + 1) % count;
        let fold = |n: usize| normals[n].dot(normals[following(n)]);
        let folds = (0..count).map(fold).fold(1.0, f64::min);
        let sine = spokes.iter().map(|s| s.dot(up).abs()).fold(0.0, f64::max);
        let flat = |s: Vector<F>| (s - up * s.dot(up)).unit();
        let turn = |n: usize| flat(spokes[n]).dot(flat(spokes[following(n)]));
        let turns = (0..count).map(turn).fold(1.0, f64::min);
        let winds = normals.iter().all(|n| n.dot(up) > 0.0);
        let across = sine / ((1.0 - sine * sine) * (0.5 + 0.5 * turns)).sqrt();
        let above = size / (count as f64 * (1.0 + across * across).sqrt());
        (winds && sine < SINE_MAX).then_some(folds.min(above) * (1.0 - 1e-9))
    }
}

#[cfg(test)]
mod tests {
    use super::super::pairing::opposites;
    use super::*;
    use ossein_geom::Lps;

    /// A roof of six triangles whose middle is `height` above its rim of radius 1.
    fn roof(height: f64) -> TriMesh<Lps> {
        let rim = [[2, 0], [1, 2], [-1, 2], [-2, 0], [-1, -2], [1, -2]];
        let corner = |[x, y]: [i32; 2]| Point::new(f64::from(x) * 0.5, f64::from(y) * 0.45, 0.0);
        let mut vertices = vec![Point::new(0.0, 0.0, height)];
        vertices.extend(rim.map(corner));
        let triangles = (0..6).map(|n| [0, n + 1, (n + 1) % 6 + 1]).collect();
        TriMesh { vertices, triangles }
    }

    #[track_caller]
    fn check(height: f64, corners: [[f64; 3]; 3], limit: f64, expected: bool) {
        let mesh = roof(height);
        let opposites = opposites(&mesh.triangles, mesh.vertices.len());
        let fans = Fans::new(&mesh, &opposites);
        let corners = corners.map(Point::from);
        assert_eq!(fans.holds(0, &corners, limit), expected);
        let mut farthest = 0.0f64;
        for (i, j) in (0..=40).flat_map(|i| (0..=40 - i).map(move |j| (i, j))) {
            let [a, b, c] = corners;
            let p = a + (b - a) * (f64::from(i) / 40.0) + (c - a) * (f64::from(j) / 40.0);
            let to = |&t: &[u32; 3]| crate::triangle::nearest_point(p, mesh.corners(t)).distance(p);
            farthest = farthest.max(mesh.triangles.iter().map(to).fold(f64::INFINITY, f64::min));
        }
        assert!(!expected || farthest <= limit, "{farthest}");
    }

    const LEVEL: [[f64; 3]; 3] = [[0.4, 0.0, 0.0], [-0.2, 0.3, 0.0], [-0.2, -0.3, 0.0]];

    #[test]
    fn a_flat_fan_holds_what_lies_in_it() {
        check(0.0, LEVEL, 1e-6, true);
        check(0.0, LEVEL.map(|[x, y, z]| [x, y, z + 0.05]), 0.051, true);
        check(0.0, LEVEL.map(|[x, y, z]| [x, y, z + 0.05]), 0.049, false);
    }

    #[test]
    fn what_reaches_beyond_the_fan_is_not_held() {
        check(0.0, LEVEL.map(|[x, y, z]| [3.0 * x, y, z]), 0.01, false);
        check(0.0, LEVEL.map(|[x, y, z]| [x, 4.0 * y, z]), 0.01, false);
    }

    #[test]
    fn over_a_peak_the_limit_is_kept() {
        // Over the far side of the peak the plane of this side is twice as high.
        for height in [0.05, 0.1, -0.1] {
            check(height, LEVEL, 0.5 * height.abs(), false);
            check(height, LEVEL, 2.0 * height.abs(), true);
        }
    }
}
