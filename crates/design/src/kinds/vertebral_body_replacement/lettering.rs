//! The engraved case id, levels, up arrow and size.

use ossein_field::boolean::Solid;
use ossein_field::loft::Loft;
use ossein_field::text::{Lettering, Text};
use ossein_geom::{Choices, Implant, Point, Vector};

use super::design::{DesignError, Frame};

/// Smallest letters that stay legible after printing (facts D7.7).
const HEIGHT_MM_MIN: f64 = 2.0;
/// Ends of the wall that stay free of letters, for rims and screw heads.
const END_FREE_MM: f64 = 9.0;

/// Lines of text along the axis on the side opposite the cord; read from below upwards.
///
/// # Errors
/// [`DesignError::Text`] for a letter without a glyph, [`DesignError::NoRoomForText`] where even
/// the smallest letters do not fit.
pub(super) fn engraving(
    frame: &Frame,
    loft: &Loft,
    inset_mm: f64,
    choices: &Choices,
) -> Result<Vec<Solid<Implant>>, DesignError> {
    let room_mm = frame.height_mm() - 2.0 * END_FREE_MM;
    let lines = &frame.lines;
    let longest = lines.iter().max_by_key(|line| line.chars().count()).expect("two lines or more");
    let wanted = choices.number("implant.letter_height_mm");
    let fits = room_mm / Text::<Implant>::length_mm(longest, 1.0).max(0.1);
    let height_mm = wanted.min(fits);
    if height_mm < HEIGHT_MM_MIN {
        let count = ((room_mm / (HEIGHT_MM_MIN / 6.0) + 1.5) / 5.5).max(0.0) as usize;
        return Err(DesignError::NoRoomForText { text: longest.clone(), letter_count_max: count });
    }
    let front = Vector::new(0.0, -1.0, 0.0);
    let onto = |p: Point<Implant>| {
        let axis = frame.middle_between(frame.part_of_height(p.z));
        frame.wall(loft, inset_mm, Point::new(p.x, axis.y, p.z), front)
    };
    let mut solids: Vec<Solid<Implant>> = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        let middle = frame.middle();
        // Seen from the front with the head up, x to the patient's left points to the right.
        let offset = (n as f64 - 0.5 * (lines.len() - 1) as f64) * 1.6 * height_mm;
        let lettering = Lettering {
            center: Point::new(middle.x + offset, middle.y, middle.z),
            right: Vector::new(0.0, 0.0, 1.0),
            up: Vector::new(-1.0, 0.0, 0.0),
            height_mm,
            stroke_mm: choices.number("implant.letter_stroke_mm"),
        };
        solids.push(Box::new(Text::projected(line, &lettering, onto)?));
    }
    Ok(solids)
}
