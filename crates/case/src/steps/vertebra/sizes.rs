//! The other sizes of the ladder, as files to print.

use ossein_design::Plan;
use ossein_design::kinds::vertebral_body_replacement::{Inputs, PART_STEP_MM, ladder};
use ossein_geom::{Finding, Job};
use serde_json::{Value, json};

use super::super::prepare::sizes;
use crate::load;
use crate::step::{StepContext, StepError};

/// Writes one size below and one above, if the recipe wants them; returns a row for each.
///
/// # Errors
/// What the design, the field or the disk report.
pub fn write(
    context: &mut StepContext<'_>,
    findings: &mut Vec<Finding>,
    job: &Job,
) -> Result<Value, StepError> {
    if !context.choices().flag("print.ladder_files") {
        return Ok(Value::Null);
    }
    let plan: Plan = load::json(context, super::plan::FILE)?;
    let hu = load::volume(context)?;
    let case_id = context.case_id().to_owned();
    let inputs = Inputs { case_id: &case_id, plan: &plan, hu: &hu };
    let step = context.choices().number("implant.ladder_step_mm");
    let mut rows = Vec::new();
    for step_mm in [-step, step] {
        let how = (step_mm, PART_STEP_MM);
        let (rung, part) = ladder(&inputs, context.choices(), how, job)?;
        let (mut row, _) = sizes::write(context, step_mm, &part, findings, job)?;
        row["height_mm"] = json!(rung.height_mm);
        rows.push(row);
    }
    Ok(Value::Array(rows))
}
