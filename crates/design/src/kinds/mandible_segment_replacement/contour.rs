//! The contour of what will be missing: by mirror image, by a shape model, or as the bone is.

use ossein_anatomy::SURFACE_LEVEL;
use ossein_geom::{Cancelled, Choices, Finding, Job, Lps, Mm, Point, TriMesh, Volume};
use ossein_mesh::iso_surface;
use ossein_mesh::simplify::{SimplifyOptions, simplify};
use ossein_shape::completion::segment::parted;
use ossein_shape::completion::vault::Trials;
use ossein_shape::completion::{
    Method, Segment, SegmentError, SegmentOptions, Source, complete_segment,
};
use ossein_shape::piece::{largest_piece, with_triangles};
use ossein_shape::samples::spread;
use ossein_shape::symmetry::SymmetryError;
use ossein_shape::{MeshSurface, ShapeModel, Surface, SymmetryOptions, symmetry_plane};
use serde::{Deserialize, Serialize};

use super::plan::PlanError;

/// The contour is kept so far beyond the cuts, mm.
const BEYOND_MM: f64 = 14.0;
/// How far the contour that is kept may lie from the one that was drawn.
const CONTOUR_MM: Mm = Mm(0.05);
/// Points that compare bone with the mirror image, and how far from it they may lie, mm.
const COMPARE_COUNT: usize = 1500;
const FAR_MM: f64 = 50.0;
/// Expected errors of the contour beyond this are said, mm.
const TRIAL_MM_MAX: f64 = 1.5;

/// Where the contour of the segment comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContourSource {
    /// The other side's mirror image, bent onto what stays.
    Mirror,
    /// A shape model of jaws, fitted to what stays and bent onto it.
    ShapeModel,
    /// The bone as scanned.
    Healthy,
}

/// The contour of what will be missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contour {
    /// Where it comes from.
    pub source: ContourSource,
    /// The same done to whole bone beside the segment; none where there is no room, or for healthy
    /// bone.
    pub trials: Option<Trials>,
    /// What a shape model says of its own error, one standard deviation, mm; none without one.
    pub expected_mm: Option<f64>,
    /// Mean distance of the bone that is taken out from the mirror image or the model, mm; none
    /// without one.
    pub deformed_mm: Option<f64>,
    /// Why there is no mirror image, if one was looked for.
    pub no_mirror: Option<String>,
    /// Vertices of what was drawn around the segment, mm; empty for healthy bone.
    pub vertices: Vec<Point<Lps>>,
    /// Its triangles.
    pub triangles: Vec<[u32; 3]>,
}

impl Contour {
    /// What was drawn as a mesh; none for healthy bone.
    pub fn mesh(&self) -> Option<TriMesh<Lps>> {
        let (vertices, triangles) = (self.vertices.clone(), self.triangles.clone());
        (self.source != ContourSource::Healthy).then_some(TriMesh { vertices, triangles })
    }
}

/// How far a point lies outside the segment, mm; negative inside.
type Region<'a> = dyn Fn(Point<Lps>) -> f64 + Sync + 'a;

/// Draws the contour: by mirror image, by a shape model, or as the bone is.
///
/// # Errors
/// [`PlanError`]: what was asked for cannot be had, or the job was stopped.
pub(super) fn contour(
    bone: &Volume<i16>,
    region: &Region<'_>,
    model: Option<&ShapeModel<Lps>>,
    choices: &Choices,
    job: &Job,
) -> Result<Contour, PlanError> {
    let word = choices.word("plan.contour");
    if word == "healthy" {
        return Ok(Contour::healthy(None, None));
    }
    let mesh = largest_piece(&iso_surface(bone, SURFACE_LEVEL, job)?.into_mesh());
    let (rest, taken) = parted(&mesh, region);
    let left = MeshSurface::new(&rest);
    let mut no_mirror = None;
    let segment = match (word, model) {
        ("shape_model", None) => return Err(PlanError::NoModel),
        ("shape_model", Some(model)) => modelled(&left, region, model, job)?,
        _ => match (mirrored(&left, region, job), model) {
            (Ok(segment), _) => segment,
            (Err(NoMirror::Cancelled(cancelled)), _) => return Err(cancelled.into()),
            (Err(NoMirror::Reason(reason)), _) if word == "mirror" => {
                return Err(PlanError::NoMirror { reason });
            }
            (Err(NoMirror::Reason(reason)), None) => {
                return Ok(Contour::healthy(None, Some(reason)));
            }
            (Err(NoMirror::Reason(reason)), Some(model)) => {
                no_mirror = Some(reason);
                modelled(&left, region, model, job)?
            }
        },
    };
    let deformed_mm = away_mm(&taken, &segment);
    // What lies within the form's own uncertainty is not deformed.
    let usual_mm = choices.number("plan.deformed_mm").max(segment.expected_mm.unwrap_or(0.0));
    if word == "auto" && deformed_mm <= usual_mm {
        return Ok(Contour::healthy(Some(deformed_mm), no_mirror));
    }
    let near =
        |t: &&[u32; 3]| segment.template.corners(**t).into_iter().any(|p| region(p) < BEYOND_MM);
    let some: Vec<[u32; 3]> = segment.template.triangles.iter().filter(near).copied().collect();
    let options = SimplifyOptions { max_error: CONTOUR_MM, triangle_count_min: 100 };
    let small = simplify(&with_triangles(&segment.template, &some), &options, job)?.mesh;
    let modelled = segment.method == Method::ShapeModel;
    Ok(Contour {
        source: if modelled { ContourSource::ShapeModel } else { ContourSource::Mirror },
        trials: segment.trials,
        expected_mm: segment.expected_mm,
        deformed_mm: Some(deformed_mm),
        no_mirror,
        vertices: small.vertices,
        triangles: small.triangles,
    })
}

