//! Where the plate goes, and the surface of the vault that is missing there.

use ossein_anatomy::sides::of_skull;
use ossein_anatomy::{Hole, Side, Sides, Vault, VaultError, holes, vault};
use ossein_field::height::Raster;
use ossein_geom::{
    Cancelled, Choices, Finding, Found, Implant, Job, Lps, Point, Rigid, Vector, Volume, float,
};
use ossein_mesh::extract::ExtractError;
use ossein_mesh::iso::iso_surface;
use ossein_shape::completion::thin_plate::Collar;
use ossein_shape::completion::vault::{
    ClosedVault, CompletionError, Method, Trials, Vault as Shell, VaultOptions, mirror_is_nearer,
};
use ossein_shape::{MeshSurface, Plane, Symmetry, SymmetryOptions, symmetry_plane};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::metal::metal;
use crate::sides::header;

/// Distance between the heights that are kept, mm.
const HEIGHT_MM: f64 = 0.5;
/// Room for tabs and their screws around the hole, mm.
const ROOM_MM: f64 = 18.0;
/// Largest hole along the vault that a plate looks at from one side, mm.
const REACH_MM_MAX: f64 = 62.0;
/// Grey values fall this fast at the edge of a planned hole, HU/mm: steeper than bone's own.
const CUT_HU_PER_MM: f64 = 800.0;
/// A planned hole goes this deep under the vault's ball, part of its radius: no farther than the
/// vault, not through the base.
const CUT_DEPTH: f64 = 0.5;
/// Expected errors of the missing surface beyond this are said, mm (facts D2.20).
const TRIAL_MM_MAX: f64 = 1.0;

/// A hole whose axis goes less to a side than this lies in the midline: a sine, 10 mm on a vault.
const BESIDE: f64 = 0.12;

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
    /// From the patient to the implant: origin where the axis leaves the vault's ball, z outwards;
    /// along it the plate goes in.
    pub placement: Rigid<Lps, Implant>,
    /// Outer surface of the vault, drawn over the hole.
    pub outer: Heights,
    /// Inner surface.
    pub inner: Heights,
    /// How it was drawn.
    pub method: Method,
    /// The same done to whole bone beside the hole; none where there is no room.
    pub trials: Option<Trials>,
    /// The plane of symmetry; none where no method asked for it.
    pub symmetry: Option<Symmetry<Lps>>,
    /// Why the other side's mirror image could not be taken, if it was asked for.
    pub no_mirror: Option<String>,
    /// Left and right, as the face tells them; none where there is none.
    pub sides: Option<Sides>,
}

impl VaultPlan {
    /// The side on which the hole's middle lies; none in the midline or where nothing tells left
    /// from right.
    pub fn side(&self) -> Option<Side> {
        let beside = |sides: &Sides| sides.left.dot(self.hole.axis).abs() > BESIDE;
        self.sides.filter(beside).map(|sides| sides.side(self.hole.axis))
    }

    /// The skull less what is planned to be cut out.
    pub fn cut(&self, skull: &Volume<i16>) -> Volume<i16> {
        let depth_mm = CUT_DEPTH * self.vault.radius_mm;
        cut(skull, &self.placement, self.level_hu, (0.5 * self.cut_mm, depth_mm))
    }
}

