//! A solid given by a triangle mesh, clean or dirty: exact distance, side by winding number.
//!
//! A point is inside where the generalised winding number is at least one half in size: holes are
//! closed by the smoothest cap, overlapping, nested and doubled parts count together, and a part
//! that is inside out is a solid like any other.
//!
//! # Source
//! Jacobson, Kavan, Sorkine-Hornung: ACM Trans. Graph. 32 (2013) 33, for the winding number of
//! open meshes; Barill, Dickson, Schmidt, Levin, Jacobson: ACM Trans. Graph. 37 (2018) 43, for
//! dipoles far away; Martens, Bessmeltsev: ACM Trans. Graph. 44 (2025), for the split into a count
//! of crossings and a term of the open edges alone.

mod balls;
mod boundary;
mod inner;
mod lanes;
mod near;
mod predicate;
mod prisms;
mod rows;
mod tree;
mod winding;

use std::f64::consts::PI;
use std::marker::PhantomData;

use ossein_geom::{Aabb, Frame, Point, TriMesh, float};

use crate::{Block, Field, Interval};
use boundary::{Boundary, Edges};
pub(crate) use near::{Samples, Scratch, Wanted};
pub(crate) use prisms::{BLOCK, EDGE, Place};
pub(crate) use rows::Rows;
use tree::Tree;

/// Largest coordinate in mm.
const COORDINATE_MAX: f64 = 1e6;
/// More triangles than the tree can number.
const TRIANGLE_COUNT_MAX: usize = 1 << 29;
/// Samples along the edge of a cube in which the open edges may not be felt at all; even.
const CUBE: usize = 8;
/// From the first to the second of these, twice the way from one half to the winding number, caps
/// cease to count: they are so far, or so small, that the distance to the triangles is the truth.
const NO_CAP: [f64; 2] = [0.9, 0.97];
/// What the way to a cap may be off by for the sake of speed, as a part of the distance.
const CAP_OFF: f64 = 0.01;

/// A mesh that is no solid.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MeshFieldError {
    /// There is no triangle.
    #[error("the mesh has no triangles")]
    Empty,
    /// A triangle names a vertex that is not there.
    #[error("triangle {triangle} names vertex {vertex}, and there are {vertex_count}")]
    StrayIndex {
        /// Which triangle.
        triangle: usize,
        /// The vertex it names.
        vertex: u32,
        /// How many there are.
        vertex_count: usize,
    },
    /// A coordinate is no number, or too large.
    #[error(
        "vertex {vertex} has the coordinate {value} mm; up to {COORDINATE_MAX} mm are possible"
    )]
    Coordinate {
        /// Which vertex.
        vertex: usize,
        /// The coordinate, mm.
        value: f64,
    },
    /// More triangles than can be numbered.
    #[error("{count} triangles; up to {TRIANGLE_COUNT_MAX} are possible")]
    TooLarge {
        /// How many.
        count: usize,
    },
}

/// A triangle mesh as a solid.
///
/// The distance is exact to the rounding of doubles, for samples of a block to that of singles.
/// On an open mesh it is also at most the way to the cap of the nearest hole, to first order.
/// Inside parts that overlap, the surface of each still counts: a distance there may be too small.
pub struct MeshField<F: Frame> {
    tree: Tree,
    boundary: Option<Boundary>,
    /// Corners whose edges do not each join two triangles that turn alike.
    rough: Vec<bool>,
    bounds: Aabb<F>,
    frame: PhantomData<F>,
}

impl<F: Frame> MeshField<F> {
    /// Prepares a mesh: open, self-intersecting, nested, doubled or inside out, as it comes.
    ///
    /// # Errors
    /// [`MeshFieldError`] where there is no triangle, an index or coordinate is impossible.
    pub fn new(mesh: &TriMesh<F>) -> Result<Self, MeshFieldError> {
        check(mesh)?;
        let mut corners: Vec<[f64; 3]> = mesh.vertices.iter().map(|v| v.array()).collect();
        let mut edges = Edges::new(corners.len(), &mesh.triangles);
        let mut triangles = std::borrow::Cow::Borrowed(&mesh.triangles);
        if !edges.open.is_empty() {
            let (welded, place) = weld(&corners);
            let renamed = mesh.triangles.iter().map(|t| t.map(|v| place[v as usize])).collect();
            (corners, triangles) = (welded, std::borrow::Cow::Owned(renamed));
            triangles = std::borrow::Cow::Owned(once(&triangles));
            edges = Edges::new(corners.len(), &triangles);
        }
        let Edges { open, rough } = edges;
        let boundary = (!open.is_empty()).then(|| Boundary::new(&corners, &open));
        let tree = Tree::new(corners, &triangles);
        let bounds = bounds(&tree, boundary.as_ref());
        Ok(Self { tree, boundary, rough, bounds, frame: PhantomData })
    }

