//! The frame of an orbit.

use ossein_geom::{Implant, Lps, Point, Rigid, Vector};
use ossein_shape::Plane;
use serde::{Deserialize, Serialize};

use crate::sides::{Side, Sides};

/// Rim to canal, mm: shorter or longer is no orbit of a person.
const DEPTH_MM: [f64; 2] = [25.0, 65.0];
/// Lower to upper rim, mm.
const HEIGHT_MM: [f64; 2] = [20.0, 50.0];
/// The lateral rim lies so far beside the lower one, mm.
const LATERAL_MM: [f64; 2] = [5.0, 30.0];

/// Points on the bone of one orbit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrbitPoints {
    /// Middle of the lower rim.
    pub rim: Point<Lps>,
    /// Middle of the upper rim.
    pub upper_rim: Point<Lps>,
    /// The lateral rim, half way up.
    pub lateral_rim: Point<Lps>,
    /// Where the optic canal opens into the orbit.
    pub canal: Point<Lps>,
}

/// An orbit's own frame.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrbitFrame {
    /// From the patient: the origin on the lower rim; y back to the optic canal along the plane of
    /// symmetry, z up, x to the patient's left, as the face has it.
    pub placement: Rigid<Lps, Implant>,
    /// The side that the points lie on, told from the face.
    pub side: Side,
    /// Where the head's left is.
    pub sides: Sides,
}

/// Points that are none of an orbit:
#[derive(Debug, thiserror::Error)]
pub enum OrbitError {
    /// Two points are too near or too far.
    #[error(
        "{what} are {distance_mm:.1} mm apart; in an orbit {min} to {max} mm: are the points given \
         in LPS, mm, and on the same side?"
    )]
    Apart {
        /// Which.
        what: &'static str,
        /// How far.
        distance_mm: f64,
        /// Least.
        min: f64,
        /// Most.
        max: f64,
    },
    /// The upper rim lies beneath the lower one.
    #[error(
        "upper_rim lies {beneath_mm:.1} mm beneath rim, as the scan's header has the head's end: are \
         the two exchanged, or has the scan its feet end up?"
    )]
    UpsideDown {
        /// How far.
        beneath_mm: f64,
    },
    /// Both orbits or none.
    #[error(
        "the lower rim lies {distance_mm:.1} mm from the plane of symmetry; the middle of an \
         orbit's lower rim lies 15 to 60 mm beside it"
    )]
    Midline {
        /// How far.
        distance_mm: f64,
    },
    /// There is no soft tissue to begin with.
    #[error(
        "behind the rim, a third of the way to the optic canal, there is {what} of {hu:.0} HU, not soft \
         tissue: are the points those of an orbit?"
    )]
    NoStart {
        /// Bone or air.
        what: &'static str,
        /// The grey value.
        hu: f64,
    },
}

impl OrbitFrame {
    /// From points and the plane of symmetry.
    ///
    /// # Errors
    /// [`OrbitError`] for distances that no orbit has.
    pub fn new(points: &OrbitPoints, midplane: &Plane<Lps>) -> Result<Self, OrbitError> {
        let own = |what, a: Point<Lps>, b: Point<Lps>, [min, max]: [f64; 2]| {
            let distance_mm = a.distance(b);
            let good = (min..=max).contains(&distance_mm);
            if good { Ok(()) } else { Err(OrbitError::Apart { what, distance_mm, min, max }) }
        };
        let beneath_mm = points.rim.z - points.upper_rim.z;
        if beneath_mm > 0.0 {
            return Err(OrbitError::UpsideDown { beneath_mm });
        }
        own("lower rim and optic canal", points.rim, points.canal, DEPTH_MM)?;
        own("lower and upper rim", points.rim, points.upper_rim, HEIGHT_MM)?;
        own("lower and lateral rim", points.rim, points.lateral_rim, [8.0, 40.0])?;
        let away = midplane.height_mm(points.rim);
        if !(15.0..=60.0).contains(&away.abs()) {
            return Err(OrbitError::Midline { distance_mm: away.abs() });
        }
        let out = midplane.normal * away.signum();
        let aside = (points.lateral_rim - points.rim).dot(out);
        if !(LATERAL_MM[0]..=LATERAL_MM[1]).contains(&aside) {
            let what = "lower and lateral rim, across the head,";
            let [min, max] = LATERAL_MM;
            return Err(OrbitError::Apart { what, distance_mm: aside, min, max });
        }
        let along = |v: Vector<Lps>| v - out * v.dot(out);
        let back = along(points.canal - points.rim).unit();
        let rise = along(points.upper_rim - points.rim);
        let up = (rise - back * rise.dot(back)).unit();
        let sides = Sides::new(back, up);
        let placement = Rigid::from_axes(points.rim, sides.left, back, up);
        Ok(Self { placement, side: sides.side(out), sides })
    }

    /// Away from the midline along x: 1 on the left, -1 on the right.
    pub fn lateral(&self) -> f64 {
        if self.side == Side::Left { 1.0 } else { -1.0 }
    }
}
