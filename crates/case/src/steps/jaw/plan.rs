//! The jaw measured, the cuts placed, the contour of what they take out.

use ossein_design::kinds::mandible_segment_replacement::{Plan, plan};
use ossein_geom::{Job, Lps, Point};
use serde_json::{Value, json};

use super::jaw_labels;
use crate::recipe::Recipe;
use crate::step::{Outcome, StepContext, StepDef, StepError};
use crate::steps::labels::labels_of;

/// Where the plan is kept.
pub const FILE: &str = "plan.json";

/// The step.
pub const STEP: StepDef = StepDef {
    id: "plan",
    title: "plan",
    version: 1,
    needs: &["import"],
    params,
    inputs: StepDef::NO_INPUTS,
    run,
};

fn params(recipe: &Recipe) -> Value {
    json!({ "resection": recipe.plan.resection, "choices": recipe.section("plan") })
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let labels = labels_of(context)?;
    let recipe = context.recipe();
    let resection = recipe.plan.resection.as_ref().ok_or_else(|| {
        StepError::new(
            "[plan] says nothing of what is taken out: give resection = { from_mm = 10, to_mm = 45 } \
             (mm along the jaw from the chin, positive to the left) or planes",
        )
    })?;
    let found = plan(&jaw_labels(&labels)?, resection, context.choices(), job)?;
    context.write_json(FILE, &found.value)?;
    let summary = summary(&found.value);
    Ok(Outcome { findings: found.findings, summary })
}

fn summary(plan: &Plan) -> Value {
    let jaw = &plan.jaw;
    let sides = |name: &str, points: &[Point<Lps>; 2]| {
        let row = |(side, p): (&str, &Point<Lps>)| json!({ "name": format!("{name}, {side}"), "point": p });
        ["right", "left"].into_iter().zip(points).map(row).collect::<Vec<Value>>()
    };
    let mut landmarks = Vec::new();
    landmarks.extend(sides("condyle", &jaw.condyles));
    landmarks.extend(sides("coronoid process", &jaw.coronoids));
    landmarks.extend(sides("gonion", &jaw.gonia));
    landmarks.push(json!({ "name": "menton", "point": jaw.menton }));
    landmarks.push(json!({ "name": "pogonion", "point": jaw.pogonion }));
    json!({ "plan": {
        "landmarks": landmarks,
        "asymmetry_mm": jaw.symmetry.rms_mm,
        "cuts": plan.cuts.iter().zip(plan.along_mm).map(|(cut, along_mm)| json!({
            "point": cut.point, "normal": cut.normal, "along_mm": along_mm,
        })).collect::<Vec<Value>>(),
        "length_mm": plan.length_mm(),
        "removed_mm3": plan.removed_mm3,
        "contour": {
            "source": plan.contour.source,
            "trials": plan.contour.trials,
            "deformed_mm": plan.contour.deformed_mm,
            "no_mirror": plan.contour.no_mirror,
        },
        "frame": "LPS",
    } })
}
