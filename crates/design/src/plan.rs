//! What is taken out, what stays, and how the two ends shall stand to each other.

use ossein_anatomy::{Anatomy, Angles, Canal, Endplate, Vertebra, angle_between};
use ossein_geom::{
    Choice, Choices, Finding, Found, Implant, Level, Lps, Point, Rigid, Shape, Vector, Volume,
};
use serde::{Deserialize, Serialize};

/// Choices of `[plan]` beside the levels.
pub const CHOICES: &[Choice] = &[
    Choice {
        section: "plan",
        key: "correction_sagittal_deg",
        unit: "deg",
        shape: Shape::Number { default: 0.0, min: -30.0, max: 30.0 },
        help: "Turns the upper remainder backwards (less kyphosis) where positive.",
    },
    Choice {
        section: "plan",
        key: "correction_coronal_deg",
        unit: "deg",
        shape: Shape::Number { default: 0.0, min: -30.0, max: 30.0 },
        help: "Tilts the upper remainder towards the patient's left where positive.",
    },
    Choice {
        section: "plan",
        key: "distraction_mm",
        unit: "mm",
        shape: Shape::Number { default: 0.0, min: -5.0, max: 15.0 },
        help: "Lifts the upper remainder along the axis of the defect.",
    },
    Choice {
        section: "plan",
        key: "canal_clearance_mm",
        unit: "mm",
        shape: Shape::Number { default: 1.5, min: 0.0, max: 8.0 },
        help: "Space that stays free around the spinal canal.",
    },
    Choice {
        section: "plan",
        key: "tumour_margin_mm",
        unit: "mm",
        shape: Shape::Number { default: 2.0, min: 0.0, max: 30.0 },
        help: "Healthy tissue around the tumour label that must lie inside what is resected.",
    },
];

/// Most neighbours that one implant replaces.
pub const LEVEL_COUNT_MAX: usize = 5;

/// What was asked for.
pub struct PlanOptions<'a> {
    /// Levels to take out.
    pub resect: &'a [Level],
    /// Values of [`CHOICES`].
    pub choices: &'a Choices,
    /// A tumour: non-zero inside.
    pub tumour: Option<&'a Volume<u16>>,
}

/// What is taken out, what stays, and where the implant goes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// Levels taken out, cranial to caudal.
    pub resect: Vec<Level>,
    /// The vertebra that stays above.
    pub cranial: Level,
    /// The vertebra that stays below.
    pub caudal: Level,
    /// Lower endplate of the vertebra above, where it shall stand.
    pub upper_endplate: Endplate,
    /// Upper endplate of the vertebra below.
    pub lower_endplate: Endplate,
    /// How the upper remainder moves.
    pub upper_motion: Rigid<Lps, Lps>,
    /// From the patient to the implant: origin in the lower endplate, z along the defect.
    pub placement: Rigid<Lps, Implant>,
    /// Angles between the two endplates in the scan.
    pub angles_now: Angles,
    /// Angles after correction.
    pub angles_wanted: Angles,
    /// Distance between the endplates' middles, after correction.
    pub defect_height_mm: f64,
    /// Distance between the middles in the scan.
    pub defect_height_now_mm: f64,
    /// The canal of the scan.
    pub canal: Canal,
    /// Space to keep free around it.
    pub canal_clearance_mm: f64,
    /// Smallest distance from the tumour to what stays, if a tumour was given.
    pub tumour_margin_mm: Option<f64>,
    /// The margin that was asked for.
    pub tumour_margin_wanted_mm: f64,
}

