//! Letters laid onto a face that is even enough to read them on.

use std::cell::Cell;

use ossein_field::text::{Lettering, Text, TextError};
use ossein_geom::{Implant, Point, Vector};

/// How large letters are and how even the face under them must be.
#[derive(Clone, Copy, Debug)]
pub struct Engraving {
    /// Height of a capital, mm.
    pub height_mm: f64,
    /// Width of a stroke, mm; it goes half as deep.
    pub stroke_mm: f64,
    /// The face under the letters comes nearer and goes farther by this at most, mm.
    pub even_mm: f64,
}

/// A text laid onto a face; none where there is no face under a part of it, or an uneven one.
///
/// `face` takes a place of the text, mm from its middle to the right and to the top, to the face
/// and tells how far out it lies there, mm.
///
/// # Errors
/// A letter that has no glyph.
pub fn laid(
    text: &str,
    engraving: &Engraving,
    face: impl Fn(f64, f64) -> Option<(Point<Implant>, f64)>,
) -> Result<Option<Text<Implant>>, TextError> {
    let lettering = Lettering {
        center: Point::ORIGIN,
        right: Vector::new(1.0, 0.0, 0.0),
        up: Vector::new(0.0, 1.0, 0.0),
        height_mm: engraving.height_mm,
        stroke_mm: engraving.stroke_mm,
    };
    let (all_hit, near, far) = (Cell::new(true), Cell::new(f64::INFINITY), Cell::new(0.0f64));
    let onto = |p: Point<Implant>| match face(p.x, p.y) {
        Some((q, away_mm)) => {
            near.set(near.get().min(away_mm));
            far.set(far.get().max(away_mm));
            q
        }
        None => {
            all_hit.set(false);
            p
        }
    };
    let found = Text::projected(text, &lettering, onto)?;
    Ok((all_hit.get() && far.get() - near.get() <= engraving.even_mm).then_some(found))
}
