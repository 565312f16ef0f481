//! The case's id, engraved in the guide's side.

use ossein_field::Field;
use ossein_field::boolean::Solid;
use ossein_field::text::{Text, TextError};
use ossein_geom::{Implant, Point, Vector};

use super::course::Course;
use super::sleeve::Sleeve;
use crate::engraving::{Engraving, laid};

/// Heights of capitals that are tried, mm, and the width of a stroke.
const HEIGHTS_MM: [f64; 3] = [3.0, 2.5, 2.0];
const STROKE_MM: f64 = 0.7;
/// The middle of the letters lies so far under the course's height, mm.
const UNDER_MM: f64 = 1.8;
/// The side is looked for from so far out, mm.
const OUT_MM: f64 = 16.0;
/// A side is even where all of a text lies so near to one way from the course, mm: even ground is
/// looked for first.
const EVEN_MM: [f64; 2] = [2.0, 5.0];
/// Distance between places that are tried, mm.
const LOOK_MM: f64 = 1.0;
/// Material between letters and a sleeve's hole, mm.
const EDGE_MM: f64 = 1.0;
/// Shell behind a letter's face at least, mm: half a stroke is cut into it.
const BEHIND_MM: f64 = 0.8;

/// Where a text may stand.
pub(super) struct Side<'a> {
    pub solid: &'a dyn Field<Implant>,
    pub course: &'a Course,
    pub sleeves: &'a [Sleeve],
    /// To cheek or lip.
    pub outward: Vector<Implant>,
    /// The seat, which letters must not reach.
    pub inside: &'a dyn Fn(Point<Implant>) -> f64,
}

/// The text as a solid to be cut, on the side to the cheek or else to the tongue; none where there
/// is no room.
///
/// # Errors
/// A letter that has no glyph.
pub(super) fn engraved(text: &str, side: &Side) -> Result<Option<Solid<Implant>>, TextError> {
    let length = side.course.length_mm();
    let steps = (length / LOOK_MM) as usize;
    let tries = EVEN_MM.into_iter().flat_map(|even| HEIGHTS_MM.map(|height| (even, height)));
    for (even_mm, height_mm) in tries {
        for sign in [1.0, -1.0] {
            let mut middles: Vec<f64> = (0..=steps).map(|n| n as f64 * LOOK_MM).collect();
            let from_middle = |s: &f64| (s - 0.5 * length).abs();
            middles.sort_by(|a, b| from_middle(a).total_cmp(&from_middle(b)));
            for middle in middles {
                if let Some(found) = at(text, side, (middle, sign, height_mm), even_mm)? {
                    return Ok(Some(found));
                }
            }
        }
    }
    Ok(None)
}

/// The text with its middle so far along, on one side; none where it has no even ground.
fn at(
    text: &str,
    side: &Side,
    (middle, sign, height_mm): (f64, f64, f64),
    even_mm: f64,
) -> Result<Option<Solid<Implant>>, TextError> {
    let half = 0.5 * Text::<Implant>::length_mm(text, height_mm) + STROKE_MM;
    if middle - half < 0.0 || middle + half > side.course.length_mm() {
        return Ok(None);
    }
    let turn = reading(side, middle, sign);
    let engraving = Engraving { height_mm, stroke_mm: STROKE_MM, even_mm };
    let face = |x: f64, y: f64| side.hit(middle + turn * x, y - UNDER_MM, sign);
    Ok(laid(text, &engraving, face)?.map(|found| Box::new(found) as Solid<Implant>))
}

/// Whether letters run along the course or against it, seen from their side.
fn reading(side: &Side, middle: f64, sign: f64) -> f64 {
    let (_, along) = side.course.at(middle);
    let out = side.out(along, sign);
    if Vector::new(0.0, 0.0, 1.0).cross(out).dot(along) > 0.0 { 1.0 } else { -1.0 }
}

impl Side<'_> {
    /// Across the course: to the cheek, or with the other sign to the tongue.
    fn out(&self, along: Vector<Implant>, sign: f64) -> Vector<Implant> {
        let across = Vector::new(0.0, 0.0, 1.0).cross(along);
        across * if across.dot(self.outward) < 0.0 { -sign } else { sign }
    }

    /// The side's face at a place along the course and over its height, and how far out it lies.
    fn hit(&self, along_mm: f64, over_mm: f64, sign: f64) -> Option<(Point<Implant>, f64)> {
        let (p, along) = self.course.at(along_mm);
        let out = self.out(along, sign);
        let start = Point::new(p.x, p.y, p.z + over_mm);
        let mut away = OUT_MM;
        let found = loop {
            let q = start + out * away;
            let distance = self.solid.distance(q);
            if distance < 0.01 {
                break q;
            }
            away -= distance.max(0.02);
            if away < 0.0 {
                return None;
            }
        };
        let clear = self.sleeves.iter().all(|s| s.away_mm(found) >= 0.5 * s.hole_mm + EDGE_MM);
        let thick = (self.inside)(found) >= BEHIND_MM;
        (clear && thick).then_some((found, away))
    }
}
