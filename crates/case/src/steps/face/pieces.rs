//! The files of an onlay that is made in two pieces: one for each, closed and of one body.

use ossein_design::kinds::facial_onlay::Design;
use ossein_geom::{Finding, Implant, Job, Point, TriMesh};
use ossein_mesh::{check_watertight, measure};
use serde_json::{Value, json};

use super::super::prepare::{self, PrepareError, entries, files};
use crate::recipe::Recipe;
use crate::step::{Outcome, StepContext, StepDef, StepError};
use crate::steps::made::design_of;

/// The step.
pub const STEP: StepDef = StepDef {
    id: "pieces",
    title: "pieces",
    version: 1,
    needs: &["design", "prepare"],
    params,
    inputs: StepDef::NO_INPUTS,
    run,
};

fn params(recipe: &Recipe) -> Value {
    json!({ "id": recipe.case.id })
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let design = design_of::<Design>(context, job)?;
    let Some(joint) = design.joint else {
        return Ok(Outcome { findings: Vec::new(), summary: json!({}) });
    };
    let whole = prepare::mesh_of(context, job)?;
    let placement = design.part().placement;
    let (mut rows, mut findings) = (Vec::<Value>::new(), Vec::new());
    for (name, sign) in [("right", -1.0), ("left", 1.0)] {
        let closed = check_watertight(side(&whole, |p| sign * joint.height_mm(p) > 0.0))
            .map_err(PrepareError::from)?;
        if closed.component_count() != 1 {
            let message = format!("it falls into {} bodies", closed.component_count());
            findings.push(Finding::failure("pieces.bodies", format!("{name} piece"), message));
        }
        let mesh = closed.into_mesh();
        let title = format!("{} {name}", context.case_id());
        let upright = files::upright(&mesh);
        let entries = entries(context);
        context.write(&format!("implant/{name}.3mf"), |mut w| {
            files::write_3mf(&mesh, &upright, &title, entries, &mut w)
        })?;
        context.write(&format!("implant/{name}.stl"), |mut w| {
            files::write_stl(&mesh, &placement, &title, &mut w)
        })?;
        rows.push(json!({
            "name": name,
            "volume_mm3": measure::volume_mm3(&mesh),
            "size_mm": mesh.bounds().size().array(),
        }));
    }
    Ok(Outcome { findings, summary: json!({ "implant": { "pieces": rows } }) })
}

/// The part of a mesh whose points belong; the border of what belongs meets no triangle.
fn side(whole: &TriMesh<Implant>, belongs: impl Fn(Point<Implant>) -> bool) -> TriMesh<Implant> {
    let own = |t: &[u32; 3]| belongs(whole.vertices[t[0] as usize]);
    let mut place = vec![u32::MAX; whole.vertices.len()];
    let mut mesh = TriMesh { vertices: Vec::new(), triangles: Vec::new() };
    for triangle in whole.triangles.iter().filter(|t| own(t)) {
        mesh.triangles.push(triangle.map(|v| {
            let at = &mut place[v as usize];
            if *at == u32::MAX {
                *at = mesh.vertices.len() as u32;
                mesh.vertices.push(whole.vertices[v as usize]);
            }
            *at
        }));
    }
    mesh
}
