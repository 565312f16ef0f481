//! A model fitted to a bone, or to what is left of one.

use nalgebra::{DMatrix, DVector};
use ossein_geom::{Frame, Job, Point, Rigid, TriMesh, Vector};
use rayon::prelude::*;

use super::ShapeModel;
use crate::completion::segment::Region;
use crate::fit::Freedom;
use crate::icp::IcpError;
use crate::samples::spread;
use crate::surface::{MeshSurface, vertex_normals};
use crate::warp::overall;

/// How a model is fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitOptions {
    /// Partners are sought within this distance at first, and at last, mm.
    pub reach_mm: [f64; 2],
    /// Misses that a good fit leaves: noise of the outline and what no mode knows, mm.
    pub noise_mm: f64,
    /// Misses are alike over patches of this width, mm: each patch counts as one.
    pub patch_mm: f64,
    /// Bone so near to what is missing is its rim and has no partner, mm.
    pub rim_mm: f64,
    /// Turns of the search.
    pub turn_count: usize,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self { reach_mm: [20.0, 6.0], noise_mm: 1.0, patch_mm: 6.0, rim_mm: 2.0, turn_count: 30 }
    }
}

/// A model on a bone.
#[derive(Clone, Debug)]
pub struct ModelFit<F: Frame> {
    /// The whole bone as the model sees it.
    pub mesh: TriMesh<F>,
    /// Standard deviations of each mode.
    pub weights: Vec<f64>,
    /// For each vertex how far the true surface may lie off, one standard deviation along the
    /// normal: what the bone that is left does not tell, and what the model does not know, mm.
    pub sd_mm: Vec<f64>,
    /// Root mean square distance of the model from the bone that is left, mm.
    pub rms_mm: f64,
}

/// Partners look the same way within 53 degrees.
const FACING: f64 = 0.6;
/// Points that bring the mean over.
const SAMPLE_COUNT: usize = 4000;

/// The most probable shape given the bone, and how sure each place of it is.
///
/// `missing` tells where bone is missing: nothing there has a partner.
///
/// # Errors
/// [`IcpError`]: model and bone are too far apart or can slide on each other, or a stopped job.
pub fn fit<F: Frame>(
    model: &ShapeModel<F>,
    bone: &MeshSurface<'_, F>,
    missing: Option<&Region<'_, F>>,
    options: &FitOptions,
    job: &Job,
) -> Result<ModelFit<F>, IcpError> {
    let order: Vec<u32> = ossein_mesh::Tree::new(&model.mean).order().to_vec();
    let samples = spread(&model.mean, &order, SAMPLE_COUNT);
    let mut pose = overall(bone, &samples, Freedom::Rigid, job)?.rigid;
    let mut weights = vec![0.0; model.modes.len()];
    let cooling = (options.reach_mm[1] / options.reach_mm[0]).abs().min(1.0);
    let mut reach_mm = options.reach_mm[0];
    let factor = ossein_geom::float::pow(cooling, 2.0 / options.turn_count.max(1) as f64);
    let mut turn = 0;
    loop {
        job.step(turn, options.turn_count)?;
        let mesh = posed(model, &weights, &pose);
        let rows = rows(model, &mesh, &pose, bone, missing, options.rim_mm, reach_mm);
        let step = Step::of(&rows, &weights, &mesh, options).ok_or(IcpError::Sliding)?;
        if turn == options.turn_count {
            return Ok(finished(model, mesh, &pose, weights, &rows, &step));
        }
        weights = step.weights.clone();
        pose = pose.then(&step.motion);
        reach_mm = (reach_mm * factor).max(options.reach_mm[1]);
        turn += 1;
    }
}

fn posed<F: Frame>(model: &ShapeModel<F>, weights: &[f64], pose: &Rigid<F, F>) -> TriMesh<F> {
    let mut mesh = model.at(weights);
    mesh.vertices.iter_mut().for_each(|p| *p = pose.apply(*p));
    mesh
}

/// A vertex and its partner.
struct Row<F: Frame> {
    point: Point<F>,
    normal: Vector<F>,
    /// How far the vertex stands out beyond the partner's plane, mm.
    height_mm: f64,
    /// What each mode adds to that per standard deviation, mm.
    slopes: Vec<f64>,
    /// Near partners count fully, far ones for little.
    weight: f64,
}

