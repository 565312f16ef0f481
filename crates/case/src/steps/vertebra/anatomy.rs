//! The measured anatomy, and the bones' surfaces.

use std::sync::Arc;

use ossein_anatomy::{Endplate, Vertebra, measure};
use ossein_field::sampled::Sampled;
use ossein_geom::{Job, Lps, TriMesh};
use ossein_mesh::extract::{extract, samples_around};
use ossein_mesh::stl;
use ossein_segment::{arch_label, body_label, level_set};
use serde_json::{Value, json};

use crate::load;
use crate::recipe::Recipe;
use crate::step::{Outcome, StepContext, StepDef, StepError};

/// Everything that was measured.
pub const FILE: &str = "anatomy/anatomy.json";
/// The surfaces in memory.
pub const SURFACES: &str = "surfaces";
/// Distance between samples of a surface.
const STEP_MM: f64 = 0.6;

/// Surfaces of vertebrae: name, label of the body, mesh of body and arch together.
pub type Surfaces = Vec<(String, u16, TriMesh<Lps>)>;

/// The step.
pub const STEP: StepDef = StepDef {
    id: "anatomy",
    title: "anatomy",
    version: 1,
    needs: &["import", "segment"],
    params,
    inputs: StepDef::NO_INPUTS,
    run,
};

fn params(_recipe: &Recipe) -> Value {
    json!({ "step_mm": STEP_MM })
}

fn run(context: &mut StepContext, job: &Job) -> Result<Outcome, StepError> {
    let hu = load::volume(context)?;
    let segmentation = load::segmentation(context)?;
    let found = measure(&hu, &segmentation, job)?;
    context.write_json(FILE, &found.value)?;
    for (name, _, mesh) in surfaces(context, job)?.iter() {
        context
            .write(&format!("anatomy/{name}.stl"), |mut out| stl::write(mesh, name, &mut out))?;
    }
    let vertebrae: Vec<Value> = found.value.vertebrae.iter().map(vertebra).collect();
    let canal = &found.value.canal;
    let narrowest = canal.radius_mm.iter().copied().fold(f64::INFINITY, f64::min);
    let summary = json!({ "anatomy": {
        "vertebrae": vertebrae,
        "canal": { "point_count": canal.centerline.len(), "radius_mm_min": narrowest },
        "frame": "LPS",
    } });
    Ok(Outcome { findings: found.findings, summary })
}

/// Surfaces of all vertebrae, cranial to caudal: from memory, or made from scan and labels.
///
/// # Errors
/// What the labels or the job report.
pub fn surfaces(context: &mut StepContext, job: &Job) -> Result<Arc<Surfaces>, StepError> {
    if let Some(surfaces) = context.get::<Surfaces>(SURFACES) {
        return Ok(surfaces);
    }
    let hu = load::volume(context)?;
    let segmentation = load::segmentation(context)?;
    let levels = segmentation.levels();
    let mut surfaces = Surfaces::new();
    for (n, level) in levels.iter().enumerate() {
        job.step(n, levels.len())?;
        let both = [body_label(*level), arch_label(*level)];
        let there: Vec<u16> =
            both.into_iter().filter(|l| segmentation.structure(*l).is_some()).collect();
        let field = Sampled::new(level_set(&hu, &segmentation, &there, job)?);
        let mesh = extract(&field, &samples_around(&field, STEP_MM), job)?;
        surfaces.push((level.to_string(), body_label(*level), mesh));
    }
    let surfaces = Arc::new(surfaces);
    context.put(SURFACES, surfaces.clone());
    Ok(surfaces)
}

fn vertebra(v: &Vertebra) -> Value {
    json!({
        "level": v.level,
        "centroid_mm": v.centroid,
        "body_volume_mm3": v.body_volume_mm3,
        "axis": v.axis,
        "height_anterior_mm": v.height_anterior_mm,
        "height_posterior_mm": v.height_posterior_mm,
        "height_mid_mm": v.height_mid_mm,
        "wedge_deg": v.wedge_deg,
        "cranial": endplate(&v.cranial),
        "caudal": endplate(&v.caudal),
        "mean_hu": v.body_mean_hu,
    })
}

fn endplate(e: &Endplate) -> Value {
    json!({
        "center_mm": e.center,
        "normal": e.normal,
        "width_mm": e.width_mm,
        "depth_mm": e.depth_mm,
        "area_mm2": e.area_mm2,
        "concavity_mm": e.concavity_mm,
        "rim_width_mm": e.rim_width_mm,
        "fit_rms_mm": e.fit_rms_mm,
    })
}
