//! A segment of a bone, completed by a whole bone that is warped onto what is left: the bone's own
//! mirror image, another patient's, or what a shape model makes of what is left.

use ossein_geom::{Cancelled, Frame, Job, Point, TriMesh, Vector};

use super::vault::{Method, Trials};
use crate::fit::{Freedom, Similarity};
use crate::icp::{IcpError, IcpOptions, register};
use crate::plane::Plane;
use crate::samples::{Sample, spread};
use crate::shape_model::{FitOptions, ModelFit, ShapeModel, fit};
use crate::spline::SplineError;
use crate::surface::{MeshSurface, Surface};
use crate::warp::{Bending, bend, overall, place};

/// How far a point lies outside the part that is missing, mm; negative inside.
pub type Region<'a, F> = dyn Fn(Point<F>) -> f64 + Sync + 'a;

/// Where the form comes from.
#[derive(Clone, Copy)]
pub enum Source<'a, F: Frame> {
    /// The bone's own mirror image in this plane.
    Mirror(&'a Plane<F>),
    /// Another bone of the same kind, about as it lies in the patient.
    Template(&'a TriMesh<F>),
    /// What many bones of the kind have in common, fitted to what is left.
    Model(&'a ShapeModel<F>),
}

/// How the warp is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SegmentOptions {
    /// Bone as far as this from the missing part gives the form, mm.
    pub collar_mm: f64,
    /// Partners are sought within this distance, mm.
    pub reach_mm: f64,
    /// How readily the warp passes by its points (see [`crate::spline::ThinPlate::through`]).
    pub softness: f64,
    /// Points that bend the template at most.
    pub point_count_max: usize,
    /// Places beside the missing part at which the same part is taken away and completed.
    pub trial_count_max: usize,
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self {
            collar_mm: 30.0,
            reach_mm: 8.0,
            softness: 1e-2,
            point_count_max: 400,
            trial_count_max: 2,
        }
    }
}

impl SegmentOptions {
    fn bending(&self) -> Bending {
        let Self { reach_mm, softness, point_count_max, .. } = *self;
        Bending { reach_mm, softness, point_count_max }
    }
}

