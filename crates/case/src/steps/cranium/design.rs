//! The plate: its solids and figures.

use ossein_design::Part;
use ossein_design::kinds::cranioplasty::{Design, Inputs, PART_STEP_MM, VaultPlan, design};
use ossein_geom::{Found, Job};
use serde_json::{Value, json};

use super::plan::{self, skull_in, skull_of};
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
    inputs: plan::inputs,
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
    let report = &design.report;
    context.write_json(FILE, report)?;
    let mut implant = serde_json::to_value(report)?;
    implant["material"] = json!(context.choices().word("implant.material"));
    implant["screw"] = json!({
        "diameter_mm": context.choices().number("implant.screw_diameter_mm"),
        "head_diameter_mm": context.choices().number("implant.screw_head_mm"),
    });
    keep(context, design);
    Ok(Outcome { findings, summary: json!({ "implant": implant }) })
}

/// The plate with samples `step_mm` apart.
///
/// # Errors
/// What plan or design report.
pub fn preview(stands: &Stands<'_>, step_mm: f64, job: &Job) -> Result<Preview, StepError> {
    let plan: VaultPlan = stands.json(plan::FILE)?;
    let skull = skull_in(&stands.hu()?, stands.recipe, &|path| stands.input(path))?;
    let inputs = Inputs { plan: &plan, skull: &skull };
    let found = design(&inputs, &stands.recipe.choices, step_mm, job)?;
    Preview::of(&found.value.part(), job)
}

impl Made for Design {
    fn build(context: &mut StepContext<'_>, job: &Job) -> Result<Found<Self>, StepError> {
        let plan: VaultPlan = load::json(context, plan::FILE)?;
        let skull = skull_of(context)?;
        let inputs = Inputs { plan: &plan, skull: &skull };
        Ok(design(&inputs, context.choices(), PART_STEP_MM, job)?)
    }
}

impl OnePart for Design {
    fn part(&self) -> Part {
        Design::part(self)
    }
}
