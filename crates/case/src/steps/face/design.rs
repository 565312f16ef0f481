//! The onlay: its solids and figures.

use ossein_design::Part;
use ossein_design::kinds::facial_onlay::{Design, Inputs, PART_STEP_MM, Report, design, part};
use ossein_geom::{Choices, Found, Job};
use serde_json::{Value, json};

use super::carrier::carrier_of;
use super::plan::{self, plan_of, surface};
use crate::recipe::Recipe;
use crate::standing::Standing;
use crate::step::{StepDef, StepError};
use crate::steps::made::{self, Sampled};

/// The step.
pub const STEP: StepDef = StepDef {
    id: "design",
    title: "design",
    version: 3,
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
        "mechanics": recipe.section("mechanics"),
    })
}

impl Sampled for Design {
    type Report = Report;
    const STEP_MM: f64 = PART_STEP_MM;
    const TOLD: &'static [(&'static str, &'static str)] = &[
        ("material", "implant.material"),
        ("gap_mm", "implant.gap_mm"),
        ("height_max_mm", "implant.height_max_mm"),
        ("screw.diameter_mm", "implant.screw_diameter_mm"),
        ("screw.head_diameter_mm", "implant.screw_head_mm"),
    ];

    fn sampled(
        standing: &mut Standing<'_>,
        step_mm: f64,
        job: &Job,
    ) -> Result<Found<Self>, StepError> {
        with_inputs(standing, |inputs, choices| Ok(design(inputs, choices, step_mm, job)?))
    }

    fn shape(standing: &mut Standing<'_>, step_mm: f64, job: &Job) -> Result<Part, StepError> {
        with_inputs(standing, |inputs, choices| Ok(part(inputs, choices, step_mm, job)?))
    }

    fn part(&self) -> Part {
        Design::part(self)
    }

    fn report(&self) -> &Report {
        &self.report
    }
}

/// What is made of plan, bone and target as they stand.
fn with_inputs<T>(
    standing: &mut Standing<'_>,
    make: impl FnOnce(&Inputs, &Choices) -> Result<T, StepError>,
) -> Result<T, StepError> {
    let plan = plan_of(standing)?;
    let carrier = carrier_of(standing)?;
    let target = surface(standing)?;
    let inputs = Inputs {
        plan: &plan,
        bone: &carrier.volume,
        target: target.as_ref(),
        keep_outs: carrier.keep_outs.clone(),
    };
    make(&inputs, standing.choices())
}
