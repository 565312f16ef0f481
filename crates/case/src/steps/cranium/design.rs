//! The plate: its solids and figures.

use ossein_design::Part;
use ossein_design::kinds::cranioplasty::{Design, Inputs, PART_STEP_MM, Report, VaultPlan, design};
use ossein_geom::{Found, Job};
use serde_json::{Value, json};

use super::plan::{self, skull_of};
use crate::load;
use crate::recipe::Recipe;
use crate::standing::Standing;
use crate::step::{StepDef, StepError};
use crate::steps::made::{self, Sampled};

/// The step.
pub const STEP: StepDef = StepDef {
    id: "design",
    title: "design",
    version: 2,
    needs: &["import", "plan"],
    params,
    inputs: plan::inputs,
    run: made::run::<Design>,
};

fn params(recipe: &Recipe) -> Value {
    json!({
        "id": recipe.case.id,
        "implant": recipe.section("implant"),
        "lattice": recipe.section("lattice"),
    })
}

impl Sampled for Design {
    type Report = Report;
    const STEP_MM: f64 = PART_STEP_MM;
    const TOLD: &'static [(&'static str, &'static str)] = &[
        ("material", "implant.material"),
        ("screw.diameter_mm", "implant.screw_diameter_mm"),
        ("screw.head_diameter_mm", "implant.screw_head_mm"),
    ];

    fn sampled(
        standing: &mut Standing<'_>,
        step_mm: f64,
        job: &Job,
    ) -> Result<Found<Self>, StepError> {
        let plan: VaultPlan = load::json(standing, plan::FILE)?;
        let skull = skull_of(standing)?;
        let inputs = Inputs { plan: &plan, skull: &skull };
        Ok(design(&inputs, standing.choices(), step_mm, job)?)
    }

    fn part(&self) -> Part {
        Design::part(self)
    }

    fn report(&self) -> &Report {
        &self.report
    }
}
