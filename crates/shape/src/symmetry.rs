//! The plane in which a surface is most nearly its own mirror image.

use nalgebra::{Matrix3, Vector3};
use ossein_geom::{Cancelled, Deg, Frame, Job, Point, Vector};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::plane::Plane;
use crate::samples::{Sample, spread};
use crate::surface::{MeshSurface, Surface};

/// How the plane is sought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SymmetryOptions<F: Frame> {
    /// A plane from landmarks: it and those tilted by up to 45 degrees are tried; else all.
    pub start: Option<Plane<F>>,
    /// Share of the surface that must have a mirror image: the rest is a defect.
    pub kept: f64,
    /// Points on the surface.
    pub sample_count: usize,
}

impl<F: Frame> Default for SymmetryOptions<F> {
    fn default() -> Self {
        Self { start: None, kept: 0.7, sample_count: 6_000 }
    }
}

/// A surface without a plane of symmetry to be found.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum SymmetryError {
    /// No triangle has an area.
    #[error("a mesh without area has no plane of symmetry")]
    NoArea,
    /// The share is none.
    #[error("a share of {kept} that must have a mirror image; it lies between 0 and 1")]
    Share {
        /// The share.
        kept: f64,
    },
    /// Too little of the surface comes near its mirror image.
    #[error("no plane brings {kept:.2} of the surface near its mirror image")]
    None {
        /// The share that was wanted.
        kept: f64,
    },
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// A plane of symmetry and how well it holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Symmetry<F: Frame> {
    /// The plane; its point is the middle of the surface, brought onto it.
    pub plane: Plane<F>,
    /// Root mean square distance of the kept points from their mirror image, mm.
    pub rms_mm: f64,
    /// Standard error of the plane's place, mm, were all kept points independent.
    pub offset_error_mm: f64,
    /// Standard error of the normal, likewise.
    pub normal_error: Deg,
    /// Planes that were tried from the beginning.
    pub start_count: usize,
}

/// Directions that are tried when no plane is given.
const START_COUNT: usize = 96;
/// Points and turns of a stage, and how many of its best planes the next one follows.
const STAGES: [(usize, usize, usize); 3] = [(400, 12, 8), (1500, 30, 2), (usize::MAX, 60, 1)];
/// The motion of any point, mm, that ends a stage.
const STILL_MM: f64 = 1e-3;
/// On the way fewer points may have partners, down to this share of those that must in the end.
const ON_THE_WAY: f64 = 0.3;
/// Mirror images farther from the surface than this part of its size have no partner.
const REACH: f64 = 0.15;

/// The plane for which the closest share of the surface lies nearest to its mirror image.
///
/// # Errors
/// [`SymmetryError`] for a mesh without area, a share that is none, a surface that comes near its
/// mirror image in no plane, or a stopped job.
///
/// # Source
/// Registration of anatomy with its own mirror image, trimmed: facts D2.26. The plane's three
/// numbers are fitted themselves, by Gauss and Newton, to the planes of the partners.
pub fn symmetry_plane<F: Frame>(
    surface: &MeshSurface<'_, F>,
    options: &SymmetryOptions<F>,
    job: &Job,
) -> Result<Symmetry<F>, SymmetryError> {
    let kept = options.kept;
    if !(kept > 0.0 && kept <= 1.0) {
        return Err(SymmetryError::Share { kept });
    }
    let samples = spread(surface.mesh(), surface.tree().order(), options.sample_count);
    if samples.is_empty() {
        return Err(SymmetryError::NoArea);
    }
    let bounds = surface.mesh().bounds();
    let search = Search { surface, kept, reach_mm: REACH * bounds.size().norm() };
    let middle = middle(&samples);
    let starts: Vec<Plane<F>> = match options.start {
        Some(plane) => around(plane).collect(),
        None => directions().map(|normal| Plane { point: middle, normal }).collect(),
    };
    let start_count = starts.len();
    let mut planes = starts;
    let mut best = None;
    for (stage, (count, turn_max, best_count)) in STAGES.into_iter().enumerate() {
        job.step(stage, STAGES.len())?;
        let few: Vec<Sample<F>> =
            samples.iter().step_by((samples.len() / count).max(1)).copied().collect();
        let mut fits: Vec<Fit<F>> =
            planes.par_iter().filter_map(|plane| search.follow(&few, plane, turn_max)).collect();
        fits.sort_by(|a, b| a.rms_mm.total_cmp(&b.rms_mm));
        planes = fits.iter().take(best_count).map(|fit| fit.plane).collect();
        best = fits.into_iter().find(|fit| fit.whole);
    }
    let fit: Fit<F> = best.ok_or(SymmetryError::None { kept })?;
    let normal = oriented(fit.plane.normal);
    let plane = Plane { normal, ..fit.plane };
    Ok(Symmetry {
        plane: Plane { point: middle - normal * plane.height_mm(middle), normal },
        rms_mm: fit.rms_mm,
        offset_error_mm: fit.errors[2],
        normal_error: Deg(fit.errors[0].hypot(fit.errors[1]).to_degrees()),
        start_count,
    })
}