    /// Whether every edge runs as often one way as the other, equal places taken as one.
    pub fn is_closed(&self) -> bool {
        self.boundary.is_none()
    }

    /// Number of edges that have no partner.
    pub fn open_edge_count(&self) -> usize {
        self.boundary.as_ref().map_or(0, |b| b.edge_count)
    }

    /// Number of triangles.
    pub fn triangle_count(&self) -> usize {
        self.tree.triangles.len()
    }

    /// Distance to the nearest triangle in mm.
    pub fn unsigned_distance(&self, p: Point<F>) -> f64 {
        self.tree.nearest2(p.array(), f64::INFINITY).sqrt()
    }

    /// Generalised winding number: how often the mesh goes around `p`; whole where it is closed.
    pub fn winding_number(&self, p: Point<F>) -> f64 {
        self.winding(p.array())
    }

    fn winding(&self, p: [f64; 3]) -> f64 {
        self.settled(p, |winding, error| (error < 1e-4).then_some(winding))
    }

    /// What `of` makes of the winding number at `p`: it takes one that may be off by so much, and
    /// gives nothing where that is too much.
    fn settled(&self, p: [f64; 3], of: impl Fn(f64, f64) -> Option<f64>) -> f64 {
        let Some(boundary) = &self.boundary else {
            return of(f64::from(self.tree.crossings(p)), 0.0).unwrap_or_default();
        };
        let whole = f64::from(self.tree.crossings(p) + boundary.closing.crossings(p));
        let lanes = p.map(|v| [v; lanes::LANES]);
        let at = |(rung, off_max)| {
            let (cones, error) = boundary.cones.about(&lanes, off_max);
            let last = rung + 1 == winding::LADDER.len();
            of(whole - cones[0], if last { 0.0 } else { error })
        };
        winding::LADDER.into_iter().enumerate().find_map(at).unwrap_or_default()
    }

    /// Signed distance from the unsigned one and a winding number that may be off by `error`;
    /// nothing where that is too much to tell. Beyond `reach` it may be too short.
    ///
    /// On an open mesh the solid also ends where the winding number passes one half: on caps of its
    /// holes. With `a` twice the way from there to the winding number, `g` its slope and `e` the
    /// distance to the nearest open edge, a cap is `sin(π·a) / (2π·g)` away about a straight edge
    /// and amid a slot, and `a·e` over the middle of a round hole, where the former is less.
    fn signed(
        &self,
        p: [f64; 3],
        distance: f64,
        (winding, error): (f64, f64),
        reach: f64,
    ) -> Option<f64> {
        let depth = winding.abs() - 0.5;
        if error > 0.0 && depth.abs() <= error {
            return None;
        }
        let side = if depth >= 0.0 { -1.0 } else { 1.0 };
        let (part, part_off) = (2.0 * depth.abs(), 2.0 * error);
        let Some(boundary) = self.boundary.as_ref().filter(|_| part - part_off < NO_CAP[1]) else {
            return Some(side * distance);
        };
        let part_min = (part - part_off).max(1e-12);
        let edge_max = distance.min(reach) / part_min;
        let edge = boundary.edges.nearest2(p, edge_max * edge_max).sqrt();
        if edge >= edge_max {
            return Some(side * distance.min(reach));
        }
        let off_max = CAP_OFF * distance.min(reach);
        if part_off * edge > off_max {
            return None;
        }
        let slope = boundary.cones.slope(p);
        let slope = 2.0 * tree::dot(slope, slope).sqrt();
        let wave = float::sin(PI * part.min(1.0)) / (PI * slope);
        let cap = wave.max(edge * part);
        let least = (wave - part_off / slope).max(edge * part_min);
        let most = (wave + part_off / slope).max(edge * (part + part_off));
        if least >= distance.min(reach) {
            return Some(side * distance.min(reach));
        }
        let cap = cap.min(distance);
        let away = |part: f64| ((part - NO_CAP[0]) / (NO_CAP[1] - NO_CAP[0])).clamp(0.0, 1.0);
        let off = most - least + (away(part + part_off) - away(part_min)) * (distance - cap);
        (error == 0.0 || off <= off_max).then_some(side * (cap + away(part) * (distance - cap)))
    }

