//! From plan and choices to the implant and its figures.

use ossein_anatomy::Canal;
use ossein_field::Block;
use ossein_field::count::volume_mm3;
use ossein_field::lattice::{CellFigures, LatticeError};
use ossein_field::loft::Loft;
use ossein_field::text::TextError;
use ossein_geom::{
    Aabb, Cancelled, Choices, Finding, Found, Implant, Job, Lps, Point, Rigid, Vector, Volume,
};
use ossein_mechanics::material::TI64_ELI_LPBF_AS_BUILT;
use serde::{Deserialize, Serialize};

use super::contact::{self, Contact, GapMap};
use super::screws::Screw;
use super::shape::{self, PART_STEP_MM, Shapes};
use crate::end_face::{EndFace, end_face};
use crate::{Part, Plan};

/// Trabecular grey value under which screws are known to loosen (facts D1.55).
const SCREW_HU_MIN: f64 = 100.0;

/// What a design starts from.
pub struct Inputs<'a> {
    /// Case id, to be engraved.
    pub case_id: &'a str,
    /// The plan.
    pub plan: &'a Plan,
    /// The scan, to look at the bone along the screws.
    pub hu: &'a Volume<i16>,
}

/// An implant that cannot be designed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DesignError {
    /// The lattice cannot be made.
    #[error(transparent)]
    Lattice(#[from] LatticeError),
    /// A letter without a glyph.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Letters would be too small.
    #[error(
        "`{text}` does not fit the implant's wall: at most {letter_count_max} letters; shorten \
         [case] id"
    )]
    NoRoomForText {
        /// The text.
        text: String,
        /// How many letters fit.
        letter_count_max: usize,
    },
    /// Columns wider than the section.
    #[error("load columns of {diameter_mm} mm do not fit the section: choose thinner or none")]
    NoRoomForColumns {
        /// Their diameter.
        diameter_mm: f64,
    },
    /// The window eats the rim.
    #[error("a graft window of {diameter_mm} mm leaves no rim: at most {limit_mm:.1} mm here")]
    WindowTooWide {
        /// Wanted diameter.
        diameter_mm: f64,
        /// Largest that fits.
        limit_mm: f64,
    },
    /// Heads overlap.
    #[error("screws {spacing_mm} mm apart collide: their heads need {needed_mm} mm")]
    ScrewsCollide {
        /// Chosen spacing.
        spacing_mm: f64,
        /// Least spacing.
        needed_mm: f64,
    },
    /// A screw leaves through the wall.
    #[error(
        "screw {id} does not leave through the end face: choose a smaller spacing, head or \
         [implant] screw_angle_deg"
    )]
    ScrewMisses {
        /// Which.
        id: String,
    },
    /// The section is eaten by inset or canal.
    #[error("nothing is left of the implant: inset and canal clearance take {taken} of it")]
    Empty {
        /// Share that is gone, in words.
        taken: String,
    },
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The place that an implant fills, in its own frame.
pub(super) struct Frame {
    pub lower: EndFace,
    pub upper: EndFace,
    pub placement: Rigid<Lps, Implant>,
    pub upper_motion: Rigid<Lps, Lps>,
    pub canal: Canal,
    pub canal_clearance_mm: f64,
    pub approach: Vector<Implant>,
    pub width_mm: f64,
    pub depth_mm: f64,
    /// What is engraved, a line each.
    pub lines: Vec<String>,
    lower_middle: Point<Implant>,
    upper_middle: Point<Implant>,
}

