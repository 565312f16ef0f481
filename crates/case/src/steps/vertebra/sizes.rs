//! The other sizes of the ladder, as files to print.

use ossein_design::Plan;
use ossein_design::kinds::vertebral_body_replacement::{Inputs, PART_STEP_MM, ladder};
use ossein_geom::{Finding, Job};
use ossein_mesh::measure;
use serde_json::{Value, json};

use super::super::prepare::{entries, files};
use crate::load;
use crate::step::{StepContext, StepError};

/// Writes one size below and one above, if the recipe wants them; returns a row for each.
///
/// # Errors
/// What the design, the field or the disk report.
pub fn write(
    context: &mut StepContext<'_>,
    findings: &mut Vec<Finding>,
    job: &Job,
) -> Result<Value, StepError> {
    if !context.choices().flag("print.ladder_files") {
        return Ok(Value::Null);
    }
    let plan: Plan = load::json(context, super::plan::FILE)?;
    let hu = load::volume(context)?;
    let case_id = context.case_id().to_owned();
    let inputs = Inputs { case_id: &case_id, plan: &plan, hu: &hu };
    let step = context.choices().number("implant.ladder_step_mm");
    let mut rows = Vec::new();
    for step_mm in [-step, step] {
        let how = (step_mm, PART_STEP_MM);
        let (rung, shapes) = ladder(&inputs, context.choices(), how, job)?;
        let surface = files::surface(&shapes.part, job)?;
        drop(shapes);
        if surface.component_count() != 1 {
            let pieces = surface.component_count();
            let message = format!("the size {step_mm:+} mm falls into {pieces} pieces");
            findings.push(Finding::failure("prepare.pieces", "size ladder", message));
        }
        let mesh = surface.into_mesh();
        let file = format!("implant/sizes/implant{step_mm:+}mm.3mf");
        let (title, upright) = (format!("{case_id} {step_mm:+} mm"), files::upright(&mesh));
        let entries = entries(context);
        context.write(&file, |mut w| files::write_3mf(&mesh, &upright, &title, entries, &mut w))?;
        rows.push(json!({
            "step_mm": step_mm,
            "file": file,
            "height_mm": rung.height_mm,
            "mesh_volume_mm3": measure::volume_mm3(&mesh),
            "triangle_count": mesh.triangles.len(),
        }));
    }
    Ok(Value::Array(rows))
}
