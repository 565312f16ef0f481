//! What someone should look at in a plan.

use ossein_geom::{Choices, Finding};

use super::plan::{GuidePlan, Planned};

/// Less of an implant's side in bone than this is said, as share (estimate).
const COVERED_GOOD: f64 = 0.75;
/// A bare neck longer than this is said, mm (estimate).
const BARE_MM_GOOD: f64 = 1.0;
/// Less bone than this straight under an implant's end is said, mm (estimate).
const BELOW_MM_GOOD: f64 = 1.0;

/// Everything in a plan.
pub(super) fn of_plan(plan: &GuidePlan, choices: &Choices) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        plan.implants.iter().flat_map(|own| of_implant(own, plan.lower, choices)).collect();
    let apart_min = choices.number("plan.implant_clearance_mm");
    for pair in plan.between.iter().filter(|pair| pair.apart_mm < apart_min) {
        let [a, b] = &pair.ids;
        let message = format!(
            "implants {a} and {b} stand {:.1} mm apart; {apart_min} mm are kept between implants",
            pair.apart_mm
        );
        let finding = Finding::failure("plan.implants", format!("implants {a}, {b}"), message);
        findings.push(finding.measured(pair.apart_mm, apart_min, "mm"));
    }
    if !plan.lower {
        let message = "marrow and sinus cannot be told apart in a label map of an upper jaw: bone \
                       around the implants counts as far as it is labelled, and nothing is known \
                       of the sinus";
        findings.push(Finding::warning("plan.sinus", "upper jaw", message));
    }
    if choices.word("plan.sockets") == "healed" && !plan.out.is_empty() {
        let message = "sockets of teeth that are taken out count as bone: the map shows the jaw \
                       before; look at a scan after healing";
        findings.push(Finding::warning("plan.healed", "sockets", message));
    }
    findings
}

fn of_implant(own: &Planned, lower: bool, choices: &Choices) -> Vec<Finding> {
    let mut findings = distances(own, choices);
    let (place, bone) = (format!("implant {}", own.id), &own.bone);
    if bone.covered < COVERED_GOOD {
        let message =
            format!("bone touches {:.0} % of the side of implant {}", 100.0 * bone.covered, own.id);
        let finding = Finding::warning("plan.covered", &place, message);
        findings.push(finding.measured(bone.covered, COVERED_GOOD, ""));
    }
    if let Some(mm) = bone.bare_mm.filter(|mm| *mm > BARE_MM_GOOD) {
        let message = format!("the neck of implant {} stands bare for {mm:.1} mm", own.id);
        let finding = Finding::warning("plan.bare", &place, message);
        findings.push(finding.measured(mm, BARE_MM_GOOD, "mm"));
    }
    let plate_min = choices.number("plan.plate_mm");
    for (n, side) in ["cheek", "tongue"].into_iter().enumerate() {
        let (Some(mm), Some(depth)) = (bone.plate_mm[n], bone.plate_depth_mm[n]) else { continue };
        if mm < plate_min {
            let message = format!(
                "{mm:.1} mm of bone are left to the {side} side of implant {}, {depth:.1} mm under \
                 its neck, to the label map's own accuracy",
                own.id
            );
            let finding = Finding::warning("plan.plate", format!("{place}, {side} side"), message);
            findings.push(finding.measured(mm, plate_min, "mm"));
        }
    }
    if !bone.apex_covered {
        let message = format!("bone does not surround the end of implant {}", own.id);
        let finding = if lower { Finding::warning } else { Finding::failure };
        findings.push(finding("plan.apex", place.clone(), message));
    } else if bone.below_mm < BELOW_MM_GOOD {
        let message = format!("{:.1} mm of bone are left under implant {}", bone.below_mm, own.id);
        let finding = Finding::warning("plan.below", &place, message);
        findings.push(finding.measured(bone.below_mm, BELOW_MM_GOOD, "mm"));
    }
    findings
}

/// To canal and teeth.
fn distances(own: &Planned, choices: &Choices) -> Vec<Finding> {
    let mut findings = Vec::new();
    let place = format!("implant {}", own.id);
    let canal_min = choices.number("plan.canal_clearance_mm");
    if let Some(mm) = own.canal_mm.filter(|mm| *mm < canal_min) {
        let message = format!(
            "implant {} comes {mm:.1} mm near to the mandibular canal: {canal_min} mm are kept \
             (facts D2.16, D2.38)",
            own.id
        );
        let finding = Finding::failure("plan.canal", &place, message);
        findings.push(finding.measured(mm, canal_min, "mm"));
    }
    let tooth_min = choices.number("plan.tooth_clearance_mm");
    if let (Some(mm), Some(n)) = (own.tooth_mm, own.nearest_tooth)
        && mm < tooth_min
    {
        let message = format!(
            "implant {} comes {mm:.1} mm near to tooth {n} from the right: {tooth_min} mm are kept",
            own.id
        );
        let finding = Finding::failure("plan.tooth", &place, message);
        findings.push(finding.measured(mm, tooth_min, "mm"));
    }
    findings
}
