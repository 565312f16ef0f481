//! The proof that every point of one surface lies within a limit of another.
//!
//! A triangle `t` is lifted by the limit to both sides. Where the other surface, closed nearby,
//! cuts neither lifted copy, the number of times (signed) that it passes between them is the same
//! above every point of `t`; if it is not zero in the middle, each point of `t` has a point of the
//! other surface straight above or below it, within the limit. Where that does not decide, `t` is
//! cut into pieces until the corners of each piece are near one single triangle of the other
//! surface: the distance to a triangle is convex, so the whole piece is.

use ossein_geom::{Frame, Point, TriMesh, Vector};
use rayon::prelude::*;

use crate::tree::Tree;
use crate::triangle;

/// Triangles that one thread takes at a time.
const CHUNK: usize = 4096;
/// Pieces into which a triangle is cut before it counts as undecided, and so as too far.
const PIECE_COUNT_MAX: usize = 500;
/// A piece this much smaller than the limit is judged by its middle.
const PIECE_PART_MIN: f64 = 0.1;
/// Parts of the limit by which a triangle is lifted, one after the other: where another wall lies
/// within the limit, a smaller lift may still decide.
const LIFTS: [f64; 3] = [1.0, 0.25, 0.06];

/// A surface to which distances are proved.
pub struct Target<'a, F: Frame> {
    mesh: &'a TriMesh<F>,
    tree: &'a Tree,
    /// Vertices where the surface is not closed.
    rim: Vec<bool>,
}

impl<'a, F: Frame> Target<'a, F> {
    pub fn new(mesh: &'a TriMesh<F>, tree: &'a Tree) -> Self {
        Self { mesh, tree, rim: rim(mesh) }
    }

    /// Triangles of `source`, by number, that are not proved to lie within `limit_mm` of the
    /// target. `order` is an order in which neighbours follow each other; `group` of them look
    /// for their neighbours in the target together.
    pub fn not_within(
        &self,
        source: &TriMesh<F>,
        order: &[u32],
        group: usize,
        limit_mm: f64,
    ) -> Vec<u32> {
        let limit = limit_mm * (1.0 - 1e-9);
        let parts: Vec<Vec<u32>> = order
            .par_chunks(CHUNK)
            .map(|chunk| {
                let (mut near, mut prisms) = (Vec::new(), Vec::new());
                let mut found = Vec::new();
                for numbers in chunk.chunks(group) {
                    self.gather(source, numbers, limit, &mut near);
                    prisms.clear();
                    if group > 1 {
                        let corners = |&n: &u32| self.mesh.corners(self.mesh.triangles[n as usize]);
                        prisms.extend(near.iter().filter_map(|n| Prism::new(corners(n), limit)));
                    }
                    let mut last = 0;
                    for &n in numbers {
                        let corners = source.corners(source.triangles[n as usize]);
                        if !self.holds(corners, limit, &near, &prisms, &mut last) {
                            found.push(n);
                        }
                    }
                }
                found
            })
            .collect();
        parts.concat()
    }

    /// Triangles of the target that may be within `limit` of the numbered ones of `source`.
    fn gather(&self, source: &TriMesh<F>, numbers: &[u32], limit: f64, near: &mut Vec<u32>) {
        let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
        for &n in numbers {
            for p in source.corners(source.triangles[n as usize]) {
                for a in 0..3 {
                    low[a] = low[a].min(p[a]);
                    high[a] = high[a].max(p[a]);
                }
            }
        }
        near.clear();
        self.tree.overlapping(low.map(|v| v - limit), high.map(|v| v + limit), |n| near.push(n));
    }

    /// Whether the triangle lies within `limit`; `last` remembers which prism held one.
    fn holds(
        &self,
        corners: [Point<F>; 3],
        limit: f64,
        near: &[u32],
        prisms: &[Prism<F>],
        last: &mut usize,
    ) -> bool {
        if prisms.get(*last).is_some_and(|p| p.holds(&corners)) {
            return true;
        }
        if let Some(n) = prisms.iter().position(|p| p.holds(&corners)) {
            *last = n;
            return true;
        }
        LIFTS.iter().any(|part| self.between(corners, part * limit, near))
            || near.iter().any(|&n| self.near_one(corners, n, limit))
            || self.holds_in_pieces(corners, limit)
    }