/// Of both normals of a plane the one whose largest component is positive.
fn oriented<F: Frame>(normal: Vector<F>) -> Vector<F> {
    let largest =
        normal.array().into_iter().fold(0.0f64, |a, v| if v.abs() > a.abs() { v } else { a });
    if largest < 0.0 { -normal } else { normal }
}

fn middle<F: Frame>(samples: &[Sample<F>]) -> Point<F> {
    let sum = samples.iter().fold(Vector::new(0.0, 0.0, 0.0), |s, p| s + (p.point - Point::ORIGIN));
    Point::ORIGIN + sum * (1.0 / samples.len() as f64)
}

/// A plane, and those through its point whose normals lie within 45 degrees of its own.
fn around<F: Frame>(plane: Plane<F>) -> impl Iterator<Item = Plane<F>> {
    let near = move |normal: &Vector<F>| normal.dot(plane.normal).abs() > 0.5f64.sqrt();
    let tilted = directions().filter(near).map(move |normal| Plane { normal, ..plane });
    std::iter::once(plane).chain(tilted)
}

/// Directions over a half sphere, evenly: a spiral of golden turns.
fn directions<F: Frame>() -> impl Iterator<Item = Vector<F>> {
    let golden = std::f64::consts::PI * (3.0 - 5.0f64.sqrt());
    (0..START_COUNT).map(move |n| {
        let z = (n as f64 + 0.5) / START_COUNT as f64;
        let (s, c) = ossein_geom::float::sin_cos(golden * n as f64);
        let r = (1.0 - z * z).sqrt();
        Vector::new(r * c, r * s, z)
    })
}

struct Search<'a, F: Frame> {
    surface: &'a MeshSurface<'a, F>,
    kept: f64,
    reach_mm: f64,
}

struct Fit<F: Frame> {
    plane: Plane<F>,
    /// Of the kept points; greater by as much as too few were found.
    rms_mm: f64,
    /// Whether as many points as were wanted have a partner.
    whole: bool,
    /// Standard errors: two tilts in radians and the offset in mm.
    errors: [f64; 3],
}

/// What one point's mirror image found.
struct Pair<F: Frame> {
    point: Point<F>,
    normal: Vector<F>,
    height: f64,
    distance: f64,
}

