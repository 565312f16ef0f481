//! The segment: its solids and figures.

use ossein_design::Part;
use ossein_design::kinds::mandible_segment_replacement::{
    Design, Inputs, PART_STEP_MM, Plan, Report, design, part,
};
use ossein_geom::{Found, Job};
use serde_json::{Value, json};

use super::{jaw_labels, plan};
use crate::load;
use crate::recipe::Recipe;
use crate::standing::Standing;
use crate::step::{StepDef, StepError};
use crate::steps::labels::{Labels, labels_of};
use crate::steps::made::{self, Sampled};

/// The step.
pub const STEP: StepDef = StepDef {
    id: "design",
    title: "design",
    version: 4,
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
    })
}

impl Sampled for Design {
    type Report = Report;
    const STEP_MM: f64 = PART_STEP_MM;
    const TOLD: &'static [(&'static str, &'static str)] = &[
        ("screw.diameter_mm", "implant.screw_diameter_mm"),
        ("screw.head_diameter_mm", "implant.screw_head_mm"),
    ];

    fn sampled(
        standing: &mut Standing<'_>,
        step_mm: f64,
        job: &Job,
    ) -> Result<Found<Self>, StepError> {
        let (plan, labels) = read(standing)?;
        let inputs = Inputs { plan: &plan, labels: jaw_labels(&labels)? };
        Ok(design(&inputs, standing.choices(), step_mm, job)?)
    }

    fn shape(standing: &mut Standing<'_>, step_mm: f64, job: &Job) -> Result<Part, StepError> {
        let (plan, labels) = read(standing)?;
        let inputs = Inputs { plan: &plan, labels: jaw_labels(&labels)? };
        Ok(part(&inputs, standing.choices(), step_mm, job)?)
    }

    fn part(&self) -> Part {
        Design::part(self)
    }

    fn report(&self) -> &Report {
        &self.report
    }
}

fn read(standing: &mut Standing<'_>) -> Result<(Plan, Labels), StepError> {
    Ok((load::json(standing, plan::FILE)?, labels_of(standing)?))
}
