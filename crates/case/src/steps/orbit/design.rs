//! The plate: its solids and figures.

use ossein_design::Part;
use ossein_design::kinds::orbital_floor::{Design, FloorPlan, Inputs, PART_STEP_MM, design};
use ossein_geom::{Found, Job};
use serde_json::{Value, json};

use super::plan;
use crate::load;
use crate::preview::{Preview, Stands};
use crate::recipe::Recipe;
use crate::step::{Outcome, StepContext, StepDef, StepError};
use crate::steps::made::{Made, OnePart, keep};

/// Where the figures are kept.
pub const FILE: &str = "implant/design.json";

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
        "mechanics": recipe.section("mechanics"),
    })
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let Found { value: design, findings } = Design::build(context, job)?;
    context.write_json(FILE, &design.report)?;
    let mut implant = serde_json::to_value(&design.report)?;
    let choices = context.choices();
    implant["material"] = json!(choices.word("implant.material"));
    implant["gap_wanted_mm"] = json!(choices.number("implant.gap_mm"));
    implant["screw"] = json!({
        "diameter_mm": choices.number("implant.screw_diameter_mm"),
        "head_diameter_mm": choices.number("implant.screw_head_mm"),
    });
    keep(context, design);
    Ok(Outcome { findings, summary: json!({ "implant": implant }) })
}

/// The plate with samples `step_mm` apart.
///
/// # Errors
/// What plan or design report.
pub fn preview(stands: &Stands<'_>, step_mm: f64, job: &Job) -> Result<Preview, StepError> {
    let plan: FloorPlan = stands.json(plan::FILE)?;
    let hu = stands.hu()?;
    let inputs = Inputs { plan: &plan, hu: &hu };
    let found = design(&inputs, &stands.recipe.choices, step_mm, job)?;
    Preview::of(&found.value.part(), job)
}

impl Made for Design {
    fn build(context: &mut StepContext<'_>, job: &Job) -> Result<Found<Self>, StepError> {
        let plan: FloorPlan = load::json(context, plan::FILE)?;
        let hu = load::volume(context)?;
        let inputs = Inputs { plan: &plan, hu: &hu };
        Ok(design(&inputs, context.choices(), PART_STEP_MM, job)?)
    }
}

impl OnePart for Design {
    fn part(&self) -> Part {
        Design::part(self)
    }
}
