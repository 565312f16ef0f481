//! The proof that every point of one surface lies within a limit of another.
//!
//! A triangle `t` is lifted by the limit to both sides. Where the other surface, closed nearby,
//! cuts neither lifted copy, the number of times (signed) that it passes between them is the same
//! above every point of `t`; if it is not zero in the middle, each point of `t` has a point of the
//! other surface straight above or below it, within the limit. Where that does not decide, `t` is
//! cut into pieces until the corners of each piece are near one single triangle of the other
//! surface: the distance to a triangle is convex, so the whole piece is.

use ossein_geom::{Frame, Point, TriMesh};
use rayon::prelude::*;

use super::prism::{Meet, Part, Prism, across};
use super::queue::NONE;
use crate::tree::Tree;
use crate::triangle;

/// Triangles that one thread takes at a time.
const CHUNK: usize = 4096;
/// Triangles that look for their neighbours together.
const GROUP: usize = 8;
/// Pieces into which a triangle is cut before it counts as undecided, and so as too far.
const PIECE_COUNT_MAX: usize = 2000;
/// A piece this much smaller than the limit is judged by its middle.
const PIECE_PART_MIN: f64 = 0.1;
/// How a triangle is lifted, one way after the other: by which part of the limit, and by which
/// part of the limit its sides are drawn in before, so that a wall which begins there does not
/// count. Where another wall lies within the limit, a smaller lift may still decide.
const LIFTS: [(f64, f64); 4] = [(1.0, 0.0), (0.8, 0.02), (0.25, 0.0), (0.06, 0.0)];

/// What is proved of a source, both ways.
#[derive(Default)]
pub struct Proof {
    /// Triangles of the source, by number, for which no proof was found.
    pub beyond: Vec<u32>,
    /// Triangles of the target that were seen to lie within the limit of the source; some may be
    /// there twice.
    pub covered: Vec<u32>,
    /// Triangles of the target that lie around a vertex of the source, and that vertex.
    pub around: Vec<[u32; 2]>,
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
    /// Whether each vertex is where the surface is not closed; empty where it is closed.
    rim: Vec<bool>,
}

impl<'a, F: Frame> Target<'a, F> {
    pub fn new(mesh: &'a TriMesh<F>, tree: &'a Tree) -> Self {
        Self { mesh, tree, rim: rim(mesh) }
    }

    /// Proves that the triangles of `source` lie within `limit_mm` of the target, by what of the
    /// target passes above or below each. `order` is one in which neighbours follow each other.
    pub fn passing(
        &self,
        source: &TriMesh<F>,
        order: &[u32],
        opposites: &[u32],
        limit_mm: f64,
    ) -> Proof {
        let limit = limit_mm * (1.0 - 1e-9);
        let parts: Vec<Proof> = order
            .par_chunks(CHUNK)
            .map(|chunk| {
                let (mut proof, mut near) = (Proof::default(), Vec::new());
                for &n in chunk {
                    let source = Source { mesh: source, opposites, number: n };
                    if self.passes(&source, limit, &mut proof) {
                        continue;
                    }
                    let corners = source.corners(n);
                    self.around(&corners, limit, &mut near);
                    if !self.holds(corners, limit, &near) {
                        proof.beyond.push(n);
                    }
                }
                proof
            })
            .collect();
        let mut whole = Proof::default();
        for part in parts {
            whole.beyond.extend(part.beyond);
            whole.covered.extend(part.covered);
            whole.around.extend(part.around);
        }
        whole
    }

    /// Which triangles of `source`, of those in `order`, are not proved to lie within `limit_mm`
    /// of the target.
    pub fn not_within(&self, source: &TriMesh<F>, order: &[u32], limit_mm: f64) -> Vec<u32> {
        let limit = limit_mm * (1.0 - 1e-9);
        let corners = |n: u32| source.corners(source.triangles[n as usize]);
        let beyond = order.par_chunks(CHUNK).map(|chunk| {
            let (mut near, mut places) = (Vec::new(), Vec::new());
            let mut beyond = Vec::new();
            for numbers in chunk.chunks(GROUP) {
                places.clear();
                places.extend(numbers.iter().flat_map(|&n| corners(n)));
                self.around(&places, limit, &mut near);
                let holds = |n: &&u32| self.holds(corners(**n), limit, &near);
                beyond.extend(numbers.iter().filter(|n| !holds(n)));
            }
            beyond
        });
        beyond.collect::<Vec<_>>().concat()
    }

