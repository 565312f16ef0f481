//! Holes cut into a sound vault and closed again.

use ossein_geom::{Cancelled, Job, Lps, Point, TriMesh, Vector, Volume};
use ossein_mesh::extract::ExtractError;
use ossein_mesh::iso_surface;
use rayon::prelude::*;

use super::{Outcome, Score, Trial, spread_of};
use crate::completion::find::{is_vault, sphere};
use crate::completion::sheet::{Sheet, Sight};
use crate::completion::trial::misses_mm;
use crate::completion::{
    Chart, ClosedVault, CompletionError, Method, Table, Vault, VaultOptions, cavity_middle,
};
use crate::piece::largest_piece;
use crate::plane::Plane;
use crate::surface::{MeshSurface, Surface};
use crate::symmetry::{SymmetryError, SymmetryOptions, symmetry_plane};

/// A skull that cannot be cut and closed.
#[derive(Debug, thiserror::Error)]
pub enum SkullError {
    /// Its surface cannot be made.
    #[error(transparent)]
    Surface(#[from] ExtractError),
    /// Bone encloses nothing.
    #[error("the bone encloses no cavity")]
    NoCavity,
    /// It has no plane of symmetry.
    #[error(transparent)]
    Symmetry(#[from] SymmetryError),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Diameters of the holes, mm.
const DIAMETERS_MM: [f64; 5] = [30.0, 45.0, 60.0, 80.0, 100.0];
/// Holes of each diameter: on one side, across the midline, on both sides.
const COUNTS: [(&str, usize); 3] = [("side", 3), ("midline", 2), ("both sides", 1)];
/// Sound vault around a hole, at least, mm.
const SOUND_MM: f64 = 15.0;
/// Share of the bone in and around a hole that is like a vault, at least.
const VAULT: f64 = 0.9;
/// Directions among which places are chosen.
const DIRECTION_COUNT: usize = 300;
/// Air, HU.
const AIR_HU: i16 = -1000;

/// One hole: a cylinder about a ray from the middle of the skull.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hole {
    /// `side`, `midline` or `both sides`.
    pub place: &'static str,
    /// Diameter of the cylinder, mm.
    pub diameter_mm: f64,
    /// From the middle of the skull, of length one.
    pub towards: Vector<Lps>,
}

/// A sound skull.
pub struct Skull {
    hu: Volume<i16>,
    level_hu: f64,
    /// Its bone.
    pub bone: TriMesh<Lps>,
    /// The middle of its cavity, on the plane.
    pub middle: Point<Lps>,
    /// Its plane of symmetry.
    pub plane: Plane<Lps>,
}

impl Skull {
    /// From a scan in which bone is `level_hu` or more.
    ///
    /// # Errors
    /// [`SkullError`]: no surface, no cavity, no plane of symmetry.
    pub fn new(hu: Volume<i16>, level_hu: f64, job: &Job) -> Result<Self, SkullError> {
        let bone = bone_of(&hu, level_hu, job)?;
        let surface = MeshSurface::new(&bone);
        let (middle, _) = cavity_middle(&surface).ok_or(SkullError::NoCavity)?;
        let plane = symmetry_plane(&surface, &SymmetryOptions::skull(), job)?.plane;
        let middle = middle - plane.normal * plane.height_mm(middle);
        Ok(Self { hu, level_hu, bone, middle, plane })
    }

    /// Holes of 30 to 100 mm wherever sound vault surrounds them: on one side, across the midline,
    /// and on both sides.
    pub fn holes(&self) -> Vec<Hole> {
        let surface = MeshSurface::new(&self.bone);
        let sight = Sight { surface: &surface, mirror: None, reach_mm: 200.0 };
        let all: Vec<Vector<Lps>> = sphere(DIRECTION_COUNT).collect();
        let mut holes = Vec::new();
        for diameter_mm in DIAMETERS_MM {
            let radius_mm = 0.5 * diameter_mm;
            let sound = |towards: &Vector<Lps>| {
                let step = 6.0;
                let half = ((radius_mm + SOUND_MM) / step).ceil() as usize;
                let sheet =
                    Sheet::seen(&sight, Chart::new(self.middle, *towards, 80.0), step, half);
                let near = |n: &usize| {
                    let [u, v] = sheet.place(*n);
                    (u * u + v * v).sqrt() <= radius_mm + SOUND_MM
                };
                let cells: Vec<usize> = (0..sheet.cells.len()).filter(near).collect();
                let outer = sheet.cells[sheet.cells.len() / 2].as_ref()?.outer_mm;
                let vault = |n: &&usize| {
                    let ray = sheet.chart.direction(sheet.place(**n));
                    sheet.cells[**n].as_ref().is_some_and(|t| is_vault(t, ray, outer))
                };
                let held = cells.iter().filter(vault).count() as f64;
                (held >= VAULT * cells.len() as f64).then_some((*towards, outer))
            };
            let vault: Vec<(Vector<Lps>, f64)> = all.par_iter().filter_map(sound).collect();
            for (place, count) in COUNTS {
                let fits = |(d, outer): &&(Vector<Lps>, f64)| {
                    let aside = (d.dot(self.plane.normal) * outer).abs();
                    match place {
                        "midline" => aside < 0.35 * radius_mm,
                        _ => aside > radius_mm + 4.0,
                    }
                };
                let towards: Vec<Vector<Lps>> = vault.iter().filter(fits).map(|v| v.0).collect();
                let chosen = far_apart(&towards, count);
                holes.extend(chosen.into_iter().map(|towards| Hole {
                    place,
                    diameter_mm,
                    towards,
                }));
            }
        }
        holes
    }

    /// Cuts a hole and closes it by every method.
    ///
    /// # Errors
    /// [`SkullError`]: no surface, no plane of symmetry, or a stopped job.
    pub fn run(&self, hole: &Hole, job: &Job) -> Result<Vec<Trial>, SkullError> {
        let cut = bone_of(&self.cut(hole), self.level_hu, job)?;
        let surface = MeshSurface::new(&cut);
        let plane = symmetry_plane(&surface, &SymmetryOptions::skull(), job)?.plane;
        let (middle, _) = cavity_middle(&surface).ok_or(SkullError::NoCavity)?;
        // The hole is where a person points: at its middle on the outer table.
        let truth = MeshSurface::new(&self.bone);
        let sight = Sight { surface: &truth, mirror: None, reach_mm: 200.0 };
        let outer = sight.tables(self.middle, hole.towards).map_or(80.0, |t| t.outer_mm);
        let center = self.middle + hole.towards * outer;
        let seen = Vault::new(&surface, middle, center - middle, VaultOptions::default());
        let method = |method: Method| {
            let made = match &seen {
                Ok(vault) if method == Method::Mirror => vault.by_mirror(&plane, job),
                Ok(vault) => vault.by_thin_plate(job),
                Err(error) => Err(*error),
            };
            let (outcome, made) = match made {
                Ok(closed) => {
                    let (score, made) = judged(&closed, &sight);
                    (Outcome::Completed(score), Some(made))
                }
                Err(CompletionError::Cancelled(cancelled)) => return Err(cancelled.into()),
                Err(error) => (Outcome::Refused(error.to_string()), None),
            };
            Ok(Trial {
                bone: "skull".into(),
                place: hole.place,
                size_mm: hole.diameter_mm,
                center,
                method,
                outcome,
                made,
            })
        };
        [Method::Mirror, Method::ThinPlate].into_iter().map(method).collect()
    }

    /// The scan with air in the hole (and in its mirror image where both sides are damaged).
    fn cut(&self, hole: &Hole) -> Volume<i16> {
        let mut cut = self.hu.clone();
        let other = self.plane.mirror_direction(hole.towards);
        let axes = [Some(hole.towards), (hole.place == "both sides").then_some(other)];
        let radius2 = 0.25 * hole.diameter_mm * hole.diameter_mm;
        let grid = cut.grid.clone();
        let slice = grid.size[0] * grid.size[1];
        cut.values.par_chunks_mut(slice.max(1)).enumerate().for_each(|(k, values)| {
            for (n, value) in values.iter_mut().enumerate() {
                let p = grid.center(grid.voxel(k * slice + n)) - self.middle;
                for axis in axes.into_iter().flatten() {
                    let along = p.dot(axis);
                    if along > 0.0 && p.dot(p) - along * along < radius2 {
                        *value = AIR_HU;
                    }
                }
            }
        });
        cut
    }
}

fn bone_of(hu: &Volume<i16>, level_hu: f64, job: &Job) -> Result<TriMesh<Lps>, ExtractError> {
    Ok(largest_piece(&iso_surface(hu, level_hu, job)?.into_mesh()))
}

/// The error of both tables, and the outer one as it was made with its distance from the truth.
fn judged(closed: &ClosedVault<Lps>, truth: &Sight<'_, Lps>) -> (Score, (TriMesh<Lps>, Vec<f32>)) {
    let sheet = Sheet::seen(truth, closed.chart, closed.step_mm, closed.half);
    let misses = misses_mm(&sheet, &closed.hole, &closed.radii);
    let [mean_mm, p95_mm, rmse_mm] = spread_of(misses.iter().flatten().copied().collect());
    let rms = |f: &dyn Fn(&[f64; 2]) -> f64| spread_of(misses.iter().map(f).collect())[2];
    let score = Score {
        mean_mm,
        p95_mm,
        rmse_mm,
        outer_rmse_mm: rms(&|m| m[1]),
        inner_rmse_mm: Some(rms(&|m| m[0])),
        thickness_rmse_mm: Some(rms(&|m| m[1] - m[0])),
        expected: closed.trials,
        ring_mm: closed.ring_mm,
    };
    let patch = closed.patch(Table::Outer, 0.0);
    let away = |p: &Point<Lps>| {
        let near = truth.surface.nearest(*p, 50.0);
        near.map_or(f32::NAN, |near| near.point.distance(*p) as f32)
    };
    let distances = patch.vertices.par_iter().with_min_len(64).map(away).collect();
    (score, (patch, distances))
}

/// So many of the directions, each next one as far as can be from those before it.
fn far_apart(from: &[Vector<Lps>], count: usize) -> Vec<Vector<Lps>> {
    let mut chosen: Vec<Vector<Lps>> = from.first().copied().into_iter().collect();
    while chosen.len() < count.min(from.len()) {
        let nearest = |d: &Vector<Lps>| chosen.iter().map(|c| c.dot(*d)).fold(-1.0, f64::max);
        let Some(next) = from.iter().min_by(|a, b| nearest(a).total_cmp(&nearest(b))) else {
            break;
        };
        chosen.push(*next);
    }
    chosen
}