    /// Where the rows of `samples` cross the mesh and the cones that close it.
    pub(crate) fn rows(&self, grid: &Samples) -> Rows {
        let count = self.tree.triangles.len();
        match &self.boundary {
            None => Rows::new(grid, count, |t| self.tree.triangle(t)),
            Some(boundary) => {
                let cones = &boundary.closing;
                Rows::new(grid, count + cones.triangles.len(), |t| {
                    if t < count { self.tree.triangle(t) } else { cones.triangle(t - count) }
                })
            }
        }
    }

    /// [`Self::rows`], asking only the triangles in the way.
    fn rows_beyond(&self, grid: &Samples) -> Rows {
        let last = |a: usize| grid.origin[a] + grid.step[a] * (grid.size[a] - 1) as f64;
        let high = [f64::INFINITY, last(1), last(2)];
        let mut triangles = Vec::new();
        let trees = [Some(&self.tree), self.boundary.as_ref().map(|b| &b.closing)];
        for tree in trees.into_iter().flatten() {
            tree.for_each_leaf_near(grid.origin, high, 0.0, |leaf| {
                triangles.extend(tree.leaf(leaf).map(|t| tree.triangle(t)));
            });
        }
        Rows::new(grid, triangles.len(), |t| triangles[t])
    }

    /// Gives distances their signs, from the winding numbers of the closed whole. Of those beyond
    /// `reach` on an open mesh only that is known.
    pub(crate) fn sign(&self, samples: &Samples, whole: &[i32], reach: f64, distances: &mut [f32]) {
        let Some(_) = self.boundary else {
            for (d, &w) in distances.iter_mut().zip(whole) {
                *d = if w != 0 { -*d } else { *d };
            }
            self.set_within(samples, distances);
            return;
        };
        let [ni, nj, nk] = samples.size;
        for k in (0..nk).step_by(CUBE) {
            for j in (0..nj).step_by(CUBE) {
                for i in (0..ni).step_by(CUBE) {
                    self.sign_cube(samples, [i, j, k], whole, reach, distances);
                }
            }
        }
        self.set_within(samples, distances);
    }

    /// [`Self::sign`] for a cube of samples from `first` on, on an open mesh.
    fn sign_cube(
        &self,
        samples: &Samples,
        first: [usize; 3],
        whole: &[i32],
        reach: f64,
        distances: &mut [f32],
    ) {
        let boundary = self.boundary.as_ref().expect("an open mesh");
        let end = [0, 1, 2].map(|a| (first[a] + CUBE).min(samples.size[a]));
        let half = [0, 1, 2].map(|a| 0.5 * samples.step[a] * (end[a] - 1 - first[a]) as f64);
        let middle =
            [0, 1, 2].map(|a| samples.origin[a] + samples.step[a] * first[a] as f64 + half[a]);
        let limit = 0.5 * (1.0 - NO_CAP[1]);
        if boundary.cones.is_faint(middle, tree::dot(half, half).sqrt(), limit) {
            for k in first[2]..end[2] {
                for j in first[1]..end[1] {
                    let row = (k * samples.size[1] + j) * samples.size[0];
                    for n in row + first[0]..row + end[0] {
                        distances[n] = if whole[n] != 0 { -distances[n] } else { distances[n] };
                    }
                }
            }
            return;
        }
        for k in (first[2]..end[2]).step_by(2) {
            for j in (first[1]..end[1]).step_by(2) {
                for i in (first[0]..end[0]).step_by(2) {
                    self.sign_cell(samples, [i, j, k], whole, reach, distances);
                }
            }
        }
    }