impl Frame {
    fn new(inputs: &Inputs, choices: &Choices) -> Self {
        let plan = inputs.plan;
        let (lower, upper) = (
            end_face(&plan.lower_endplate, &plan.placement),
            end_face(&plan.upper_endplate, &plan.placement),
        );
        let middle = |face: &EndFace| {
            let (x, y) = centroid(&face.outline.points);
            Point::new(x, y, face.heights.at(x, y))
        };
        let extent = |face: &EndFace, a: usize| {
            let values = face.outline.points.iter().map(|p| p[a]);
            values.clone().fold(f64::MIN, f64::max) - values.fold(f64::MAX, f64::min)
        };
        let approach = match choices.word("implant.approach") {
            "left" => Vector::new(1.0, 0.0, 0.0),
            "right" => Vector::new(-1.0, 0.0, 0.0),
            _ => Vector::new(0.0, -1.0, 0.0),
        };
        let (first, last) = (plan.resect.first(), plan.resect.last());
        let levels = match (first, last) {
            (Some(a), Some(b)) if a != b => format!("{a}-{b}"),
            (Some(a), _) => a.to_string(),
            _ => String::new(),
        };
        Self {
            width_mm: extent(&lower, 0).min(extent(&upper, 0)),
            depth_mm: extent(&lower, 1).min(extent(&upper, 1)),
            lower_middle: middle(&lower),
            upper_middle: middle(&upper),
            placement: plan.placement,
            upper_motion: plan.upper_motion,
            canal: plan.canal.clone(),
            canal_clearance_mm: plan.canal_clearance_mm,
            lines: vec![inputs.case_id.to_uppercase(), format!("{levels} ^")],
            lower,
            upper,
            approach,
        }
    }

    pub fn bounds(&self) -> Aabb<Implant> {
        let points = |face: &EndFace| {
            let (low, high) = face.heights.extremes();
            let corners: Vec<Point<Implant>> = face
                .outline
                .points
                .iter()
                .flat_map(|p| [Point::new(p[0], p[1], low), Point::new(p[0], p[1], high)])
                .collect();
            Aabb::around(corners)
        };
        points(&self.lower).union(points(&self.upper))
    }

    pub fn height_mm(&self) -> f64 {
        self.upper_middle.z - self.lower_middle.z
    }

    /// The middle of the section at part `t` of the height.
    pub fn middle_between(&self, t: f64) -> Point<Implant> {
        self.lower_middle.lerp(self.upper_middle, t)
    }

    pub fn part_of_height(&self, z: f64) -> f64 {
        ((z - self.lower_middle.z) / self.height_mm()).clamp(0.0, 1.0)
    }

    pub fn middle(&self) -> Point<Implant> {
        self.middle_between(0.5)
    }

    /// The middle of an end face.
    pub fn middle_at(&self, face: &EndFace) -> Point<Implant> {
        if std::ptr::eq(face, &self.upper) { self.upper_middle } else { self.lower_middle }
    }

    /// Where a level ray from `from` along `out` meets the wall `inset_mm` inside the loft.
    pub fn wall(
        &self,
        loft: &Loft,
        inset_mm: f64,
        from: Point<Implant>,
        out: Vector<Implant>,
    ) -> Point<Implant> {
        let side = |t: f64| {
            let p = from + out * t;
            loft.section(p.x, p.y, p.z) + inset_mm
        };
        let (mut near, mut far) = (0.0, self.width_mm + self.depth_mm);
        for _ in 0..40 {
            let middle = 0.5 * (near + far);
            if side(middle) < 0.0 { near = middle } else { far = middle }
        }
        from + out * near
    }
}

/// Area centroid of a polygon.
fn centroid(points: &[[f64; 2]]) -> (f64, f64) {
    let (mut x, mut y, mut doubled) = (0.0, 0.0, 0.0);
    for (i, a) in points.iter().enumerate() {
        let b = points[(i + 1) % points.len()];
        let cross = a[0] * b[1] - b[0] * a[1];
        doubled += cross;
        x += (a[0] + b[0]) * cross;
        y += (a[1] + b[1]) * cross;
    }
    (x / (3.0 * doubled), y / (3.0 * doubled))
}

/// The figures of an implant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Between the middles of the end faces.
    pub height_mm: f64,
    /// Between the end faces at their front edge.
    pub height_anterior_mm: f64,
    /// Between the end faces at their back edge.
    pub height_posterior_mm: f64,
    /// Volume of metal, by counting samples.
    pub volume_mm3: f64,
    /// Volume of metal and pores.
    pub envelope_mm3: f64,
    /// Volume of the parts of solid metal.
    pub dense_mm3: f64,
    /// Metal over metal and pores, of the whole implant.
    pub solid_fraction: f64,
    /// Mass.
    pub mass_g: f64,
    /// Cranial contact.
    pub contact_cranial: Contact,
    /// Caudal contact.
    pub contact_caudal: Contact,
    /// Screws.
    pub screws: Vec<Screw>,
    /// Sizes of the lattice, from the tables.
    pub lattice: CellFigures,
    /// Loose pieces of lattice that were dropped at walls.
    pub dropped_count: usize,
    /// Their volume.
    pub dropped_mm3: f64,
    /// Closed pores that were filled.
    pub filled_count: usize,
    /// Their volume.
    pub filled_mm3: f64,
}

