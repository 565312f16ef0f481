//! What the pictures of the dossier are made from.

use std::sync::Arc;

use ossein_design::Plan;
use ossein_design::kinds::vertebral_body_replacement::Design;
use ossein_geom::{Job, Lps, TriMesh};

use super::super::document::Pictures;
use super::super::prepare;
use super::verify::maps::Maps;
use super::{maps, pictures};
use crate::load;
use crate::step::{StepContext, StepError};
use crate::steps::made::design_of;

/// Every picture.
///
/// # Errors
/// What earlier steps' files or the job report.
pub fn pictures(context: &mut StepContext<'_>, job: &Job) -> Result<Pictures, StepError> {
    let mut made = Pictures::new();
    let hu = load::volume(context)?;
    let segmentation = load::segmentation(context)?;
    let anatomy = load::anatomy(context)?;
    pictures::segmentation(&mut made, &hu, &segmentation.labels, &anatomy);
    let surfaces = surfaces(context, job)?;
    pictures::bones(&mut made, &surfaces, job)?;
    let plan: Plan = load::json(context, super::plan::FILE)?;
    let design = design_of::<Design>(context, job)?;
    pictures::implant_on_scan(&mut made, &hu, &plan, &design);
    pictures::clearance(&mut made, &hu, &plan, &design);
    pictures::contact(&mut made, &design.gaps);
    let mesh = prepare::mesh_of(context, job)?;
    pictures::implant(&mut made, &mesh, &design, job)?;
    let in_patient: TriMesh<Lps> = mesh.placed(&design.placement.inverse());
    pictures::plan(&mut made, &surfaces, &plan, &in_patient, job)?;
    drop(in_patient);
    mapped(&mut made, context)?;
    Ok(made)
}

fn mapped(made: &mut Pictures, context: &mut StepContext<'_>) -> Result<(), StepError> {
    let all: Maps = load::json(context, super::verify::MAPS_FILE)?;
    let safety_min = context.choices().number("mechanics.safety_factor_min");
    maps::pictures(made, &all, safety_min as f32);
    let report = context.summary_of("verify");
    let growth = &report["mechanics"]["judgement"]["ingrowth"];
    let rows = |name: &str| serde_json::from_value::<Vec<f64>>(growth[name].clone());
    let [weeks, low, middle, high] = [rows("weeks")?, rows("low")?, rows("middle")?, rows("high")?];
    pictures::ingrowth(made, &weeks, [&low, &middle, &high]);
    Ok(())
}

/// Surfaces of the bodies and arches: name, body label, mesh.
type Surfaces = Vec<(String, u16, TriMesh<Lps>)>;

fn surfaces(context: &mut StepContext<'_>, job: &Job) -> Result<Arc<Surfaces>, StepError> {
    let surfaces = super::anatomy::surfaces(context, job)?;
    Ok(surfaces)
}