impl<F: Frame> Search<'_, F> {
    /// Turns and shifts the plane until it rests.
    fn follow(&self, samples: &[Sample<F>], start: &Plane<F>, turn_max: usize) -> Option<Fit<F>> {
        let mut plane = *start;
        let center = middle(samples);
        plane.point = center - plane.normal * plane.height_mm(center);
        let mut within_mm = self.reach_mm;
        for turn in 0.. {
            let mut pairs = self.pairs(samples, &plane, within_mm);
            let wanted = (self.kept * samples.len() as f64).ceil() as usize;
            if pairs.len() < ((ON_THE_WAY * wanted as f64) as usize).max(4) {
                return None;
            }
            let kept = wanted.min((0.9 * pairs.len() as f64) as usize);
            pairs.sort_by(|a, b| a.distance.total_cmp(&b.distance));
            pairs.truncate(kept);
            let step = Step::of(&pairs, &plane)?;
            if step.moved_mm <= STILL_MM || turn == turn_max {
                let square: f64 = pairs.iter().map(|p| p.height * p.height).sum();
                let rms_mm = (square / kept as f64).sqrt() * wanted as f64 / kept as f64;
                let errors = step.spread.map(|s| s * rms_mm);
                return Some(Fit { plane, rms_mm, errors, whole: kept == wanted });
            }
            plane = step.applied(&plane);
            // Images far beyond those that are kept need not be looked for.
            within_mm = (4.0 * pairs[kept - 1].distance + 2.0 * step.moved_mm).min(self.reach_mm);
        }
        None
    }

    fn pairs(&self, samples: &[Sample<F>], plane: &Plane<F>, within_mm: f64) -> Vec<Pair<F>> {
        let pair = |sample: &Sample<F>| {
            let image = plane.mirror(sample.point);
            let place = self.surface.nearest(image, within_mm)?;
            let alike = plane.mirror_direction(sample.normal).dot(place.normal) > 0.3;
            let height = (image - place.point).dot(place.normal);
            let distance = image.distance(place.point);
            // Beside a rim the nearest place is the rim itself, and not straight below.
            let below = height * height >= 0.75 * distance * distance;
            let (point, normal) = (sample.point, place.normal);
            (alike && below).then_some(Pair { point, normal, height, distance })
        };
        samples.par_iter().with_min_len(128).filter_map(pair).collect()
    }
}

/// A small motion of a plane: two tilts about its point, and a shift along its normal.
struct Step<F: Frame> {
    sides: [Vector<F>; 2],
    tilt: [f64; 2],
    shift: f64,
    /// How far it moves the farthest mirror image, mm.
    moved_mm: f64,
    /// Square roots of the diagonal of the normal matrix' inverse.
    spread: [f64; 3],
}

impl<F: Frame> Step<F> {
    /// The motion that brings the mirror images onto the planes of their partners.
    fn of(pairs: &[Pair<F>], plane: &Plane<F>) -> Option<Self> {
        let side = plane.normal.any_perpendicular();
        let sides = [side, plane.normal.cross(side)];
        let mut matrix = Matrix3::zeros();
        let mut right = Vector3::zeros();
        let mut reach = 0.0f64;
        let usual = pairs[pairs.len() / 2].distance.max(f64::MIN_POSITIVE);
        for pair in pairs {
            let weight = (usual / pair.height.abs()).min(1.0);
            let arm = pair.point - plane.point;
            let height = arm.dot(plane.normal);
            let along = pair.normal.dot(plane.normal);
            reach = reach.max(arm.norm());
            // image = p - 2 (arm . n - shift) n, and n tilts to both sides.
            let tilt = |s: Vector<F>| -2.0 * (arm.dot(s) * along + height * s.dot(pair.normal));
            let row = Vector3::new(tilt(sides[0]), tilt(sides[1]), 2.0 * along);
            matrix += row * row.transpose() * weight;
            right -= row * (pair.height * weight);
        }
        let inverse = matrix.try_inverse()?;
        let found = inverse * right;
        let spread = [0, 1, 2].map(|n| inverse[(n, n)].max(0.0).sqrt());
        let moved_mm = 2.0 * (found.x.hypot(found.y) * reach + found.z.abs());
        moved_mm.is_finite().then_some(Self {
            sides,
            tilt: [found.x, found.y],
            shift: found.z,
            moved_mm,
            spread,
        })
    }

    fn applied(&self, plane: &Plane<F>) -> Plane<F> {
        let tilted = plane.normal + self.sides[0] * self.tilt[0] + self.sides[1] * self.tilt[1];
        let normal = tilted.unit();
        Plane { point: plane.point + normal * self.shift, normal }
    }
}
