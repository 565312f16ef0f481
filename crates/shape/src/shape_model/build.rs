//! A model from a set of bones.

use std::sync::atomic::{AtomicUsize, Ordering};

use nalgebra::DMatrix;
use ossein_geom::{Cancelled, Frame, Job, Mm, Point, TriMesh, Vector};
use ossein_mesh::simplify::{SimplifyError, SimplifyOptions, simplify};
use rayon::prelude::*;

use super::ShapeModel;
use super::correspond::{Warped, away_mm, warped};
use super::fit::{FitOptions, fit};
use super::pose::aligned;
use crate::icp::IcpError;
use crate::plane::Plane;
use crate::spline::SplineError;
use crate::surface::MeshSurface;

/// A bone of the set.
#[derive(Clone, Copy, Debug)]
pub struct Specimen<'a, F: Frame> {
    /// Its closed surface; all bones lie about alike.
    pub mesh: &'a TriMesh<F>,
    /// Whose it is: bones of one patient are left out together where the model is tried.
    pub patient: usize,
}

/// How a model is built.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BuildOptions {
    /// Vertices of the mean, about.
    pub vertex_count: usize,
    /// Whether every bone's mirror image (left for right, across x) counts as a bone too.
    pub mirrored: bool,
    /// Share of the variance that the modes are to hold.
    pub kept: f64,
    /// Whether bones are left out to see how well the model knows a new one.
    pub tried: bool,
}

impl Default for BuildOptions {
    fn default() -> Self {
        Self { vertex_count: 4000, mirrored: true, kept: 0.98, tried: true }
    }
}

