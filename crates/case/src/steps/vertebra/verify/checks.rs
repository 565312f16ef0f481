//! What someone should look at: solver, resolution, bone beyond its law, figures that do not hold.

use ossein_geom::Finding;

use super::Solved;
use super::construct::{Construct, Materials};
use super::evidence::{Difference, Evidence};

/// Relative error above which a figure is said to be uncertain.
const ERROR_MAX: f64 = 0.05;
/// Part of the bone's voxels that may lie at an end of the range of moduli.
const CLIPPED_MAX: f64 = 0.1;

/// What the solver wants looked at in any of the models, each once.
pub fn of_solver(solved: &Solved) -> Vec<Finding> {
    let Solved { fine, coarse, bone, slip, .. } = solved;
    let all = [&fine.evidence.findings, &coarse.evidence.findings, &slip.findings, &bone.findings];
    let mut findings: Vec<Finding> = Vec::new();
    for finding in all.into_iter().flatten() {
        if !findings.contains(finding) {
            findings.push(finding.clone());
        }
    }
    findings
}

/// Figures that do not hold or that nothing confirms.
pub fn of_figures(
    solved: &Solved,
    materials: &Materials,
    resolution: &[Difference],
    safety_min: f64,
) -> Vec<Finding> {
    let (evidence, construct) = (&solved.fine.evidence, &solved.fine.construct);
    let mut findings = limits(evidence, safety_min);
    findings.extend(errors(resolution));
    findings.extend(clipped(construct, materials));
    findings.extend(extrapolated(construct, materials));
    findings
}

/// Figures that the second resolution does not confirm; a case that did not converge or balance has
/// the solver's own finding.
fn errors(resolution: &[Difference]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let wide: Vec<&Difference> =
        resolution.iter().filter(|d| d.relative_error > ERROR_MAX).collect();
    let worst = wide.iter().max_by(|a, b| a.relative_error.total_cmp(&b.relative_error));
    if let Some(worst) = worst {
        let message = format!(
            "{} of {} figures are not within {:.0} % by the second resolution; widest {}: {}. \
             A smaller [mechanics] voxel_mm narrows them",
            wide.len(),
            resolution.len(),
            100.0 * ERROR_MAX,
            worst.name,
            percent(worst.relative_error)
        );
        let finding = Finding::warning("verify.resolution", "mechanics", message);
        findings.push(finding.measured(worst.relative_error, ERROR_MAX, ""));
    }
    findings
}

/// An error in percent: beyond the figure itself it is no number to trust.
fn percent(error: f64) -> String {
    if error > 1.0 { "more than 100 %".into() } else { format!("{:.0} %", 100.0 * error) }
}

/// Bone whose modulus lies at an end of the range that the map may give.
fn clipped(construct: &Construct, materials: &Materials) -> Option<Finding> {
    let range = materials.bone.range;
    let ends = [range.modulus_min.0, range.modulus_max.0];
    let bone = || construct.bone_hu.iter().filter(|hu| !hu.is_nan());
    let at_end =
        |hu: &&f32| materials.bone.modulus(f64::from(**hu)).is_some_and(|m| ends.contains(&m.0));
    let part = bone().filter(at_end).count() as f64 / bone().count().max(1) as f64;
    let message = format!(
        "{:.0} % of the bone's voxels take the lowest or highest modulus that bone may have, {} or \
         {} MPa: look at the calibration, and for metal or air in the bone",
        100.0 * part,
        ends[0],
        ends[1]
    );
    let finding = Finding::warning("verify.bone_range", "bone material", message);
    (part > CLIPPED_MAX).then(|| finding.measured(part, CLIPPED_MAX, ""))
}

/// Bone denser or lighter than the specimens that its law was fitted to.
fn extrapolated(construct: &Construct, materials: &Materials) -> Option<Finding> {
    let [min, max] = materials.bone.law.fitted_g_per_cm3?;
    let bone = || construct.bone_hu.iter().filter(|hu| !hu.is_nan());
    let density = |hu: f32| materials.bone.calibration.density(f64::from(hu)).to_apparent();
    let outside = |hu: &&f32| !(min..=max).contains(&density(**hu).g_per_cm3);
    let part = bone().filter(outside).count() as f64 / bone().count().max(1) as f64;
    let message = format!(
        "{:.0} % of the bone's voxels lie outside the {min} to {max} g/cm3 of apparent density \
         that `{}` was fitted to: there it extrapolates, to cortex above and to marrow below",
        100.0 * part,
        materials.bone.law.id
    );
    let finding = Finding::note("verify.law_range", "bone material", message);
    (part > 0.0).then(|| finding.measured(part, 0.0, ""))
}

fn limits(evidence: &Evidence, safety_min: f64) -> Vec<Finding> {
    let mut findings = Vec::new();
    for case in evidence.cases.iter().filter(|c| c.safety_factor < safety_min) {
        let message = format!(
            "the safety factor under {} is {:.2}; at least {safety_min} was asked for",
            case.name, case.safety_factor
        );
        findings.push(Finding::failure("verify.safety_factor", &case.name, message).measured(
            case.safety_factor,
            safety_min,
            "",
        ));
    }
    for end in evidence.endplates.iter().filter(|e| e.ratio < 1.0) {
        let message = format!(
            "under {} the pressure on 5 % of the {} endplate reaches {:.2} of its local strength: \
             the implant may subside there",
            end.case,
            end.end,
            1.0 / end.ratio
        );
        findings.push(
            Finding::warning("verify.endplate", format!("{} endplate", end.end), message)
                .measured(end.ratio, 1.0, ""),
        );
    }
    findings
}
