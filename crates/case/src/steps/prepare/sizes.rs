//! Other sizes beside the planned one, as files to print.

use ossein_design::Part;
use ossein_geom::{Finding, Implant, Job, TriMesh};
use ossein_mesh::measure;
use serde_json::{Value, json};

use super::{entries, files, layers};
use crate::step::{StepContext, StepError};

/// Writes one size as a mesh of its own, checked as the implant's is, and its layers where the recipe
/// asks for them; returns its row for the report and the mesh.
///
/// # Errors
/// What the field or the disk report, and a mesh that is not closed.
pub fn write(
    context: &mut StepContext<'_>,
    step_mm: f64,
    part: &Part,
    findings: &mut Vec<Finding>,
    job: &Job,
) -> Result<(Value, TriMesh<Implant>), StepError> {
    let surface = files::surface(&part.solid, job)?;
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
    let mut row = json!({
        "step_mm": step_mm,
        "file": file,
        "volume_mm3": part.volume_mm3(),
        "mesh_volume_mm3": measure::volume_mm3(&mesh),
        "triangle_count": mesh.triangles.len(),
        "component_count": component_count,
        "watertight": true,
    });
    if context.choices().flag("print.size_layers") {
        let height_mm = mesh.bounds().size().z;
        let prefix = format!("sizes/{step_mm:+}mm_");
        let named = (&*prefix, &*title);
        let layered = layers(context, part, &upright, height_mm, named, job)?;
        findings.extend(layered.findings.into_iter().map(|finding| of_size(finding, step_mm)));
        row["layers_file"] = json!(format!("build/{prefix}layers.cli"));
        row["print"] = layered.figures;
    }
    Ok((row, mesh))
}

/// A finding about the layers of a size.
fn of_size(finding: Finding, step_mm: f64) -> Finding {
    let place = format!("{} of {}", finding.place, place(step_mm));
    Finding { place, ..finding }
}

/// What findings call a size.
pub fn place(step_mm: f64) -> String {
    format!("size {step_mm:+} mm")
}
