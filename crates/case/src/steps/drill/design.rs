//! The guide: its solid and figures.

use ossein_design::Part;
use ossein_design::kinds::dental_drill_guide::{Design, GuidePlan, Inputs, PART_STEP_MM, design};
use ossein_geom::{Found, Job};
use serde_json::{Value, json};

use super::guide_labels;
use super::plan;
use crate::load;
use crate::preview::{Preview, Stands};
use crate::recipe::Recipe;
use crate::step::{Outcome, StepContext, StepDef, StepError};
use crate::steps::labels::{labels_in, labels_of};
use crate::steps::made::{Made, OnePart, keep};

/// Where the figures are kept.
pub const FILE: &str = "implant/design.json";

/// The step.
pub const STEP: StepDef = StepDef {
    id: "design",
    title: "guide",
    version: 1,
    needs: &["import", "plan"],
    params,
    inputs: StepDef::NO_INPUTS,
    run,
};

fn params(recipe: &Recipe) -> Value {
    json!({
        "id": recipe.case.id,
        "guide": recipe.section("guide"),
        // What findings are held to, and a ridge's reach.
        "plan": recipe.section("plan"),
    })
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let Found { value: design, findings } = Design::build(context, job)?;
    context.write_json(FILE, &design.report)?;
    let mut implant = serde_json::to_value(&design.report)?;
    let choices = context.choices();
    for key in ["seat", "sleeve"] {
        implant[key] = json!(choices.word(&format!("guide.{key}")));
    }
    for key in
        ["contact_mm", "bone_contact_mm", "gum_mm", "thickness_mm", "skirt_mm", "drill_tip_mm"]
    {
        implant[key] = json!(choices.number(&format!("guide.{key}")));
    }
    keep(context, design);
    Ok(Outcome { findings, summary: json!({ "implant": implant }) })
}

/// The guide with samples `step_mm` apart.
///
/// # Errors
/// What plan, labels or design report.
pub fn preview(stands: &Stands<'_>, step_mm: f64, job: &Job) -> Result<Preview, StepError> {
    let plan: GuidePlan = stands.json(plan::FILE)?;
    let labels = labels_in(stands)?;
    let label = &stands.recipe.case.id;
    let inputs = Inputs { plan: &plan, labels: guide_labels(&labels), label };
    let found = design(&inputs, &stands.recipe.choices, step_mm, job)?;
    Preview::of(&found.value.part(), job)
}

impl Made for Design {
    fn build(context: &mut StepContext<'_>, job: &Job) -> Result<Found<Self>, StepError> {
        let plan: GuidePlan = load::json(context, plan::FILE)?;
        let labels = labels_of(context)?;
        let label = context.case_id();
        let inputs = Inputs { plan: &plan, labels: guide_labels(&labels), label };
        Ok(design(&inputs, context.choices(), PART_STEP_MM, job)?)
    }
}

impl OnePart for Design {
    fn part(&self) -> Part {
        Design::part(self)
    }
}