/// An implant.
pub struct Design {
    /// Its solids.
    pub shapes: Shapes,
    /// From the patient to the implant.
    pub placement: Rigid<Lps, Implant>,
    /// Its figures.
    pub report: Report,
    /// Gap under the cranial and the caudal endplate.
    pub gaps: [GapMap; 2],
    /// The endplates that it stands between: lower, upper.
    pub faces: [EndFace; 2],
}

/// One rung of the size ladder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rung {
    /// Difference in height.
    pub step_mm: f64,
    /// Height.
    pub height_mm: f64,
    /// Volume of metal.
    pub volume_mm3: f64,
    /// Mass.
    pub mass_g: f64,
}

/// Designs the implant.
///
/// # Errors
/// [`DesignError`] for choices that cannot be made, with the nearest that can.
pub fn design(inputs: &Inputs, choices: &Choices, job: &Job) -> Result<Found<Design>, DesignError> {
    let frame = Frame::new(inputs, choices);
    let mut shapes = shape::build(&frame, choices, PART_STEP_MM, job)?;
    let mut findings = Vec::new();
    look_along_screws(&mut shapes.screws, inputs, &mut findings);
    let report = report(&shapes, &frame, choices, job)?;
    check(&report, &mut findings);
    let (cranial, caudal) = (
        contact::measure(&shapes, &frame.upper, 1.0),
        contact::measure(&shapes, &frame.lower, -1.0),
    );
    let value = Design {
        report: Report { contact_cranial: cranial.0, contact_caudal: caudal.0, ..report },
        gaps: [cranial.1, caudal.1],
        placement: frame.placement,
        faces: [frame.lower, frame.upper],
        shapes,
    };
    Ok(Found { value, findings })
}

/// The same implant, `step_mm` higher: the upper remainder is lifted along the axis, and the step
/// is engraved as a line of its own. Loose pieces are told apart at `part_step_mm`.
///
/// # Errors
/// [`DesignError`] where the rung cannot be made.
pub fn ladder(
    inputs: &Inputs,
    choices: &Choices,
    (step_mm, part_step_mm): (f64, f64),
    job: &Job,
) -> Result<(Rung, Part), DesignError> {
    let up = inputs.plan.placement.inverse().turn(Vector::new(0.0, 0.0, step_mm));
    let mut plan = inputs.plan.clone();
    plan.upper_endplate.center = plan.upper_endplate.center + up;
    plan.upper_motion = plan.upper_motion.then(&Rigid::shift(up));
    let inputs = Inputs { plan: &plan, case_id: inputs.case_id, hu: inputs.hu };
    let mut frame = Frame::new(&inputs, choices);
    if step_mm != 0.0 {
        frame.lines.push(format!("{step_mm:+}"));
    }
    let shapes = shape::build(&frame, choices, part_step_mm, job)?;
    let volume_mm3 = shapes.part.volume_mm3;
    let mass_g = volume_mm3 * TI64_ELI_LPBF_AS_BUILT.density_g_per_cm3 / 1000.0;
    let height_mm = frame.height_mm() - 2.0 * choices.number("implant.gap_mm");
    Ok((Rung { step_mm, height_mm, volume_mm3, mass_g }, part_of(&shapes, frame.placement)))
}

