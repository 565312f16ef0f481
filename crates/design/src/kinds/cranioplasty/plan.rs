//! Where the plate goes, and the surface of the vault that is missing there.

use std::f64::consts::PI;

use ossein_anatomy::{Hole, Vault, VaultError, holes, vault};
use ossein_field::height::Raster;
use ossein_geom::{
    Cancelled, Choices, Finding, Found, Implant, Job, Lps, Point, Rigid, Vector, Volume, float,
};
use ossein_shape::spline::{SplineError, ThinPlate};
use serde::{Deserialize, Serialize};

use super::bed::{Bed, Columns};

/// Distance between the columns that the surface is drawn through, mm.
const COLUMN_MM: f64 = 1.5;
/// Distance between the heights that are kept, mm.
const HEIGHT_MM: f64 = 0.5;
/// Bone this near to the hole counts as its edge, not as vault, mm.
const EDGE_MM: f64 = 2.5;
/// Room for tabs and their screws around the hole, mm.
const ROOM_MM: f64 = 18.0;
/// Columns of a spline at most.
const COLUMN_COUNT_MAX: usize = 1400;
/// Largest hole along the vault that a plate looks at from one side, mm.
const REACH_MM_MAX: f64 = 62.0;
/// The spline passes the bone's roughness by.
const SOFTNESS: f64 = 1e-4;
/// Whole places beside the hole at which the method is tried.
const TRIAL_COUNT: usize = 12;

/// A hole to be cut: where an operation takes bone out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedHole {
    /// A point near its middle, on the skull.
    pub point: Point<Lps>,
    /// Its diameter, mm.
    pub diameter_mm: f64,
}

/// Heights over the plane at right angles to the plate's axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heights {
    /// x and y of the first, mm.
    pub origin: [f64; 2],
    /// Distance between them, mm.
    pub step_mm: f64,
    /// Counts along x and y.
    pub size: [usize; 2],
    /// `[y][x]`, x fastest, mm.
    pub values: Vec<f32>,
}

impl Heights {
    /// As a raster.
    pub fn raster(&self) -> Raster {
        let Self { origin, step_mm, size, values } = self.clone();
        Raster { origin, step_mm, size, values }
    }
}

impl From<Raster> for Heights {
    fn from(raster: Raster) -> Self {
        let Raster { origin, step_mm, size, values } = raster;
        Self { origin, step_mm, size, values }
    }
}

/// How well the method rebuilds bone that is there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// From the patient to the place that was tried.
    pub axis: Vector<Lps>,
    /// Root mean square of outer height, rebuilt against real, mm.
    pub rms_mm: f64,
    /// Its 95th percentile, mm.
    pub p95_mm: f64,
}

/// Where a skull plate goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VaultPlan {
    /// Where bone begins, HU.
    pub level_hu: f64,
    /// The ball of the vault.
    pub vault: Vault,
    /// The hole.
    pub hole: Hole,
    /// Bone that is cut out around the axis: its diameter, mm; 0 for none.
    pub cut_mm: f64,
    /// From the patient to the implant: origin on the missing surface, z outwards; along it the
    /// plate goes in.
    pub placement: Rigid<Lps, Implant>,
    /// Outer surface of the vault, drawn over the hole.
    pub outer: Heights,
    /// Inner surface.
    pub inner: Heights,
    /// Root mean square distance of the bone around the hole from what was drawn through it, mm.
    pub collar_rms_mm: f64,
    /// The method tried on whole bone beside the hole.
    pub trials: Vec<Trial>,
}