    /// [`Self::sign`] for the eight samples from `first` on, on an open mesh.
    fn sign_cell(
        &self,
        samples: &Samples,
        first: [usize; 3],
        whole: &[i32],
        reach: f64,
        distances: &mut [f32],
    ) {
        let boundary = self.boundary.as_ref().expect("an open mesh");
        let at = |l: usize| [0, 1, 2].map(|a| first[a] + (l >> a & 1));
        let place = |l: usize, a: usize| samples.origin[a] + samples.step[a] * at(l)[a] as f64;
        let points = std::array::from_fn(|a| std::array::from_fn(|l| place(l, a)));
        let index = |l: usize| {
            let n = at(l);
            let inside = (0..3).all(|a| n[a] < samples.size[a]);
            inside.then(|| (n[2] * samples.size[1] + n[1]) * samples.size[0] + n[0])
        };
        let mut left = (0..8).fold(0u8, |left, l| left | u8::from(index(l).is_some()) << l);
        for (rung, off_max) in winding::LADDER.into_iter().enumerate() {
            let (cones, error) = boundary.cones.about(&points, off_max);
            let last = rung + 1 == winding::LADDER.len();
            let error = if last { 0.0 } else { error };
            for l in 0..8 {
                if left >> l & 1 == 0 {
                    continue;
                }
                let n = index(l).expect("a sample");
                let p = [points[0][l], points[1][l], points[2][l]];
                let winding = f64::from(whole[n]) - cones[l];
                let d = self.signed(p, f64::from(distances[n]), (winding, error), reach);
                if let Some(d) = d {
                    distances[n] = d as f32;
                    left &= !(1 << l);
                }
            }
            if left == 0 {
                return;
            }
        }
    }

    /// Distances to the nearest triangle, without sign.
    pub(crate) fn unsigned(
        &self,
        samples: &Samples,
        wanted: Wanted,
        scratch: &mut Scratch,
        values: &mut [f32],
    ) {
        near::distances(&self.tree, samples, wanted, scratch, values);
    }

    /// What [`Self::near`] asks for: see [`prisms::tangents`].
    pub(crate) fn tangents(&self) -> Vec<f32> {
        prisms::tangents(&self.tree, &self.rough)
    }

    /// Distances to the nearest triangle, without sign, up to the place's reach.
    pub(crate) fn near(
        &self,
        tangents: &[f32],
        place: &Place,
        scratch: &mut Scratch,
        values: &mut [f32; BLOCK],
    ) {
        if prisms::distances(&self.tree, tangents, place, values).is_err() {
            let (origin, step) = (place.origin, [place.step_mm; 3]);
            let samples = Samples { origin, step, size: [EDGE; 3] };
            let wanted = Wanted { low: 0.0, high: place.reach_mm };
            self.unsigned(&samples, wanted, scratch, values);
        }
    }

    /// Lowest and highest corner of every eight triangles.
    pub(crate) fn leaf_bounds(&self) -> impl Iterator<Item = ([f64; 3], [f64; 3])> + '_ {
        self.tree.leaf_bounds()
    }
}

impl<F: Frame> Field<F> for MeshField<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        let p = p.array();
        let distance = self.tree.nearest2(p, f64::INFINITY).sqrt();
        let signed = |winding, error| self.signed(p, distance, (winding, error), f64::INFINITY);
        self.within(p, self.settled(p, signed))
    }

    fn bounds(&self) -> Aabb<F> {
        self.bounds
    }

    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        assert_eq!(distances.len(), block.sample_count(), "one distance per sample");
        if distances.is_empty() {
            return;
        }
        let samples = Samples { origin: block.origin.array(), step: block.step, size: block.size };
        let wanted = Wanted { low: 0.0, high: f64::INFINITY };
        self.unsigned(&samples, wanted, &mut Scratch::default(), distances);
        let rows = self.rows_beyond(&samples);
        let mut whole = vec![0; distances.len()];
        for (row, winding) in whole.chunks_exact_mut(block.size[0]).enumerate() {
            rows.fill([row % block.size[1], row / block.size[1]], 0, winding);
        }
        self.sign(&samples, &whole, f64::INFINITY, distances);
    }

    fn range(&self, region: &Aabb<F>) -> Interval {
        let p = region.center().array();
        let reach = 0.5 * region.size().norm();
        let distance = self.tree.nearest2(p, f64::INFINITY).sqrt();
        let far = Interval { min: -distance - reach, max: distance + reach };
        if distance <= reach {
            return far;
        }
        let winding = self.winding(p);
        let depth = winding.abs() - 0.5;
        let mut least = distance - reach;
        if let Some(boundary) = &self.boundary {
            // The winding number changes by at most the edges' length over 4π times their
            // squared distance, a millimetre.
            let edge = boundary.edges.nearest2(p, f64::INFINITY).sqrt() - reach;
            let slope = boundary.length_mm / (4.0 * PI * edge * edge);
            if edge <= 0.0 || depth.abs() <= slope * reach + 1e-3 {
                return far;
            }
            least = f64::MIN_POSITIVE;
        }
        if depth >= 0.0 {
            Interval { min: far.min, max: -least }
        } else {
            Interval { min: least, max: far.max }
        }
    }
}

