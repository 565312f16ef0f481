//! Where letters are engraved: the flattest place of a piece.

use ossein_field::Field;
use ossein_field::text::{Lettering, Text, TextError};
use ossein_geom::{Implant, Point, TriMesh, Vector};
use rayon::prelude::*;

use super::hollow::slope;

/// Vertices that are tried.
const TRIED: usize = 3000;
/// The surface may leave the plane of the letters by this, mm.
const ROUGH_MM: f64 = 2.5;
/// Width of a stroke over the height of a letter; it goes half as deep.
const STROKE: f64 = 0.16;
/// Surface around the letters that must be there too, as a part of their height.
const EDGE: f64 = 0.4;

/// Letters on a surface: `None` where no place is flat and wide enough.
///
/// # Errors
/// A letter that cannot be engraved.
pub(super) fn engraved(
    text: &str,
    height_mm: f64,
    solid: &dyn Field<Implant>,
    mesh: &TriMesh<Implant>,
) -> Result<Option<Text<Implant>>, TextError> {
    let half_mm = [
        0.5 * Text::<Implant>::length_mm(text, height_mm) + EDGE * height_mm,
        (0.5 + EDGE) * height_mm,
    ];
    let stride = mesh.vertices.len().div_ceil(TRIED).max(1);
    let tried: Vec<Place> = mesh
        .vertices
        .par_iter()
        .step_by(stride)
        .filter_map(|&p| Place::new(solid, p, half_mm))
        .collect();
    let Some(best) = tried.iter().min_by(|a, b| a.rough_mm.total_cmp(&b.rough_mm)) else {
        return Ok(None);
    };
    let lettering = Lettering {
        center: best.center,
        right: best.right,
        up: best.up,
        height_mm,
        stroke_mm: STROKE * height_mm,
    };
    let onto = |p| best.onto(solid, p).unwrap_or(p);
    Text::projected(text, &lettering, onto).map(Some)
}

/// A place that letters may have.
struct Place {
    center: Point<Implant>,
    out: Vector<Implant>,
    right: Vector<Implant>,
    up: Vector<Implant>,
    rough_mm: f64,
}

impl Place {
    fn new(solid: &dyn Field<Implant>, center: Point<Implant>, half_mm: [f64; 2]) -> Option<Self> {
        let out = slope(solid, center, 1.5);
        let top = Vector::new(0.0, 0.0, 1.0);
        let level = top.cross(out);
        let right = if level.norm() > 0.2 { level.unit() } else { Vector::new(1.0, 0.0, 0.0) };
        let up = out.cross(right).unit();
        let right = up.cross(out);
        let mut place = Self { center, out, right, up, rough_mm: 0.0 };
        for i in -6..=6 {
            for j in -1..=1 {
                let (x, y) = (f64::from(i) / 6.0 * half_mm[0], f64::from(j) * half_mm[1]);
                let p = center + right * x + up * y;
                let off = (place.onto(solid, p)? - p).dot(out);
                place.rough_mm = place.rough_mm.max(off.abs());
            }
        }
        (place.rough_mm <= ROUGH_MM).then_some(place)
    }

    /// The surface below or above a place of the plane.
    fn onto(&self, solid: &dyn Field<Implant>, p: Point<Implant>) -> Option<Point<Implant>> {
        let mut height_mm = ROUGH_MM + 1.0;
        for _ in 0..64 {
            let at = p + self.out * height_mm;
            let d = solid.distance(at);
            if d < 0.02 {
                return (height_mm <= ROUGH_MM).then_some(at);
            }
            height_mm -= d.max(0.02);
            if height_mm < -ROUGH_MM {
                return None;
            }
        }
        None
    }
}
