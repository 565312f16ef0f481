//! Bodies of mesh files as solids, and what is said of those that are hard to sample.

use ossein_field::band::{BandOptions, band};
use ossein_field::mesh_distance::MeshField;
use ossein_geom::{Finding, Job, Lps, Mm, TriMesh};
use ossein_mesh::Tree;
use ossein_mesh::extract::{extract, samples_around};
use ossein_mesh::intersect::self_crossings;
use ossein_mesh::thickness::thickness;

use crate::commands::AnyError;

/// Places at which walls are looked at.
const PLACE_COUNT: usize = 4000;

/// The solid that the winding number of any mesh encloses, as a mesh.
///
/// # Errors
/// What the field or the extraction reports.
pub fn remade(mesh: &TriMesh<Lps>, step: f64, job: &Job) -> Result<TriMesh<Lps>, AnyError> {
    let field = MeshField::new(mesh)?;
    let options = BandOptions { step: Mm(step), half_width: Mm(3.0 * step) };
    let band = band(&field, &options, &job.labelled("distances"))?;
    Ok(extract(&band, &samples_around(&band, step), &job.labelled("surface"))?)
}

/// That a body crosses itself.
///
/// # Errors
/// A stopped job.
pub fn crossing(mesh: &TriMesh<Lps>, what: &str, job: &Job) -> Result<Option<Finding>, AnyError> {
    let crossings = self_crossings(mesh, &Tree::new(mesh), &job.labelled("crossings"))?;
    let Some(first) = crossings.first() else { return Ok(None) };
    let [x, y, z] = first.place(mesh).array();
    let text = format!(
        "the body crosses itself, {} pairs of triangles, the first at ({x:.2}, {y:.2}, {z:.2}): \
         {what}",
        crossings.len()
    );
    Ok(Some(Finding::warning("mesh.crossing", "part", text)))
}

/// The solid of a body into which something is measured from its surface: one that crosses itself
/// is made anew first, for its inner faces are no surface.
///
/// # Errors
/// What the field or the extraction reports.
pub fn deep_solid(
    mesh: &TriMesh<Lps>,
    step: f64,
    job: &Job,
) -> Result<(MeshField<Lps>, Option<Finding>), AnyError> {
    let what = format!("made anew from its winding number at {step} mm");
    let finding = crossing(mesh, &what, job)?;
    let solid = match finding {
        Some(_) => MeshField::new(&remade(mesh, step, job)?)?,
        None => MeshField::new(mesh)?,
    };
    Ok((solid, finding))
}

/// That walls are so thin that samples lose them.
///
/// # Errors
/// A stopped job.
pub fn thin(mesh: &TriMesh<Lps>, step: f64, job: &Job) -> Result<Option<Finding>, AnyError> {
    let walls = thickness(mesh, &Tree::new(mesh), PLACE_COUNT, &job.labelled("walls"))?;
    let Some(walls) = walls.filter(|walls| walls.p5_mm < step) else { return Ok(None) };
    let text = format!(
        "a twentieth of the surface bounds walls below {:.3} mm, thinner than --step {step}: they \
         may be lost; take --step {:.3} or less",
        walls.p5_mm,
        0.5 * walls.p5_mm
    );
    Ok(Some(Finding::warning("mesh.thin", "part", text).measured(walls.p5_mm, step, "mm")))
}
