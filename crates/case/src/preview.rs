//! The implant at a coarse step, for the moment in which choices are tried.

use std::path::Path;

use ossein_design::Plan;
use ossein_design::kinds::vertebral_body_replacement::{Inputs, Rung, ladder};
use ossein_geom::{Job, Lps, TriMesh};
use ossein_mesh::extract;

use crate::load::BYTE_COUNT_MAX;
use crate::recipe::Recipe;
use crate::step::StepError;
use crate::steps::import;
use crate::steps::vertebra::plan;
use crate::store::Store;

/// Range of the step between samples, mm.
pub const STEP_MM: [f64; 2] = [0.1, 2.0];

/// What the choices make.
pub struct Preview {
    /// Its surface, in place in the patient.
    pub mesh: TriMesh<Lps>,
    /// Its figures, by counting samples.
    pub figures: Rung,
}

/// Builds the implant that `recipe` describes on the plan that stands below `out/`, with samples
/// `step_mm` apart; nothing is written.
///
/// # Errors
/// What plan, scan or design report; a step outside [`STEP_MM`].
pub fn preview(
    case_dir: &Path,
    recipe: &Recipe,
    step_mm: f64,
    job: &Job,
) -> Result<Preview, StepError> {
    let [min, max] = STEP_MM;
    if !(min..=max).contains(&step_mm) {
        return Err(StepError::new(format!("a step of {step_mm} mm is not within {min} to {max}")));
    }
    let store = Store::new(case_dir);
    let plan: Plan = serde_json::from_slice(&store.read(plan::FILE)?)
        .map_err(|e| StepError::new(format!("out/{}: {e}", plan::FILE)))?;
    let bytes = store.read(import::VOLUME_FILE)?;
    let hu = ossein_scan::read_image(import::VOLUME_FILE, &bytes, BYTE_COUNT_MAX)?.to_hu();
    let inputs = Inputs { case_id: &recipe.case.id, plan: &plan, hu: &hu };
    let (figures, shapes) = ladder(&inputs, &recipe.choices, (0.0, step_mm), job)?;
    let mesh = extract(&*shapes.part, &shapes.part.samples(), job)?;
    Ok(Preview { mesh: mesh.placed(&plan.placement.inverse()), figures })
}
