//! Landmarks of a lower jaw from its surface, and the frame that they span.

use ossein_geom::{Lps, Point, Vector, float};
use ossein_shape::Plane;

use super::JawError;

/// Occlusal plane over mandibular plane, degrees (Downs 1948: 21.9 less 9.3).
const OCCLUSAL_DEG: f64 = 12.6;
/// Half the width of what counts as midline, mm.
const MIDLINE_MM: f64 = 6.0;
/// A condyle stands at least so high over the chin's lowest point, and so far behind its foremost.
const ABOVE_MM_MIN: f64 = 30.0;
const BEHIND_MM_MIN: f64 = 50.0;
/// Condyles lie no farther from each other's mirror image, mm.
const LOPSIDED_MM_MAX: f64 = 25.0;
/// Coronoid tips lie so far in front of the condyles.
const CORONOID_MM: [f64; 2] = [12.0, 50.0];
/// Sides begin so far from the midline.
const SIDE_MM: f64 = 15.0;
/// The frame is still after so many rounds at most.
const ROUND_COUNT: usize = 8;

/// The jaw's own frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct JawFrame {
    /// On the plane of symmetry.
    pub origin: Point<Lps>,
    pub left: Vector<Lps>,
    pub posterior: Vector<Lps>,
    pub up: Vector<Lps>,
}

impl JawFrame {
    /// A point as left, posterior, up.
    pub fn of(&self, p: Point<Lps>) -> [f64; 3] {
        let d = p - self.origin;
        [d.dot(self.left), d.dot(self.posterior), d.dot(self.up)]
    }

    /// The point of left, posterior, up.
    pub fn point(&self, [x, y, z]: [f64; 3]) -> Point<Lps> {
        self.origin + self.left * x + self.posterior * y + self.up * z
    }

    fn new(plane: &Plane<Lps>, back: Vector<Lps>) -> Self {
        let left = plane.normal;
        let posterior = (back - left * left.dot(back)).unit();
        Self { origin: plane.point, left, posterior, up: left.cross(posterior) }
    }
}

/// Landmarks; pairs are right, then left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Landmarks {
    pub frame: JawFrame,
    pub condyles: [Point<Lps>; 2],
    pub coronoids: [Point<Lps>; 2],
    pub gonia: [Point<Lps>; 2],
    pub menton: Point<Lps>,
    pub pogonion: Point<Lps>,
}

/// Sides as their sign along `left`.
pub(super) const SIDES: [(&str, f64); 2] = [("right", -1.0), ("left", 1.0)];

/// Finds the landmarks of a jaw that looks as the header has it, or the other way: the condyles tell.
pub(super) fn find(points: &[Point<Lps>], plane: &Plane<Lps>) -> Result<Landmarks, JawError> {
    let back = Vector::new(0.0, 1.0, 0.0);
    let normal = if plane.normal.x < 0.0 { -plane.normal } else { plane.normal };
    let plane = Plane { normal, ..*plane };
    along(points, &plane, back).or_else(|error| {
        along(points, &Plane { normal: -normal, ..plane }, -back).map_err(|_| error)
    })
}

/// The same with the left along the plane's normal, turning the frame until it lies along the
/// occlusal plane that the landmarks give.
fn along(
    points: &[Point<Lps>],
    plane: &Plane<Lps>,
    back: Vector<Lps>,
) -> Result<Landmarks, JawError> {
    let mut frame = JawFrame::new(plane, back);
    let mut found = in_frame(points, frame)?;
    for _ in 0..ROUND_COUNT {
        let middle = found.gonia[0].lerp(found.gonia[1], 0.5);
        let [_, dy, dz] = {
            let (a, b) = (frame.of(found.menton), frame.of(middle));
            [0.0, b[1] - a[1], b[2] - a[2]]
        };
        // The mandibular plane rises to the back by this; the occlusal one by 12.6 degrees less.
        let turn = float::atan2(dz, dy) - OCCLUSAL_DEG.to_radians();
        if turn.abs() < 1e-9 {
            break;
        }
        let (s, c) = float::sin_cos(turn);
        frame = JawFrame::new(plane, frame.posterior * c + frame.up * s);
        found = in_frame(points, frame)?;
    }
    let away_mm = plane.mirror(found.condyles[0]).distance(found.condyles[1]);
    if away_mm > LOPSIDED_MM_MAX {
        return Err(JawError::Lopsided { away_mm, limit_mm: LOPSIDED_MM_MAX });
    }
    Ok(found)
}

/// The point farthest along a direction, of those that `belongs` holds for.
fn farthest(
    points: &[([f64; 3], Point<Lps>)],
    towards: [f64; 3],
    belongs: impl Fn(&[f64; 3]) -> bool,
) -> Option<([f64; 3], Point<Lps>)> {
    let along = |q: &[f64; 3]| (0..3).map(|a| q[a] * towards[a]).sum::<f64>();
    let some = points.iter().filter(|(q, _)| belongs(q));
    some.copied().max_by(|(a, _), (b, _)| along(a).total_cmp(&along(b)))
}

/// Finds the landmarks along the axes of a frame.
pub(super) fn in_frame(points: &[Point<Lps>], frame: JawFrame) -> Result<Landmarks, JawError> {
    let points: Vec<([f64; 3], Point<Lps>)> = points.iter().map(|&p| (frame.of(p), p)).collect();
    let no_chin = JawError::NoChin { within_mm: MIDLINE_MM };
    let middle = |q: &[f64; 3]| q[0].abs() < MIDLINE_MM;
    let Some((_, menton)) = farthest(&points, [0.0, -0.2, -1.0], middle) else {
        return Err(no_chin);
    };
    let low = frame.of(menton)[2];
    let chin = |q: &[f64; 3]| middle(q) && q[2] < low + 18.0;
    let Some((front, pogonion)) = farthest(&points, [0.0, -1.0, 0.0], chin) else {
        return Err(no_chin);
    };
    let mut pairs = [[Point::ORIGIN; 2]; 3];
    for (n, (side, sign)) in SIDES.into_iter().enumerate() {
        let beside = |q: &[f64; 3]| sign * q[0] > SIDE_MM;
        let none = |above_mm, behind_mm| JawError::NoCondyle {
            side,
            above_mm,
            behind_mm,
            above_least_mm: ABOVE_MM_MIN,
            behind_least_mm: BEHIND_MM_MIN,
        };
        let (top, condyle) = farthest(&points, [0.0, 0.6, 0.8], beside).ok_or(none(0.0, 0.0))?;
        let (above_mm, behind_mm) = (top[2] - low, top[1] - front[1]);
        if above_mm < ABOVE_MM_MIN || behind_mm < BEHIND_MM_MIN {
            return Err(none(above_mm, behind_mm));
        }
        let ahead =
            |q: &[f64; 3]| beside(q) && (CORONOID_MM[0]..CORONOID_MM[1]).contains(&(top[1] - q[1]));
        let tip = farthest(&points, [0.0, 0.0, 1.0], ahead).ok_or(none(above_mm, behind_mm))?;
        let under = |q: &[f64; 3]| beside(q) && top[2] - q[2] > 15.0;
        let angle =
            farthest(&points, [0.0, 0.75, -0.66], under).ok_or(none(above_mm, behind_mm))?;
        pairs[0][n] = condyle;
        pairs[1][n] = tip.1;
        pairs[2][n] = angle.1;
    }
    let [condyles, coronoids, gonia] = pairs;
    Ok(Landmarks { frame, condyles, coronoids, gonia, menton, pogonion })
}