    /// Whether the target passes between the copies of a source triangle lifted by `limit`.
    /// Gathers which of its triangles lie between those of it, or of it and a neighbour.
    fn passes(&self, source: &Source<F>, limit: f64, proof: &mut Proof) -> bool {
        let ours = source.mesh.triangles[source.number as usize];
        let corners = source.corners(source.number);
        let Some(prism) = Prism::new(ours, corners, limit) else { return false };
        let (low, high) = hull(&corners);
        let (low, high) = (low.map(|v| v - limit), high.map(|v| v + limit));
        let mut beside: [Option<Option<Prism<F>>>; 3] = [const { None }; 3];
        let (mut passes, mut capped) = (0, false);
        self.tree.overlapping(low, high, |m| {
            let numbers = self.mesh.triangles[m as usize];
            let corners = self.mesh.corners(numbers);
            let (pass, part) = match prism.meet(numbers, corners) {
                Meet::Apart => return,
                Meet::Cap => return capped = true,
                Meet::Inside { pass, part } => (pass, part),
            };
            let held = match part {
                Part::Whole => true,
                Part::Some => false,
                Part::Around(corner) => {
                    proof.around.push([m, ours[corner]]);
                    false
                }
                Part::Over(edge) => {
                    let beside = &mut beside[edge];
                    let beside = beside.get_or_insert_with(|| source.beside(edge, limit));
                    beside.as_ref().is_some_and(|beside| across(&prism, beside, &corners))
                }
            };
            if held {
                proof.covered.push(m);
            }
            capped |= numbers.iter().any(|&v| self.is_rim(v));
            passes += pass;
        });
        passes != 0 && !capped
    }

    fn is_rim(&self, v: u32) -> bool {
        self.rim.get(v as usize).is_some_and(|&rim| rim)
    }

    /// Whether the triangle lies within `limit`.
    fn holds(&self, corners: [Point<F>; 3], limit: f64, near: &[Near<F>]) -> bool {
        self.between_lifts(corners, limit, near)
            || near.iter().any(|one| self.near_one(corners, one.number, limit))
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

    fn between_lifts(&self, corners: [Point<F>; 3], limit: f64, near: &[Near<F>]) -> bool {
        LIFTS.iter().any(|&(lift, inset)| match inset {
            0.0 => self.between(corners, lift * limit, near),
            inset => drawn_in(corners, inset * limit, (1.0 - lift) * limit)
                .is_some_and(|corners| self.between(corners, lift * limit, near)),
        })
    }

    /// Whether the target passes between the copies of the triangle lifted by `limit`.
    fn between(&self, corners: [Point<F>; 3], limit: f64, near: &[Near<F>]) -> bool {
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
                Meet::Inside { pass, .. } => {
                    if one.numbers.iter().any(|&v| self.is_rim(v)) {
                        return false;
                    }
                    passes += pass;
                }
            }
        }
        passes != 0
    }

    fn holds_in_pieces(&self, corners: [Point<F>; 3], limit: f64) -> bool {
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
            if self.between_lifts(piece, limit, &around) {
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

/// A triangle whose distance is proved, and its neighbours.
struct Source<'a, F: Frame> {
    mesh: &'a TriMesh<F>,
    opposites: &'a [u32],
    number: u32,
}

impl<F: Frame> Source<'_, F> {
    fn corners(&self, number: u32) -> [Point<F>; 3] {
        self.mesh.corners(self.mesh.triangles[number as usize])
    }

    /// The prism of the neighbour over an edge, for one of the two.
    fn beside(&self, edge: usize, limit: f64) -> Option<Prism<F>> {
        let number = match self.opposites[3 * self.number as usize + edge] {
            NONE => return None,
            back => back / 3,
        };
        let numbers = self.mesh.triangles[number as usize];
        (self.number < number).then(|| Prism::new(numbers, self.corners(number), limit)).flatten()
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

/// Vertices at which the directed edges that leave and those that arrive do not join the
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
    if sums.iter().all(|&sum| sum == 0) {
        return Vec::new();
    }
    sums.iter().map(|&sum| sum != 0).collect()
}
