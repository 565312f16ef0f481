//! The segment: its solids and figures.

use std::sync::Arc;

use ossein_design::Part;
use ossein_design::kinds::mandible_segment_replacement::{
    Design, Inputs, PART_STEP_MM, Plan, design,
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

/// Where the figures are kept.
pub const FILE: &str = "implant/design.json";
/// The segment in memory.
const DESIGN: &str = "segment";

/// The step.
pub const STEP: StepDef = StepDef {
    id: "design",
    title: "design",
    version: 1,
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
    let Found { value: design, findings } = build(context, job)?;
    context.write_json(FILE, &design.report)?;
    let mut implant = serde_json::to_value(&design.report)?;
    let choices = context.choices();
    implant["screw"] = json!({
        "diameter_mm": choices.number("implant.screw_diameter_mm"),
        "head_diameter_mm": choices.number("implant.screw_head_mm"),
    });
    context.put(DESIGN, Arc::new(design));
    Ok(Outcome { findings, summary: json!({ "implant": implant }) })
}

/// The segment of this case: from memory, or built again from plan and choices.
///
/// # Errors
/// What plan, labels or design report.
pub fn segment_of(context: &mut StepContext<'_>, job: &Job) -> Result<Arc<Design>, StepError> {
    load::kept(context, DESIGN, |context| Ok(build(context, job)?.value))
}

/// The part to be made.
///
/// # Errors
/// What plan, labels or design report.
pub fn part_of(context: &mut StepContext<'_>, job: &Job) -> Result<Part, StepError> {
    Ok(segment_of(context, job)?.part())
}

/// The segment with samples `step_mm` apart.
///
/// # Errors
/// What plan, labels or design report.
pub fn preview(stands: &Stands<'_>, step_mm: f64, job: &Job) -> Result<Preview, StepError> {
    let plan: Plan = stands.json(plan::FILE)?;
    let labels = labels_in(stands)?;
    let inputs = Inputs { plan: &plan, labels: jaw_labels(&labels)? };
    let found = design(&inputs, &stands.recipe.choices, step_mm, job)?;
    Preview::of(&found.value.part(), job)
}

fn build(context: &mut StepContext<'_>, job: &Job) -> Result<Found<Design>, StepError> {
    let plan: Plan = load::json(context, plan::FILE)?;
    let labels = labels_of(context)?;
    let inputs = Inputs { plan: &plan, labels: jaw_labels(&labels)? };
    Ok(design(&inputs, context.choices(), PART_STEP_MM, job)?)
}
