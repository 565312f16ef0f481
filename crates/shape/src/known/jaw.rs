//! Segments cut out of sound lower jaws and completed again.

use ossein_geom::{Cancelled, Job, Lps, Point, TriMesh, Vector, Volume};
use ossein_mesh::extract::ExtractError;
use ossein_mesh::iso_surface;
use rayon::prelude::*;

use super::{Outcome, Score, Trial, spread_of};
use crate::completion::segment::{Segment, parted};
use crate::completion::{Method, SegmentError, SegmentOptions, Source, complete_segment};
use crate::piece::{largest_piece, with_triangles};
use crate::samples::spread;
use crate::shape_model::ShapeModel;
use crate::surface::{MeshSurface, Surface};
use crate::symmetry::{SymmetryError, SymmetryOptions, symmetry_plane};

/// A jaw that cannot be cut and completed.
#[derive(Debug, thiserror::Error)]
pub enum JawError {
    /// The mask holds no bone.
    #[error("the mask holds no bone")]
    Empty,
    /// Its surface cannot be made.
    #[error(transparent)]
    Surface(#[from] ExtractError),
    /// It has no plane of symmetry.
    #[error(transparent)]
    Symmetry(#[from] SymmetryError),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Where jaws are cut.
const PLACES: [&str; 4] = ["symphysis", "body", "angle", "ramus"];
/// Lengths of the segments, mm: the longest ramus that leaves the condyle is 40.
const LENGTHS_MM: [f64; 5] = [20.0, 30.0, 40.0, 50.0, 60.0];
/// Half the width of the bone that a segment may have beside its axis, mm.
const BESIDE_MM: f64 = 28.0;
/// Samples that judge a completed part.
const SAMPLE_COUNT: usize = 3000;

/// A segment that is cut out: between two planes, within a ball so that the other side stays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut {
    /// `symphysis`, `body`, `angle` or `ramus`.
    pub place: &'static str,
    /// Its middle.
    pub center: Point<Lps>,
    /// Along the bone, of length one.
    pub along: Vector<Lps>,
    /// Between the planes, mm.
    pub length_mm: f64,
}

impl Cut {
    /// How far a point lies outside what is cut, mm; negative inside.
    pub fn outside_mm(&self, p: Point<Lps>) -> f64 {
        let from = p - self.center;
        let half = 0.5 * self.length_mm;
        let beyond = from.dot(self.along).abs() - half;
        beyond.max(from.norm() - (half * half + BESIDE_MM * BESIDE_MM).sqrt())
    }
}

/// The surface of a mask of zeros and ones, its steps smoothed by half a voxel.
///
/// # Errors
/// [`JawError`]: no bone, or no surface.
pub fn jaw_of(mask: &Volume<u16>, job: &Job) -> Result<TriMesh<Lps>, JawError> {
    let size = mask.grid.size;
    let (mut low, mut high) = (size, [0usize; 3]);
    for n in (0..mask.values.len()).filter(|&n| mask.values[n] > 0) {
        let voxel = mask.grid.voxel(n);
        (0..3).for_each(|a| low[a] = low[a].min(voxel[a]));
        (0..3).for_each(|a| high[a] = high[a].max(voxel[a]));
    }
    if low[0] > high[0] {
        return Err(JawError::Empty);
    }
    const MARGIN: usize = 3;
    let mut grid = mask.grid.clone();
    grid.origin = grid.point([0, 1, 2].map(|a| low[a] as f64 - MARGIN as f64));
    grid.size = [0, 1, 2].map(|a| high[a] - low[a] + 1 + 2 * MARGIN);
    let value = |n: usize| {
        let at = grid.voxel(n);
        let from = [0, 1, 2].map(|a| (at[a] + low[a]).wrapping_sub(MARGIN));
        let there = (0..3).all(|a| from[a] < size[a]);
        if there && mask.at(from) > 0 { 4096i32 } else { 0 }
    };
    let mut values: Vec<i32> = (0..grid.voxel_count()).map(value).collect();
    for stride in [1, grid.size[0], grid.size[0] * grid.size[1]] {
        // A quarter, a half, a quarter; the margin is empty, so that nothing is lost at the ends.
        let before = values.clone();
        for n in stride..values.len() - stride {
            values[n] = (before[n - stride] + 2 * before[n] + before[n + stride]) / 4;
        }
    }
    let smooth = Volume::new(grid, values.into_iter().map(|v| v as i16).collect());
    Ok(largest_piece(&iso_surface(&smooth, 2048.0, job)?.into_mesh()))
}

/// The cut at each place of a jaw that lies as patients do (x to the left, y to the back); `turn`
/// chooses side and lengths.
///
/// # Errors
/// [`JawError`]: no plane of symmetry.
pub fn cuts(jaw: &TriMesh<Lps>, turn: usize, job: &Job) -> Result<Vec<Cut>, JawError> {
    let surface = MeshSurface::new(jaw);
    let plane = symmetry_plane(&surface, &SymmetryOptions::default(), job)?.plane;
    let right = plane.normal;
    let side = if turn.is_multiple_of(2) { 1.0 } else { -1.0 };
    let points: Vec<Point<Lps>> =
        spread(jaw, surface.tree().order(), 6000).iter().map(|s| s.point).collect();
    let farthest = |towards: Vector<Lps>, of: &dyn Fn(Point<Lps>) -> bool| {
        let all = points.iter().copied().filter(|&p| of(p));
        all.max_by(|a, b| (*a - *b).dot(towards).total_cmp(&0.0)).unwrap_or(plane.point)
    };
    let on_side = |p: Point<Lps>| side * plane.height_mm(p) > 5.0;
    let middle = |p: Point<Lps>| plane.height_mm(p).abs() < 8.0;
    let chin = farthest(Vector::new(0.0, -1.0, 0.0), &middle);
    let angle = farthest(Vector::new(0.0, 0.7, -0.7), &on_side);
    let top = farthest(Vector::new(0.0, 0.5, 0.9), &on_side);
    let inner = |p: Point<Lps>, reach: f64| {
        let near: Vec<Vector<Lps>> =
            points.iter().filter(|q| q.distance(p) < reach).map(|&q| q - p).collect();
        let sum = near.iter().fold(Vector::new(0.0, 0.0, 0.0), |s, &v| s + v);
        p + sum * (1.0 / near.len().max(1) as f64)
    };
    let (chin, angle) = (inner(chin, 15.0), inner(angle, 15.0));
    let length = |n: usize| LENGTHS_MM[(turn + n) % LENGTHS_MM.len()];
    let cut = |n: usize| {
        let (center, along, length_mm) = match PLACES[n] {
            "symphysis" => (chin, right, length(0)),
            "body" => (inner(chin.lerp(angle, 0.5), 20.0), (angle - chin).unit(), length(1)),
            "angle" => {
                let bend = (angle - chin).unit() + (top - angle).unit();
                (angle, bend.unit(), length(2).min(40.0))
            }
            _ => (inner(angle.lerp(top, 0.5), 20.0), (top - angle).unit(), length(3).min(30.0)),
        };
        Cut { place: PLACES[n], center, along, length_mm }
    };
    Ok((0..PLACES.len()).map(cut).collect())
}

/// Cuts a segment out of a jaw and completes it by every method; `others` are jaws of other
/// patients, and `model` was built from such alone.
///
/// # Errors
/// [`JawError`]: no plane of symmetry, or a stopped job.
pub fn run(
    name: &str,
    jaw: &TriMesh<Lps>,
    cut: &Cut,
    others: &[&TriMesh<Lps>],
    model: Option<&ShapeModel<Lps>>,
    job: &Job,
) -> Result<Vec<Trial>, JawError> {
    let region = |p: Point<Lps>| cut.outside_mm(p);
    let (rest, taken) = parted(jaw, &region);
    let left = MeshSurface::new(&rest);
    let whole = MeshSurface::new(jaw);
    let plane = symmetry_plane(&left, &SymmetryOptions::default(), job)?.plane;
    let options = SegmentOptions::default();
    let mut trials = Vec::new();
    let methods = [Method::Mirror, Method::ThinPlate, Method::ShapeModel];
    for method in methods {
        let made = match method {
            Method::Mirror => {
                complete_segment(&left, &region, Source::Mirror(&plane), &options, job)
            }
            Method::ThinPlate => best_of(&left, &region, others, &options, job),
            Method::ShapeModel => {
                let Some(model) = model else { continue };
                complete_segment(&left, &region, Source::Model(model), &options, job)
            }
        };
        let (outcome, made) = match made {
            Ok(segment) => {
                let (score, made) = judged(&segment, &taken, &whole, &region);
                (Outcome::Completed(score), Some(made))
            }
            Err(SegmentError::Cancelled(cancelled)) => return Err(cancelled.into()),
            Err(error) => (Outcome::Refused(error.to_string()), None),
        };
        let (place, size_mm, center) = (cut.place, cut.length_mm, cut.center);
        trials.push(Trial { bone: name.into(), place, size_mm, center, method, outcome, made });
    }
    Ok(trials)
}

/// The completion by that template which came nearest to the bone around the missing part.
fn best_of(
    left: &MeshSurface<'_, Lps>,
    region: &(dyn Fn(Point<Lps>) -> f64 + Sync),
    others: &[&TriMesh<Lps>],
    options: &SegmentOptions,
    job: &Job,
) -> Result<Segment<Lps>, SegmentError> {
    let quick = SegmentOptions { trial_count_max: 0, ..*options };
    let mut best: Result<(Segment<Lps>, usize), SegmentError> =
        Err(SegmentError::NoCollar { found: 0, collar_mm: options.collar_mm });
    for (n, other) in others.iter().enumerate() {
        let made = complete_segment(left, region, Source::Template(other), &quick, job);
        match (made, &best) {
            (Err(SegmentError::Cancelled(cancelled)), _) => return Err(cancelled.into()),
            (Ok(made), Ok((least, _))) if made.collar_rms_mm >= least.collar_rms_mm => {}
            (Ok(made), _) => best = Ok((made, n)),
            (Err(error), Err(_)) => best = Err(error),
            (Err(_), Ok(_)) => {}
        }
    }
    let (_, n) = best?;
    complete_segment(left, region, Source::Template(others[n]), options, job)
}

/// Distances both ways between the completed part and what was cut.
fn judged(
    segment: &Segment<Lps>,
    taken: &TriMesh<Lps>,
    whole: &MeshSurface<'_, Lps>,
    region: &(dyn Fn(Point<Lps>) -> f64 + Sync),
) -> (Score, (TriMesh<Lps>, Vec<f32>)) {
    let (_, made) = parted(&segment.template, region);
    let template = MeshSurface::new(&segment.template);
    let away = |surface: &MeshSurface<'_, Lps>, p: Point<Lps>| {
        surface.nearest(p, 100.0).map_or(100.0, |near| near.point.distance(p))
    };
    let all = |mesh: &TriMesh<Lps>, surface: &MeshSurface<'_, Lps>| -> Vec<f64> {
        let order = ossein_mesh::Tree::new(mesh).order().to_vec();
        let samples = spread(mesh, &order, SAMPLE_COUNT);
        samples.par_iter().with_min_len(64).map(|s| away(surface, s.point)).collect()
    };
    let mut both = all(taken, &template);
    both.extend(all(&made, whole));
    let [mean_mm, p95_mm, rmse_mm] = spread_of(both);
    let score = Score {
        mean_mm,
        p95_mm,
        rmse_mm,
        outer_rmse_mm: rmse_mm,
        inner_rmse_mm: None,
        thickness_rmse_mm: None,
        expected: segment.trials,
        ring_mm: None,
    };
    let made = with_triangles(&made, &made.triangles);
    let distances =
        made.vertices.par_iter().with_min_len(64).map(|p| away(whole, *p) as f32).collect();
    (score, (made, distances))
}
