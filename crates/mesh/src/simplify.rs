//! Fewer triangles, within a stated distance of the surface.

mod block;
mod care;
mod fan;
mod pairing;
mod passes;
mod prism;
mod quadric;
mod queue;
mod within;

use ossein_geom::{Cancelled, Frame, Job, Mm, Point, TriMesh};
use rayon::prelude::*;

use crate::intersect::self_crossings;
use crate::measure;
use crate::tree::Tree;
use care::Care;
use fan::Fans;
use pairing::opposites;
use passes::Goal;
use queue::NONE;
use within::{Proof, Target};

/// Times that collapsing starts again because a check found a place that went too far.
const ROUND_COUNT_MAX: usize = 24;
/// The first round lets the root mean square distance at a vertex reach this part of the limit.
const FIRST_PART: f64 = 0.5;
/// One collapse may move the surface by this part of the limit: as triangles grow, the moves
/// before it add up to about a third as much.
const STEP_PART: f64 = 0.7;
/// A collapse counts as small where it would be on planes of this part of the mean triangle.
const SMALL_AREA_PART: f64 = 0.25;
/// Around a place that failed, care is taken over this many times the limit; doubled whenever a
/// place fails again.
const CALM_RADIUS: f64 = 4.0;

/// How far to go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimplifyOptions {
    /// No point of either surface is farther from the other than this.
    pub max_error: Mm,
    /// Stop at this many triangles even where the error would allow fewer.
    pub triangle_count_min: usize,
}

