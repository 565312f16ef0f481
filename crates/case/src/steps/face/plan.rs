//! The handles or the centre on the bone, the way on, the plane of symmetry.

use std::path::Path;

use ossein_design::kinds::facial_onlay::{OnlayPlan, PlanError, Target, plan};
use ossein_geom::{Job, Lps, TriMesh, Vector};
use serde_json::{Value, json};

use super::carrier::{carrier_of, level_hu};
use crate::load;
use crate::recipe::Recipe;
use crate::standing::Standing;
use crate::step::{External, Outcome, StepContext, StepDef, StepError};

/// Where the plan is kept.
pub const FILE: &str = "plan.json";

/// The step.
pub const STEP: StepDef = StepDef {
    id: "plan",
    title: "plan",
    version: 3,
    needs: &["import"],
    params,
    inputs: StepDef::NO_INPUTS,
    run,
};

fn params(recipe: &Recipe) -> Value {
    let onlay = recipe.plan.onlay.as_ref();
    json!({
        "level_hu": level_hu(recipe),
        "target": onlay.map(|onlay| &onlay.wanted.target),
        "foramina": onlay.map(|onlay| &onlay.wanted.foramina),
        "way_on": onlay.map(|onlay| onlay.wanted.way_on),
        "two_piece": recipe.choices.flag("implant.two_piece"),
        "choices": recipe.section("plan"),
    })
}

/// The surface that was drawn elsewhere, if there is one.
///
/// # Errors
/// None.
pub fn inputs(recipe: &Recipe, case: &Path) -> Result<Vec<External>, StepError> {
    let path = recipe.plan.onlay.iter().filter_map(|onlay| onlay.surface.as_ref());
    Ok(path.map(|path| External::new("target", case.join(path))).collect())
}

/// Reads the surface that was drawn elsewhere, in the patient's frame; none where the recipe names
/// none.
///
/// # Errors
/// What the disk or the reader report.
pub fn surface(standing: &Standing<'_>) -> Result<Option<TriMesh<Lps>>, StepError> {
    let onlay = standing.recipe().plan.onlay.as_ref();
    let Some(path) = onlay.and_then(|onlay| onlay.surface.as_ref()) else {
        return Ok(None);
    };
    let bytes = standing.read_input(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let told = |text: String| StepError::new(format!("[plan] target: {}: {text}", path.display()));
    let mesh: TriMesh<Lps> =
        ossein_mesh::files::read(&bytes, &name).map_err(|error| told(error.to_string()))?;
    if mesh.triangles.is_empty() {
        return Err(told("the file holds no triangle: a closed surface is needed".into()));
    }
    Ok(Some(mesh))
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    // A file that is none is told before the work.
    surface(context)?;
    let carrier = carrier_of(context)?;
    let wanted = context.recipe().plan.onlay.as_ref().map(|onlay| onlay.wanted.clone());
    let wanted = wanted.ok_or(PlanError::Nothing)?;
    let found = plan(&carrier.bone(), &wanted, context.choices(), job)?;
    context.write_json(FILE, &found.value)?;
    let summary = summary(&found.value, context.choices().word("plan.region"));
    Ok(Outcome { findings: found.findings, summary })
}

fn summary(plan: &OnlayPlan, region: &str) -> Value {
    let back = plan.placement.inverse();
    let (word, handles) = match &plan.target {
        Target::Handles(handles) => ("handles", handles.clone()),
        Target::Mirror(_) => ("mirror", Vec::new()),
        Target::Surface(_) => ("surface", Vec::new()),
    };
    let handle = |(n, (handle, off)): (usize, (&_, &f64))| {
        let mut row = json!(handle);
        row["id"] = json!(format!("H{}", n + 1));
        row["off_mm"] = json!(off);
        row
    };
    json!({ "plan": {
        "region": region,
        "target": word,
        "handles": handles.iter().zip(&plan.off_mm).enumerate().map(handle).collect::<Vec<Value>>(),
        "middle_mm": plan.middle(),
        "way_on": back.turn(Vector::new(0.0, 0.0, 1.0)),
        "reach_mm": if word == "handles" { Value::Null } else { json!(plan.reach_mm) },
        "foramen_count": plan.foramina.len(),
        "symmetry": plan.symmetry,
        "no_symmetry": plan.no_symmetry,
        "sides": plan.sides,
        "frame": "LPS",
    } })
}

/// The plan of this case.
///
/// # Errors
/// What the disk or the parser report.
pub fn plan_of(standing: &mut Standing<'_>) -> Result<OnlayPlan, StepError> {
    load::json(standing, FILE)
}
