//! The broken floor against the other orbit's.

use ossein_design::kinds::orbital_floor::{FloorPlan, PlanError, plan};
use ossein_geom::Job;
use ossein_segment::skull;
use serde_json::{Value, json};

use crate::load;
use crate::recipe::Recipe;
use crate::step::{Outcome, StepContext, StepDef, StepError};

/// Where the plan is kept.
pub const FILE: &str = "plan.json";
/// Where bone begins if the recipe does not say, HU.
const LEVEL_HU: f64 = 250.0;

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
    json!({
        "level_hu": level_hu(recipe),
        "orbit": recipe.plan.orbit,
        "reach_max_mm": recipe.choices.number("implant.reach_max_mm"),
        "choices": recipe.section("plan"),
    })
}

/// Where bone begins, HU.
pub fn level_hu(recipe: &Recipe) -> f64 {
    recipe.segmentation.threshold_hu.unwrap_or(LEVEL_HU)
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let wanted = context.recipe().plan.orbit.clone().ok_or(PlanError::Nothing)?;
    let hu = load::volume(context)?;
    let level = level_hu(context.recipe());
    let skull = skull(&hu, level)?;
    let found = plan(&hu, &skull, &wanted, level, context.choices(), job)?;
    context.write_json(FILE, &found.value)?;
    let mut summary = summary(&found.value);
    summary["plan"]["fallen_mm"] = json!(context.choices().number("plan.fallen_mm"));
    Ok(Outcome { findings: found.findings, summary })
}

fn summary(plan: &FloorPlan) -> Value {
    json!({ "plan": {
        "level_hu": plan.tissue.bone_hu,
        "air_hu": plan.tissue.air_hu,
        "wall_gap_mm": plan.tissue.gap_mm,
        "side": plan.side,
        "points": plan.wanted.points,
        "outlined": !plan.wanted.outline.is_empty(),
        "symmetry": plan.symmetry,
        "local": plan.local,
        "other_ml": plan.other_ml,
        "broken_ml": plan.broken_ml,
        "defect_mm2": plan.defect_mm2,
        "frame": "LPS",
    } })
}
