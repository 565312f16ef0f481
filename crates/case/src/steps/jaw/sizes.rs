//! The backup sizes, as files to print (facts D2.7).

use ossein_design::kinds::mandible_segment_replacement::{
    Backup, Design, DesignError, PART_STEP_MM,
};
use ossein_geom::{Cancelled, Finding, Job};
use serde_json::{Value, json};

use super::super::prepare::{self, sizes};
use crate::step::{StepContext, StepError};
use crate::steps::made::design_of;

/// The nearest screw stands so far from the cut at least (facts D2.16), mm.
const FIRST_SCREW_MM: f64 = 5.0;

/// Writes a shorter and a longer segment, if the recipe wants them; returns a row for each that can
/// be made, and says why one cannot.
///
/// # Errors
/// What the design, the field or the disk report.
pub fn write(
    context: &mut StepContext<'_>,
    findings: &mut Vec<Finding>,
    job: &Job,
) -> Result<Value, StepError> {
    let step = context.choices().number("implant.size_step_mm");
    if step <= 0.0 {
        return Ok(Value::Null);
    }
    let design = design_of::<Design>(context, job)?;
    let planned = design.face_gaps_mm(&*prepare::mesh_of(context, job)?);
    let mut rows = Vec::new();
    for step_mm in [-step, step] {
        let backup = match design.backup(step_mm, context.choices(), PART_STEP_MM, job) {
            Err(DesignError::Cancelled(Cancelled)) => return Err(Cancelled.into()),
            Err(error) => {
                let message = format!("the backup size {step_mm:+} mm is not made: {error}");
                let place = sizes::place(step_mm);
                findings.push(Finding::warning("prepare.backup", place, message));
                continue;
            }
            Ok(backup) => backup,
        };
        findings.extend(near_cut(&backup));
        findings.extend(unmarked(&backup));
        let (mut row, mesh) = sizes::write(context, step_mm, &backup.part, findings, job)?;
        let gaps = planned.zip(design.face_gaps_mm(&mesh));
        // On the meshes: how far both ends of this one stand beyond those of the planned one.
        let beyond = gaps.map(|(planned, own)| [0, 1].map(|n| planned[n] - own[n]));
        row["length_mm"] = json!(backup.length_mm);
        row["beyond_mm"] = json!(beyond);
        row["longer_mm"] = json!(beyond.map(|ends| ends.iter().sum::<f64>()));
        row["mass_g"] = json!(backup.mass_g);
        row["first_screw_mm"] = json!(backup.first_screw_mm);
        row["blocked_mm"] = json!(backup.blocked_mm);
        row["engraved"] = json!(backup.is_marked);
        rows.push(row);
    }
    Ok(Value::Array(rows))
}

/// A longer segment's cuts lie nearer to the screws.
fn near_cut(backup: &Backup) -> Option<Finding> {
    let (step_mm, first_mm) = (backup.step_mm, backup.first_screw_mm);
    (first_mm < FIRST_SCREW_MM).then(|| {
        let message = format!(
            "with the backup size {step_mm:+} mm the nearest screw stands {first_mm:.1} mm from the \
             cut (facts D2.16): ask for a smaller size_step_mm or a larger first_screw_mm"
        );
        let finding = Finding::warning("prepare.backup_screw", sizes::place(step_mm), message);
        finding.measured(first_mm, FIRST_SCREW_MM, "mm")
    })
}

/// Sizes look alike: one without its mark is a matter for whoever packs them.
fn unmarked(backup: &Backup) -> Option<Finding> {
    let step_mm = backup.step_mm;
    (!backup.is_marked).then(|| {
        let message = format!("there is no room to engrave \"{step_mm:+}\": mark this size");
        Finding::warning("prepare.backup_mark", sizes::place(step_mm), message)
    })
}