/// Why a segment could not be completed.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum SegmentError {
    /// The mirror image has its own gap where bone is missing.
    #[error("the missing part lies across the midline: its mirror image is missing too")]
    Midline,
    /// Nothing is left around the missing part.
    #[error("{found} places of the bone lie within {collar_mm} mm of the missing part")]
    NoCollar {
        /// Places.
        found: usize,
        /// How near they must lie, mm.
        collar_mm: f64,
    },
    /// The two bones could not be brought together.
    #[error(transparent)]
    Apart(#[from] IcpError),
    /// The collar fixes no warp.
    #[error(transparent)]
    Spline(#[from] SplineError),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// A bone completed.
#[derive(Clone, Debug)]
pub struct Segment<F: Frame> {
    /// The whole template, warped onto what is left: its part inside the region is what was
    /// missing. Closed if the template is.
    pub template: TriMesh<F>,
    /// How it was made.
    pub method: Method,
    /// Root mean square distance of the warped template from the bone around the missing part, mm.
    pub collar_rms_mm: f64,
    /// How well the same way went beside the missing part.
    pub trials: Option<Trials>,
    /// What the model itself says of its error, one standard deviation over the missing part, root
    /// mean square, mm; none without a model.
    pub expected_mm: Option<f64>,
}

/// Points that judge a trial, and how far from them bone is sought, mm.
const TRIAL_SAMPLE_COUNT: usize = 800;
const FAR_MM: f64 = 50.0;
/// Points of a template.
const SAMPLE_COUNT: usize = 6000;
/// Bone so near to what is missing is its rim, mm.
const RIM_MM: f64 = 2.0;
/// A mirror image with so many points of its own rim on the missing part or in it does not span it.
const GAP_POINT_COUNT: usize = 3;
/// Rounds of bending: how far from the missing part points count, in collars.
const TEMPLATE_ROUNDS: [f64; 3] = [8.0, 3.0, 1.0];
const MIRROR_ROUNDS: [f64; 2] = [2.0, 1.0];
const MODEL_ROUNDS: [f64; 2] = [3.0, 1.0];

/// Completes a bone of which the part inside `region` is missing.
///
/// # Errors
/// [`SegmentError`]: the mirror image is missing too, nothing is left around, the bones could not
/// be brought together, or the job was stopped.
pub fn complete_segment<F: Frame>(
    left: &MeshSurface<'_, F>,
    region: &Region<'_, F>,
    source: Source<'_, F>,
    options: &SegmentOptions,
    job: &Job,
) -> Result<Segment<F>, SegmentError> {
    let whole = completed(left, region, region, source, options, job)?;
    let mut misses = Vec::new();
    let mut count = 0;
    for shift in shifts(left, region, options.trial_count_max) {
        job.step(count, options.trial_count_max)?;
        let moved = |p: Point<F>| region(p - shift);
        let (rest, taken) = parted(left.mesh(), &moved);
        let both = |p: Point<F>| region(p).min(moved(p));
        let rest = MeshSurface::new(&rest);
        let trial = match completed(&rest, &moved, &both, source, options, job) {
            Ok(trial) => trial,
            Err(SegmentError::Cancelled(cancelled)) => return Err(cancelled.into()),
            Err(_) => continue,
        };
        let made = MeshSurface::new(&trial.template);
        let order: Vec<u32> = (0..taken.triangles.len() as u32).collect();
        let near = |s: &Sample<F>| Some(made.nearest(s.point, FAR_MM)?.point.distance(s.point));
        misses.extend(spread(&taken, &order, TRIAL_SAMPLE_COUNT).iter().filter_map(near));
        count += 1;
    }
    Ok(Segment { trials: trials(count, misses), ..whole })
}

fn trials(count: usize, mut misses: Vec<f64>) -> Option<Trials> {
    misses.sort_by(f64::total_cmp);
    let last = misses.len().checked_sub(1)?;
    let rms_mm = (misses.iter().map(|m| m * m).sum::<f64>() / misses.len() as f64).sqrt();
    let p95_mm = misses[(last as f64 * 0.95).round() as usize];
    Some(Trials { count, rms_mm, outer_rms_mm: rms_mm, p95_mm })
}

/// The bone outside a region, and inside it.
pub fn parted<F: Frame>(mesh: &TriMesh<F>, region: &Region<'_, F>) -> (TriMesh<F>, TriMesh<F>) {
    let inside = |t: &[u32; 3]| {
        let [a, b, c] = mesh.corners(*t);
        region(a + ((b - a) + (c - a)) * (1.0 / 3.0)) < 0.0
    };
    let (taken, rest): (Vec<[u32; 3]>, Vec<[u32; 3]>) =
        mesh.triangles.iter().partition(|t| inside(t));
    let of = |triangles| TriMesh { vertices: mesh.vertices.clone(), triangles };
    (of(rest), of(taken))
}

/// Shifts that bring the region over bone beside it, about its own size away.
fn shifts<F: Frame>(
    left: &MeshSurface<'_, F>,
    region: &Region<'_, F>,
    count_max: usize,
) -> Vec<Vector<F>> {
    let samples = spread(left.mesh(), left.tree().order(), SAMPLE_COUNT / 4);
    let rim: Vec<Point<F>> = samples.iter().map(|s| s.point).filter(|&p| region(p) < 4.0).collect();
    if rim.is_empty() {
        return Vec::new();
    }
    let sum = rim.iter().fold(Vector::new(0.0, 0.0, 0.0), |s, &p| s + (p - Point::ORIGIN));
    let center = Point::ORIGIN + sum * (1.0 / rim.len() as f64);
    let size = rim.iter().map(|p| p.distance(center)).fold(0.0, f64::max);
    let mut found: Vec<Vector<F>> = Vec::new();
    for sample in &samples {
        let shift = sample.point - center;
        let away = shift.norm() / size.max(1.0);
        let apart = found.iter().all(|f| f.dot(shift) < 0.0);
        if (2.0..2.6).contains(&away) && apart && found.len() < count_max {
            found.push(shift);
        }
    }
    found
}

/// Where bone ends at what is missing: the open edges of a surface that was parted there. Of a
/// surface without such edges (bone that was scanned without the part) all that lies so near;
/// beside a region that ends in the air, whole bone may lie as near, and is no rim.
fn rim<F: Frame>(left: &MeshSurface<'_, F>, gap: &Region<'_, F>) -> Vec<Point<F>> {
    let near = |p: &Point<F>| gap(*p) < RIM_MM;
    let open: Vec<Point<F>> = open_edges(left.mesh()).filter(near).collect();
    if !open.is_empty() {
        return open;
    }
    let bone = spread(left.mesh(), left.tree().order(), SAMPLE_COUNT);
    bone.iter().map(|s| s.point).filter(near).collect()
}

/// Whether a mirror image closes what is missing: whether hardly any of its own rim lies in the
/// missing part, or on the bone's rim around it.
fn spans<F: Frame>(plane: &Plane<F>, rim: &[Point<F>], region: &Region<'_, F>) -> bool {
    let open = |p: &&Point<F>| {
        let image = plane.mirror(**p);
        let outside_mm = region(image);
        let meets = || rim.iter().any(|own| own.distance(image) < 2.0 * RIM_MM);
        outside_mm < -RIM_MM || outside_mm < RIM_MM && meets()
    };
    rim.iter().filter(open).count() < GAP_POINT_COUNT
}

/// The first ends of the edges that one triangle alone has.
fn open_edges<F: Frame>(mesh: &TriMesh<F>) -> impl Iterator<Item = Point<F>> + '_ {
    let edges = |t: &[u32; 3]| [[t[0], t[1]], [t[1], t[2]], [t[2], t[0]]];
    let mut sorted: Vec<[u32; 3]> = Vec::with_capacity(3 * mesh.triangles.len());
    for [a, b] in mesh.triangles.iter().flat_map(edges) {
        sorted.push([a.min(b), a.max(b), a]);
    }
    sorted.sort_unstable();
    let alone: Vec<u32> = sorted
        .chunk_by(|a, b| a[..2] == b[..2])
        .filter(|e| e.len() == 1)
        .map(|e| e[0][2])
        .collect();
    alone.into_iter().map(|v| mesh.vertices[v as usize])
}

/// Completes the part inside `region`; bone is missing inside `gap`, which holds it.
fn completed<F: Frame>(
    left: &MeshSurface<'_, F>,
    region: &Region<'_, F>,
    gap: &Region<'_, F>,
    source: Source<'_, F>,
    options: &SegmentOptions,
    job: &Job,
) -> Result<Segment<F>, SegmentError> {
    let mut expected_mm = None;
    let (mut template, method, rounds): (_, _, &[f64]) = match source {
        Source::Mirror(plane) => {
            if !spans(plane, &rim(left, gap), region) {
                return Err(SegmentError::Midline);
            }
            (plane.mirror_mesh(left.mesh()), Method::Mirror, &MIRROR_ROUNDS)
        }
        Source::Template(template) => (template.clone(), Method::ThinPlate, &TEMPLATE_ROUNDS),
        Source::Model(model) => {
            let found = fit(model, left, Some(gap), &FitOptions::default(), job)?;
            expected_mm = sure(&found, region);
            (found.mesh, Method::ShapeModel, &MODEL_ROUNDS)
        }
    };
    let order: Vec<u32> = ossein_mesh::Tree::new(&template).order().to_vec();
    let samples = spread(&template, &order, SAMPLE_COUNT);
    let near = |s: &Sample<F>, width: f64| (0.5..width).contains(&region(s.point));
    let start = match source {
        Source::Mirror(_) | Source::Model(_) => Similarity::rigid(ossein_geom::Rigid::identity()),
        Source::Template(_) => overall(left, &samples, Freedom::Similarity, job)?,
    };
    place(&mut template, |p| start.apply(p));
    let samples = spread(&template, &order, SAMPLE_COUNT);
    let collar: Vec<Sample<F>> =
        samples.into_iter().filter(|s| near(s, 2.0 * options.collar_mm)).collect();
    if collar.len() < 30 {
        return Err(SegmentError::NoCollar { found: collar.len(), collar_mm: options.collar_mm });
    }
    let rigid = Similarity::rigid(ossein_geom::Rigid::identity());
    let icp = IcpOptions {
        reach_mm: 2.0 * options.reach_mm,
        turn_count_max: 60,
        still_mm: 0.01,
        normal_cosine_min: 0.6,
        ..IcpOptions::default()
    };
    match register(&collar, left, &rigid, &icp, job) {
        Ok(found) => place(&mut template, |p| found.map.apply(p)),
        Err(IcpError::Cancelled(cancelled)) => return Err(cancelled.into()),
        Err(IcpError::Apart { .. } | IcpError::Sliding) => {}
    }
    let mut collar_rms_mm = f64::NAN;
    for round in rounds {
        let samples = spread(&template, &order, SAMPLE_COUNT);
        let width = round * options.collar_mm;
        let collar: Vec<Sample<F>> = samples.into_iter().filter(|s| near(s, width)).collect();
        collar_rms_mm = bend(&mut template, &collar, left, &options.bending())?;
    }
    Ok(Segment { template, method, collar_rms_mm, trials: None, expected_mm })
}

/// Root mean square over the missing part of what a model says of its error, mm.
fn sure<F: Frame>(found: &ModelFit<F>, region: &Region<'_, F>) -> Option<f64> {
    let inside = found.mesh.vertices.iter().zip(&found.sd_mm).filter(|(p, _)| region(**p) < 0.0);
    let squares: Vec<f64> = inside.map(|(_, sd)| sd * sd).collect();
    let count = squares.len();
    (count > 0).then(|| (squares.iter().sum::<f64>() / count as f64).sqrt())
}
