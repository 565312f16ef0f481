//! Registration of surfaces whose points have no known partners.

use nalgebra::{DMatrix, DVector};
use ossein_geom::{Cancelled, Frame, Job, Point, Rigid, Vector};
use rayon::prelude::*;

use crate::fit::{Freedom, Similarity};
use crate::samples::Sample;
use crate::surface::Surface;

/// How surfaces are registered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IcpOptions {
    /// What may change.
    pub freedom: Freedom,
    /// Share of the points that must have a partner: the farthest others are left out each time.
    pub kept: f64,
    /// Points farther than this from the surface have no partner, mm.
    pub reach_mm: f64,
    /// Partners whose normals differ by more than this are none, as a cosine.
    pub normal_cosine_min: f64,
    /// It ends when no point moves by more than this, mm.
    pub still_mm: f64,
    /// Or after so many turns.
    pub turn_count_max: usize,
}

impl Default for IcpOptions {
    fn default() -> Self {
        Self {
            freedom: Freedom::Rigid,
            kept: 0.8,
            reach_mm: 20.0,
            normal_cosine_min: 0.3,
            still_mm: 1e-3,
            turn_count_max: 100,
        }
    }
}

/// Surfaces that cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum IcpError {
    /// Too few points found a partner.
    #[error("{found} of {count} points lie within {reach_mm} mm of the surface")]
    Apart {
        /// Points with a partner.
        found: usize,
        /// Points in all.
        count: usize,
        /// How far partners may be, mm.
        reach_mm: f64,
    },
    /// The surfaces can slide on each other: a turn or a shift stays open.
    #[error("the surfaces can slide on each other")]
    Sliding,
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// A motion is open where it changes heights by less than this per point, squared, as a part of
/// what it moves.
const SLIDING: f64 = 1e-4;

/// What registration found.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration<A: Frame, B: Frame> {
    /// The map.
    pub map: Similarity<A, B>,
    /// Root mean square distance of the kept points to the surface, mm.
    pub rms_mm: f64,
    /// 95 % of all points with a partner are closer than this, mm.
    pub p95_mm: f64,
    /// Points that were kept in the last turn.
    pub kept_count: usize,
    /// Turns that it took.
    pub turn_count: usize,
    /// Whether it came to rest.
    pub at_rest: bool,
}

/// One point and what it found.
struct Pair {
    moved: [f64; 3],
    normal: [f64; 3],
    /// Signed distance along the partner's normal, mm.
    height: f64,
    distance: f64,
}

/// The map that brings `moving` onto `fixed`, from `start` on: in each turn the closest share of
/// the points is drawn to the planes of its partners.
///
/// # Errors
/// [`IcpError`] where fewer than `kept` of half the points have a partner, where a motion stays
/// open, or when the job is stopped.
///
/// # Source
/// Chen, Medioni: Object modelling by registration of multiple range images, Image Vis. Comput. 10
/// (1992); trimming: Chetverikov et al., ICPR (2002).
pub fn register<A: Frame, B: Frame>(
    moving: &[Sample<A>],
    fixed: &dyn Surface<B>,
    start: &Similarity<A, B>,
    options: &IcpOptions,
    job: &Job,
) -> Result<Registration<A, B>, IcpError> {
    let mut map = *start;
    let mut turn_count = 0;
    loop {
        job.step(turn_count, options.turn_count_max)?;
        let mut pairs = pairs(moving, fixed, &map, options);
        if (pairs.len() as f64) < 0.5 * options.kept * moving.len() as f64 || pairs.len() < 6 {
            let (found, count, reach_mm) = (pairs.len(), moving.len(), options.reach_mm);
            return Err(IcpError::Apart { found, count, reach_mm });
        }
        pairs.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        let kept_count = ((options.kept * pairs.len() as f64).ceil() as usize).min(pairs.len());
        let kept = &pairs[..kept_count];
        let (step, moved_mm) = step(kept, options.freedom).ok_or(IcpError::Sliding)?;
        let at_rest = moved_mm <= options.still_mm;
        if at_rest || turn_count == options.turn_count_max {
            let square: f64 = kept.iter().map(|p| p.height * p.height).sum();
            let p95 = pairs[((pairs.len() - 1) as f64 * 0.95).round() as usize].distance;
            return Ok(Registration {
                map,
                rms_mm: (square / kept_count as f64).sqrt(),
                p95_mm: p95,
                kept_count,
                turn_count,
                at_rest,
            });
        }
        map = followed(&map, &step);
        turn_count += 1;
    }
}

