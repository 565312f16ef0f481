//! The jaw measured, the cuts placed, the contour of what they take out.

use std::path::Path;

use ossein_design::kinds::mandible_segment_replacement::{Plan, plan};
use ossein_geom::{Job, Lps, Point};
use ossein_shape::ShapeModel;
use serde_json::{Value, json};

use super::jaw_labels;
use crate::load;
use crate::recipe::Recipe;
use crate::step::{External, Outcome, StepContext, StepDef, StepError};
use crate::steps::labels::labels_of;

/// Where the plan is kept.
pub const FILE: &str = "plan.json";

/// The step.
pub const STEP: StepDef =
    StepDef { id: "plan", title: "plan", version: 6, needs: &["import"], params, inputs, run };

fn params(recipe: &Recipe) -> Value {
    json!({ "resection": recipe.plan.resection, "choices": recipe.section("plan") })
}

/// The shape model, if there is one.
fn inputs(recipe: &Recipe, case: &Path) -> Result<Vec<External>, StepError> {
    let path = recipe.plan.shape_model.iter();
    Ok(path.map(|path| External::new("shape model", case.join(path))).collect())
}

/// Reads the shape model that the recipe names; none where it names none.
fn model(context: &StepContext<'_>) -> Result<Option<ShapeModel<Lps>>, StepError> {
    let Some(path) = &context.recipe().plan.shape_model else { return Ok(None) };
    let bytes = context.read_input(path)?;
    let told = |e: &dyn std::fmt::Display| StepError::new(format!("{}: {e}", path.display()));
    ShapeModel::from_bytes(&bytes, load::BYTE_COUNT_MAX).map(Some).map_err(|e| told(&e))
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
    let model = model(context)?;
    let jaw = jaw_labels(&labels)?;
    let found = plan(&jaw, resection, model.as_ref(), context.choices(), job)?;
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
            "expected_mm": plan.contour.expected_mm,
            "deformed_mm": plan.contour.deformed_mm,
            "no_mirror": plan.contour.no_mirror,
        },
        "frame": "LPS",
    } })
}
