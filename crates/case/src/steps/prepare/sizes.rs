//! Other sizes beside the planned one, as files to print.

use ossein_field::boolean::Solid;
use ossein_field::main_part::MainPart;
use ossein_geom::{Finding, Implant, Job, TriMesh};
use ossein_mesh::measure;
use serde_json::{Value, json};

use super::{entries, files};
use crate::step::{StepContext, StepError};

/// Writes one size as a mesh of its own, checked as the implant's is; returns its row for the report
/// and the mesh.
///
/// # Errors
/// What the field or the disk report, and a mesh that is not closed.
pub fn write(
    context: &mut StepContext<'_>,
    step_mm: f64,
    solid: &MainPart<Implant, Solid<Implant>>,
    findings: &mut Vec<Finding>,
    job: &Job,
) -> Result<(Value, TriMesh<Implant>), StepError> {
    let surface = files::surface(solid, job)?;
    let component_count = surface.component_count();
    if component_count != 1 {
        let message = format!("the size {step_mm:+} mm falls into {component_count} pieces");
        findings.push(Finding::failure("prepare.pieces", place(step_mm), message));
    }
    let mesh = surface.into_mesh();
    let file = format!("implant/sizes/implant{step_mm:+}mm.3mf");
    let (title, upright) = (format!("{} {step_mm:+} mm", context.case_id()), files::upright(&mesh));
    let entries = entries(context);
    context.write(&file, |mut w| files::write_3mf(&mesh, &upright, &title, entries, &mut w))?;
    let row = json!({
        "step_mm": step_mm,
        "file": file,
        "volume_mm3": solid.volume_mm3,
        "mesh_volume_mm3": measure::volume_mm3(&mesh),
        "triangle_count": mesh.triangles.len(),
        "component_count": component_count,
        "watertight": true,
    });
    Ok((row, mesh))
}

/// What findings call a size.
pub fn place(step_mm: f64) -> String {
    format!("size {step_mm:+} mm")
}
