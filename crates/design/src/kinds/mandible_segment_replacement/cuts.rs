//! Where the planes of a resection cross the jaw.

use ossein_anatomy::Jaw;
use ossein_geom::Lps;
use ossein_shape::Plane;
use serde::Serialize;

use super::plan::PlanError;

/// Shorter segments leave no room for a body between two gaps, mm.
const LENGTH_MM_MIN: f64 = 8.0;
/// Cuts nearer to the end of the jaw take the condyle, mm.
const CONDYLE_MM: f64 = 8.0;
/// Cuts are tilted against the jaw's course by this at most, degrees.
const TILT_DEG_MAX: f64 = 60.0;

/// A plane of resection; either normal is understood.
pub type CutPlane = Plane<Lps>;

/// What is taken out, as asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Resection {
    /// Between two places along the jaw's curve, mm from the chin, positive to the left; the cuts
    /// stand across the curve.
    Along {
        /// One end.
        from_mm: f64,
        /// The other end.
        to_mm: f64,
    },
    /// Between two planes; one alone would take everything to the end of the jaw.
    Planes(Vec<CutPlane>),
}

/// The cuts, right end first, and where they cross the curve.
pub(super) fn cuts(
    jaw: &Jaw,
    resection: &Resection,
) -> Result<([CutPlane; 2], [f64; 2]), PlanError> {
    let (planes, mut along) = match resection {
        Resection::Along { from_mm, to_mm } => {
            if !(from_mm.is_finite() && to_mm.is_finite()) {
                return Err(PlanError::NoNumber { what: "resection" });
            }
            let along = [from_mm.min(*to_mm), from_mm.max(*to_mm)];
            let plane = |s: f64| {
                let station = jaw.arch.at(s);
                Plane { point: station.point, normal: station.along }
            };
            (along.map(plane), along)
        }
        Resection::Planes(planes) => crossing(jaw, planes)?,
    };
    let [mut first, mut second] = planes;
    if along[0] > along[1] {
        along.swap(0, 1);
        std::mem::swap(&mut first, &mut second);
    }
    let ends = jaw.arch.ends_mm();
    let stays = [(along[0] - ends[0], "right"), (ends[1] - along[1], "left")];
    if let Some((n, (_, side))) =
        stays.into_iter().enumerate().find(|(_, (stays, _))| *stays < CONDYLE_MM)
    {
        return Err(PlanError::Condyle { side, limit_mm: ends[n].abs() - CONDYLE_MM });
    }
    let length_mm = along[1] - along[0];
    if length_mm < LENGTH_MM_MIN {
        return Err(PlanError::TooShort { length_mm, least_mm: LENGTH_MM_MIN });
    }
    first.normal = -first.normal;
    Ok(([first, second], along))
}

/// Two planes as given: normals turned along the curve, and where they cross it.
fn crossing(jaw: &Jaw, planes: &[CutPlane]) -> Result<([CutPlane; 2], [f64; 2]), PlanError> {
    const NEAR_MM: f64 = 40.0;
    let ends = jaw.arch.ends_mm();
    let given: &[CutPlane; 2] = match planes {
        [_] => {
            let limit_mm = ends[0].abs().min(ends[1]) - CONDYLE_MM;
            return Err(PlanError::Condyle { side: "one plane alone", limit_mm });
        }
        planes => planes.try_into().map_err(|_| PlanError::PlaneCount { count: planes.len() })?,
    };
    let mut found = *given;
    let mut along = [0.0; 2];
    for (n, plane) in found.iter_mut().enumerate() {
        let finite = plane.point.array().into_iter().chain(plane.normal.array());
        if !finite.into_iter().all(f64::is_finite) || plane.normal.norm() < 1e-6 {
            return Err(PlanError::NoNumber { what: "planes" });
        }
        plane.normal = plane.normal.unit();
        let limit_mm = NEAR_MM;
        let legs = jaw.arch.stations.windows(2).filter_map(|w| {
            let (a, b) = (plane.height_mm(w[0].point), plane.height_mm(w[1].point));
            let t = a / (a - b);
            let at = w[0].point.lerp(w[1].point, t);
            let s = w[0].along_mm + t * (w[1].along_mm - w[0].along_mm);
            ((a <= 0.0) != (b <= 0.0)).then(|| (at.distance(plane.point), s))
        });
        let near = legs.min_by(|a, b| a.0.total_cmp(&b.0)).filter(|(away, _)| *away <= limit_mm);
        let (_, s) = near.ok_or(PlanError::OffJaw { number: n + 1, limit_mm })?;
        let course = jaw.arch.at(s).along;
        if plane.normal.dot(course) < 0.0 {
            plane.normal = -plane.normal;
        }
        let tilt_deg = plane.normal.angle_deg(course);
        if tilt_deg > TILT_DEG_MAX {
            let limit_deg = TILT_DEG_MAX;
            return Err(PlanError::Tilted { number: n + 1, tilt_deg, limit_deg });
        }
        along[n] = s;
    }
    Ok((found, along))
}
