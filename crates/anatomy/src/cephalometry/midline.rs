//! The mid-sagittal plane: of the bone's symmetry, or of landmarks.

use ossein_geom::{Finding, Lps, Point, Vector};
use ossein_shape::Plane;
use serde::Serialize;

use super::{Points, Side};

/// The plane and what says so.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Midline {
    /// The plane; its normal points to the patient's left.
    pub plane: Plane<Lps>,
    /// `symmetry of the bone`, `N-S-Ba`, `N-ANS-PNS`, or `midpoints of pairs`.
    pub source: &'static str,
    /// Planes of landmarks beside the one that was taken: which, how far it is tilted in degrees,
    /// and how far it lies off at nasion or the first landmark, mm.
    pub controls: Vec<Control>,
}

/// Another plane, held against the one that was taken.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Control {
    /// Its landmarks.
    pub source: &'static str,
    /// Angle between the planes, degrees.
    pub tilt_deg: f64,
    /// Distance at the landmarks' middle, mm.
    pub off_mm: f64,
}

/// No plane:
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MidlineError {
    /// Too few landmarks.
    #[error(
        "no mid-sagittal plane: give the bone, or place N, S and Ba, or N, ANS and PNS, or three \
         pairs (Or, Po, Go, Co, Zy, Fz, U6, L6, MF, Cor)"
    )]
    Few,
    /// The landmarks lie on one line.
    #[error("no mid-sagittal plane: the landmarks {0} lie on one line")]
    Line(&'static str),
}

/// Planes of landmarks (facts D2.26).
const TRIPLES: [(&str, [&str; 3]); 2] =
    [("N-S-Ba", ["N", "S", "Ba"]), ("N-ANS-PNS", ["N", "ANS", "PNS"])];
const PAIRS: &str = "midpoints of pairs";
const PAIR_COUNT_MIN: usize = 3;
/// A control that is tilted by more than this is said, degrees (facts D2.28: 4 degrees count).
const TILT_DEG_MAX: f64 = 4.0;

impl Midline {
    /// The bone's plane of symmetry where there is one, else that of the first landmarks that fix
    /// one.
    ///
    /// # Errors
    /// [`MidlineError`]: neither is there.
    pub fn of(points: &Points, symmetry: Option<Plane<Lps>>) -> Result<Self, MidlineError> {
        let mut planes = Vec::new();
        for (source, signs) in TRIPLES {
            let found = signs.map(|id| points.get(&(id, Side::Middle)).copied());
            if let [Some(a), Some(b), Some(c)] = found {
                planes.push((source, through(a, b, c).ok_or(MidlineError::Line(source))?));
            }
        }
        planes.extend(of_pairs(points).map(|plane| (PAIRS, plane)));
        if let Some(plane) = symmetry {
            planes.insert(0, ("symmetry of the bone", plane));
        }
        let left = points.iter().find(|((_, side), _)| *side == Side::Left).map(|(_, p)| *p);
        let planes: Vec<(&str, Plane<Lps>)> =
            planes.into_iter().map(|(source, plane)| (source, to_left(plane, left))).collect();
        let ((source, plane), rest) = planes.split_first().ok_or(MidlineError::Few)?;
        let middle =
            middle(points.iter().filter(|((_, s), _)| *s == Side::Middle).map(|(_, p)| *p));
        let control = |(source, other): &(&'static str, Plane<Lps>)| {
            let cosine = plane.normal.dot(other.normal).clamp(-1.0, 1.0);
            let tilt_deg = ossein_geom::float::acos(cosine).to_degrees();
            let at = middle.unwrap_or(other.point);
            Control { source, tilt_deg, off_mm: (plane.height_mm(at) - other.height_mm(at)).abs() }
        };
        Ok(Self { plane: *plane, source, controls: rest.iter().map(control).collect() })
    }

    /// What is worth saying of it.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let tilted = self.controls.iter().filter(|c| c.tilt_deg > TILT_DEG_MAX);
        let said = tilted.map(|control| {
            let message = format!(
                "the plane of {} is tilted {:.1} degrees against the mid-sagittal plane (of {})",
                control.source, control.tilt_deg, self.source
            );
            let finding = Finding::warning("cephalometry.plane", "plane", message);
            finding.measured(control.tilt_deg, TILT_DEG_MAX, "deg")
        });
        said.collect()
    }
}

fn through(a: Point<Lps>, b: Point<Lps>, c: Point<Lps>) -> Option<Plane<Lps>> {
    let normal = (b - a).cross(c - a);
    let wide = (b - a).norm() * (c - a).norm();
    (normal.norm() > 1e-3 * wide && wide > 0.0).then(|| Plane { point: a, normal: normal.unit() })
}

/// The plane whose normal is the mean way from right to left, through the mean midpoint.
fn of_pairs(points: &Points) -> Option<Plane<Lps>> {
    let mut ways = Vec::new();
    for ((id, side), left) in points {
        if let (Side::Left, Some(right)) = (side, points.get(&(*id, Side::Right))) {
            ways.push((*left - *right, right.lerp(*left, 0.5)));
        }
    }
    if ways.len() < PAIR_COUNT_MIN {
        return None;
    }
    // Wide pairs tell the way across better than narrow ones.
    let way = ways.iter().fold(Vector::new(0.0, 0.0, 0.0), |sum, (way, _)| sum + *way);
    let point = middle(ways.iter().map(|(_, p)| *p))?;
    (way.norm() > 1e-6).then(|| Plane { point, normal: way.unit() })
}

fn middle(points: impl Iterator<Item = Point<Lps>>) -> Option<Point<Lps>> {
    let all: Vec<Point<Lps>> = points.collect();
    let sum = all.iter().fold(Vector::new(0.0, 0.0, 0.0), |sum, p| sum + (*p - Point::ORIGIN));
    (!all.is_empty()).then(|| Point::ORIGIN + sum * (1.0 / all.len() as f64))
}

/// The same plane, its normal to the patient's left: towards a left landmark, else along x.
fn to_left(plane: Plane<Lps>, left: Option<Point<Lps>>) -> Plane<Lps> {
    let right = left.map_or(plane.normal.x < 0.0, |p| plane.height_mm(p) < 0.0);
    if right { Plane { normal: -plane.normal, ..plane } } else { plane }
}