/// No model can be built:
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Too few patients.
    #[error("{found} patients; a shape model needs at least {least}")]
    Few {
        /// Patients.
        found: usize,
        /// The least.
        least: usize,
    },
    /// A share that is none, or too few vertices.
    #[error("{name} of {value}: {right}")]
    Option {
        /// The option.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What would be right.
        right: &'static str,
    },
    /// A bone cannot be brought together with the others.
    #[error("bone {number} (counted from 0): {source}; is it of the same kind, and lies it alike?")]
    Apart {
        /// Which.
        number: usize,
        /// Why.
        source: IcpError,
    },
    /// The reference cannot be bent onto a bone.
    #[error("bone {number} (counted from 0): {source}")]
    Bend {
        /// Which.
        number: usize,
        /// Why.
        source: SplineError,
    },
    /// One bone stands for two patients.
    #[error("bones {first} and {second} (counted from 0) are the same one, as two patients")]
    Twice {
        /// One of them.
        first: usize,
        /// The other.
        second: usize,
    },
    /// All bones are the same.
    #[error("the bones do not differ: there is nothing to learn from them")]
    Same,
    /// The reference cannot be made coarser.
    #[error(transparent)]
    Simplify(#[from] SimplifyError),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// A model, and how well it does.
#[derive(Clone, Debug)]
pub struct Built<F: Frame> {
    /// The model.
    pub model: ShapeModel<F>,
    /// For each bone, how far its surface lies from the reference warped onto it, root mean square,
    /// mm.
    pub correspondence_mm: Vec<f64>,
    /// For each bone, how far it lies from its best fit by the model of the other patients, root
    /// mean square, mm; empty where none was left out.
    pub left_out_mm: Vec<f64>,
}

/// Patients of a model at least.
const PATIENT_COUNT_MIN: usize = 3;
/// Rounds in which the mean becomes the reference of the next.
const PASS_COUNT: usize = 2;
/// How far the reference may lie from the bone that it was, mm; twice as far each time that leaves
/// too many vertices, so many times at most.
const REFERENCE_MM: f64 = 0.6;
const COARSER_COUNT_MAX: i32 = 5;
/// Vertices of the reference at most, in parts of what is wanted.
const VERTICES: f64 = 1.2;
/// Bones whose vertices differ by no more than this, after a shift, are one, mm.
const SAME_MM: f64 = 1e-3;

/// Builds a model: one reference is warped onto every bone, the mean of that is warped again, and
/// the modes are the principal components of what remains after rigid alignment: size is a mode.
///
/// # Errors
/// [`BuildError`]: too few bones, bones of different kinds, or a stopped job.
pub fn build<F: Frame>(
    bones: &[Specimen<'_, F>],
    options: &BuildOptions,
    job: &Job,
) -> Result<Built<F>, BuildError> {
    check(bones, options)?;
    let mut reference = coarse(bones[0].mesh, options.vertex_count, job)?;
    let mirrors: Vec<TriMesh<F>> = match options.mirrored {
        true => bones.iter().map(|bone| mirrored(bone.mesh)).collect(),
        false => Vec::new(),
    };
    let all: Vec<&TriMesh<F>> = bones.iter().map(|bone| bone.mesh).chain(&mirrors).collect();
    let surfaces: Vec<MeshSurface<'_, F>> = all.par_iter().map(|m| MeshSurface::new(m)).collect();
    let patients: Vec<usize> =
        bones.iter().chain(bones).map(|bone| bone.patient).take(all.len()).collect();
    let (mut shapes, mut correspondence_mm) = (Vec::new(), Vec::new());
    for pass in 0..PASS_COUNT {
        let progress = Progress::new(job, &format!("bones, round {}", pass + 1), surfaces.len());
        let one = |(n, surface)| {
            let found = warped(&reference, surface, n % bones.len())?;
            progress.one()?;
            Ok(found)
        };
        let found: Result<Vec<Warped<F>>, BuildError> =
            surfaces.par_iter().enumerate().map(one).collect();
        (shapes, correspondence_mm) =
            found?.into_iter().map(|w| (w.mesh.vertices, w.rms_mm)).unzip();
        reference.vertices = aligned(&mut shapes);
    }
    correspondence_mm.truncate(bones.len());
    let mut left_out_mm = Vec::new();
    if options.tried {
        let progress = Progress::new(job, "bones left out", bones.len());
        let one = |n: usize| {
            let found = left_out(n, &surfaces[n], &patients, &shapes, &reference, options)?;
            progress.one()?;
            Ok(found)
        };
        let found: Result<Vec<f64>, BuildError> =
            (0..bones.len()).into_par_iter().map(one).collect();
        left_out_mm = found?;
    }
    let mut model = of_shapes(&shapes, &reference.triangles, options.kept)?;
    model.residual_mm = root_mean_square(&left_out_mm);
    Ok(Built { model, correspondence_mm, left_out_mm })
}

/// Counts what threads have done.
struct Progress {
    job: Job,
    done: AtomicUsize,
    count: usize,
}

impl Progress {
    fn new(job: &Job, label: &str, count: usize) -> Self {
        Self { job: job.labelled(label), done: AtomicUsize::new(0), count }
    }

    fn one(&self) -> Result<(), Cancelled> {
        self.job.step(self.done.fetch_add(1, Ordering::Relaxed) + 1, self.count)
    }
}

fn check<F: Frame>(bones: &[Specimen<'_, F>], options: &BuildOptions) -> Result<(), BuildError> {
    let mut patients: Vec<usize> = bones.iter().map(|bone| bone.patient).collect();
    patients.sort_unstable();
    patients.dedup();
    let (found, least) = (patients.len(), PATIENT_COUNT_MIN);
    if found < least {
        return Err(BuildError::Few { found, least });
    }
    if !(options.kept > 0.0 && options.kept <= 1.0) {
        let right = "more than 0 and at most 1";
        return Err(BuildError::Option {
            name: "share of the variance",
            value: options.kept,
            right,
        });
    }
    if !(200..=100_000).contains(&options.vertex_count) {
        let (name, right) = ("vertex count", "200 to 100000");
        return Err(BuildError::Option { name, value: options.vertex_count as f64, right });
    }
    match twice(bones) {
        Some((first, second)) => Err(BuildError::Twice { first, second }),
        None => Ok(()),
    }
}

fn coarse<F: Frame>(
    mesh: &TriMesh<F>,
    vertex_count: usize,
    job: &Job,
) -> Result<TriMesh<F>, BuildError> {
    let within = |max_error: Mm| {
        let options = SimplifyOptions { max_error, triangle_count_min: 2 * vertex_count };
        simplify(mesh, &options, job).map(|made| made.mesh)
    };
    let few = |mesh: &TriMesh<F>| mesh.vertices.len() as f64 <= VERTICES * vertex_count as f64;
    let mut made = within(Mm(REFERENCE_MM))?;
    for n in 1..=COARSER_COUNT_MAX {
        if few(&made) {
            break;
        }
        made = within(Mm(REFERENCE_MM * f64::from(1 << n)))?;
    }
    Ok(made)
}

/// The first two bones of different patients that are one, moved at most.
fn twice<F: Frame>(bones: &[Specimen<'_, F>]) -> Option<(usize, usize)> {
    let same = |a: &TriMesh<F>, b: &TriMesh<F>| {
        let alike = a.triangles == b.triangles && a.vertices.len() == b.vertices.len();
        let Some((p, q)) = a.vertices.first().zip(b.vertices.first()) else { return false };
        let shift = *q - *p;
        let pairs = || a.vertices.iter().zip(&b.vertices);
        alike && pairs().all(|(p, q)| (*p + shift).distance(*q) <= SAME_MM)
    };
    let pairs = (0..bones.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
    let two = |&(a, b): &(usize, usize)| bones[a].patient != bones[b].patient;
    pairs.filter(two).find(|&(a, b)| same(bones[a].mesh, bones[b].mesh))
}

fn mirrored<F: Frame>(mesh: &TriMesh<F>) -> TriMesh<F> {
    Plane { point: Point::ORIGIN, normal: Vector::new(1.0, 0.0, 0.0) }.mirror_mesh(mesh)
}

/// How far a bone lies from its best fit by the model of all other patients, mm.
fn left_out<F: Frame>(
    n: usize,
    bone: &MeshSurface<'_, F>,
    patients: &[usize],
    shapes: &[Vec<Point<F>>],
    reference: &TriMesh<F>,
    options: &BuildOptions,
) -> Result<f64, BuildError> {
    let others = shapes.iter().zip(patients).filter(|(_, p)| **p != patients[n]);
    let others: Vec<Vec<Point<F>>> = others.map(|(shape, _)| shape.clone()).collect();
    let model = of_shapes(&others, &reference.triangles, options.kept)?;
    let found = fit(&model, bone, None, &FitOptions::default(), &Job::quiet())
        .map_err(|source| BuildError::Apart { number: n, source })?;
    Ok(away_mm(bone, &found.mesh))
}

/// Mean and modes of aligned shapes.
fn of_shapes<F: Frame>(
    shapes: &[Vec<Point<F>>],
    triangles: &[[u32; 3]],
    kept: f64,
) -> Result<ShapeModel<F>, BuildError> {
    let (count, vertex_count) = (shapes.len(), shapes[0].len());
    let mean = super::pose::mean(shapes);
    let away = |n: usize, v: usize| shapes[n][v] - mean[v];
    let mut gram = DMatrix::<f64>::zeros(count, count);
    for i in 0..count {
        for j in 0..=i {
            let sum: f64 = (0..vertex_count).map(|v| away(i, v).dot(away(j, v))).sum();
            gram[(i, j)] = sum / (count - 1) as f64;
            gram[(j, i)] = gram[(i, j)];
        }
    }
    let eigen = gram.symmetric_eigen();
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    let whole: f64 = eigen.eigenvalues.iter().map(|v| v.max(0.0)).sum();
    if !(whole > 1e-9 * vertex_count as f64) {
        return Err(BuildError::Same);
    }
    let (mut modes, mut held) = (Vec::new(), 0.0);
    for &k in &order[..count - 1] {
        if held >= kept * whole || !(eigen.eigenvalues[k] > 1e-12 * whole) {
            break;
        }
        held += eigen.eigenvalues[k];
        let weights = eigen.eigenvectors.column(k);
        // Either sign is right; the bone that counts most has the positive one.
        let most = weights.iter().fold(0.0f64, |m, &w| if w.abs() > m.abs() { w } else { m });
        let scale = most.signum() / ((count - 1) as f64).sqrt();
        let way = |v: usize| {
            let zero = Vector::new(0.0, 0.0, 0.0);
            (0..count).fold(zero, |sum, n| sum + away(n, v) * (weights[n] * scale))
        };
        modes.push((0..vertex_count).into_par_iter().map(way).collect());
    }
    let mean = TriMesh { vertices: mean, triangles: triangles.to_vec() };
    Ok(ShapeModel { mean, modes, kept: held / whole, shape_count: count, residual_mm: 0.0 })
}

fn root_mean_square(values: &[f64]) -> f64 {
    (values.iter().map(|v| v * v).sum::<f64>() / values.len().max(1) as f64).sqrt()
}
