//! The implant: its solids and figures.

use ossein_design::kinds::vertebral_body_replacement::{
    Design, Inputs, PART_STEP_MM, Report, Rung, Screw, design, ladder,
};
use ossein_design::{Part, Plan};
use ossein_geom::{Found, Job};
use ossein_mesh::extract;
use serde_json::{Value, json};

use crate::load;
use crate::preview::Preview;
use crate::recipe::Recipe;
use crate::standing::Standing;
use crate::step::{Outcome, StepContext, StepDef, StepError};
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
    let report = &design.report;
    let plan: Plan = load::json(context, super::plan::FILE)?;
    let hu = load::volume(context)?;
    let case_id = context.case_id().to_owned();
    let inputs = Inputs { case_id: &case_id, plan: &plan, hu: &hu };
    let mut rungs = vec![Rung {
        step_mm: 0.0,
        height_mm: report.height_mm,
        volume_mm3: report.volume_mm3,
        mass_g: report.mass_g,
    }];
    let step = context.choices().number("implant.ladder_step_mm");
    for step_mm in [-step, step] {
        let how = (step_mm, 2.0 * PART_STEP_MM);
        rungs.push(ladder(&inputs, context.choices(), how, job)?.0);
    }
    rungs.sort_by(|a, b| a.step_mm.total_cmp(&b.step_mm));
    context.write_json(FILE, report)?;
    let summary = json!({
        "implant": implant(report, &rungs),
        "lattice": lattice(report, context),
    });
    keep(context, design);
    Ok(Outcome { findings, summary })
}

/// The implant with samples `step_mm` apart.
///
/// # Errors
/// What plan or design report.
pub fn preview(standing: &mut Standing<'_>, step_mm: f64, job: &Job) -> Result<Preview, StepError> {
    let plan: Plan = load::json(standing, super::plan::FILE)?;
    let (hu, recipe) = (load::volume(standing)?, standing.recipe());
    let inputs = Inputs { case_id: &recipe.case.id, plan: &plan, hu: &hu };
    let (figures, part) = ladder(&inputs, &recipe.choices, (0.0, step_mm), job)?;
    let mesh = extract(&*part.solid, &part.solid.samples(), job)?;
    Ok(Preview {
        mesh: mesh.placed(&plan.placement.inverse()),
        height_mm: Some(figures.height_mm),
        volume_mm3: figures.volume_mm3,
        mass_g: figures.mass_g,
    })
}

impl Made for Design {
    fn build(standing: &mut Standing<'_>, job: &Job) -> Result<Found<Self>, StepError> {
        let plan: Plan = load::json(standing, super::plan::FILE)?;
        let hu = load::volume(standing)?;
        let case_id = standing.case_id();
        let inputs = Inputs { case_id, plan: &plan, hu: &hu };
        Ok(design(&inputs, standing.choices(), job)?)
    }
}

impl OnePart for Design {
    fn part(&self) -> Part {
        Design::part(self)
    }
}

fn implant(report: &Report, rungs: &[Rung]) -> Value {
    let screw = |s: &Screw| {
        json!({
            "id": s.id, "end": s.end, "length_mm": s.length_mm, "bone_mm": s.bone_mm,
            "diameter_mm": s.diameter_mm, "head_diameter_mm": s.head_diameter_mm,
            "entry_mm": s.entry_mm, "tip_mm": s.tip_mm, "direction": s.direction,
            "mean_hu": s.mean_hu,
        })
    };
    json!({
        "height_mm": report.height_mm,
        "height_anterior_mm": report.height_anterior_mm,
        "height_posterior_mm": report.height_posterior_mm,
        "volume_mm3": report.volume_mm3,
        "envelope_mm3": report.envelope_mm3,
        "dense_mm3": report.dense_mm3,
        "mass_g": report.mass_g,
        "solid_fraction": report.solid_fraction,
        "contact": { "cranial": report.contact_cranial, "caudal": report.contact_caudal },
        "screws": report.screws.iter().map(screw).collect::<Vec<_>>(),
        "ladder": rungs,
    })
}

fn lattice(report: &Report, context: &StepContext<'_>) -> Value {
    let choices = context.choices();
    json!({
        "cell": choices.word("lattice.cell"),
        "period_mm": choices.number("lattice.period_mm"),
        "solid_fraction": choices.number("lattice.solid_fraction"),
        "pore_mm": report.lattice.pore_mm,
        "throat_mm": report.lattice.throat_mm,
        "strut_mm": report.lattice.strut_mm,
        "neck_mm": report.lattice.neck_mm,
        "connected": true,
        "dropped_count": report.dropped_count,
        "dropped_mm3": report.dropped_mm3,
        "filled_count": report.filled_count,
        "filled_mm3": report.filled_mm3,
    })
}