    /// Whether all corners are within `limit` of triangle `n`.
    fn near_one(&self, corners: [Point<F>; 3], n: u32, limit: f64) -> bool {
        let target = self.mesh.corners(self.mesh.triangles[n as usize]);
        corners.iter().all(|&p| {
            let away = triangle::nearest_point(p, target) - p;
            away.dot(away) <= limit * limit
        })
    }

    /// Whether the target passes between the copies of the triangle lifted by `limit`.
    fn between(&self, corners: [Point<F>; 3], limit: f64, near: &[u32]) -> bool {
        let Some(prism) = Prism::new(corners, limit) else { return false };
        let mut passes = 0;
        for &n in near {
            let t = self.mesh.triangles[n as usize];
            match prism.meet(t, self.mesh.corners(t)) {
                Meet::Apart => {}
                Meet::Cap => return false,
                Meet::Inside(pass) => {
                    if t.iter().any(|&v| self.rim[v as usize]) {
                        return false;
                    }
                    passes += pass;
                }
            }
        }
        passes != 0
    }

    fn holds_in_pieces(&self, corners: [Point<F>; 3], limit: f64) -> bool {
        let mut stack = vec![corners];
        let mut left = PIECE_COUNT_MAX;
        while let Some(piece) = stack.pop() {
            let [a, b, c] = piece;
            let middle = a + ((b - a) + (c - a)) * (1.0 / 3.0);
            let reach = piece.iter().map(|p| p.distance(middle)).fold(0.0, f64::max);
            let Some(near) = self.tree.nearest(self.mesh, middle, limit) else { return false };
            if near.distance_mm + reach <= limit || self.near_one(piece, near.triangle, limit) {
                continue;
            }
            if reach < PIECE_PART_MIN * limit || left < 4 {
                return false;
            }
            left -= 4;
            let (ab, bc, ca) = (a.lerp(b, 0.5), b.lerp(c, 0.5), c.lerp(a, 0.5));
            stack.extend([[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]);
        }
        true
    }
}

/// Marks vertices at which the directed edges that leave and those that arrive do not join the
/// same neighbours: there the surface is open. Neighbours are told apart by 64-bit hashes.
fn rim<F: Frame>(mesh: &TriMesh<F>) -> Vec<bool> {
    let hash = |v: u32| {
        let h = (u64::from(v) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (h ^ h >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93)
    };
    let mut sums = vec![0u64; mesh.vertices.len()];
    for t in &mesh.triangles {
        let h = t.map(hash);
        for i in 0..3 {
            let slot = &mut sums[t[i] as usize];
            *slot = slot.wrapping_add(h[(i + 1) % 3]).wrapping_sub(h[(i + 2) % 3]);
        }
    }
    sums.iter().map(|&sum| sum != 0).collect()
}

/// The space between the two lifted copies of a triangle, in coordinates along it.
struct Prism<F: Frame> {
    middle: Point<F>,
    axes: [Vector<F>; 3],
    /// Corners in the plane, counter-clockwise.
    corners: [[f64; 2]; 3],
    limit: f64,
}

/// How a triangle lies to a prism.
enum Meet {
    Apart,
    /// It may cut one of the lifted copies.
    Cap,
    /// It stays between them; how often, signed, it passes the middle.
    Inside(i32),
}

impl<F: Frame> Prism<F> {
    fn new(corners: [Point<F>; 3], limit: f64) -> Option<Self> {
        let [a, b, c] = corners;
        let normal = (b - a).cross(c - a);
        let size = normal.norm();
        if !(size > 0.0) {
            return None;
        }
        let up = normal * (1.0 / size);
        let along = (b - a).unit();
        let axes = [along, up.cross(along), up];
        let middle = a + ((b - a) + (c - a)) * (1.0 / 3.0);
        let flat = |p: Point<F>| [axes[0].dot(p - middle), axes[1].dot(p - middle)];
        Some(Self { middle, axes, corners: corners.map(flat), limit })
    }

    /// Whether all corners lie straight above or below the triangle, within the limit: so does
    /// all between them.
    fn holds(&self, corners: &[Point<F>; 3]) -> bool {
        corners.iter().all(|&p| {
            let away = p - self.middle;
            let flat = [self.axes[0].dot(away), self.axes[1].dot(away)];
            self.axes[2].dot(away).abs() <= self.limit
                && (0..3).all(|i| {
                    let (a, b) = (self.corners[i], self.corners[(i + 1) % 3]);
                    (b[0] - a[0]) * (flat[1] - a[1]) - (b[1] - a[1]) * (flat[0] - a[0]) >= 0.0
                })
        })
    }

    fn meet(&self, numbers: [u32; 3], corners: [Point<F>; 3]) -> Meet {
        let heights = corners.map(|p| self.axes[2].dot(p - self.middle));
        let all = |side: fn(f64, f64) -> bool| heights.iter().all(|&h| side(h, self.limit));
        if all(|h, limit| h > limit) || all(|h, limit| h < -limit) {
            return Meet::Apart;
        }
        let flat = corners.map(|p| {
            let away = p - self.middle;
            [self.axes[0].dot(away), self.axes[1].dot(away)]
        });
        if outside(&self.corners, &flat) {
            return Meet::Apart;
        }
        for cap in [self.limit, -self.limit] {
            if let Some(cut) = cut_at(&flat, heights.map(|h| h - cap))
                && !outside(&self.corners, &cut)
                && !one_sided(&self.corners, &cut)
            {
                return Meet::Cap;
            }
        }
        Meet::Inside(pass(numbers, &flat, &heights, self.limit))
    }
}

/// Whether one edge of the counter-clockwise triangle `t` has all `points` on its outer side.
fn outside(t: &[[f64; 2]; 3], points: &[[f64; 2]]) -> bool {
    (0..3).any(|i| {
        let (a, b) = (t[i], t[(i + 1) % 3]);
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        points.iter().all(|p| dx * (p[1] - a[1]) - dy * (p[0] - a[0]) < 0.0)
    })
}

/// Whether all of triangle `t` lies strictly on one side of the line through two points.
fn one_sided(t: &[[f64; 2]; 3], [a, b]: &[[f64; 2]; 2]) -> bool {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let side = |p: &[f64; 2]| dx * (p[1] - a[1]) - dy * (p[0] - a[0]);
    t.iter().all(|p| side(p) > 0.0) || t.iter().all(|p| side(p) < 0.0)
}

/// The stretch in which a triangle cuts the height zero.
fn cut_at(flat: &[[f64; 2]; 3], heights: [f64; 3]) -> Option<[[f64; 2]; 2]> {
    let mut ends = [[0.0; 2]; 2];
    let mut count = 0;
    for i in 0..3 {
        let j = (i + 1) % 3;
        if (heights[i] >= 0.0) != (heights[j] >= 0.0) {
            let part = heights[i] / (heights[i] - heights[j]);
            ends[count] = [0, 1].map(|a| flat[i][a] + part * (flat[j][a] - flat[i][a]));
            count += 1;
        }
    }
    (count == 2).then_some(ends)
}

/// How often, signed, a triangle passes the origin between the heights `-limit` and `limit`. Two
/// triangles that share an edge never both claim a point of it.
fn pass(numbers: [u32; 3], flat: &[[f64; 2]; 3], heights: &[f64; 3], limit: f64) -> i32 {
    let side = |i: usize, j: usize| {
        let (p, q) = (flat[i], flat[j]);
        let area = p[0] * q[1] - p[1] * q[0];
        if area != 0.0 {
            area
        } else if numbers[i] < numbers[j] {
            1e-300
        } else {
            -1e-300
        }
    };
    let sides = [side(1, 2), side(2, 0), side(0, 1)];
    let up = sides.iter().all(|&s| s > 0.0);
    if !up && !sides.iter().all(|&s| s < 0.0) {
        return 0;
    }
    let whole: f64 = sides.iter().sum();
    let height = (0..3).map(|i| sides[i] / whole * heights[i]).sum::<f64>();
    match height.abs() <= limit {
        false => 0,
        true if up => 1,
        true => -1,
    }
}