fn check<F: Frame>(mesh: &TriMesh<F>) -> Result<(), MeshFieldError> {
    let vertex_count = mesh.vertices.len();
    if mesh.triangles.is_empty() {
        return Err(MeshFieldError::Empty);
    }
    if mesh.triangles.len() > TRIANGLE_COUNT_MAX {
        return Err(MeshFieldError::TooLarge { count: mesh.triangles.len() });
    }
    for (vertex, p) in mesh.vertices.iter().enumerate() {
        if let Some(&value) = p.array().iter().find(|v| !(v.abs() <= COORDINATE_MAX)) {
            return Err(MeshFieldError::Coordinate { vertex, value });
        }
    }
    for (triangle, t) in mesh.triangles.iter().enumerate() {
        if let Some(&vertex) = t.iter().find(|&&v| v as usize >= vertex_count) {
            return Err(MeshFieldError::StrayIndex { triangle, vertex, vertex_count });
        }
    }
    Ok(())
}

/// Takes corners at equal places as one: the corners that are left, and where each came to lie.
fn weld(corners: &[[f64; 3]]) -> (Vec<[f64; 3]>, Vec<u32>) {
    // Adding zero makes one of the two zeros.
    let key = |n: &u32| corners[*n as usize].map(|v| (v + 0.0).to_bits());
    let mut order: Vec<u32> = (0..corners.len() as u32).collect();
    order.sort_unstable_by_key(|n| (key(n), *n));
    let mut kept = Vec::new();
    let mut place = vec![0; corners.len()];
    for (at, &n) in order.iter().enumerate() {
        if at == 0 || key(&order[at - 1]) != key(&n) {
            kept.push(corners[n as usize]);
        }
        place[n as usize] = kept.len() as u32 - 1;
    }
    (kept, place)
}

/// Of triangles with the same corners one that turns as most of them do; one of each turn where
/// these are as many.
fn once(triangles: &[[u32; 3]]) -> Vec<[u32; 3]> {
    // Lowest corner first; then the way it turns tells.
    let turned = |t: &[u32; 3]| {
        let first = (0..3).fold(0, |m, n| if t[n] < t[m] { n } else { m });
        let [a, b, c] = [t[first], t[(first + 1) % 3], t[(first + 2) % 3]];
        (a, b.min(c), b.max(c), b > c)
    };
    let mut sorted: Vec<_> = triangles.iter().map(turned).collect();
    sorted.sort_unstable();
    let same =
        |x: &(u32, u32, u32, bool), y: &(u32, u32, u32, bool)| (x.0, x.1, x.2) == (y.0, y.1, y.2);
    let net = |run: &[(u32, u32, u32, bool)]| {
        let over = run.iter().filter(|t| t.3).count();
        let (a, low, high, _) = run[0];
        match (2 * over).cmp(&run.len()) {
            std::cmp::Ordering::Less => vec![[a, low, high]],
            std::cmp::Ordering::Greater => vec![[a, high, low]],
            std::cmp::Ordering::Equal => vec![[a, low, high], [a, high, low]],
        }
    };
    sorted.chunk_by(same).flat_map(net).collect()
}

/// A box around the solid: a cap stays where the cones can be seen under half the sphere.
fn bounds<F: Frame>(tree: &Tree, boundary: Option<&Boundary>) -> Aabb<F> {
    let of = |tree: &Tree| {
        let (low, high) = tree.bounds();
        Aabb::new(Point::from(low), Point::from(high))
    };
    match boundary {
        None => of(tree),
        Some(b) => {
            let reach = (b.cones.area_mm2() / (2.0 * PI)).sqrt();
            of(tree).union(of(&b.closing).grow(reach))
        }
    }
}
