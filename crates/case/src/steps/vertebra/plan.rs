//! What is taken out, what stays, where the implant goes.

use std::path::Path;

use ossein_design::{Plan, PlanOptions, plan};
use ossein_geom::{Job, Volume};
use serde_json::{Value, json};

use crate::load;
use crate::recipe::Recipe;
use crate::step::{External, Outcome, StepContext, StepDef, StepError};

/// Where the plan is kept.
pub const FILE: &str = "plan.json";

/// The step.
pub const STEP: StepDef =
    StepDef { id: "plan", title: "plan", version: 1, needs: &["anatomy"], params, inputs, run };

fn params(recipe: &Recipe) -> Value {
    json!({
        "resect": recipe.plan.resect,
        "tumour": recipe.plan.tumour.is_some(),
        "choices": recipe.section("plan"),
    })
}

fn inputs(recipe: &Recipe, case: &Path) -> Result<Vec<External>, StepError> {
    let tumour = recipe.plan.tumour.iter();
    Ok(tumour.map(|path| External::new("tumour", case.join(path))).collect())
}

fn run(context: &mut StepContext<'_>, _job: &Job) -> Result<Outcome, StepError> {
    let anatomy = load::anatomy(context)?;
    let tumour = tumour(context)?;
    let resect = context.recipe().plan.resect.clone();
    let options =
        PlanOptions { resect: &resect, choices: context.choices(), tumour: tumour.as_ref() };
    let found = plan(&anatomy, &options)?;
    let plan = &found.value;
    context.write_json(FILE, plan)?;
    let summary = summary(plan, context);
    Ok(Outcome { findings: found.findings, summary })
}

/// The tumour's label map, if the recipe names one.
fn tumour(context: &StepContext<'_>) -> Result<Option<Volume<u16>>, StepError> {
    let Some(path) = &context.recipe().plan.tumour else { return Ok(None) };
    let bytes = context.read_input(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let image = ossein_scan::read_image(&name, &bytes, load::BYTE_COUNT_MAX)?;
    Ok(Some(image.to_labels()?))
}

fn summary(plan: &Plan, context: &StepContext<'_>) -> Value {
    let choices = context.choices();
    json!({ "plan": {
        "resect": plan.resect,
        "kept": { "cranial": plan.cranial, "caudal": plan.caudal },
        "defect_height_mm": plan.defect_height_mm,
        "defect_height_now_mm": plan.defect_height_now_mm,
        "angles_now": plan.angles_now,
        "angles_wanted": plan.angles_wanted,
        "correction": {
            "sagittal_deg": choices.number("plan.correction_sagittal_deg"),
            "coronal_deg": choices.number("plan.correction_coronal_deg"),
            "distraction_mm": choices.number("plan.distraction_mm"),
        },
        "canal_clearance_mm": plan.canal_clearance_mm,
        "tumour": plan.tumour_margin_mm.map(|margin| json!({
            "margin_mm": margin,
            "margin_wanted_mm": plan.tumour_margin_wanted_mm,
        })),
        "frame": "LPS",
    } })
}
