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

use super::queue::NONE;
use crate::tree::Tree;
use crate::triangle;

/// Triangles that one thread takes at a time.
const CHUNK: usize = 4096;
/// Pieces into which a triangle is cut before it counts as undecided, and so as too far.
const PIECE_COUNT_MAX: usize = 2000;
/// A piece this much smaller than the limit is judged by its middle.
const PIECE_PART_MIN: f64 = 0.1;
/// How a triangle is lifted, one way after the other: by which part of the limit, and by which
/// part of the limit its sides are drawn in before, so that a wall which begins there does not
/// count. Where another wall lies within the limit, a smaller lift may still decide.
const LIFTS: [(f64, f64); 4] = [(1.0, 0.0), (0.8, 0.02), (0.25, 0.0), (0.06, 0.0)];

/// What is proved.
#[derive(Default)]
pub struct Proof {
    /// Triangles of the source, by number, for which no proof was found.
    pub beyond: Vec<u32>,
    /// Triangles of the target that were seen to lie within the limit of the source; some may be
    /// there twice. Empty where the source was looked at in groups.
    pub covered: Vec<u32>,
}

/// A triangle of the target that may be near, and its box.
struct Near<F: Frame> {
    number: u32,
    numbers: [u32; 3],
    corners: [Point<F>; 3],
    low: [f64; 3],
    high: [f64; 3],
}

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

    /// Which triangles of `source` are not proved to lie within `limit_mm` of the target. `order`
    /// is an order in which neighbours follow each other; `group` of them look for their
    /// neighbours in the target together.
    pub fn not_within(
        &self,
        source: &TriMesh<F>,
        order: &[u32],
        group: usize,
        limit_mm: f64,
    ) -> Proof {
        let limit = limit_mm * (1.0 - 1e-9);
        let parts: Vec<Proof> = order
            .par_chunks(CHUNK)
            .map(|chunk| {
                let (mut near, mut prisms) = (Vec::new(), Vec::new());
                let (mut proof, mut places) = (Proof::default(), Vec::new());
                for numbers in chunk.chunks(group) {
                    places.clear();
                    let corners = |&n: &u32| source.corners(source.triangles[n as usize]);
                    places.extend(numbers.iter().flat_map(corners));
                    self.around(&places, limit, &mut near);
                    prisms.clear();
                    if group > 1 {
                        prisms.extend(near.iter().filter_map(|one: &Near<F>| {
                            let prism = Prism::new(one.numbers, one.corners, limit)?;
                            Some((prism, [one.low, one.high]))
                        }));
                    }
                    for &n in numbers {
                        let corners = source.corners(source.triangles[n as usize]);
                        let seen = &mut proof.covered;
                        if !self.holds(corners, limit, &near, &prisms, seen) {
                            proof.beyond.push(n);
                        }
                    }
                    if group > 1 {
                        proof.covered.clear();
                    }
                }
                proof
            })
            .collect();
        let mut whole = Proof::default();
        for part in parts {
            whole.beyond.extend(part.beyond);
            whole.covered.extend(part.covered);
        }
        whole
    }

    /// Whether the triangle lies within `limit`; each prism comes with its triangle's box.
    fn holds(
        &self,
        corners: [Point<F>; 3],
        limit: f64,
        near: &[Near<F>],
        prisms: &[(Prism<F>, [[f64; 3]; 2])],
        covered: &mut Vec<u32>,
    ) -> bool {
        let (low, high) = hull(&corners);
        let mut first: Option<&Prism<F>> = None;
        for (prism, one) in prisms {
            let apart = |a: usize| (one[0][a] > high[a] + limit) | (one[1][a] < low[a] - limit);
            if apart(0) | apart(1) | apart(2) {
                continue;
            }
            match (prism.held_count(&corners), first) {
                (0, _) => {}
                (3, _) => return true,
                (_, None) => first = Some(prism),
                (_, Some(first)) if across(first, prism, &corners) => return true,
                (_, Some(_)) => {}
            }
        }
        self.between_lifts(corners, limit, near, covered)
            || near.iter().any(|one| self.near_one(corners, one.number, limit))
            || self.holds_in_pieces(corners, limit, covered)
    }

    /// Whether all corners are within `limit` of triangle `n`.
    fn near_one(&self, corners: [Point<F>; 3], n: u32, limit: f64) -> bool {
        let target = self.mesh.corners(self.mesh.triangles[n as usize]);
        corners.iter().all(|&p| {
            let away = triangle::nearest_point(p, target) - p;
            away.dot(away) <= limit * limit
        })
    }

    fn between_lifts(
        &self,
        corners: [Point<F>; 3],
        limit: f64,
        near: &[Near<F>],
        covered: &mut Vec<u32>,
    ) -> bool {
        LIFTS.iter().any(|&(lift, inset)| match inset {
            0.0 => self.between(corners, lift * limit, near, covered),
            inset => drawn_in(corners, inset * limit, (1.0 - lift) * limit)
                .is_some_and(|corners| self.between(corners, lift * limit, near, covered)),
        })
    }

    /// Whether the target passes between the copies of the triangle lifted by `limit`.
    fn between(
        &self,
        corners: [Point<F>; 3],
        limit: f64,
        near: &[Near<F>],
        covered: &mut Vec<u32>,
    ) -> bool {
        let Some(prism) = Prism::new([NONE; 3], corners, limit) else { return false };
        let (low, high) = hull(&corners);
        let mut passes = 0;
        for one in near {
            let apart = |a: usize| (one.low[a] > high[a] + limit) | (one.high[a] < low[a] - limit);
            if apart(0) | apart(1) | apart(2) {
                continue;
            }
            match prism.meet(one.numbers, one.corners) {
                Meet::Apart => {}
                Meet::Cap => return false,
                Meet::Inside { pass, whole } => {
                    if whole {
                        covered.push(one.number);
                    }
                    if one.numbers.iter().any(|&v| self.rim[v as usize]) {
                        return false;
                    }
                    passes += pass;
                }
            }
        }
        passes != 0
    }

    fn holds_in_pieces(&self, corners: [Point<F>; 3], limit: f64, covered: &mut Vec<u32>) -> bool {
        let is_near = |p: &Point<F>| self.tree.nearest(self.mesh, *p, limit).is_some();
        if !corners.iter().all(is_near) {
            return false;
        }
        let mut stack = vec![corners];
        let mut left = PIECE_COUNT_MAX;
        let mut around = Vec::new();
        while let Some(piece) = stack.pop() {
            let [a, b, c] = piece;
            let middle = a + ((b - a) + (c - a)) * (1.0 / 3.0);
            let reach = piece.iter().map(|p| p.distance(middle)).fold(0.0, f64::max);
            let Some(near) = self.tree.nearest(self.mesh, middle, limit) else { return false };
            if near.distance_mm + reach <= limit || self.near_one(piece, near.triangle, limit) {
                continue;
            }
            self.around(&piece, limit, &mut around);
            if self.between_lifts(piece, limit, &around, covered) {
                continue;
            }
            if reach < PIECE_PART_MIN * limit || left < 2 {
                return false;
            }
            left -= 2;
            stack.extend(halves(piece));
        }
        true
    }

    /// Triangles of the target whose boxes come within `limit` of the corners' box.
    fn around(&self, corners: &[Point<F>], limit: f64, near: &mut Vec<Near<F>>) {
        let (low, high) = hull(corners);
        near.clear();
        let (low, high) = (low.map(|v| v - limit), high.map(|v| v + limit));
        self.tree.overlapping(low, high, |n| {
            let numbers = self.mesh.triangles[n as usize];
            let corners = self.mesh.corners(numbers);
            let (low, high) = hull(&corners);
            near.push(Near { number: n, numbers, corners, low, high });
        });
    }
}

