//! The implant: its solids and figures.

use ossein_design::Part;
use ossein_design::kinds::root_analogue_implant::{
    Design, Inputs, PART_STEP_MM, Report, RootPlan, design,
};
use ossein_geom::{Found, Job};
use serde_json::{Value, json};

use super::{jaw_teeth, plan};
use crate::load;
use crate::recipe::Recipe;
use crate::standing::Standing;
use crate::step::{StepDef, StepError};
use crate::steps::labels::labels_of;
use crate::steps::made::{self, Sampled};

/// The step.
pub const STEP: StepDef = StepDef {
    id: "design",
    title: "design",
    version: 2,
    needs: &["import", "plan"],
    params,
    inputs: StepDef::NO_INPUTS,
    run: made::run::<Design>,
};

fn params(recipe: &Recipe) -> Value {
    json!({
        "id": recipe.case.id,
        "implant": recipe.section("implant"),
        "lattice": recipe.section("lattice"),
        "metal": recipe.choices.word("mechanics.metal"),
    })
}

impl Sampled for Design {
    type Report = Report;
    const STEP_MM: f64 = PART_STEP_MM;
    const TOLD: &'static [(&'static str, &'static str)] = &[
        ("material", "implant.material"),
        ("surface", "implant.surface"),
        ("layer_mm", "implant.layer_mm"),
        ("groove_depth_mm", "implant.groove_depth_mm"),
        ("groove_pitch_mm", "implant.groove_pitch_mm"),
        ("collar_mm", "implant.collar_mm"),
        ("margin_mm", "implant.margin_mm"),
    ];

    fn sampled(
        standing: &mut Standing<'_>,
        step_mm: f64,
        job: &Job,
    ) -> Result<Found<Self>, StepError> {
        let plan: RootPlan = load::json(standing, plan::FILE)?;
        let labels = labels_of(standing)?;
        let inputs = Inputs { plan: &plan, labels: jaw_teeth(&labels) };
        Ok(design(&inputs, standing.choices(), step_mm, job)?)
    }

    fn part(&self) -> Part {
        Design::part(self)
    }

    fn report(&self) -> &Report {
        &self.report
    }
}
