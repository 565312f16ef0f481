//! The tooth told apart from its neighbours, and measured.

use ossein_design::kinds::root_analogue_implant::{RootPlan, plan};
use ossein_geom::Job;
use serde_json::{Value, json};

use super::jaw_teeth;
use crate::recipe::Recipe;
use crate::step::{Outcome, StepContext, StepDef, StepError};
use crate::steps::labels::labels_of;

/// Where the plan is kept.
pub const FILE: &str = "plan.json";

/// The step.
pub const STEP: StepDef = StepDef {
    id: "plan",
    title: "plan",
    version: 2,
    needs: &["import"],
    params,
    inputs: StepDef::NO_INPUTS,
    run,
};

fn params(recipe: &Recipe) -> Value {
    json!({ "tooth_mm": recipe.plan.tooth_mm, "choices": recipe.section("plan") })
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let labels = labels_of(context)?;
    let recipe = context.recipe();
    let at = recipe.plan.tooth_mm.ok_or_else(|| {
        StepError::new(
            "[plan] says nothing of the tooth: give tooth_mm = [x, y, z], a point in it, LPS in mm",
        )
    })?;
    let found = plan(&jaw_teeth(&labels), at, context.choices(), job)?;
    context.write_json(FILE, &found.value)?;
    let summary = summary(&found.value);
    Ok(Outcome { findings: found.findings, summary })
}

fn summary(plan: &RootPlan) -> Value {
    let tooth = &plan.tooth;
    json!({ "plan": {
        "jaw": if plan.lower { "lower" } else { "upper" },
        "number": tooth.number,
        "tooth_count": tooth.tooth_count,
        "neck": tooth.neck,
        "volume_mm3": tooth.volume_mm3,
        "width_mm": tooth.width_mm,
        "root_mm": tooth.root_mm,
        "crown_mm": tooth.crown_mm,
        "crest_mm": tooth.crest_mm,
        "plate_mm": tooth.plate_mm,
        "gap_mm": tooth.gap_mm,
        "root_count": tooth.roots.len().max(1),
        "furcation_mm": tooth.furcation_mm,
        "divergence_deg": tooth.divergence_deg,
        "roots_copied": tooth.meant,
        "around": tooth.around.iter().step_by(6).collect::<Vec<_>>(),
        "axis": tooth.occlusal(),
        "crest_point": tooth.placement.inverse().apply(ossein_geom::Point::ORIGIN),
        "frame": "LPS",
    } })
}
