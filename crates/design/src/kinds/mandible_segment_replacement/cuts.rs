//! Where the planes of a resection cross the jaw.

use ossein_anatomy::{Jaw, SURFACE_LEVEL};
use ossein_geom::{Lps, Volume};
use ossein_shape::Plane;
use serde::Serialize;

use super::plan::PlanError;

/// Shorter segments leave no room for a body between two gaps, mm.
const LENGTH_MM_MIN: f64 = 8.0;
/// Cuts nearer to the end of the jaw take the condyle, mm.
const CONDYLE_MM: f64 = 8.0;
/// Cuts are tilted against the jaw's course by this at most, degrees.
const TILT_DEG_MAX: f64 = 60.0;

/// A point lies between two crossings if the nearer is no nearer than this part of the other.
const BETWEEN: f64 = 0.5;
/// Less bone than this is a graze of the plane, mm³.
const RIM_MM3_MIN: f64 = 20.0;

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
    /// Between two planes, or what one plane cuts off that crosses the jaw twice: a condyle goes
    /// with neither.
    Planes(Vec<CutPlane>),
}

/// The cuts, right end first, and where they cross the curve.
pub(super) fn cuts(
    jaw: &Jaw,
    bone: &Volume<i16>,
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
        Resection::Planes(planes) => match planes.as_slice() {
            [plane] => cut_off(jaw, bone, plane)?,
            [a, b] => between(jaw, &[*a, *b])?,
            planes => return Err(PlanError::PlaneCount { count: planes.len() }),
        },
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

/// A plane as given, its normal of length one.
fn sound(plane: &CutPlane) -> Result<CutPlane, PlanError> {
    let mut all = plane.point.array().into_iter().chain(plane.normal.array());
    if !all.all(f64::is_finite) || plane.normal.norm() < 1e-6 {
        return Err(PlanError::NoNumber { what: "planes" });
    }
    Ok(Plane { point: plane.point, normal: plane.normal.unit() })
}

/// Where a plane crosses the curve: how far from its point, and how far along, right to left.
fn crossings(jaw: &Jaw, plane: &CutPlane) -> Vec<(f64, f64)> {
    let legs = jaw.arch.stations.windows(2).filter_map(|w| {
        let (a, b) = (plane.height_mm(w[0].point), plane.height_mm(w[1].point));
        let t = a / (a - b);
        let at = w[0].point.lerp(w[1].point, t);
        let s = w[0].along_mm + t * (w[1].along_mm - w[0].along_mm);
        ((a <= 0.0) != (b <= 0.0)).then(|| (at.distance(plane.point), s))
    });
    legs.collect()
}

/// A plane that crosses the curve at a place, its normal turned along it.
fn turned(jaw: &Jaw, plane: &CutPlane, number: usize, s: f64) -> Result<CutPlane, PlanError> {
    let course = jaw.arch.at(s).along;
    let normal = if plane.normal.dot(course) < 0.0 { -plane.normal } else { plane.normal };
    let tilt_deg = normal.angle_deg(course);
    if tilt_deg > TILT_DEG_MAX {
        return Err(PlanError::Tilted { number, tilt_deg, limit_deg: TILT_DEG_MAX });
    }
    Ok(Plane { point: plane.point, normal })
}

/// Two planes, and where they cross the curve.
fn between(jaw: &Jaw, planes: &[CutPlane; 2]) -> Result<([CutPlane; 2], [f64; 2]), PlanError> {
    const NEAR_MM: f64 = 40.0;
    let mut found = *planes;
    let mut along = [0.0; 2];
    for (n, plane) in found.iter_mut().enumerate() {
        let own = sound(plane)?;
        let near = crossings(jaw, &own).into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
        let near = near.filter(|(away, _)| *away <= NEAR_MM);
        let off = || PlanError::OffJaw { number: n + 1, limit_mm: NEAR_MM };
        along[n] = near.ok_or_else(off)?.1;
        *plane = turned(jaw, &own, n + 1, along[n])?;
    }
    Ok((found, along))
}

/// One plane that crosses the curve twice, both condyles on its one side: what lies on the other is
/// cut off. Its point lies between both crossings; a point at one of them means that cut alone.
fn cut_off(
    jaw: &Jaw,
    bone: &Volume<i16>,
    plane: &CutPlane,
) -> Result<([CutPlane; 2], [f64; 2]), PlanError> {
    let plane = sound(plane)?;
    let mut met = crossings(jaw, &plane);
    met.sort_by(|a, b| a.0.total_cmp(&b.0));
    match met.as_slice() {
        [] => Err(beside(jaw, bone, &plane)),
        [(_, along_mm)] => Err(PlanError::OnePlane { along_mm: *along_mm }),
        [(near, along_mm), (far, _), ..] if *near < BETWEEN * far => {
            Err(PlanError::OnePlane { along_mm: *along_mm })
        }
        [(_, a), (_, b)] => {
            let along = [a.min(*b), a.max(*b)];
            let [from, to] = along.map(|s| turned(jaw, &plane, 1, s));
            Ok(([from?, to?], along))
        }
        many => Err(PlanError::Winding { count: many.len() }),
    }
}

/// Why a plane that leaves the whole curve on one side makes no segment: it takes a rim, or nothing.
fn beside(jaw: &Jaw, bone: &Volume<i16>, plane: &CutPlane) -> PlanError {
    let chin = plane.height_mm(jaw.arch.at(0.0).point);
    let grid = &bone.grid;
    let full = 2.0 * SURFACE_LEVEL;
    let off = |n: &usize| {
        let p = grid.center(grid.voxel(*n));
        bone.values[*n] > 0 && plane.height_mm(p) * chin < 0.0
    };
    let sum: f64 = (0..bone.values.len()).filter(off).map(|n| f64::from(bone.values[n])).sum();
    let removed_mm3 = sum / full * grid.voxel_mm3();
    if removed_mm3 < RIM_MM3_MIN {
        return PlanError::Misses { removed_mm3 };
    }
    let heights = jaw.arch.stations.iter().map(|s| plane.height_mm(s.point).abs());
    let under_mm = heights.fold(f64::INFINITY, f64::min);
    PlanError::Marginal { removed_mm3, under_mm }
}