/// No plate can be planned:
#[derive(Debug, thiserror::Error)]
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
    /// The surface cannot be drawn.
    #[error(transparent)]
    Completion(#[from] CompletionError),
    /// The mirror image was asked for, and there is no plane of symmetry.
    #[error("no mirror image can be taken: {0}")]
    Symmetry(#[from] ossein_shape::symmetry::SymmetryError),
    /// The skull's surface could not be taken.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Finds the hole, or takes the planned one, and draws the missing surface over it: by the other
/// side's mirror image, by splines through the bone around, or by that of both which gives the bone
/// around the hole the better (facts D2.19, D2.21).
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
        None => (largest(skull, level_hu, &vault, &mut findings, job)?, 0.0),
    };
    if hole.reach_mm > REACH_MM_MAX {
        let (reach_mm, limit_mm) = (hole.reach_mm, REACH_MM_MAX);
        return Err(VaultPlanError::TooLarge { reach_mm, limit_mm });
    }
    let sides = sides(skull, level_hu, &vault);
    findings.extend(sides.as_ref().and_then(header));
    let placement = placement(&vault, hole.axis, sides);
    let depth_mm = CUT_DEPTH * vault.radius_mm;
    let open = cut(skull, &placement, level_hu, (0.5 * cut_mm, depth_mm));
    let mesh = iso_surface(&open, level_hu, job)?.into_mesh();
    drop(open);
    let surface = MeshSurface::new(&mesh);
    let drawn = draw(&surface, &vault, &hole, choices, job)?;
    findings.extend(check(&drawn));
    let near_mm = hole.reach_mm + choices.number("plan.collar_mm");
    let around = |p: Point<Lps>| {
        let p = placement.apply(p);
        float::hypot(p.x, p.y) < near_mm && p.z.abs() < near_mm
    };
    findings.extend(metal(skull, around, "vault"));
    let heights = |table: usize| heights(&drawn.closed, &placement, &vault, hole.reach_mm, table);
    let value = VaultPlan {
        level_hu,
        vault,
        hole,
        cut_mm,
        placement,
        outer: heights(1).into(),
        inner: heights(0).into(),
        method: drawn.closed.method,
        trials: drawn.closed.trials,
        symmetry: drawn.symmetry,
        no_mirror: drawn.no_mirror,
        sides,
    };
    Ok(Found { value, findings })
}

/// Left and right by the face, seen along the scan's own axes.
fn sides(skull: &Volume<i16>, level_hu: f64, vault: &Vault) -> Option<Sides> {
    let across = Plane { point: vault.middle, normal: Vector::new(1.0, 0.0, 0.0) };
    of_skull(skull, level_hu, vault, &across)
}

