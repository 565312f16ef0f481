//! Places that bones share: a reference warped onto each of them.

use ossein_geom::{Frame, Job, TriMesh};

use super::build::BuildError;
use crate::fit::Freedom;
use crate::samples::spread;
use crate::surface::{MeshSurface, Surface};
use crate::warp::{Bending, bend, overall, place, reach};

/// Points on the reference in each round.
const SAMPLE_COUNT: usize = 6000;
/// Rounds of bending, from coarse to fine.
const ROUNDS: [Bending; 4] = [
    Bending { reach_mm: 15.0, softness: 1e-1, point_count_max: 300 },
    Bending { reach_mm: 10.0, softness: 1e-2, point_count_max: 600 },
    Bending { reach_mm: 6.0, softness: 1e-3, point_count_max: 1200 },
    Bending { reach_mm: 4.0, softness: 1e-3, point_count_max: 1500 },
];
/// Many points of the bone draw at one end: none of them is met exactly.
const REACH_SOFTNESS: f64 = 0.3;
/// What a vertex may still lie off and be drawn onto the surface, mm.
const LAST_MM: f64 = 1.5;

/// A reference warped onto a bone.
pub struct Warped<F: Frame> {
    /// Its vertices, as many as those of the reference.
    pub mesh: TriMesh<F>,
    /// Root mean square distance of the bone's surface from it, mm.
    pub rms_mm: f64,
}

/// Warps the reference onto a bone that lies about as it does.
///
/// # Errors
/// [`BuildError`], naming the bone: the two are not of one kind, or the job was stopped.
pub fn warped<F: Frame>(
    reference: &TriMesh<F>,
    bone: &MeshSurface<'_, F>,
    number: usize,
) -> Result<Warped<F>, BuildError> {
    let apart = |source| BuildError::Apart { number, source };
    let mut mesh = reference.clone();
    let order: Vec<u32> = ossein_mesh::Tree::new(reference).order().to_vec();
    let samples = spread(&mesh, &order, SAMPLE_COUNT);
    let map = overall(bone, &samples, Freedom::Similarity, &Job::quiet()).map_err(apart)?;
    place(&mut mesh, |p| map.apply(p));
    let bend_error = |source| BuildError::Bend { number, source };
    let targets = spread(bone.mesh(), bone.tree().order(), SAMPLE_COUNT);
    for round in &ROUNDS {
        let drawn = Bending { softness: REACH_SOFTNESS, ..*round };
        reach(&mut mesh, &targets, &drawn).map_err(bend_error)?;
        let samples = spread(&mesh, &order, SAMPLE_COUNT);
        bend(&mut mesh, &samples, bone, round).map_err(bend_error)?;
    }
    let drawn = |p| bone.nearest(p, LAST_MM).map_or(p, |near| near.point);
    place(&mut mesh, drawn);
    let rms_mm = away_mm(bone, &mesh);
    Ok(Warped { mesh, rms_mm })
}

/// Root mean square distance of a bone's surface from a mesh, mm.
pub fn away_mm<F: Frame>(bone: &MeshSurface<'_, F>, mesh: &TriMesh<F>) -> f64 {
    const FAR_MM: f64 = 50.0;
    let made = MeshSurface::new(mesh);
    let samples = spread(bone.mesh(), bone.tree().order(), SAMPLE_COUNT);
    let square = |p| made.nearest(p, FAR_MM).map_or(FAR_MM, |q| q.point.distance(p)).powi(2);
    let sum: f64 = samples.iter().map(|s| square(s.point)).sum();
    (sum / samples.len().max(1) as f64).sqrt()
}
