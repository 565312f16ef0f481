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

mod boundary;
mod near;
mod predicate;
mod prisms;
mod rows;
mod tree;

use std::marker::PhantomData;

use ossein_geom::{Aabb, Frame, Point, TriMesh};

use crate::{Block, Field, Interval};
use boundary::{Boundary, Edges};
pub(crate) use near::{Samples, Scratch, Wanted};
pub(crate) use prisms::{BLOCK, EDGE, Place};
pub(crate) use rows::{RowGrid, Rows};
use tree::Tree;

/// Largest coordinate in mm.
const COORDINATE_MAX: f64 = 1e6;
/// More triangles than the tree can number.
const TRIANGLE_COUNT_MAX: usize = 1 << 29;

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
        self.boundary.as_ref().map_or(0, |b| b.edges.triangles.len())
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
        let Some(boundary) = &self.boundary else { return f64::from(self.tree.crossings(p)) };
        let whole = f64::from(self.tree.crossings(p) + boundary.cones.crossings(p));
        let lanes = p.map(|v| [v; near::LANES]);
        let (cones, error) = boundary.winding(&lanes);
        let found = whole - cones[0];
        if (found.abs() - 0.5).abs() <= error {
            return whole - boundary.winding_exact(&lanes)[0];
        }
        found
    }

    /// Signed distance, from the unsigned one and the winding number.
    fn signed(&self, p: [f64; 3], distance: f64, winding: f64) -> f64 {
        let depth = winding.abs() - 0.5;
        let bounded = match &self.boundary {
            Some(boundary) if depth.abs() < 0.5 => {
                // Near a flat cap the winding number changes by half over the way to its edge.
                let part = 2.0 * depth.abs();
                let edge_max = distance / part.max(1e-12);
                let edge = boundary.edges.nearest2(p, edge_max * edge_max).sqrt();
                distance.min(part * edge)
            }
            _ => distance,
        };
        if depth >= 0.0 { -bounded } else { bounded }
    }

    /// Where the rows of `samples` cross the mesh and the cones that close it.
    pub(crate) fn rows(&self, grid: &RowGrid) -> Rows {
        let count = self.tree.triangles.len();
        match &self.boundary {
            None => Rows::new(grid, count, |t| self.tree.triangle(t)),
            Some(boundary) => {
                let cones = &boundary.cones;
                Rows::new(grid, count + cones.triangles.len(), |t| {
                    if t < count { self.tree.triangle(t) } else { cones.triangle(t - count) }
                })
            }
        }
    }

    /// [`Self::rows`] from `x0` on, asking only the triangles in the way.
    fn rows_beyond(&self, x0: f64, grid: &RowGrid) -> Rows {
        let last = |a: usize| grid.origin[a] + grid.step[a] * (grid.size[a] - 1) as f64;
        let low = [x0, grid.origin[0], grid.origin[1]];
        let high = [f64::INFINITY, last(0), last(1)];
        let mut triangles = Vec::new();
        let trees = [Some(&self.tree), self.boundary.as_ref().map(|b| &b.cones)];
        for tree in trees.into_iter().flatten() {
            tree.for_each_leaf_near(low, high, 0.0, |leaf| {
                triangles.extend(tree.leaf(leaf).map(|t| tree.triangle(t)));
            });
        }
        Rows::new(grid, triangles.len(), |t| triangles[t])
    }

    /// Gives distances their signs, from the winding numbers of the closed whole.
    pub(crate) fn sign(&self, samples: &Samples, whole: &[i32], distances: &mut [f32]) {
        let Some(_) = self.boundary else {
            for (d, &w) in distances.iter_mut().zip(whole) {
                *d = if w != 0 { -*d } else { *d };
            }
            return;
        };
        let [ni, nj, nk] = samples.size;
        for k in (0..nk).step_by(2) {
            for j in (0..nj).step_by(2) {
                for i in (0..ni).step_by(2) {
                    self.sign_cell(samples, [i, j, k], whole, distances);
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
        distances: &mut [f32],
    ) {
        let boundary = self.boundary.as_ref().expect("an open mesh");
        let at = |l: usize| [0, 1, 2].map(|a| first[a] + (l >> a & 1));
        let place = |l: usize, a: usize| samples.origin[a] + samples.step[a] * at(l)[a] as f64;
        let points = std::array::from_fn(|a| std::array::from_fn(|l| place(l, a)));
        let (mut cones, error) = boundary.winding(&points);
        let index = |l: usize| {
            let n = at(l);
            let inside = (0..3).all(|a| n[a] < samples.size[a]);
            inside.then(|| (n[2] * samples.size[1] + n[1]) * samples.size[0] + n[0])
        };
        let depth = |l: usize, cone: f64| {
            index(l).map_or(1.0, |n| ((f64::from(whole[n]) - cone).abs() - 0.5).abs())
        };
        if (0..8).any(|l| depth(l, cones[l]) <= error) {
            cones = boundary.winding_exact(&points);
        }
        for l in 0..8 {
            if let Some(n) = index(l) {
                let p = [points[0][l], points[1][l], points[2][l]];
                let winding = f64::from(whole[n]) - cones[l];
                distances[n] = self.signed(p, f64::from(distances[n]), winding) as f32;
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

    /// Distances to the nearest triangle, without sign.
    pub(crate) fn near(&self, tangents: &[f32], place: &Place, values: &mut [f32; BLOCK]) {
        prisms::distances(&self.tree, tangents, place, values);
    }

    /// Lowest and highest corner of every eight triangles.
    pub(crate) fn leaf_bounds(&self) -> impl Iterator<Item = ([f64; 3], [f64; 3])> + '_ {
        self.tree.leaf_bounds()
    }
}

impl<F: Frame> Field<F> for MeshField<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        let p = p.array();
        self.signed(p, self.tree.nearest2(p, f64::INFINITY).sqrt(), self.winding(p))
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
        let grid = RowGrid {
            origin: [block.origin.y, block.origin.z],
            step: [block.step[1], block.step[2]],
            size: [block.size[1], block.size[2]],
        };
        let rows = self.rows_beyond(block.origin.x, &grid);
        let mut whole = vec![0; distances.len()];
        for (row, winding) in whole.chunks_exact_mut(block.size[0]).enumerate() {
            let at = [row % block.size[1], row / block.size[1]];
            rows.fill(at, block.origin.x, block.step[0], winding);
        }
        self.sign(&samples, &whole, distances);
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
            let slope = boundary.length_mm / (4.0 * std::f64::consts::PI * edge * edge);
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

/// A box around the solid: a cap stays where the cones can be seen under half the sphere.
fn bounds<F: Frame>(tree: &Tree, boundary: Option<&Boundary>) -> Aabb<F> {
    let of = |tree: &Tree| {
        let (low, high) = tree.bounds();
        Aabb::new(Point::from(low), Point::from(high))
    };
    match boundary {
        None => of(tree),
        Some(b) => {
            let reach = (b.cone_area_mm2 / (2.0 * std::f64::consts::PI)).sqrt();
            of(tree).union(of(&b.cones).grow(reach))
        }
    }
}
