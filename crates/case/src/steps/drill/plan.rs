//! Where implants stand, and what is around them.

use ossein_design::kinds::dental_drill_guide::{GuidePlan, plan};
use ossein_geom::Job;
use serde_json::{Value, json};

use super::guide_labels;
use crate::recipe::Recipe;
use crate::step::{Outcome, StepContext, StepDef, StepError};
use crate::steps::labels::labels_of;

/// Where the plan is kept.
pub const FILE: &str = "plan.json";

/// The step.
pub const STEP: StepDef = StepDef {
    id: "plan",
    title: "plan",
    version: 3,
    needs: &["import"],
    params,
    inputs: StepDef::NO_INPUTS,
    run,
};

fn params(recipe: &Recipe) -> Value {
    json!({ "guide": recipe.plan.guide, "choices": recipe.section("plan") })
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let labels = labels_of(context)?;
    let asked = &context.recipe().plan.guide;
    let found = plan(&guide_labels(&labels), asked, context.choices(), job)?;
    context.write_json(FILE, &found.value)?;
    let summary = summary(&found.value);
    Ok(Outcome { findings: found.findings, summary })
}

fn summary(plan: &GuidePlan) -> Value {
    let implant = |own: &ossein_design::kinds::dental_drill_guide::Planned| {
        json!({
            "id": own.id,
            "entry": own.bore.entry,
            "apex": own.bore.apex(),
            "axis": own.bore.along,
            "diameter_mm": 2.0 * own.bore.radius_mm[0],
            "length_mm": own.bore.length_mm,
            "replaces": own.replaces,
            "canal_mm": own.canal_mm,
            "tooth_mm": own.tooth_mm,
            "nearest_tooth": own.nearest_tooth,
            "slant_deg": own.slant_deg,
            "covered": own.bone.covered,
            "bare_mm": own.bone.bare_mm,
            "plate_mm": own.bone.plate_mm,
            "plate_depth_mm": own.bone.plate_depth_mm,
            "below_mm": own.bone.below_mm,
            "levels": own.bone.levels.iter().step_by(2).collect::<Vec<_>>(),
        })
    };
    json!({ "plan": {
        "jaw": if plan.lower { "lower" } else { "upper" },
        "implants": plan.implants.iter().map(implant).collect::<Vec<_>>(),
        "between": plan.between,
        "extracted": plan.out.iter().map(|n| n + 1).collect::<Vec<_>>(),
        "support": plan.support.iter().map(|s| s.index + 1).collect::<Vec<_>>(),
        "put_on_from": plan.from,
        "put_on_by": if plan.from_given { "the recipe" } else { "the axes of the teeth that carry" },
        "frame": "LPS",
    } })
}