fn report(
    shapes: &Shapes,
    frame: &Frame,
    choices: &Choices,
    job: &Job,
) -> Result<Report, DesignError> {
    let samples = shapes.part.samples();
    let volume = shapes.part.volume_mm3;
    let coarse =
        Block { step: [0.2; 3], size: samples.size.map(|n| n.div_ceil(2)), origin: samples.origin };
    let envelope = volume_mm3(&*shapes.envelope, &coarse, job)?;
    if envelope <= 0.0 || volume <= 0.0 {
        return Err(DesignError::Empty { taken: "all".into() });
    }
    let dense = volume_mm3(&*shapes.dense, &coarse, job)?;
    let height_at = |y: f64| {
        let x = frame.middle().x;
        frame.upper.heights.at(x, y)
            - frame.lower.heights.at(x, y)
            - 2.0 * choices.number("implant.gap_mm")
    };
    let half = 0.5 * frame.depth_mm - choices.number("implant.inset_mm");
    let empty = Contact {
        endplate_mm2: 0.0,
        area_mm2: 0.0,
        solid_area_mm2: 0.0,
        fraction_within_0_5_mm: 0.0,
        gap_p50_mm: 0.0,
        gap_p95_mm: 0.0,
        gap_max_mm: 0.0,
    };
    Ok(Report {
        height_mm: height_at(frame.middle().y),
        height_anterior_mm: height_at(frame.middle().y - half),
        height_posterior_mm: height_at(frame.middle().y + half),
        volume_mm3: volume,
        envelope_mm3: envelope,
        dense_mm3: dense,
        solid_fraction: volume / envelope,
        mass_g: volume * TI64_ELI_LPBF_AS_BUILT.density_g_per_cm3 / 1000.0,
        contact_cranial: empty.clone(),
        contact_caudal: empty,
        screws: shapes.screws.clone(),
        lattice: shape::lattice_plan(choices)?.figures,
        dropped_count: shapes.part.dropped_count,
        dropped_mm3: shapes.part.dropped_mm3,
        filled_count: shapes.part.filled_count,
        filled_mm3: shapes.part.filled_mm3,
    })
}

/// Mean grey value along each thread, and whether it stays in bone.
fn look_along_screws(screws: &mut [Screw], inputs: &Inputs, findings: &mut Vec<Finding>) {
    let back = inputs.plan.placement.inverse();
    for screw in screws {
        let scanned = |p: Point<Implant>| {
            let p = back.apply(p);
            let moved = screw.end == "cranial";
            if moved { inputs.plan.upper_motion.inverse().apply(p) } else { p }
        };
        let count = 50;
        let values: Vec<f64> = (0..=count)
            .map(|n| screw.exit.lerp(screw.tip, f64::from(n) / f64::from(count)))
            .map(|p| inputs.hu.sample(scanned(p)))
            .collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        screw.mean_hu = Some(mean);
        if mean < SCREW_HU_MIN {
            let message = format!(
                "the bone along screw {} has {mean:.0} HU in the mean; under {SCREW_HU_MIN} HU \
                 screws are known to loosen",
                screw.id
            );
            findings.push(
                Finding::warning("design.screw_bone", format!("screw {}", screw.id), message)
                    .measured(mean, SCREW_HU_MIN, "HU"),
            );
        }
    }
}

fn check(report: &Report, findings: &mut Vec<Finding>) {
    if report.dropped_count > 0 {
        findings.push(Finding::note(
            "design.loose_lattice",
            "lattice",
            format!(
                "{} pieces of lattice, {:.1} mm3 in all, hung on nothing where a wall or hole cut \
                 them off, and were dropped",
                report.dropped_count, report.dropped_mm3
            ),
        ));
    }
    if report.filled_count > 0 {
        findings.push(Finding::note(
            "design.closed_pores",
            "lattice",
            format!(
                "{} closed pores, {:.1} mm3 in all, would have kept their powder, and were filled",
                report.filled_count, report.filled_mm3
            ),
        ));
    }
}

impl Design {
    /// What is made.
    pub fn part(&self) -> Part {
        part_of(&self.shapes, self.placement)
    }
}

fn part_of(shapes: &Shapes, placement: Rigid<Lps, Implant>) -> Part {
    Part {
        solid: shapes.part.clone(),
        placement,
        density_g_per_cm3: TI64_ELI_LPBF_AS_BUILT.density_g_per_cm3,
        layered: true,
        shrinkage: None,
        keep_outs: vec![("canal", shapes.canal.clone())],
    }
}
