//! The onlay: its solids and figures.

use ossein_design::Part;
use ossein_design::kinds::facial_onlay::{Design, Inputs, OnlayPlan, PART_STEP_MM, design};
use ossein_geom::{Found, Job};
use serde_json::{Value, json};

use super::carrier::{carrier_in, carrier_of};
use super::plan::{self, plan_of, surface};
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
    inputs: plan::inputs,
    run,
};

fn params(recipe: &Recipe) -> Value {
    json!({
        "id": recipe.case.id,
        "implant": recipe.section("implant"),
        "lattice": recipe.section("lattice"),
        "mechanics": recipe.section("mechanics"),
    })
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let Found { value: design, findings } = Design::build(context, job)?;
    context.write_json(FILE, &design.report)?;
    let mut implant = serde_json::to_value(&design.report)?;
    let choices = context.choices();
    implant["material"] = json!(choices.word("implant.material"));
    implant["gap_mm"] = json!(choices.number("implant.gap_mm"));
    implant["height_max_mm"] = json!(choices.number("implant.height_max_mm"));
    implant["screw"] = json!({
        "diameter_mm": choices.number("implant.screw_diameter_mm"),
        "head_diameter_mm": choices.number("implant.screw_head_mm"),
    });
    keep(context, design);
    Ok(Outcome { findings, summary: json!({ "implant": implant }) })
}

/// The onlay with samples `step_mm` apart.
///
/// # Errors
/// What plan, bone or design report.
pub fn preview(stands: &Stands<'_>, step_mm: f64, job: &Job) -> Result<Preview, StepError> {
    let plan: OnlayPlan = stands.json(plan::FILE)?;
    let carrier = carrier_in(stands)?;
    let target = surface(stands.recipe, &|path| stands.input(path))?;
    let inputs = Inputs {
        plan: &plan,
        bone: &carrier.volume,
        target: target.as_ref(),
        keep_outs: carrier.keep_outs.clone(),
    };
    let found = design(&inputs, &stands.recipe.choices, step_mm, job)?;
    Preview::of(&found.value.part(), job)
}

impl Made for Design {
    fn build(context: &mut StepContext<'_>, job: &Job) -> Result<Found<Self>, StepError> {
        let plan = plan_of(context)?;
        let carrier = carrier_of(context)?;
        let target = surface(context.recipe(), &|path| context.read_input(path))?;
        let inputs = Inputs {
            plan: &plan,
            bone: &carrier.volume,
            target: target.as_ref(),
            keep_outs: carrier.keep_outs.clone(),
        };
        Ok(design(&inputs, context.choices(), PART_STEP_MM, job)?)
    }
}

impl OnePart for Design {
    fn part(&self) -> Part {
        Design::part(self)
    }
}