/// No plate can be planned:
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum VaultPlanError {
    /// There is no vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// There is no hole.
    #[error(
        "the vault has no hole of 15 mm or more with bone all around it: for bone that is yet to \
         be taken out, give [plan] hole = {{ point = [x, y, z], diameter_mm = 60 }}"
    )]
    NoHole,
    /// A planned hole lies off the skull.
    #[error(
        "[plan] hole: the point {point:?} lies {away_mm:.0} mm from the outer surface of the \
         vault; at most {limit_mm} mm are taken for meant"
    )]
    OffVault {
        /// The point.
        point: [f64; 3],
        /// Its distance.
        away_mm: f64,
        /// The limit.
        limit_mm: f64,
    },
    /// The hole is too large to look at from one side.
    #[error(
        "the hole reaches {reach_mm:.0} mm from its middle, along the vault; up to {limit_mm} mm \
         one plate goes in along one axis: split it"
    )]
    TooLarge {
        /// How far it reaches.
        reach_mm: f64,
        /// The limit.
        limit_mm: f64,
    },
    /// There is too little bone around.
    #[error(
        "bone stands around only {share:.2} of the hole's edge (0.75 are needed): it opens into \
         orbit, ear or the end of the scan"
    )]
    Open {
        /// Share of the edge.
        share: f64,
    },
    /// No spline.
    #[error(transparent)]
    Spline(#[from] SplineError),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Finds the hole, or takes the planned one, and draws the missing surface over it: a thin-plate
/// spline through the bone around, added to the vault's ball (facts D2.19).
///
/// # Errors
/// [`VaultPlanError`], each with what would be right.
pub fn plan(
    skull: &Volume<i16>,
    level_hu: f64,
    planned: Option<PlannedHole>,
    choices: &Choices,
    job: &Job,
) -> Result<Found<VaultPlan>, VaultPlanError> {
    let vault = vault(skull, level_hu, job)?;
    let mut findings = Vec::new();
    let (hole, cut_mm) = match planned {
        Some(planned) => (meant(&vault, planned)?, planned.diameter_mm),
        None => {
            let found = holes(skull, level_hu, &vault, job)?;
            if found.len() > 1 {
                let message = format!(
                    "{} holes in the vault; the plate is for the largest, {:.0} mm wide",
                    found.len(),
                    found[0].diameter_mm
                );
                findings.push(Finding::warning("plan.holes", "vault", message));
            }
            (found.first().copied().ok_or(VaultPlanError::NoHole)?, 0.0)
        }
    };
    if hole.reach_mm > REACH_MM_MAX {
        let (reach_mm, limit_mm) = (hole.reach_mm, REACH_MM_MAX);
        return Err(VaultPlanError::TooLarge { reach_mm, limit_mm });
    }
    let collar_mm = choices.number("plan.collar_mm");
    let site = |axis, cut_mm| Bed {
        skull,
        level_hu,
        to_patient: placement(&vault, axis).inverse(),
        radius_mm: vault.radius_mm,
        cut_mm,
    };
    let bed = site(hole.axis, 0.5 * cut_mm);
    let drawn = draw(&bed, hole.reach_mm, collar_mm)?;
    job.step(1, 2)?;
    let trials = trials(&hole, &vault, collar_mm, &site, job)?;
    let value = VaultPlan {
        level_hu,
        vault,
        hole,
        cut_mm,
        placement: placement(&vault, hole.axis),
        outer: drawn.outer.into(),
        inner: drawn.inner.into(),
        collar_rms_mm: drawn.rms_mm,
        trials,
    };
    Ok(Found { value, findings })
}

/// The hole that was asked for.
fn meant(vault: &Vault, planned: PlannedHole) -> Result<Hole, VaultPlanError> {
    const LIMIT_MM: f64 = 25.0;
    let out = planned.point - vault.middle;
    let away_mm = (out.norm() - vault.radius_mm).abs();
    if away_mm > LIMIT_MM {
        let point = planned.point.array();
        return Err(VaultPlanError::OffVault { point, away_mm, limit_mm: LIMIT_MM });
    }
    let half = 0.5 * planned.diameter_mm;
    let reach_mm = vault.radius_mm
        * float::atan2(half, (vault.radius_mm.powi(2) - half * half).max(0.0).sqrt());
    Ok(Hole { axis: out.unit(), diameter_mm: planned.diameter_mm, reach_mm })
}

/// The implant's frame: z along the axis, the origin where it leaves the vault's ball, x to the
/// patient's left as far as that can be.
fn placement(vault: &Vault, axis: Vector<Lps>) -> Rigid<Lps, Implant> {
    let left = Vector::new(1.0, 0.0, 0.0);
    let along = left - axis * axis.dot(left);
    let x = if along.norm() > 0.2 { along.unit() } else { axis.any_perpendicular() };
    Rigid::from_axes(vault.middle + axis * vault.radius_mm, x, axis.cross(x), axis)
}

/// The surfaces over a hole.
struct Drawn {
    outer: Raster,
    inner: Raster,
    rms_mm: f64,
    spline: ThinPlate<2, 2>,
}

fn draw(bed: &Bed, reach_mm: f64, collar_mm: f64) -> Result<Drawn, VaultPlanError> {
    let columns = bed.columns(reach_mm + EDGE_MM + collar_mm + 4.0, COLUMN_MM);
    let hole = columns.hole();
    let around = collar(&columns, &hole, collar_mm)?;
    let points: Vec<[f64; 2]> = around.iter().map(|&n| columns.place(n)).collect();
    let value = |&n: &usize| {
        let [x, y] = columns.place(n);
        let [outer, inner] = columns.found[n].expect("a column of the collar");
        [outer - bed.ball(x, y), inner - bed.ball(x, y)]
    };
    let values: Vec<[f64; 2]> = around.iter().map(value).collect();
    let spline = ThinPlate::<2, 2>::through(&points, &values, SOFTNESS)?;
    let fitted = spline.at_all(&points);
    let miss: f64 = fitted.iter().zip(&values).map(|(a, b)| (a[0] - b[0]).powi(2)).sum();
    let rms_mm = (miss / points.len() as f64).sqrt();
    let half = ((reach_mm + ROOM_MM) / HEIGHT_MM).ceil();
    let count = 2 * half as usize + 1;
    let at = |n: usize| (n as f64 - half) * HEIGHT_MM;
    let places: Vec<[f64; 2]> =
        (0..count * count).map(|n| [at(n % count), at(n / count)]).collect();
    let drawn = spline.at_all(&places);
    let raster = |k: usize| {
        let height = |(p, d): (&[f64; 2], &[f64; 2])| (bed.ball(p[0], p[1]) + d[k]) as f32;
        Raster {
            origin: [at(0); 2],
            step_mm: HEIGHT_MM,
            size: [count; 2],
            values: places.iter().zip(&drawn).map(height).collect(),
        }
    };
    Ok(Drawn { outer: raster(0), inner: raster(1), rms_mm, spline })
}

/// Columns of bone around the hole: as many as a spline takes, evenly thinned.
fn collar(columns: &Columns, hole: &[bool], collar_mm: f64) -> Result<Vec<usize>, VaultPlanError> {
    let edge = super::bed::signed(hole, &columns.raster(|_| 0.0));
    let from_hole = |n: usize| f64::from(edge.values[n]);
    let near = |n: &usize| (EDGE_MM..EDGE_MM + collar_mm).contains(&from_hole(*n));
    let sides = |n: usize| {
        const SIDE_COUNT: f64 = 24.0;
        let [x, y] = columns.place(n);
        ((float::atan2(y, x) / (2.0 * PI) + 0.5) * SIDE_COUNT).min(SIDE_COUNT - 1.0) as usize
    };
    let all: Vec<usize> = (0..columns.found.len()).filter(near).collect();
    let bony: Vec<usize> = all.iter().copied().filter(|&n| columns.found[n].is_some()).collect();
    let mut seen = [[0usize; 2]; 24];
    all.iter().for_each(|&n| seen[sides(n)][0] += 1);
    bony.iter().for_each(|&n| seen[sides(n)][1] += 1);
    let closed = seen.iter().filter(|[all, bony]| 2 * bony > *all).count();
    let share = closed as f64 / seen.len() as f64;
    if !hole.contains(&true) || share < 0.75 {
        return Err(VaultPlanError::Open { share });
    }
    let step = bony.len().div_ceil(COLUMN_COUNT_MAX);
    Ok(bony.into_iter().step_by(step).collect())
}

/// Holes of the same size cut into whole bone around the real one, and drawn over.
fn trials<'a>(
    hole: &Hole,
    vault: &Vault,
    collar_mm: f64,
    site: &dyn Fn(Vector<Lps>, f64) -> Bed<'a>,
    job: &Job,
) -> Result<Vec<Trial>, Cancelled> {
    let mut found = Vec::new();
    let away = (2.0 * hole.reach_mm + 1.5 * collar_mm) / vault.radius_mm;
    let side = hole.axis.any_perpendicular();
    for n in 0..TRIAL_COUNT {
        job.step(n, TRIAL_COUNT)?;
        let turn = 2.0 * PI * n as f64 / TRIAL_COUNT as f64;
        let tilt = Rigid::about(Point::ORIGIN, side, away).turn(hole.axis);
        let axis = Rigid::about(Point::ORIGIN, hole.axis, turn).turn(tilt);
        found.extend(trial(&site(axis, 0.0), &site(axis, hole.reach_mm), hole, collar_mm, axis));
    }
    Ok(found)
}