/// A plan that cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// No level was named.
    #[error("[plan] resect names no level; name one to five neighbours, such as [\"T7\", \"T8\"]")]
    Nothing,
    /// Too many levels.
    #[error("[plan] resect names {count} levels; one implant replaces at most {LEVEL_COUNT_MAX}")]
    TooMany {
        /// How many.
        count: usize,
    },
    /// A level that was not measured.
    #[error("{level} is not in the anatomy, which holds {}", list(.known))]
    Unknown {
        /// The level.
        level: Level,
        /// Levels that were measured.
        known: Vec<Level>,
    },
    /// Levels with another between them.
    #[error("{above} and {below} are no neighbours in the anatomy: name every level between them")]
    NotNeighbours {
        /// Upper.
        above: Level,
        /// Lower.
        below: Level,
    },
    /// Nothing to stand on.
    #[error(
        "no vertebra {side} {level} was measured; the implant needs one above and one below: add a \
         seed or a label for it"
    )]
    NoNeighbour {
        /// `above` or `below`.
        side: &'static str,
        /// The level at the end of the resection.
        level: Level,
    },
    /// The two endplates leave no room.
    #[error("the two endplates are {height_mm:.1} mm apart; an implant needs at least 8 mm")]
    NoRoom {
        /// Distance of their middles.
        height_mm: f64,
    },
}

fn list(levels: &[Level]) -> String {
    levels.iter().map(Level::to_string).collect::<Vec<_>>().join(", ")
}

/// Derives the resection, the wanted pose of the upper remainder and the implant's frame.
///
/// # Errors
/// [`PlanError`] where levels are missing, apart or too many, or no room is left.
pub fn plan(anatomy: &Anatomy, options: &PlanOptions) -> Result<Found<Plan>, PlanError> {
    let (upper, lower, resect) = neighbours(anatomy, options.resect)?;
    let choices = options.choices;
    let left = (upper.left + lower.left).unit();
    let now = angle_between(&upper.caudal, &lower.cranial, left);
    let span = upper.caudal.center - lower.cranial.center;
    let upper_motion = correction(&upper.caudal, left, span.unit(), choices);
    let upper_endplate = moved(&upper.caudal, &upper_motion);
    let wanted = angle_between(&upper_endplate, &lower.cranial, left);
    let placement = frame(&lower.cranial, &upper_endplate, left);
    let defect_height_mm = upper_endplate.center.distance(lower.cranial.center);
    if defect_height_mm < 8.0 {
        return Err(PlanError::NoRoom { height_mm: defect_height_mm });
    }
    let margin = options.tumour.and_then(|t| tumour_margin_mm(t, &upper.caudal, &lower.cranial));
    let plan = Plan {
        resect,
        cranial: upper.level,
        caudal: lower.level,
        lower_endplate: lower.cranial.clone(),
        upper_endplate,
        upper_motion,
        placement,
        angles_now: now,
        angles_wanted: wanted,
        defect_height_mm,
        defect_height_now_mm: span.norm(),
        canal: anatomy.canal.clone(),
        canal_clearance_mm: choices.number("plan.canal_clearance_mm"),
        tumour_margin_mm: margin,
        tumour_margin_wanted_mm: choices.number("plan.tumour_margin_mm"),
    };
    let findings = findings(&plan, options);
    Ok(Found { value: plan, findings })
}

fn neighbours<'a>(
    anatomy: &'a Anatomy,
    resect: &[Level],
) -> Result<(&'a Vertebra, &'a Vertebra, Vec<Level>), PlanError> {
    let mut levels = resect.to_vec();
    levels.sort();
    levels.dedup();
    let (Some(&first), Some(&last)) = (levels.first(), levels.last()) else {
        return Err(PlanError::Nothing);
    };
    if levels.len() > LEVEL_COUNT_MAX {
        return Err(PlanError::TooMany { count: levels.len() });
    }
    let known: Vec<Level> = anatomy.vertebrae.iter().map(|v| v.level).collect();
    let place = |level: Level| {
        let unknown = || PlanError::Unknown { level, known: known.clone() };
        known.iter().position(|&l| l == level).ok_or_else(unknown)
    };
    for pair in levels.windows(2) {
        let (above, below) = (pair[0], pair[1]);
        if place(above)? + 1 != place(below)? {
            return Err(PlanError::NotNeighbours { above, below });
        }
    }
    let none = |side, level| PlanError::NoNeighbour { side, level };
    let upper = place(first)?.checked_sub(1).map(|n| &anatomy.vertebrae[n]);
    let lower = anatomy.vertebrae.get(place(last)? + 1);
    let upper = upper.ok_or(none("above", first))?;
    let lower = lower.ok_or(none("below", last))?;
    for (above, below) in [(upper.level, first), (last, lower.level)] {
        if above.below() != Some(below) && above.to_string() != "T11" && above.to_string() != "L5" {
            return Err(PlanError::NotNeighbours { above, below });
        }
    }
    Ok((upper, lower, levels))
}