/// Mean distance of the bone that is taken out from what was drawn, mm.
fn away_mm(taken: &TriMesh<Lps>, segment: &Segment<Lps>) -> f64 {
    let made = MeshSurface::new(&segment.template);
    let order: Vec<u32> = (0..taken.triangles.len() as u32).collect();
    let samples = spread(taken, &order, COMPARE_COUNT);
    let away: Vec<f64> = samples
        .iter()
        .map(|s| made.nearest(s.point, FAR_MM).map_or(FAR_MM, |q| q.point.distance(s.point)))
        .collect();
    away.iter().sum::<f64>() / away.len().max(1) as f64
}

/// Why there is no mirror image.
enum NoMirror {
    Reason(String),
    Cancelled(Cancelled),
}

fn mirrored(
    left: &MeshSurface<'_, Lps>,
    region: &Region<'_>,
    job: &Job,
) -> Result<Segment<Lps>, NoMirror> {
    let symmetry = match symmetry_plane(left, &SymmetryOptions::default(), job) {
        Ok(symmetry) => symmetry,
        Err(SymmetryError::Cancelled(cancelled)) => return Err(NoMirror::Cancelled(cancelled)),
        Err(error) => return Err(NoMirror::Reason(error.to_string())),
    };
    let source = Source::Mirror(&symmetry.plane);
    match complete_segment(left, region, source, &SegmentOptions::default(), job) {
        Ok(segment) => Ok(segment),
        Err(SegmentError::Cancelled(cancelled)) => Err(NoMirror::Cancelled(cancelled)),
        Err(error) => Err(NoMirror::Reason(error.to_string())),
    }
}

fn modelled(
    left: &MeshSurface<'_, Lps>,
    region: &Region<'_>,
    model: &ShapeModel<Lps>,
    job: &Job,
) -> Result<Segment<Lps>, PlanError> {
    let source = Source::Model(model);
    complete_segment(left, region, source, &SegmentOptions::default(), job).map_err(|error| {
        match error {
            SegmentError::Cancelled(cancelled) => cancelled.into(),
            error => PlanError::Model { reason: error.to_string() },
        }
    })
}

impl Contour {
    fn healthy(deformed_mm: Option<f64>, no_mirror: Option<String>) -> Self {
        Self {
            source: ContourSource::Healthy,
            trials: None,
            expected_mm: None,
            deformed_mm,
            no_mirror,
            vertices: Vec::new(),
            triangles: Vec::new(),
        }
    }

    /// What is worth saying of it.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(reason) = &self.no_mirror {
            let instead = match self.source {
                ContourSource::Healthy => {
                    "The segment is shaped after the bone as scanned: that is right only where \
                     disease has not changed its form"
                }
                _ => "The segment is shaped after the shape model that was given",
            };
            let message =
                format!("no mirror image of the other side can be taken: {reason}. {instead}");
            findings.push(Finding::warning("plan.no_mirror", "contour", message));
        }
        let how = match self.source {
            ContourSource::Healthy => return findings,
            ContourSource::Mirror => "its mirror image",
            ContourSource::ShapeModel => "the shape model",
        };
        match self.trials {
            None => {
                let message = format!(
                    "no whole bone beside the segment is large enough to try {how} on: how far it \
                     may be off is not known"
                );
                findings.push(Finding::warning("plan.untried", "contour", message));
            }
            Some(trials) if trials.rms_mm > TRIAL_MM_MAX => {
                let message = format!(
                    "whole bone beside the segment, rebuilt by {how}, is missed by {:.2} mm (root \
                     mean square)",
                    trials.rms_mm
                );
                let finding = Finding::warning("plan.uncertain", "contour", message);
                findings.push(finding.measured(trials.rms_mm, TRIAL_MM_MAX, "mm"));
            }
            Some(_) => {}
        }
        findings
    }
}
