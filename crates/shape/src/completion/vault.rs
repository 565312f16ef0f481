//! A hole in the vault of a skull, closed: both tables rebuilt, and how sure that is.

use ossein_geom::{Cancelled, Frame, Job, Point, Rigid, Vector};
use serde::{Deserialize, Serialize};

use super::chart::Chart;
use super::mirror::onto_collar;
use super::sheet::{Sheet, Sight};
use super::thin_plate::{Collar, Radii, fill};
use crate::plane::Plane;
use crate::spline::SplineError;
use crate::surface::MeshSurface;

/// How missing bone is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The other side's mirror image, bent onto the collar.
    Mirror,
    /// Splines through the collar alone.
    ThinPlate,
    /// A statistical shape model fitted to what is left, bent onto the collar.
    ShapeModel,
}

/// Where a hole lies and how it is closed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VaultOptions {
    /// Side of a cell, mm.
    pub step_mm: f64,
    /// Which bone around the hole gives the form.
    pub collar: Collar,
    /// Places of the same vault at which the hole is cut again and closed, to see how well.
    pub trial_count_max: usize,
}

impl Default for VaultOptions {
    fn default() -> Self {
        Self { step_mm: 1.0, collar: Collar::default(), trial_count_max: 3 }
    }
}

/// Why a hole could not be closed.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum CompletionError {
    /// A length of the options is none.
    #[error("{name} of {value_mm} mm")]
    Length {
        /// Its name.
        name: &'static str,
        /// Its value, mm.
        value_mm: f64,
    },
    /// There is bone where the hole should be.
    #[error("there is bone at the place of the hole")]
    NoHole,
    /// The hole is no hole of the vault.
    #[error("no bone ends the hole within {reach_mm:.0} mm: it is open to a side")]
    Open {
        /// How far bone was sought, mm.
        reach_mm: f64,
    },
    /// The mirror image of the hole lies on the hole itself.
    #[error(
        "the hole crosses the midline: {share:.0} % of it has no bone on the other side to mirror",
        share = 100.0 * share
    )]
    Midline {
        /// Share of the hole without a mirror image.
        share: f64,
    },
    /// The other side has a hole too.
    #[error(
        "both sides are damaged: {share:.0} % of the hole has no bone on the other side to mirror",
        share = 100.0 * share
    )]
    BothSides {
        /// Share of the hole without a mirror image.
        share: f64,
    },
    /// The collar fixes no spline.
    #[error(transparent)]
    Spline(#[from] SplineError),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// How far rebuilt bone lay from the bone that was taken away, where the same hole was cut into
/// sound vault.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trials {
    /// Places at which that was done.
    pub count: usize,
    /// Root mean square over both tables, mm.
    pub rms_mm: f64,
    /// Of the outer table alone, mm.
    pub outer_rms_mm: f64,
    /// 95 % of both tables were closer, mm.
    pub p95_mm: f64,
}

/// A hole of the vault, closed.
#[derive(Clone, Debug)]
pub struct ClosedVault<F: Frame> {
    /// The map over which the tables are known.
    pub chart: Chart<F>,
    /// Side of a cell, mm.
    pub step_mm: f64,
    /// Cells to each side of the middle one.
    pub half: usize,
    /// Distance of inner and outer table from the middle, mm, `[j][i]`: in the hole as they were
    /// rebuilt, on the collar as the bone is, beyond it as the rebuilt form goes on.
    pub radii: Radii,
    /// How far each cell lies outside the hole on the map, mm; negative inside.
    pub outside_mm: Vec<f64>,
    /// The cells that were rebuilt.
    pub hole: Vec<bool>,
    /// How they were.
    pub method: Method,
    /// Root mean square error on the outer table beside the hole, had the hole been larger by half
    /// the collar, mm: of two methods that with the lesser one is taken. None where nothing is left
    /// to tell it.
    pub ring_mm: Option<f64>,
    /// How well that went elsewhere; none where no other place of the vault is large enough.
    pub trials: Option<Trials>,
}

/// Whether the mirror image is likely nearer to what is missing than the spline: by the errors of
/// both on the same ring of bone ([`ClosedVault::ring_mm`]).
pub fn mirror_is_nearer(mirror_ring_mm: Option<f64>, thin_plate_ring_mm: Option<f64>) -> bool {
    matches!((mirror_ring_mm, thin_plate_ring_mm), (Some(mirror), Some(spline)) if mirror < spline)
}

/// Share of a hole that may lack its mirror image: a foramen, not a defect.
const UNMIRRORED_MAX: f64 = 0.03;
/// Rays go so much farther than the first bone that they meet, at least.
pub(super) const RAY_MM: f64 = 200.0;
/// How far the rim of a hole may lie from its middle on the map, mm.
const HOLE_REACH_MM: f64 = 90.0;

