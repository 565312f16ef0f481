//! What someone should look at: solver, bone beyond its law, figures that do not hold.

use ossein_geom::{Finding, Severity};

use super::construct::Materials;
use super::evidence::Evidence;
use super::judge::Estimates;
use super::look::Look;

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
    let bone = look.construct.bone_hu.iter().copied().filter(|hu| !hu.is_nan());
    findings.extend(materials.bone.doubts(["verify.bone_range", "verify.law_range"], bone));
    findings
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
