//! The skull, the hole in it, and the surface that is missing there.

use std::path::Path;
use std::sync::Arc;

use ossein_design::kinds::cranioplasty::{VaultPlan, plan};
use ossein_geom::{Job, Volume};
use ossein_segment::skull;
use serde_json::{Value, json};

use crate::load;
use crate::recipe::Recipe;
use crate::standing::Standing;
use crate::step::{External, Outcome, StepContext, StepDef, StepError};

/// Where the plan is kept.
pub const FILE: &str = "plan.json";
/// The skull alone, in memory.
const SKULL: &str = "skull";
/// Where bone begins if the recipe does not say, HU.
const LEVEL_HU: f64 = 250.0;

/// Grey values fall so far across the border of a label, HU.
const FALL_HU: f64 = 1600.0;

/// The step.
pub const STEP: StepDef =
    StepDef { id: "plan", title: "plan", version: 5, needs: &["import"], params, inputs, run };

fn params(recipe: &Recipe) -> Value {
    json!({
        "level_hu": level_hu(recipe),
        "hole": recipe.plan.hole,
        "defect": recipe.plan.defect.is_some(),
        "choices": recipe.section("plan"),
    })
}

/// The label map of the defect, if there is one.
///
/// # Errors
/// None.
pub fn inputs(recipe: &Recipe, case: &Path) -> Result<Vec<External>, StepError> {
    let defect = recipe.plan.defect.iter();
    Ok(defect.map(|path| External::new("defect", case.join(path))).collect())
}

/// Where bone begins, HU.
pub fn level_hu(recipe: &Recipe) -> f64 {
    recipe.segmentation.threshold_hu.unwrap_or(LEVEL_HU)
}

/// The skull alone, less the bone that a label map takes out.
///
/// # Errors
/// What the disk or the reader report.
pub fn skull_of(standing: &mut Standing<'_>) -> Result<Arc<Volume<i16>>, StepError> {
    load::kept(standing, SKULL, alone)
}

fn alone(standing: &mut Standing<'_>) -> Result<Volume<i16>, StepError> {
    let recipe = standing.recipe();
    let level = level_hu(recipe);
    let mut own = skull(&*load::volume(standing)?, level)?;
    let Some(path) = &recipe.plan.defect else { return Ok(own) };
    let bytes = standing.read_input(path)?;
    let labels = load::label_map(path, &bytes)?;
    if labels.values.iter().all(|&label| label == 0) {
        let text = "every voxel is 0: label the bone that is to be taken out, or leave it out";
        return Err(StepError::new(format!("[plan] defect: {}: {text}", path.display())));
    }
    let part = labels.map(|label| f32::from(u8::from(label > 0)));
    let bounds = part.grid.bounds();
    let (mut met, grid) = (false, own.grid.clone());
    for (n, value) in own.values.iter_mut().enumerate() {
        let p = grid.center(grid.voxel(n));
        if bounds.contains(p) && f64::from(*value) >= level - FALL_HU {
            let most = level + FALL_HU * (0.5 - part.sample(p));
            met |= most < f64::from(*value);
            *value = (*value).min(most.max(-1000.0) as i16);
        }
    }
    if !met {
        let text = "no bone lies in the label map: do scan and label map share a frame?";
        return Err(StepError::new(format!("[plan] defect: {}: {text}", path.display())));
    }
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
    json!({ "plan": {
        "level_hu": plan.level_hu,
        "vault": plan.vault,
        "hole": {
            "planned": plan.cut_mm > 0.0,
            "diameter_mm": plan.hole.diameter_mm,
            "reach_mm": plan.hole.reach_mm,
            "axis": plan.hole.axis,
            "side": plan.side(),
            "middle_mm": plan.vault.middle + plan.hole.axis * plan.vault.radius_mm,
        },
        "completion": {
            "method": plan.method,
            "trials": plan.trials,
            "symmetry": plan.symmetry,
            "no_mirror": plan.no_mirror,
        },
        "frame": "LPS",
    } })
}