/// A bone with a hole, seen so that it can be closed.
pub struct Vault<'a, F: Frame> {
    pub(super) surface: &'a MeshSurface<'a, F>,
    pub(super) options: VaultOptions,
    /// The bone around the hole.
    pub sheet: Sheet<F>,
    /// The cells of the hole.
    pub hole: Vec<bool>,
}

impl<'a, F: Frame> Vault<'a, F> {
    /// Sees the hole that the ray from `middle` (of the cavity) along `towards` passes.
    ///
    /// # Errors
    /// [`CompletionError`]: there is bone, the hole has no end, or a length is none.
    pub fn new(
        surface: &'a MeshSurface<'a, F>,
        middle: Point<F>,
        towards: Vector<F>,
        options: VaultOptions,
    ) -> Result<Self, CompletionError> {
        let lengths = [("a step", options.step_mm), ("a collar", options.collar.width_mm)];
        for (name, value_mm) in lengths {
            if !(value_mm > 0.05 && value_mm < 100.0) {
                return Err(CompletionError::Length { name, value_mm });
            }
        }
        let sight = Sight { surface, mirror: None, reach_mm: RAY_MM };
        let coarse_mm = 2.0 * options.step_mm;
        let half = (HOLE_REACH_MM / coarse_mm).ceil() as usize;
        let mut chart = Chart::new(middle, towards, 80.0);
        // Once to find the hole, once more to look at it from its own middle and true to scale.
        for _ in 0..2 {
            let sheet = Sheet::seen(&sight, chart, coarse_mm, half);
            let hole = sheet.hole();
            let (center, radius_mm) = around(&sheet, &hole)?;
            chart = Chart::new(middle, sheet.chart.direction(center), radius_mm);
        }
        let sheet = Sheet::seen(&sight, chart, coarse_mm, half);
        let hole = sheet.hole();
        around(&sheet, &hole)?;
        let far = |n: usize| {
            let [u, v] = sheet.place(n);
            u.abs().max(v.abs())
        };
        let reach = (0..hole.len()).filter(|&n| hole[n]).map(far).fold(0.0, f64::max);
        let half = ((reach + options.collar.width_mm) / options.step_mm).ceil() as usize + 2;
        let sheet = Sheet::seen(&sight, chart, options.step_mm, half);
        let hole = sheet.hole();
        around(&sheet, &hole)?;
        Ok(Self { surface, options, sheet, hole })
    }

    /// Closes the hole with splines through its collar.
    ///
    /// # Errors
    /// [`CompletionError`]: the collar fixes no spline.
    pub fn by_thin_plate(&self, job: &Job) -> Result<ClosedVault<F>, CompletionError> {
        self.made(None, job)
    }

    /// Closes the hole with the mirror image of the other side.
    ///
    /// # Errors
    /// [`CompletionError`]: the hole crosses the midline, or the other side has one too.
    pub fn by_mirror(
        &self,
        plane: &Plane<F>,
        job: &Job,
    ) -> Result<ClosedVault<F>, CompletionError> {
        self.check_mirrored(&self.sheet, plane)?;
        self.made(Some(plane), job)
    }

    fn made(&self, plane: Option<&Plane<F>>, job: &Job) -> Result<ClosedVault<F>, CompletionError> {
        let prior = plane.map(|plane| self.prior(&self.sheet, plane, job)).transpose()?;
        let radii = fill(&self.sheet, &self.hole, prior.as_deref(), &self.options.collar)?;
        let method = if plane.is_some() { Method::Mirror } else { Method::ThinPlate };
        let ring_mm = self.ring_mm(prior.as_deref());
        let trials = self.trials(plane, job)?;
        Ok(ClosedVault { ring_mm, trials, ..self.closed(radii, method) })
    }

    fn closed(&self, radii: Radii, method: Method) -> ClosedVault<F> {
        let sheet = &self.sheet;
        let from_hole = sheet.distances_mm(&self.hole);
        let bone: Vec<bool> = self.hole.iter().map(|h| !h).collect();
        let from_bone = sheet.distances_mm(&bone);
        let seam_mm = self.options.collar.margin_mm.max(sheet.step_mm);
        let end_mm = self.options.collar.width_mm;
        let blended = |n: usize| match &sheet.cells[n] {
            Some(tables) if !self.hole[n] => {
                let ends = ((end_mm - from_hole[n]) / seam_mm).clamp(0.0, 1.0);
                let own = (from_hole[n] / seam_mm).min(ends);
                let bone = [tables.inner_mm, tables.outer_mm];
                [0, 1].map(|k| radii[n][k] + own * (bone[k] - radii[n][k]))
            }
            _ => radii[n],
        };
        // The rim runs half way between the last cell of the hole and the first of the bone.
        let outside = |n: usize| {
            let half = 0.5 * sheet.step_mm;
            if self.hole[n] { half - from_bone[n] } else { from_hole[n] - half }
        };
        ClosedVault {
            chart: self.sheet.chart,
            step_mm: self.sheet.step_mm,
            half: self.sheet.half,
            radii: (0..radii.len()).map(blended).collect(),
            outside_mm: (0..radii.len()).map(outside).collect(),
            hole: self.hole.clone(),
            method,
            ring_mm: None,
            trials: None,
        }
    }

