//! The guide: its solid and figures.

use ossein_design::Part;
use ossein_design::kinds::dental_drill_guide::{
    Design, GuidePlan, Inputs, PART_STEP_MM, Report, design,
};
use ossein_geom::{Found, Job};
use serde_json::{Value, json};

use super::{guide_labels, plan};
use crate::load;
use crate::recipe::Recipe;
use crate::standing::Standing;
use crate::step::{StepDef, StepError};
use crate::steps::labels::labels_of;
use crate::steps::made::{self, Sampled};

/// The step.
pub const STEP: StepDef = StepDef {
    id: "design",
    title: "guide",
    version: 3,
    needs: &["import", "plan"],
    params,
    inputs: StepDef::NO_INPUTS,
    run: made::run::<Design>,
};

fn params(recipe: &Recipe) -> Value {
    json!({
        "id": recipe.case.id,
        "guide": recipe.section("guide"),
        // What findings are held to, and a ridge's reach.
        "plan": recipe.section("plan"),
    })
}

impl Sampled for Design {
    type Report = Report;
    const STEP_MM: f64 = PART_STEP_MM;
    const TOLD: &'static [(&'static str, &'static str)] = &[
        ("seat", "guide.seat"),
        ("sleeve", "guide.sleeve"),
        ("contact_mm", "guide.contact_mm"),
        ("bone_contact_mm", "guide.bone_contact_mm"),
        ("gum_mm", "guide.gum_mm"),
        ("thickness_mm", "guide.thickness_mm"),
        ("skirt_mm", "guide.skirt_mm"),
        ("drill_tip_mm", "guide.drill_tip_mm"),
    ];

    fn sampled(
        standing: &mut Standing<'_>,
        step_mm: f64,
        job: &Job,
    ) -> Result<Found<Self>, StepError> {
        let plan: GuidePlan = load::json(standing, plan::FILE)?;
        let labels = labels_of(standing)?;
        let label = standing.case_id();
        let inputs = Inputs { plan: &plan, labels: guide_labels(&labels), label };
        Ok(design(&inputs, standing.choices(), step_mm, job)?)
    }

    fn part(&self) -> Part {
        Design::part(self)
    }

    fn report(&self) -> &Report {
        &self.report
    }
}
