//! Which tooth is replaced, and what stands around it.

use ossein_anatomy::tooth::{Roots, Teeth, Tooth, ToothError, ToothLabels, teeth, tooth};
use ossein_geom::{Choices, Finding, Found, Job, Lps, Point, Volume};
use serde::{Deserialize, Serialize};

use super::errors::PlanError;
use crate::sides::header;

/// Roots that lean farther apart than this go in along no common way, degrees (estimate).
const DIVERGENCE_DEG_MAX: f64 = 15.0;
/// Less root than this holds nothing, mm (estimate).
const ROOT_MM_MIN: f64 = 5.0;
/// A contact this near to the neck that parts teeth makes the border unsure, as share.
const NECK_UNSURE: f64 = 0.06;
/// No neck of a tooth is so much wider along the arch than across it.
const WIDE: f64 = 1.5;
/// A thinner plate of bone is lost more often than it stays, mm (estimate).
const PLATE_MM_GOOD: f64 = 1.0;
/// Bone missing beside more of the root than this is said, as share.
const BARE_SHARE_MAX: f64 = 0.15;

/// Numbers of a label map: one jaw, both, and the canal.
#[derive(Clone, Copy)]
pub struct JawTeeth<'a> {
    /// The labels.
    pub volume: &'a Volume<u16>,
    /// Lower teeth and mandible, if both have labels.
    pub lower: Option<[u16; 2]>,
    /// Upper teeth and maxilla, if both have labels.
    pub upper: Option<[u16; 2]>,
    /// The mandibular canal.
    pub canal: Option<u16>,
}

impl<'a> JawTeeth<'a> {
    /// The labels of one jaw.
    pub fn jaw(&self, lower: bool) -> Option<ToothLabels<'a>> {
        let [teeth, bone] = if lower { self.lower? } else { self.upper? };
        let canal = self.canal.filter(|_| lower);
        Some(ToothLabels { volume: self.volume, teeth, bone, canal })
    }

    /// The other jaw's teeth.
    pub fn opposing(&self, lower: bool) -> Option<u16> {
        if lower { self.upper } else { self.lower }.map(|[teeth, _]| teeth)
    }
}

/// The tooth that is replaced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RootPlan {
    /// Whether it stands in the lower jaw.
    pub lower: bool,
    /// Which tooth of its jaw, from 0 along the arch.
    pub index: usize,
    /// The neck that parts teeth.
    pub neck: f64,
    /// It, measured.
    pub tooth: Tooth,
}

impl RootPlan {
    /// Which roots are copied.
    pub fn roots(&self) -> Roots {
        self.tooth.meant
    }
}

/// Finds the tooth at a point and measures it.
///
/// # Errors
/// [`PlanError`], each with what would be right.
pub fn plan(
    labels: &JawTeeth,
    at: Point<Lps>,
    choices: &Choices,
    job: &Job,
) -> Result<Found<RootPlan>, PlanError> {
    let neck = choices.number("plan.neck");
    let roots = if choices.word("plan.roots") == "one" { Roots::One } else { Roots::All };
    let (lower, found, index) = nearest(labels, at, neck, job)?;
    let own = labels.jaw(lower).ok_or(PlanError::NoJaw)?;
    let tooth = tooth(&own, &found, index, roots, job)?;
    if roots == Roots::All && tooth.divergence_deg > DIVERGENCE_DEG_MAX {
        let (count, divergence_deg) = (tooth.roots.len(), tooth.divergence_deg);
        let limit_deg = DIVERGENCE_DEG_MAX;
        return Err(PlanError::Divergent { count, divergence_deg, limit_deg });
    }
    if tooth.root_mm < ROOT_MM_MIN {
        let (root_mm, limit_mm) = (tooth.root_mm, ROOT_MM_MIN);
        return Err(PlanError::Short { root_mm, limit_mm });
    }
    let mut findings = findings(&tooth, neck);
    findings.extend(found.sides.as_ref().and_then(header));
    if lower && labels.canal.is_none() {
        let message = "no label for the mandibular canal: nothing is known of its distance";
        findings.push(Finding::warning("plan.no_canal", "mandibular canal", message));
    }
    Ok(Found { value: RootPlan { lower, index, neck, tooth }, findings })
}

/// The jaw whose tooth a point means, its teeth, and which one.
fn nearest(
    labels: &JawTeeth,
    at: Point<Lps>,
    neck: f64,
    job: &Job,
) -> Result<(bool, Teeth, usize), PlanError> {
    let mut missed: Option<ToothError> = None;
    for lower in [true, false] {
        let Some(own) = labels.jaw(lower) else { continue };
        let found = teeth(&own, neck, job)?;
        match found.at(at) {
            Ok(index) => return Ok((lower, found, index)),
            Err(error) => {
                let away = |e: &ToothError| match e {
                    ToothError::NoTooth { away_mm, .. } => *away_mm,
                    _ => f64::INFINITY,
                };
                if missed.as_ref().is_none_or(|old| away(&error) < away(old)) {
                    missed = Some(error);
                }
            }
        }
    }
    Err(missed.map_or(PlanError::NoJaw, PlanError::Tooth))
}

fn findings(tooth: &Tooth, neck: f64) -> Vec<Finding> {
    let mut findings = Vec::new();
    if tooth.neck > neck - NECK_UNSURE {
        let message = format!(
            "the contact with a neighbour is {:.0} % as deep as the thinner of both: the border \
             between them is unsure, look at the picture",
            100.0 * tooth.neck
        );
        let finding = Finding::warning("plan.unsure", "tooth", message);
        findings.push(finding.measured(tooth.neck, neck - NECK_UNSURE, ""));
    }
    let [along, across] = tooth.width_mm;
    if along > WIDE * across {
        let message = format!(
            "the neck is {along:.1} mm wide along the arch and {across:.1} mm across: two teeth in \
             one? a larger [plan] neck parts them"
        );
        let finding = Finding::failure("plan.two_teeth", "tooth", message);
        findings.push(finding.measured(along / across, WIDE, ""));
    }
    for (plate, side) in tooth.plate_mm.into_iter().zip(["cheek", "tongue"]) {
        let Some(mm) = plate.filter(|mm| *mm < PLATE_MM_GOOD) else { continue };
        let message = format!(
            "the plate of bone to the {side} side is {mm:.1} mm thick where it is thin, to the \
             label map's own accuracy: it may not outlast the extraction"
        );
        let finding = Finding::warning("plan.plate", format!("{side} side"), message);
        findings.push(finding.measured(mm, PLATE_MM_GOOD, "mm"));
    }
    let bare = tooth.around.iter().map(|a| a.bare_share).sum::<f64>() / tooth.around.len() as f64;
    if bare > BARE_SHARE_MAX {
        let message = format!(
            "no bone is labelled beside {:.0} % of the root under its crest: a bare root, or bone \
             that marrow or thinness hid from the label",
            100.0 * bare
        );
        let finding = Finding::warning("plan.bare", "root", message);
        findings.push(finding.measured(bare, BARE_SHARE_MAX, ""));
    }
    findings
}