    /// Whether a hole of this form has a mirror image where a sheet is seen: bone, and not the hole
    /// itself.
    pub(super) fn check_mirrored(
        &self,
        sheet: &Sheet<F>,
        plane: &Plane<F>,
    ) -> Result<(), CompletionError> {
        let mirror = Some((*plane, Rigid::identity()));
        let sight = Sight { surface: self.surface, mirror, reach_mm: RAY_MM };
        let seen = Sheet::seen(&sight, sheet.chart, sheet.step_mm, sheet.half);
        let chart = &sheet.chart;
        // Does the ray through the mirror pass the hole itself?
        let itself = |n: usize| {
            let at = plane.mirror(chart.point(sheet.place(n), chart.radius_mm));
            sheet.cell(chart.place(at - chart.middle)).is_some_and(|m| self.hole[m])
        };
        let hole = (0..self.hole.len()).filter(|&n| self.hole[n]);
        let missing: Vec<bool> =
            hole.filter(|&n| seen.cells[n].is_none() || itself(n)).map(itself).collect();
        let count = self.hole.iter().filter(|h| **h).count();
        let share = missing.len() as f64 / count as f64;
        if share <= UNMIRRORED_MAX {
            return Ok(());
        }
        let own = missing.iter().filter(|own| **own).count();
        if 2 * own >= missing.len() {
            Err(CompletionError::Midline { share })
        } else {
            Err(CompletionError::BothSides { share })
        }
    }

    /// The other side's tables, brought onto the collar of the hole in a sheet.
    pub(super) fn prior(
        &self,
        sheet: &Sheet<F>,
        plane: &Plane<F>,
        job: &Job,
    ) -> Result<Vec<Option<[f64; 2]>>, CompletionError> {
        let collar = &self.options.collar;
        let from_hole = sheet.distances_mm(&self.hole);
        let empty: Vec<bool> =
            sheet.cells.iter().zip(&self.hole).map(|(c, &h)| h || c.is_none()).collect();
        let from_empty = sheet.distances_mm(&empty);
        let near: Vec<bool> = (0..self.hole.len())
            .map(|n| from_hole[n] <= collar.width_mm && from_empty[n] >= collar.margin_mm)
            .collect();
        let motion = onto_collar(self.surface, plane, sheet, &near, RAY_MM, job)?;
        let mirror = Some((*plane, motion));
        let sight = Sight { surface: self.surface, mirror, reach_mm: RAY_MM };
        let seen = Sheet::seen(&sight, sheet.chart, sheet.step_mm, sheet.half);
        Ok(seen.cells.iter().map(|c| c.as_ref().map(|t| [t.inner_mm, t.outer_mm])).collect())
    }
}

/// The middle of a hole on the map, and how far the outer table around it lies from the skull's
/// middle, mm.
fn around<F: Frame>(sheet: &Sheet<F>, hole: &[bool]) -> Result<([f64; 2], f64), CompletionError> {
    let cells: Vec<usize> = (0..hole.len()).filter(|&n| hole[n]).collect();
    if cells.is_empty() {
        return Err(CompletionError::NoHole);
    }
    let side = sheet.side();
    let edge = |n: usize| [n % side, n / side].iter().any(|&c| c == 0 || c + 1 == side);
    if cells.iter().any(|&n| edge(n)) {
        return Err(CompletionError::Open { reach_mm: sheet.half as f64 * sheet.step_mm });
    }
    let sum =
        cells.iter().map(|&n| sheet.place(n)).fold([0.0; 2], |s, p| [s[0] + p[0], s[1] + p[1]]);
    let near = sheet.distances_mm(hole);
    let rim = (0..hole.len()).filter(|&n| !hole[n] && near[n] <= 10.0);
    let radii: Vec<f64> = rim.filter_map(|n| Some(sheet.cells[n].as_ref()?.outer_mm)).collect();
    if radii.is_empty() {
        return Err(CompletionError::Open { reach_mm: sheet.half as f64 * sheet.step_mm });
    }
    let radius_mm = radii.iter().sum::<f64>() / radii.len() as f64;
    Ok((sum.map(|s| s / cells.len() as f64), radius_mm))
}