/// None where the bone of a place is not whole.
fn trial(whole: &Bed, cut: &Bed, hole: &Hole, collar_mm: f64, axis: Vector<Lps>) -> Option<Trial> {
    let truth = whole.columns(hole.reach_mm, COLUMN_MM);
    let inside = |n: &usize| {
        let [x, y] = truth.place(*n);
        x.hypot(y) < cut.cut_mm
    };
    let places: Vec<usize> = (0..truth.found.len()).filter(inside).collect();
    let known: Vec<usize> = places.iter().copied().filter(|&n| truth.found[n].is_some()).collect();
    if known.len() < places.len() {
        return None;
    }
    let drawn = draw(cut, hole.reach_mm, collar_mm).ok()?;
    let miss = |&n: &usize| {
        let [x, y] = truth.place(n);
        let [outer, _] = truth.found[n].expect("a known column");
        // Along the surface's normal, which the axis is not.
        let tilt = (x.hypot(y) / cut.radius_mm).min(0.9);
        (cut.ball(x, y) + drawn.spline.at([x, y])[0] - outer).abs() * (1.0 - tilt * tilt).sqrt()
    };
    let mut misses: Vec<f64> = known.iter().map(miss).collect();
    misses.sort_by(f64::total_cmp);
    let rms_mm = (misses.iter().map(|m| m * m).sum::<f64>() / misses.len() as f64).sqrt();
    Some(Trial { axis, rms_mm, p95_mm: misses[(misses.len() - 1) * 95 / 100] })
}