/// The largest hole that is there.
fn largest(
    skull: &Volume<i16>,
    level_hu: f64,
    vault: &Vault,
    findings: &mut Vec<Finding>,
    job: &Job,
) -> Result<Hole, VaultPlanError> {
    let found = holes(skull, level_hu, vault, job)?;
    if found.len() > 1 {
        let message = format!(
            "{} holes in the vault; the plate is for the largest, {:.0} mm wide",
            found.len(),
            found[0].diameter_mm
        );
        findings.push(Finding::warning("plan.holes", "vault", message));
    }
    found.first().copied().ok_or(VaultPlanError::NoHole)
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
fn placement(vault: &Vault, axis: Vector<Lps>, sides: Option<Sides>) -> Rigid<Lps, Implant> {
    let left = sides.map_or(Vector::new(1.0, 0.0, 0.0), |sides| sides.left);
    let along = left - axis * axis.dot(left);
    let x = if along.norm() > 0.2 { along.unit() } else { axis.any_perpendicular() };
    Rigid::from_axes(vault.middle + axis * vault.radius_mm, x, axis.cross(x), axis)
}

/// The skull less a straight hole along an implant's axis: of a radius, and so deep from the
/// vault's ball. Grey values fall evenly across its wall, so that their surface is as true there as
/// the wall.
fn cut(
    skull: &Volume<i16>,
    placement: &Rigid<Lps, Implant>,
    level_hu: f64,
    (radius_mm, depth_mm): (f64, f64),
) -> Volume<i16> {
    let mut open = skull.clone();
    if radius_mm <= 0.0 {
        return open;
    }
    let grid = skull.grid.clone();
    open.values.par_iter_mut().enumerate().for_each(|(n, value)| {
        let p = placement.apply(grid.center(grid.voxel(n)));
        let outside_mm = (float::hypot(p.x, p.y) - radius_mm).max(-depth_mm - p.z);
        let most = (level_hu + CUT_HU_PER_MM * outside_mm).clamp(-1000.0, f64::from(i16::MAX));
        *value = (*value).min(most as i16);
    });
    open
}

/// The surface over a hole, and how it came about.
struct Drawn {
    closed: ClosedVault<Lps>,
    symmetry: Option<Symmetry<Lps>>,
    no_mirror: Option<String>,
}

fn draw(
    surface: &MeshSurface<'_, Lps>,
    vault: &Vault,
    hole: &Hole,
    choices: &Choices,
    job: &Job,
) -> Result<Drawn, VaultPlanError> {
    let collar = Collar { width_mm: choices.number("plan.collar_mm"), ..Collar::default() };
    let options = VaultOptions { collar, ..VaultOptions::default() };
    let shell = Shell::new(surface, vault.middle, hole.axis, options)?;
    let word = choices.word("plan.method");
    if word == "thin_plate" {
        let closed = shell.by_thin_plate(job)?;
        return Ok(Drawn { closed, symmetry: None, no_mirror: None });
    }
    let symmetry = symmetry_plane(surface, &SymmetryOptions::skull(), job);
    let mirrored = match &symmetry {
        Ok(symmetry) => shell.by_mirror(&symmetry.plane, job).map_err(VaultPlanError::from),
        Err(error) => Err((*error).into()),
    };
    let symmetry = symmetry.ok();
    if word == "mirror" {
        return Ok(Drawn { closed: mirrored?, symmetry, no_mirror: None });
    }
    let splined = shell.by_thin_plate(job)?;
    Ok(match mirrored {
        Ok(mirrored) if mirror_is_nearer(mirrored.ring_mm, splined.ring_mm) => {
            Drawn { closed: mirrored, symmetry, no_mirror: None }
        }
        Ok(_) => Drawn { closed: splined, symmetry, no_mirror: None },
        Err(VaultPlanError::Cancelled(cancelled)) => return Err(cancelled.into()),
        Err(error) => Drawn { closed: splined, symmetry, no_mirror: Some(error.to_string()) },
    })
}

fn check(drawn: &Drawn) -> Vec<Finding> {
    let mut findings = Vec::new();
    match drawn.closed.trials {
        None => findings.push(Finding::warning(
            "plan.untried",
            "missing surface",
            "no whole bone beside the hole is large enough to try the method on: how far the \
             drawn surface may be off is not known",
        )),
        Some(trials) if trials.rms_mm > TRIAL_MM_MAX => {
            let message = format!(
                "rebuilt by the same method, whole bone beside the hole is missed by {:.2} mm \
                 (root mean square)",
                trials.rms_mm
            );
            findings.push(Finding::warning("plan.uncertain", "missing surface", message).measured(
                trials.rms_mm,
                TRIAL_MM_MAX,
                "mm",
            ));
        }
        Some(_) => {}
    }
    if let Some(reason) = &drawn.no_mirror {
        let message = format!("the other side's mirror image could not be taken: {reason}");
        findings.push(Finding::note("plan.no_mirror", "missing surface", message));
    }
    findings
}

/// Heights of a table of the closed vault over the plane of the implant.
fn heights(
    closed: &ClosedVault<Lps>,
    placement: &Rigid<Lps, Implant>,
    vault: &Vault,
    reach_mm: f64,
    table: usize,
) -> Raster {
    let back = placement.inverse();
    let reach = ((reach_mm + ROOM_MM) / HEIGHT_MM).ceil() * HEIGHT_MM;
    let height = |x: f64, y: f64| {
        let over = |z: f64| {
            let p = back.apply(Point::new(x, y, z));
            p.distance(vault.middle) - closed.radii_mm(p)[table]
        };
        let (mut low, mut high) = (-0.95 * vault.radius_mm, 0.5 * vault.radius_mm);
        for _ in 0..34 {
            let middle = 0.5 * (low + high);
            if over(middle) < 0.0 { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    };
    Raster::sampled([-reach; 2], [reach; 2], HEIGHT_MM, height)
}
