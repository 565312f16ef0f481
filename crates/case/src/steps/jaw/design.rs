//! The segment: its solids and figures.

use ossein_design::Part;
use ossein_design::kinds::mandible_segment_replacement::{
    Design, Inputs, PART_STEP_MM, Plan, design, part,
};
use ossein_geom::{Found, Job};
use serde_json::{Value, json};

use super::jaw_labels;
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
    title: "design",
    version: 2,
    needs: &["import", "plan"],
    params,
    inputs: StepDef::NO_INPUTS,
    run,
};

fn params(recipe: &Recipe) -> Value {
    json!({
        "id": recipe.case.id,
        "implant": recipe.section("implant"),
        "lattice": recipe.section("lattice"),
    })
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let Found { value: design, findings } = Design::build(context, job)?;
    context.write_json(FILE, &design.report)?;
    let mut implant = serde_json::to_value(&design.report)?;
    let choices = context.choices();
    implant["screw"] = json!({
        "diameter_mm": choices.number("implant.screw_diameter_mm"),
        "head_diameter_mm": choices.number("implant.screw_head_mm"),
    });
    keep(context, design);
    Ok(Outcome { findings, summary: json!({ "implant": implant }) })
}

/// The segment with samples `step_mm` apart.
///
/// # Errors
/// What plan, labels or design report.
pub fn preview(stands: &Stands<'_>, step_mm: f64, job: &Job) -> Result<Preview, StepError> {
    let plan: Plan = stands.json(plan::FILE)?;
    let labels = labels_in(stands)?;
    let inputs = Inputs { plan: &plan, labels: jaw_labels(&labels)? };
    let part = part(&inputs, &stands.recipe.choices, step_mm, job)?;
    Preview::of(&part, job)
}

impl Made for Design {
    fn build(context: &mut StepContext<'_>, job: &Job) -> Result<Found<Self>, StepError> {
        let plan: Plan = load::json(context, plan::FILE)?;
        let labels = labels_of(context)?;
        let inputs = Inputs { plan: &plan, labels: jaw_labels(&labels)? };
        Ok(design(&inputs, context.choices(), PART_STEP_MM, job)?)
    }
}

impl OnePart for Design {
    fn part(&self) -> Part {
        Design::part(self)
    }
}