/// The turn about the middle of the upper remainder's endplate, and the lift along the defect.
fn correction(
    endplate: &Endplate,
    left: Vector<Lps>,
    up: Vector<Lps>,
    choices: &Choices,
) -> Rigid<Lps, Lps> {
    let back = up.cross(left).unit();
    let sagittal = -choices.number("plan.correction_sagittal_deg").to_radians();
    let coronal = choices.number("plan.correction_coronal_deg").to_radians();
    Rigid::about(endplate.center, left, sagittal)
        .then(&Rigid::about(endplate.center, back, coronal))
        .then(&Rigid::shift(up * choices.number("plan.distraction_mm")))
}

fn moved(endplate: &Endplate, motion: &Rigid<Lps, Lps>) -> Endplate {
    Endplate {
        center: motion.apply(endplate.center),
        normal: motion.turn(endplate.normal),
        u: motion.turn(endplate.u),
        v: motion.turn(endplate.v),
        ..endplate.clone()
    }
}

/// Origin in the lower endplate, z to the upper one, x to the patient's left.
fn frame(lower: &Endplate, upper: &Endplate, left: Vector<Lps>) -> Rigid<Lps, Implant> {
    let z = (upper.center - lower.center).unit();
    let x = (left - z * left.dot(z)).unit();
    Rigid::from_axes(lower.center, x, z.cross(x), z)
}

/// Smallest distance from the tumour to either remaining endplate; negative where it reaches
/// beyond one. Nothing where the label is empty.
fn tumour_margin_mm(tumour: &Volume<u16>, upper: &Endplate, lower: &Endplate) -> Option<f64> {
    let beyond = |p: Point<Lps>, e: &Endplate| e.normal.dot(p - e.center);
    let inside = (0..tumour.values.len()).filter(|&n| tumour.values[n] != 0);
    inside
        .map(|n| tumour.grid.center(tumour.grid.voxel(n)))
        .map(|p| beyond(p, upper).min(beyond(p, lower)))
        .min_by(f64::total_cmp)
}

fn findings(plan: &Plan, options: &PlanOptions) -> Vec<Finding> {
    let mut findings = Vec::new();
    let place = format!("{} to {}", plan.cranial, plan.caudal);
    let wanted = plan.tumour_margin_wanted_mm;
    match plan.tumour_margin_mm {
        Some(margin) if margin < wanted => {
            let message = format!(
                "the tumour comes within {margin:.1} mm of what stays; {wanted:.1} mm were asked \
                 for: resect one more level on that side"
            );
            findings.push(
                Finding::failure("plan.tumour_margin", &place, message)
                    .measured(margin, wanted, "mm"),
            );
        }
        None if options.tumour.is_some() => findings.push(Finding::warning(
            "plan.tumour_empty",
            &place,
            "the tumour label is empty: no margin could be checked",
        )),
        _ => {}
    }
    let turn = (plan.angles_wanted.sagittal_deg - plan.angles_now.sagittal_deg)
        .abs()
        .max((plan.angles_wanted.coronal_deg - plan.angles_now.coronal_deg).abs());
    if turn > 10.0 {
        findings.push(
            Finding::warning(
                "plan.large_correction",
                &place,
                format!("a correction of {turn:.1} deg bends the canal, which is taken as scanned"),
            )
            .measured(turn, 10.0, "deg"),
        );
    }
    findings
}