fn rows<F: Frame>(
    model: &ShapeModel<F>,
    mesh: &TriMesh<F>,
    pose: &Rigid<F, F>,
    bone: &MeshSurface<'_, F>,
    missing: Option<&Region<'_, F>>,
    rim_mm: f64,
    reach_mm: f64,
) -> Vec<Row<F>> {
    let normals = vertex_normals(mesh);
    let row = |v: usize| {
        let point = mesh.vertices[v];
        if missing.is_some_and(|outside| outside(point) < rim_mm) {
            return None;
        }
        let place = bone.nearest_facing(point, normals[v], FACING, reach_mm)?;
        let away = point - place.point;
        let height_mm = away.dot(place.normal);
        let slope = |mode: &Vec<Vector<F>>| pose.turn(mode[v]).dot(place.normal);
        let part = 3.0 * away.norm() / reach_mm;
        let weight = 1.0 / ((1.0 + part * part) * (1.0 + part * part));
        let slopes = model.modes.iter().map(slope).collect();
        Some(Row { point, normal: place.normal, height_mm, slopes, weight })
    };
    (0..mesh.vertices.len()).into_par_iter().with_min_len(64).filter_map(row).collect()
}

/// One turn of Gauss and Newton: new weights and a small motion.
struct Step<F: Frame> {
    weights: Vec<f64>,
    motion: Rigid<F, F>,
    /// Covariance of the weights, given the bone.
    covariance: DMatrix<f64>,
}

impl<F: Frame> Step<F> {
    /// None where a motion stays open.
    fn of(
        rows: &[Row<F>],
        weights: &[f64],
        mesh: &TriMesh<F>,
        options: &FitOptions,
    ) -> Option<Self> {
        let mode_count = weights.len();
        let size = mode_count + 6;
        let sum: f64 = rows.iter().map(|row| row.weight).sum();
        if rows.len() < size || !(sum > 0.0) {
            return None;
        }
        let center = rows.iter().fold(Vector::new(0.0, 0.0, 0.0), |s, row| {
            s + (row.point - Point::ORIGIN) * (row.weight / sum)
        });
        let center = Point::<F>::ORIGIN + center;
        // Rows within one patch say the same: together they count as one.
        let area_mm2 = ossein_mesh::measure::area_mm2(mesh) / mesh.vertices.len() as f64;
        let each = (area_mm2 / options.patch_mm.powi(2)).min(1.0) / options.noise_mm.powi(2);
        let mut matrix = DMatrix::<f64>::zeros(size, size);
        let mut right = DVector::<f64>::zeros(size);
        for row in rows {
            let turn = (row.point - center).cross(row.normal);
            let own = row.slopes.iter().copied().chain(turn.array()).chain(row.normal.array());
            let own: Vec<f64> = own.collect();
            // The whole weights are sought: their prior lies at nought.
            let bent: f64 = row.slopes.iter().zip(weights).map(|(s, w)| s * w).sum();
            let weight = each * row.weight;
            for i in 0..size {
                for j in 0..=i {
                    matrix[(i, j)] += weight * own[i] * own[j];
                }
                right[i] += weight * own[i] * (bent - row.height_mm);
            }
        }
        matrix.fill_upper_triangle_with_lower_triangle();
        (0..mode_count).for_each(|k| matrix[(k, k)] += 1.0);
        let inverse = matrix.cholesky()?.inverse();
        let found = &inverse * right;
        let turn = Vector::new(found[mode_count], found[mode_count + 1], found[mode_count + 2]);
        let shift = [3, 4, 5].map(|n| found[mode_count + n]);
        let mut motion = Rigid::shift(Vector::from(shift));
        let angle = turn.norm();
        if angle > 0.0 {
            motion = Rigid::about(center, turn, angle).then(&motion);
        }
        let weights = found.iter().take(mode_count).copied().collect();
        let covariance = inverse.view((0, 0), (mode_count, mode_count)).into_owned();
        Some(Self { weights, motion, covariance })
    }
}

fn finished<F: Frame>(
    model: &ShapeModel<F>,
    mesh: TriMesh<F>,
    pose: &Rigid<F, F>,
    weights: Vec<f64>,
    rows: &[Row<F>],
    step: &Step<F>,
) -> ModelFit<F> {
    let normals = vertex_normals(&mesh);
    let sd = |v: usize| {
        let slope = |mode: &Vec<Vector<F>>| pose.turn(mode[v]).dot(normals[v]);
        let own = DVector::from_iterator(weights.len(), model.modes.iter().map(slope));
        let open = own.dot(&(&step.covariance * &own));
        (open.max(0.0) + model.residual_mm.powi(2)).sqrt()
    };
    let sd_mm = (0..mesh.vertices.len()).into_par_iter().map(sd).collect();
    let sum: f64 = rows.iter().map(|row| row.weight).sum();
    let square: f64 = rows.iter().map(|row| row.weight * row.height_mm.powi(2)).sum();
    ModelFit { mesh, weights, sd_mm, rms_mm: (square / sum).sqrt() }
}
