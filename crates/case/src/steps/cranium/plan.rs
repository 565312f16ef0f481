//! The skull, the hole in it, and the surface that is missing there.

use std::sync::Arc;

use ossein_design::kinds::cranioplasty::{Trial, VaultPlan, plan};
use ossein_geom::{Job, Volume};
use ossein_segment::skull;
use serde_json::{Value, json};

use crate::load;
use crate::recipe::Recipe;
use crate::step::{Outcome, StepContext, StepDef, StepError};

/// Where the plan is kept.
pub const FILE: &str = "plan.json";
/// The skull alone, in memory.
const SKULL: &str = "skull";
/// Where bone begins if the recipe does not say, HU.
const LEVEL_HU: f64 = 250.0;

/// The step.
pub const STEP: StepDef = StepDef {
    id: "plan",
    title: "plan",
    version: 1,
    needs: &["import"],
    params,
    inputs: StepDef::NO_INPUTS,
    run,
};

fn params(recipe: &Recipe) -> Value {
    json!({
        "level_hu": level_hu(recipe),
        "hole": recipe.plan.hole,
        "choices": recipe.section("plan"),
    })
}

/// Where bone begins, HU.
pub fn level_hu(recipe: &Recipe) -> f64 {
    recipe.segmentation.threshold_hu.unwrap_or(LEVEL_HU)
}

/// The scan without what is bright and does not belong to the skull.
///
/// # Errors
/// What the disk or the reader report.
pub fn skull_of(context: &mut StepContext<'_>) -> Result<Arc<Volume<i16>>, StepError> {
    if let Some(own) = context.get::<Volume<i16>>(SKULL) {
        return Ok(own);
    }
    let hu = load::volume(context)?;
    let own = Arc::new(skull(&hu, level_hu(context.recipe()))?);
    context.put(SKULL, own.clone());
    Ok(own)
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let skull = skull_of(context)?;
    let recipe = context.recipe();
    let found = plan(&skull, level_hu(recipe), recipe.plan.hole, context.choices(), job)?;
    context.write_json(FILE, &found.value)?;
    let summary = summary(&found.value);
    Ok(Outcome { findings: found.findings, summary })
}

fn summary(plan: &VaultPlan) -> Value {
    let rms = |trials: &[Trial]| {
        let mut all: Vec<f64> = trials.iter().map(|trial| trial.rms_mm).collect();
        all.sort_by(f64::total_cmp);
        (all.get(all.len() / 2).copied(), all.last().copied())
    };
    let (median, worst) = rms(&plan.trials);
    json!({ "plan": {
        "level_hu": plan.level_hu,
        "vault": plan.vault,
        "hole": {
            "planned": plan.cut_mm > 0.0,
            "diameter_mm": plan.hole.diameter_mm,
            "reach_mm": plan.hole.reach_mm,
            "axis": plan.hole.axis,
            "middle_mm": plan.vault.middle + plan.hole.axis * plan.vault.radius_mm,
        },
        "completion": {
            "method": "thin-plate spline through the bone around, added to the vault's ball",
            "collar_rms_mm": plan.collar_rms_mm,
            "trial_count": plan.trials.len(),
            "trial_rms_mm_median": median,
            "trial_rms_mm_max": worst,
            "trials": plan.trials,
        },
        "frame": "LPS",
    } })
}
