//! What someone should look at: solver, bone beyond its law, figures that do not hold.

use ossein_geom::{Finding, Severity};

use super::construct::{Construct, Materials};
use super::evidence::Evidence;
use super::judge::Estimates;
use super::look::Look;

/// Part of the bone's voxels that may lie at an end of the range of moduli.
const CLIPPED_MAX: f64 = 0.1;

/// What the solver wants looked at in any of the models, each once; of the second resolution of the
/// estimates, failures alone.
pub fn of_solver(coarse: &Look, fine: &Look) -> Vec<Finding> {
    let Estimates { bone, slip, .. } = &fine.judged.estimates;
    let all = [&fine.evidence.findings, &coarse.evidence.findings, &slip.findings, &bone.findings];
    let second = &coarse.judged.estimates;
    let of_second = [&coarse.judged.felt, &second.slip.findings, &second.bone.findings];
    let failures = of_second
        .into_iter()
        .chain([&coarse.judged.tests.findings])
        .flatten()
        .filter(|finding| finding.severity == Severity::Failure)
        .map(|finding| Finding {
            message: format!("voxels of {} mm: {}", second.voxel_mm, finding.message),
            ..finding.clone()
        });
    let mut findings: Vec<Finding> = Vec::new();
    for finding in all.into_iter().flatten().cloned().chain(failures) {
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    findings.extend(fine.judged.tests.findings.iter().cloned());
    findings
}

/// Figures that do not hold or that nothing confirms.
pub fn of_figures(look: &Look, materials: &Materials, safety_min: f64) -> Vec<Finding> {
    let mut findings = limits(&look.evidence, safety_min);
    findings.extend(clipped(&look.construct, materials));
    findings.extend(extrapolated(&look.construct, materials));
    findings
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
