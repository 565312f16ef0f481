//! One body warped onto another of the same kind: brought over as a whole, then bent.

use ossein_geom::{Frame, Job, Point, Rigid, TriMesh, Vector};
use rayon::prelude::*;

use crate::fit::{Freedom, Similarity};
use crate::icp::{IcpError, IcpOptions, register};
use crate::samples::{Sample, spread};
use crate::spline::{SplineError, ThinPlate};
use crate::surface::MeshSurface;

/// Points of a surface that tell where its middle is.
const TARGET_COUNT: usize = 1500;

/// How a template is bent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bending {
    /// Partners are sought within this distance, mm.
    pub reach_mm: f64,
    /// How readily the warp passes by its points (see [`ThinPlate::through`]).
    pub softness: f64,
    /// Points that bend it at most.
    pub point_count_max: usize,
}

/// The map that brings a body's points onto another body of the same kind, or what is left of one,
/// that lies about as they do: rigid, or growing at the end where `last` lets it.
///
/// # Errors
/// [`IcpError`]: they are too far apart, can slide on each other, or the job was stopped.
pub fn overall<F: Frame>(
    onto: &MeshSurface<'_, F>,
    from: &[Sample<F>],
    last: Freedom,
    job: &Job,
) -> Result<Similarity<F, F>, IcpError> {
    let to = spread(onto.mesh(), onto.tree().order(), TARGET_COUNT);
    let middle = |s: &[Sample<F>]| {
        let sum = s.iter().fold(Vector::new(0.0, 0.0, 0.0), |s, p| s + (p.point - Point::ORIGIN));
        Point::<F>::ORIGIN + sum * (1.0 / s.len().max(1) as f64)
    };
    let shift = middle(&to) - middle(from);
    let mut map = Similarity::rigid(Rigid::shift(shift));
    for (reach_mm, freedom) in [(60.0, Freedom::Rigid), (25.0, last)] {
        let icp = IcpOptions {
            freedom,
            kept: 0.7,
            reach_mm,
            turn_count_max: 80,
            still_mm: 0.02,
            ..IcpOptions::default()
        };
        let every: Vec<Sample<F>> = from.iter().step_by(3).copied().collect();
        map = register(&every, onto, &map, &icp, job)?.map;
    }
    Ok(map)
}

/// Moves every vertex.
pub fn place<F: Frame>(mesh: &mut TriMesh<F>, map: impl Fn(Point<F>) -> Point<F> + Sync) {
    mesh.vertices.par_iter_mut().for_each(|v| *v = map(*v));
}

/// Bends a template so that points of it come to lie on a surface that looks the same way; gives
/// their root mean square distance after that.
///
/// # Errors
/// [`SplineError`] where too few points find a partner.
pub fn bend<F: Frame>(
    template: &mut TriMesh<F>,
    samples: &[Sample<F>],
    onto: &MeshSurface<'_, F>,
    options: &Bending,
) -> Result<f64, SplineError> {
    let pair = |s: &Sample<F>| {
        let place = partner(s, onto, options.reach_mm)?;
        Some((s.point.array(), (place - s.point).array()))
    };
    let pairs = samples.par_iter().with_min_len(64).filter_map(pair).collect();
    moved(template, pairs, options)
}

/// Bends a template so that it reaches points of a surface that it comes near: what stands out
/// farther there (a longer process) draws its end along, which [`bend`] does not.
///
/// # Errors
/// [`SplineError`] where too few points find a partner.
pub fn reach<F: Frame>(
    template: &mut TriMesh<F>,
    samples: &[Sample<F>],
    options: &Bending,
) -> Result<f64, SplineError> {
    let pairs = {
        let own = MeshSurface::new(template);
        let pair = |s: &Sample<F>| {
            let place = own.nearest_facing(s.point, s.normal, FACING, options.reach_mm)?.point;
            Some((place.array(), (s.point - place).array()))
        };
        samples.par_iter().with_min_len(64).filter_map(pair).collect()
    };
    moved(template, pairs, options)
}

/// Partners look the same way within 45 degrees.
const FACING: f64 = 0.7;

/// The place on a surface that a sample comes to lie on: across a rim the nearest place is the rim
/// itself, which is none.
fn partner<F: Frame>(
    sample: &Sample<F>,
    onto: &MeshSurface<'_, F>,
    reach_mm: f64,
) -> Option<Point<F>> {
    let place = onto.nearest_facing(sample.point, sample.normal, FACING, reach_mm)?;
    let away = sample.point - place.point;
    let height = away.dot(place.normal);
    (height * height >= 0.5 * away.dot(away)).then_some(place.point)
}

/// Moves a template by the spline through some of the pairs of place and way; gives the root mean
/// square of what is left of all.
fn moved<F: Frame>(
    template: &mut TriMesh<F>,
    pairs: Vec<([f64; 3], [f64; 3])>,
    options: &Bending,
) -> Result<f64, SplineError> {
    let every = pairs.len().div_ceil(options.point_count_max).max(1);
    let (points, moves): (Vec<_>, Vec<_>) = pairs.iter().step_by(every).copied().unzip();
    let spline = ThinPlate::<3, 3>::through(&points, &moves, options.softness)?;
    place(template, |p| p + Vector::from(spline.at(p.array())));
    let all: Vec<[f64; 3]> = pairs.iter().map(|p| p.0).collect();
    let after = spline.at_all(&all);
    let square: f64 = after
        .iter()
        .zip(&pairs)
        .map(|(a, (_, b))| (0..3).map(|k| (a[k] - b[k]) * (a[k] - b[k])).sum::<f64>())
        .sum();
    Ok((square / pairs.len().max(1) as f64).sqrt())
}