/// A triangle cut in two across its longest edge: pieces of a sliver soon are slivers no more.
fn halves<F: Frame>([a, b, c]: [Point<F>; 3]) -> [[Point<F>; 3]; 2] {
    let (ab, bc, ca) = (a.distance(b), b.distance(c), c.distance(a));
    let [a, b, c] = match () {
        () if ab >= bc && ab >= ca => [a, b, c],
        () if bc >= ca => [b, c, a],
        () => [c, a, b],
    };
    let middle = a.lerp(b, 0.5);
    [[a, middle, c], [middle, b, c]]
}

/// The triangle with its sides drawn in by `inset`, unless that moves a point by more than
/// `moved_max`.
fn drawn_in<F: Frame>(
    [a, b, c]: [Point<F>; 3],
    inset: f64,
    moved_max: f64,
) -> Option<[Point<F>; 3]> {
    let (to_a, to_b, to_c) = (b.distance(c), c.distance(a), a.distance(b));
    let around = to_a + to_b + to_c;
    let radius = (b - a).cross(c - a).norm() / around;
    let part = inset / radius;
    if !(part * to_a.max(to_b).max(to_c) <= moved_max) {
        return None;
    }
    let middle = a + ((b - a) * to_b + (c - a) * to_c) * (1.0 / around);
    Some([a, b, c].map(|p| p.lerp(middle, part)))
}

