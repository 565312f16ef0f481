//! End-face screws: bore, head recess, driver access, and the sleeve of solid metal around them.

use ossein_field::Field;
use ossein_field::boolean::Solid;
use ossein_field::loft::Loft;
use ossein_field::primitive::{Capsule, Cone};
use ossein_geom::{Choices, Implant, Lps, Point, Vector, float};
use serde::{Deserialize, Serialize};

use super::design::{DesignError, Frame};

/// Play between thread and bore, mm.
const BORE_PLAY_MM: f64 = 0.3;
/// Solid metal around bore and recess, mm.
const SLEEVE_WALL_MM: f64 = 1.2;
/// How far the driver needs a free way in front of the head, mm.
pub const DRIVER_REACH_MM: f64 = 60.0;

/// A screw from the implant into a neighbouring body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Screw {
    /// `CR1` and `CR2` cranial, `CA1` and `CA2` caudal.
    pub id: String,
    /// `cranial` or `caudal`.
    pub end: String,
    /// Where the head sits, in the implant.
    pub head: Point<Implant>,
    /// Where the thread leaves the implant.
    pub exit: Point<Implant>,
    /// Its tip in the bone.
    pub tip: Point<Implant>,
    /// Unit direction from head to tip.
    pub direction: Vector<Implant>,
    /// Outer diameter of the thread.
    pub diameter_mm: f64,
    /// Diameter of the head.
    pub head_diameter_mm: f64,
    /// From head to tip.
    pub length_mm: f64,
    /// Length of the thread in bone.
    pub bone_mm: f64,
    /// Head in the patient.
    pub entry_mm: Point<Lps>,
    /// Tip in the patient, as scanned.
    pub tip_mm: Point<Lps>,
    /// Mean grey value along the thread in bone.
    pub mean_hu: Option<f64>,
}

impl Screw {
    /// Signed distance to the screw's shaft, from head to tip, in mm.
    pub fn shaft_distance(&self, p: Point<Implant>) -> f64 {
        Capsule { from: self.head, to: self.tip, radius_mm: 0.5 * self.diameter_mm }.distance(p)
    }
}

/// Places the screws of both ends.
///
/// # Errors
/// [`DesignError::ScrewsCollide`] where heads or sleeves overlap, [`DesignError::ScrewMisses`]
/// where a screw does not leave through the end face.
pub(super) fn place(
    frame: &Frame,
    loft: &Loft,
    inset_mm: f64,
    choices: &Choices,
) -> Result<Vec<Screw>, DesignError> {
    let count = choices.whole("implant.screws_per_end") as usize;
    let head_mm = choices.number("implant.screw_head_diameter_mm");
    let spacing = choices.number("implant.screw_spacing_mm");
    if count == 2 && spacing < head_mm + 0.8 {
        return Err(DesignError::ScrewsCollide { spacing_mm: spacing, needed_mm: head_mm + 0.8 });
    }
    let mut screws = Vec::new();
    for (end, up) in [("cranial", 1.0), ("caudal", -1.0)] {
        for n in 0..count {
            let side = if count == 1 { 0.0 } else { (n as f64 - 0.5) * spacing };
            let id = format!("{}{}", if up > 0.0 { "CR" } else { "CA" }, n + 1);
            screws.push(one(frame, loft, inset_mm, choices, end, up, side, id)?);
        }
    }
    Ok(screws)
}

fn one(
    frame: &Frame,
    loft: &Loft,
    inset_mm: f64,
    choices: &Choices,
    end: &str,
    up: f64,
    side: f64,
    id: String,
) -> Result<Screw, DesignError> {
    let angle = choices.number("implant.screw_angle_deg").to_radians();
    let (sine, cosine) = (float::sin(angle), float::cos(angle));
    let head_mm = choices.number("implant.screw_head_diameter_mm");
    let face = if up > 0.0 { &frame.upper } else { &frame.lower };
    let across = Vector::new(-frame.approach.y, frame.approach.x, 0.0);
    let middle = frame.middle_at(face) + across * side;
    let wall = frame.wall(loft, inset_mm, middle, frame.approach);
    let direction = (-frame.approach * sine + Vector::new(0.0, 0.0, up * cosine)).unit();
    // Deep enough under the end face that the head's recess leaves a wall above it.
    let edge = face.heights.at(wall.x, wall.y);
    let below = 0.5 * head_mm * (sine + cosine) + SLEEVE_WALL_MM;
    let seat_in = 0.5 * head_mm * cosine;
    let head = Point::new(wall.x, wall.y, edge - up * below) - frame.approach * seat_in;
    let exit = (0..4000)
        .map(|n| head + direction * (0.01 * f64::from(n)))
        .find(|p| up * (p.z - face.heights.at(p.x, p.y)) >= 0.0)
        .filter(|p| loft.section(p.x, p.y, p.z) + inset_mm < -0.5)
        .ok_or_else(|| DesignError::ScrewMisses { id: id.clone() })?;
    let bone_mm = choices.number("implant.screw_length_mm");
    let tip = exit + direction * bone_mm;
    let back = frame.placement.inverse();
    let scanned = |p: Point<Implant>| {
        let p = back.apply(p);
        if up > 0.0 { frame.upper_motion.inverse().apply(p) } else { p }
    };
    Ok(Screw {
        id,
        end: end.into(),
        head,
        exit,
        tip,
        direction,
        diameter_mm: choices.number("implant.screw_diameter_mm"),
        head_diameter_mm: head_mm,
        length_mm: head.distance(tip),
        bone_mm,
        entry_mm: back.apply(head),
        tip_mm: scanned(tip),
        mean_hu: None,
    })
}

/// Solid metal around bores and recesses.
pub(super) fn sleeves(screws: &[Screw]) -> Vec<Solid<Implant>> {
    let sleeve = |s: &Screw| -> [Solid<Implant>; 2] {
        let bore = 0.5 * (s.diameter_mm + BORE_PLAY_MM) + SLEEVE_WALL_MM;
        let head = 0.5 * s.head_diameter_mm + SLEEVE_WALL_MM;
        let under = s.head + s.direction * SLEEVE_WALL_MM;
        [
            Box::new(Cone::cylinder(s.head, s.exit + s.direction * 4.0, bore)),
            Box::new(Cone::cylinder(s.head - s.direction * 10.0, under, head)),
        ]
    };
    screws.iter().flat_map(sleeve).collect()
}

/// What is cut away: bore, recess and the driver's way to it.
pub(super) fn holes(screws: &[Screw]) -> Vec<Solid<Implant>> {
    let hole = |s: &Screw| -> [Solid<Implant>; 2] {
        let radius = 0.5 * (s.diameter_mm + BORE_PLAY_MM);
        let seat = s.head;
        let bore = Cone::cylinder(seat - s.direction * 0.01, s.exit + s.direction * 8.0, radius);
        let away = seat - s.direction * DRIVER_REACH_MM;
        [Box::new(bore), Box::new(Cone::cylinder(away, seat, 0.5 * s.head_diameter_mm))]
    };
    screws.iter().flat_map(hole).collect()
}