/// A mesh that could not be simplified.
#[derive(Debug, thiserror::Error)]
pub enum SimplifyError {
    /// The limit is no positive length.
    #[error("an error limit of {max_error_mm} mm")]
    Limit {
        /// The limit, mm.
        max_error_mm: f64,
    },
    /// An index names no vertex.
    #[error("triangle {triangle} names vertex {vertex} of {vertex_count}")]
    StrayIndex {
        /// Number of the triangle.
        triangle: usize,
        /// The index.
        vertex: u32,
        /// How many vertices there are.
        vertex_count: usize,
    },
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// What `simplify` made.
#[derive(Clone, Debug, PartialEq)]
pub struct Simplified<F: Frame> {
    /// The mesh.
    pub mesh: TriMesh<F>,
    /// Rounds it took until every check held.
    pub round_count: usize,
    /// Places, in all rounds together, where the surface was kept finer because a check failed.
    pub kept_place_count: usize,
}

/// A mesh of fewer triangles, no point of which is farther than `options.max_error` from `mesh`,
/// nor any point of `mesh` farther from it.
///
/// Edges are collapsed where the sum of squared distances to the planes of the old triangles
/// grows least. Both distances are then proved for every triangle; where a proof fails, and where
/// the new surface crosses itself, the collapse is repeated with a tighter limit around that
/// place, down to leaving it as it was. All that holds in single precision, as files have it:
/// vertices are rounded before it is proved. Closed stays closed, manifold manifold, oriented
/// oriented; pieces and handles stay as many; rims of open surfaces stay where files have them.
/// Equal input gives equal bytes on any number of threads.
///
/// # Errors
/// [`SimplifyError`] for a limit that is no length, a stray index, or a stopped job.
///
/// # Source
/// Garland, Heckbert: Surface simplification using quadric error metrics, SIGGRAPH (1997).
pub fn simplify<F: Frame>(
    mesh: &TriMesh<F>,
    options: &SimplifyOptions,
    job: &Job,
) -> Result<Simplified<F>, SimplifyError> {
    let limit = options.max_error.0;
    if !(limit > 0.0 && limit.is_finite()) {
        return Err(SimplifyError::Limit { max_error_mm: limit });
    }
    let vertex_count = mesh.vertices.len();
    for (triangle, t) in mesh.triangles.iter().enumerate() {
        if let Some(&vertex) = t.iter().find(|&&v| v as usize >= vertex_count) {
            return Err(SimplifyError::StrayIndex { triangle, vertex, vertex_count });
        }
    }
    let tree = Tree::new(mesh);
    let target = Target::new(mesh, &tree);
    let mean_area = measure::area_mm2(mesh) / (mesh.triangles.len().max(1) as f64);
    let mut care = Care::of(vertex_count);
    let mut kept_place_count = 0;
    let mut part = FIRST_PART;
    for round in 1..=ROUND_COUNT_MAX {
        job.step(round - 1, ROUND_COUNT_MAX)?;
        let goal = Goal {
            mean_square_mm2: (part * limit) * (part * limit),
            step_mm: STEP_PART * limit,
            small_cost: (STEP_PART * limit) * (STEP_PART * limit) * SMALL_AREA_PART * mean_area,
            triangle_count: options.triangle_count_min,
        };
        let mut made = passes::collapsed(mesh, tree.order(), &care.factors, &goal, job)?;
        made.vertices.par_iter_mut().for_each(|v| *v = v.single());
        let faults = faults(mesh, &tree, &target, &made, limit, job)?;
        if faults.places.is_empty() {
            return Ok(Simplified { mesh: made, round_count: round, kept_place_count });
        }
        kept_place_count += faults.places.len();
        if faults.places.len() * COMMON_FAULT > made.triangles.len() {
            part *= 0.7;
            continue;
        }
        care.take(mesh, &tree, &faults.places, CALM_RADIUS * limit);
    }
    Ok(Simplified { mesh: mesh.clone(), round_count: ROUND_COUNT_MAX, kept_place_count })
}

/// More than one place in so many triangles: the limit as a whole was set too wide.
const COMMON_FAULT: usize = 50;

/// Triangles, old and new, at which something went wrong.
struct Faults<F: Frame> {
    places: Vec<[Point<F>; 3]>,
}

fn faults<F: Frame>(
    mesh: &TriMesh<F>,
    tree: &Tree,
    target: &Target<F>,
    made: &TriMesh<F>,
    limit: f64,
    job: &Job,
) -> Result<Faults<F>, Cancelled> {
    let made_tree = Tree::new(made);
    job.step(0, 3)?;
    let opposites = opposites(&made.triangles, made.vertices.len());
    let there = target.passing(made, made_tree.order(), &opposites, limit);
    let corners = |mesh: &TriMesh<F>, n: u32| mesh.corners(mesh.triangles[n as usize]);
    let mut places: Vec<_> = there.beyond.iter().map(|&n| corners(made, n)).collect();
    job.step(1, 3)?;
    let open = open(mesh, tree, &there, &Fans::new(made, &opposites), limit);
    let back = Target::new(made, &made_tree).not_within(mesh, &open, limit);
    places.extend(back.iter().map(|&n| corners(mesh, n)));
    job.step(2, 3)?;
    let old = |n: &u32| is_old(mesh, tree, made, *n);
    let flat = |n: &u32| made.doubled_normal(made.triangles[*n as usize]).norm() == 0.0;
    let flats = (0..made.triangles.len() as u32).filter(|n| flat(n) && !old(n));
    places.extend(flats.map(|n| corners(made, n)));
    for crossing in self_crossings(made, &made_tree, job)? {
        if !crossing.triangles.iter().all(old) {
            places.extend(crossing.triangles.map(|n| corners(made, n)));
        }
    }
    Ok(Faults { places })
}

/// Triangles of the mesh, along its tree, that were not seen near enough from the new surface, nor
/// lie within the limit of the fan of one of its vertices.
fn open<F: Frame>(
    mesh: &TriMesh<F>,
    tree: &Tree,
    there: &Proof,
    fans: &Fans<F>,
    limit: f64,
) -> Vec<u32> {
    // Of each triangle: the vertex around which it lies.
    let mut center = vec![NONE; mesh.triangles.len()];
    there.around.iter().for_each(|&[n, v]| center[n as usize] = v);
    let mut covered = vec![false; mesh.triangles.len()];
    there.covered.iter().for_each(|&n| covered[n as usize] = true);
    let is_open = |n: &u32| {
        let (v, triangle) = (center[*n as usize], mesh.triangles[*n as usize]);
        let held = || v != NONE && fans.holds(v, &mesh.corners(triangle), limit * (1.0 - 1e-9));
        !covered[*n as usize] && !held()
    };
    tree.order().par_iter().copied().filter(is_open).collect()
}

fn hull<F: Frame>(corners: &[Point<F>; 3]) -> [[f64; 3]; 2] {
    [
        [0, 1, 2].map(|a| corners[0][a].min(corners[1][a]).min(corners[2][a])),
        [0, 1, 2].map(|a| corners[0][a].max(corners[1][a]).max(corners[2][a])),
    ]
}

/// Whether triangle `n` of `made` is one of the old mesh, rounded.
fn is_old<F: Frame>(mesh: &TriMesh<F>, tree: &Tree, made: &TriMesh<F>, n: u32) -> bool {
    let corners = made.corners(made.triangles[n as usize]);
    let [low, high] = hull(&corners);
    let off = |v: f64| f64::from(f32::EPSILON) * v.abs();
    let mut old = false;
    tree.overlapping(low.map(|v| v - off(v)), high.map(|v| v + off(v)), |m| {
        let theirs = mesh.corners(mesh.triangles[m as usize]).map(Point::single);
        old |= (0..3).any(|s| (0..3).all(|i| corners[i] == theirs[(i + s) % 3]));
    });
    old
}