fn pairs<A: Frame, B: Frame>(
    moving: &[Sample<A>],
    fixed: &dyn Surface<B>,
    map: &Similarity<A, B>,
    options: &IcpOptions,
) -> Vec<Pair> {
    let pair = |sample: &Sample<A>| {
        let moved = map.apply(sample.point);
        let place = fixed.nearest(moved, options.reach_mm)?;
        let alike = map.turn(sample.normal).dot(place.normal) >= options.normal_cosine_min;
        alike.then(|| Pair {
            moved: moved.array(),
            normal: place.normal.array(),
            height: (moved - place.point).dot(place.normal),
            distance: moved.distance(place.point),
        })
    };
    moving.par_iter().with_min_len(256).filter_map(pair).collect()
}

/// A small motion about `center`: turn, shift and growth.
struct Step {
    center: [f64; 3],
    turn: [f64; 3],
    shift: [f64; 3],
    growth: f64,
}

/// The motion that brings the pairs together, and how far it moves the farthest of them, mm.
fn step(pairs: &[Pair], freedom: Freedom) -> Option<(Step, f64)> {
    let size = match freedom {
        Freedom::Rigid => 6,
        Freedom::Similarity => 7,
    };
    let mut center = [0.0; 3];
    pairs.iter().for_each(|p| (0..3).for_each(|a| center[a] += p.moved[a]));
    center = center.map(|c| c / pairs.len() as f64);
    let arm = |p: &Pair| [0, 1, 2].map(|a| p.moved[a] - center[a]);
    let reach = pairs.iter().map(|p| dot(arm(p), arm(p)).sqrt()).fold(0.0, f64::max);
    let mut normal = DMatrix::<f64>::zeros(size, size);
    let mut right = DVector::<f64>::zeros(size);
    for pair in pairs {
        let arm = arm(pair).map(|v| v / reach);
        let turn = cross(arm, pair.normal);
        let row = [
            turn[0],
            turn[1],
            turn[2],
            pair.normal[0],
            pair.normal[1],
            pair.normal[2],
            dot(arm, pair.normal),
        ];
        for i in 0..size {
            for j in 0..=i {
                normal[(i, j)] += row[i] * row[j];
            }
            right[i] -= row[i] * pair.height;
        }
    }
    normal.fill_upper_triangle_with_lower_triangle();
    let least = normal.symmetric_eigenvalues().min();
    if !(least > SLIDING * pairs.len() as f64) {
        return None;
    }
    let found = normal.cholesky()?.solve(&right);
    let turn = [0, 1, 2].map(|a| found[a] / reach);
    let shift = [0, 1, 2].map(|a| found[3 + a]);
    let growth = if size == 7 { found[6] / reach } else { 0.0 };
    let moved = (dot(turn, turn).sqrt() + growth.abs()) * reach + dot(shift, shift).sqrt();
    Some((Step { center, turn, shift, growth }, moved))
}

fn followed<A: Frame, B: Frame>(map: &Similarity<A, B>, step: &Step) -> Similarity<A, B> {
    let center = Point::<B>::from(step.center);
    let turn = Vector::<B>::from(step.turn);
    let angle = turn.norm();
    let mut rigid = map.rigid;
    if angle > 0.0 {
        rigid = rigid.then(&Rigid::about(center, turn, angle));
    }
    // Growth about the center is growth about the origin and a shift.
    let grown = 1.0 + step.growth;
    let moved = Point::<B>::from(rigid.translation);
    let translation = center + (moved - center) * grown + Vector::from(step.shift);
    Similarity { scale: map.scale * grown, rigid: Rigid::new(rigid.rotation, translation.array()) }
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}
