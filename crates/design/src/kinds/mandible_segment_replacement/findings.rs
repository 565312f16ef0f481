//! What someone should look at in a segment.

use ossein_geom::{Choices, Finding};

use super::design::Report;
use super::fixation::{ENDS, SCREW_COUNT_MIN};

/// Bone in the way of the segment: more than this is said, mm.
const BLOCKED_MM_NOTE: f64 = 0.3;
/// Loose crumbs that nobody need hear of, mm³.
const CRUMB_MM3: f64 = 1.0;

/// Of the figures of a design.
pub(super) fn findings(report: &Report, choices: &Choices) -> Vec<Finding> {
    let mut findings = Vec::new();
    let wanted = choices.whole("implant.screws_per_side").max(0) as usize;
    for end in ENDS {
        let count = report.screws.iter().filter(|s| s.end == end).count();
        let place = format!("{end} end");
        if count < wanted {
            let message = format!("{count} of {wanted} screws find a place at the {end} end");
            findings.push(Finding::warning("design.screw_place", &place, message).measured(
                count as f64,
                wanted as f64,
                "",
            ));
        }
        if count < SCREW_COUNT_MIN {
            let message = format!(
                "{count} screws at the {end} end; {SCREW_COUNT_MIN} hold a plate at least (facts \
                 D2.16)"
            );
            findings.push(Finding::failure("design.screw_count", &place, message).measured(
                count as f64,
                SCREW_COUNT_MIN as f64,
                "",
            ));
        }
    }
    for screw in report.screws.iter().filter(|s| !s.bicortical) {
        let message = format!(
            "screw {} ends in the bone, {:.1} mm short of the far wall: teeth, canal or the \
             longest screw keep it from going through",
            screw.id,
            screw.bone_mm - screw.point.distance(screw.tip)
        );
        findings.push(Finding::note("design.one_wall", format!("screw {}", screw.id), message));
    }
    for (missing, what) in [
        (report.screws.iter().all(|s| s.root_mm.is_none()), "teeth"),
        (report.screws.iter().all(|s| s.canal_mm.is_none()), "mandibular canal"),
    ] {
        if missing {
            let message = format!(
                "no label for the {what} near the segment: screws were placed without looking for \
                 it"
            );
            findings.push(Finding::warning("design.unseen", what, message));
        }
    }
    if report.insertion.blocked_mm > BLOCKED_MM_NOTE {
        let message = format!(
            "on its way in, {}, the segment meets {:.2} mm of bone: ease it there",
            report.insertion.way, report.insertion.blocked_mm
        );
        findings.push(Finding::warning("design.undercut", "segment", message).measured(
            report.insertion.blocked_mm,
            BLOCKED_MM_NOTE,
            "mm",
        ));
    }
    if report.dropped_mm3 > CRUMB_MM3 {
        let message = format!(
            "{} loose pieces, {:.2} mm3, were dropped",
            report.dropped_count, report.dropped_mm3
        );
        findings.push(Finding::note("design.loose", "segment", message));
    }
    findings
}
