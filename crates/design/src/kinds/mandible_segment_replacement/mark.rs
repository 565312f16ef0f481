//! The mark that tells one size from another, engraved in the segment's cheek face.

use ossein_field::Field;
use ossein_field::boolean::Solid;
use ossein_field::text::TextError;
use ossein_geom::{Choices, Implant, Point};

use super::fixation::End;
use super::ground::{Ground, Place};
use crate::engraving::{Engraving, laid};

/// Heights of capitals that are tried, mm; smaller ones are not legible (facts D7.7).
const HEIGHTS_MM: [f64; 3] = [3.0, 2.5, 2.0];
/// Width of a stroke, mm: half of it is cut into a skin of 0.6 mm at least.
const STROKE_MM: f64 = 0.6;
/// Heights over the middle of the jaw's curve that are tried, mm.
const UP_MM: [f64; 5] = [0.0, -3.0, 3.0, -6.0, 6.0];
/// The face is even where it comes nearer and goes farther by this at most, mm.
const EVEN_MM: f64 = 2.0;
/// Distance between places that are tried, mm.
const LOOK_MM: f64 = 1.0;
/// Solid metal between letters and a hole, the plate's fillet or the rounding at a cut, mm.
const EDGE_MM: f64 = 1.0;

/// Where a mark may stand.
pub(super) struct Face<'a> {
    pub ground: &'a Ground,
    pub ends: &'a [End; 2],
    /// What is cut out of the segment for screws and soft tissue.
    pub holes: &'a [Solid<Implant>],
    /// The fillet between plate and body, mm.
    pub joint_mm: f64,
}

/// The text as a solid to be cut, as near to the segment's middle as it has room; none where it has
/// none.
///
/// # Errors
/// A letter that has no glyph.
pub(super) fn mark(
    text: &str,
    face: &Face<'_>,
    choices: &Choices,
) -> Result<Option<Solid<Implant>>, TextError> {
    let [from, to] = face.ground.plan().along_mm;
    let half = 0.5 * (to - from);
    let count = (half / LOOK_MM) as usize;
    let both = |n: usize| [n as f64 * LOOK_MM, n as f64 * -LOOK_MM];
    let aside: Vec<f64> = (0..=count).flat_map(both).collect();
    let rounding_mm = choices.number("implant.gap_mm") + choices.number("implant.fillet_mm");
    for height_mm in HEIGHTS_MM {
        let engraving = Engraving { height_mm, stroke_mm: STROKE_MM, even_mm: EVEN_MM };
        for place in aside.iter().flat_map(|s| UP_MM.map(|up_mm| [from + half + s, up_mm])) {
            let onto = |x: f64, y: f64| face.at(place, [x, y], rounding_mm);
            if let Some(found) = laid(text, &engraving, onto)? {
                return Ok(Some(Box::new(found)));
            }
        }
    }
    Ok(None)
}

impl Face<'_> {
    /// The face at a place of a text whose middle lies so far along the jaw and up, and how far out
    /// of the jaw's curve it lies; none outside of what may be engraved.
    fn at(
        &self,
        [along_mm, up_mm]: [f64; 2],
        [x, y]: [f64; 2],
        rounding_mm: f64,
    ) -> Option<(Point<Implant>, f64)> {
        let middle = self.ground.at(along_mm);
        // Read from outside, with the top up.
        let turn = middle.up.cross(middle.outward).dot(middle.along).signum();
        let place = Place { point: middle.point + middle.along * (turn * x), ..middle };
        let p = self.ground.face(&place, up_mm + y)?;
        let edge_mm = 0.5 * STROKE_MM + EDGE_MM;
        let within = self.ground.region.distance(p) <= -(rounding_mm + edge_mm);
        let off_plate = |end: &End| end.strip.ribbon.across(p).0 >= self.joint_mm + edge_mm;
        let off_hole = |hole: &Solid<Implant>| hole.distance(p) >= edge_mm;
        let free = within && self.ends.iter().all(off_plate) && self.holes.iter().all(off_hole);
        free.then(|| (p, (p - place.point).dot(place.outward)))
    }
}