fn hull<F: Frame>(points: &[Point<F>]) -> ([f64; 3], [f64; 3]) {
    let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    for p in points {
        for a in 0..3 {
            low[a] = low[a].min(p[a]);
            high[a] = high[a].max(p[a]);
        }
    }
    (low, high)
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
    /// The triangle's vertices.
    numbers: [u32; 3],
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
    /// It stays between them.
    Inside {
        /// How often, signed, it passes the middle.
        pass: i32,
        /// Whether all of it lies straight above or below the triangle.
        whole: bool,
    },
}

impl<F: Frame> Prism<F> {
    fn new(numbers: [u32; 3], corners: [Point<F>; 3], limit: f64) -> Option<Self> {
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
        Some(Self { numbers, middle, axes, corners: corners.map(flat), limit })
    }

    /// The height of a point above the triangle's plane, and its place there.
    fn place(&self, p: Point<F>) -> (f64, [f64; 2]) {
        let away = p - self.middle;
        (self.axes[2].dot(away), [self.axes[0].dot(away), self.axes[1].dot(away)])
    }

    /// How many of the corners lie straight above or below the triangle, within the limit. Where
    /// all do, so does all between them.
    fn held_count(&self, corners: &[Point<F>; 3]) -> usize {
        let held = |p: &&Point<F>| {
            let (height, flat) = self.place(**p);
            height.abs() <= self.limit && self.is_above(flat)
        };
        corners.iter().filter(held).count()
    }

    /// How far, in mm times the edge's length, a place lies inside of edge `i`.
    fn inside_of(&self, i: usize, p: [f64; 2]) -> f64 {
        let (a, b) = (self.corners[i], self.corners[(i + 1) % 3]);
        (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
    }

    /// Whether a place in the plane lies in the triangle.
    fn is_above(&self, p: [f64; 2]) -> bool {
        (0..3).all(|i| self.inside_of(i, p) >= 0.0)
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
        let leaves = heights.iter().any(|h| h.abs() > self.limit);
        for cap in [self.limit, -self.limit].into_iter().filter(|_| leaves) {
            if let Some(cut) = cut_at(&flat, heights.map(|h| h - cap))
                && !outside(&self.corners, &cut)
                && !one_sided(&self.corners, &cut)
            {
                return Meet::Cap;
            }
        }
        let whole = !leaves && flat.iter().all(|&p| self.is_above(p));
        Meet::Inside { pass: pass(numbers, &flat, &heights, self.limit), whole }
    }
}

/// Whether two triangles that share an edge hold all between `corners`: each of its points lies
/// straight above or below one of them, or in the gap above the edge.
///
/// In that gap the edge is nearest. The way to it leans against either normal by no more than the
/// angle between both, so that the height is at least the distance times that angle's cosine.
fn across<F: Frame>(a: &Prism<F>, b: &Prism<F>, corners: &[Point<F>; 3]) -> bool {
    let shared = |i: &usize| {
        let edge = [a.numbers[(i + 1) % 3], a.numbers[*i]];
        (0..3).find(|&j| [b.numbers[j], b.numbers[(j + 1) % 3]] == edge)
    };
    let Some((i, j)) = (0..3).find_map(|i| shared(&i).map(|j| (i, j))) else { return false };
    let limit = a.limit * a.axes[2].dot(b.axes[2]);
    let (from, to) = (a.corners[i], a.corners[(i + 1) % 3]);
    let edge = [to[0] - from[0], to[1] - from[1]];
    let square = edge[0] * edge[0] + edge[1] * edge[1];
    corners.iter().all(|&p| {
        let ((height_a, flat_a), (height_b, flat_b)) = (a.place(p), b.place(p));
        let along = edge[0] * (flat_a[0] - from[0]) + edge[1] * (flat_a[1] - from[1]);
        let inside = |prism: &Prism<F>, edge: usize, flat: [f64; 2]| {
            [1, 2].iter().all(|d| prism.inside_of((edge + d) % 3, flat) >= 0.0)
        };
        height_a.abs().max(height_b.abs()) <= limit
            && (0.0..=square).contains(&along)
            && inside(a, i, flat_a)
            && inside(b, j, flat_b)
    })
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
