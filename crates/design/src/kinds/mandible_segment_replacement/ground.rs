//! What a segment is fitted to: the bone that stays, the contour of what is missing, teeth and
//! canal.

use std::sync::Arc;

use ossein_anatomy::jaw::solid_bone;
use ossein_anatomy::{SURFACE_LEVEL, unsmoothed};
use ossein_field::Field;
use ossein_field::sampled::Sampled;
use ossein_geom::{Aabb, Choices, Grid, Implant, Job, Lps, Point, TriMesh, Vector, Volume};
use ossein_mesh::iso_surface;
use ossein_shape::Plane;
use ossein_shape::piece::largest_piece;
use rayon::prelude::*;

use super::design::Inputs;
use super::errors::DesignError;
use super::plan::{BESIDE_MM, Plan};
use crate::near::{self, distances, smooth};

/// Distance between samples, mm.
const STEP_MM: f64 = 0.5;
/// Distances to bone count up to this, mm.
const NEAR_MM: f64 = 6.0;
/// Distances to teeth and canal count at least up to this, mm.
const CLEAR_MM: f64 = 7.0;
/// Bone is looked at so far around the jaw's curve, mm.
const AROUND_MM: f64 = 27.0;
/// Over this length to both sides of a cut the contour passes into the bone, mm.
const SEAM_MM: f64 = 1.5;

/// What the cuts take out, drawn in by a gap at both: the space between two planes and near the
/// jaw's curve.
#[derive(Clone, Debug)]
pub(super) struct Region {
    pub cuts: [Plane<Implant>; 2],
    pub path: Vec<Point<Implant>>,
    pub inset_mm: f64,
}

impl Field<Implant> for Region {
    fn distance(&self, p: Point<Implant>) -> f64 {
        let [right, left] = [0, 1].map(|n| self.cuts[n].height_mm(p));
        let beyond = right.max(left) + self.inset_mm;
        let far2 = |q: &Point<Implant>| (p - *q).dot(p - *q);
        // Near enough to one place of the curve the rest of it says nothing.
        let reach = (beyond + BESIDE_MM).max(0.0);
        let share = (right / (right + left).min(-1e-6)).clamp(0.0, 1.0);
        let last = self.path.len().saturating_sub(1);
        let beside = self.path.get((share * last as f64) as usize);
        if beyond > BESIDE_MM || beside.is_some_and(|q| far2(q) <= reach * reach) {
            return beyond;
        }
        let away2 = self.path.iter().map(far2).fold(f64::INFINITY, f64::min);
        beyond.max(away2.sqrt() - BESIDE_MM)
    }
    fn bounds(&self) -> Aabb<Implant> {
        Aabb::around(self.path.iter().copied()).grow(BESIDE_MM)
    }
}

/// A place on the jaw's curve, in the implant.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub point: Point<Implant>,
    pub along: Vector<Implant>,
    pub outward: Vector<Implant>,
    pub up: Vector<Implant>,
}

/// Everything a segment is fitted to, in its own frame.
pub(super) struct Ground {
    plan: Plan,
    pub region: Region,
    /// The whole bone before resection.
    pub bone: Arc<Sampled<Implant>>,
    /// The bone that stays.
    pub stumps: Arc<Sampled<Implant>>,
    /// The segment's contour, and what lies beyond the cuts of the same.
    pub contour: Arc<Sampled<Implant>>,
    /// Bone that stays and contour between the cuts, without a seam: what the plate lies on.
    pub whole: Arc<Sampled<Implant>>,
    pub teeth: Option<Arc<Sampled<Implant>>>,
    pub canal: Option<Arc<Sampled<Implant>>>,
}

impl Ground {
    /// Samples bone, contour, teeth and canal around a segment and as far as its plate may reach.
    pub fn new(inputs: &Inputs, choices: &Choices, job: &Job) -> Result<Self, DesignError> {
        let plan = inputs.plan;
        let mesh = surface(&solid_bone(&inputs.labels)?, plan, job)?;
        let mesh = largest_piece(&mesh);
        let grid = grid(plan, &mesh, choices);
        let clear_mm = clear_mm(choices);
        let near = |label: Option<u16>| -> Result<Option<Arc<Sampled<Implant>>>, DesignError> {
            let some = label.and_then(|label| unsmoothed(inputs.labels.volume, &[label]));
            let Some(some) = some else { return Ok(None) };
            let mesh = surface(&some, plan, job)?;
            if mesh.triangles.is_empty() {
                return Ok(None);
            }
            Ok(Some(Arc::new(Sampled::new(distances(&mesh, &grid, clear_mm, job)?))))
        };
        let drawn = || drawn(&mesh, plan, &grid, job);
        let beside = || rayon::join(|| near(inputs.labels.teeth), || near(inputs.labels.canal));
        let (drawn, (teeth, canal)) = rayon::join(drawn, beside);
        let [bone, contour] = drawn?.map(|volume| Arc::new(Sampled::new(volume)));
        let region = region(plan);
        let [stumps, whole] = parted(&bone, &contour, &region);
        let (plan, teeth, canal) = (plan.clone(), teeth?, canal?);
        Ok(Self { plan, region, bone, stumps, contour, whole, teeth, canal })
    }

    /// The same bone with the cuts of another plan.
    pub fn with_cuts(&self, plan: Plan) -> Self {
        let region = region(&plan);
        let [stumps, whole] = parted(&self.bone, &self.contour, &region);
        let (bone, contour) = (self.bone.clone(), self.contour.clone());
        let (teeth, canal) = (self.teeth.clone(), self.canal.clone());
        Self { plan, region, bone, stumps, contour, whole, teeth, canal }
    }

    /// The plan that it was made for.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The place so far along the jaw's curve.
    pub fn at(&self, along_mm: f64) -> Place {
        let station = self.plan.jaw.arch.at(along_mm);
        let placement = &self.plan.placement;
        Place {
            point: placement.apply(station.point),
            along: placement.turn(station.along),
            outward: placement.turn(station.outward),
            up: placement.turn(station.up),
        }
    }

    /// Where the surface of the whole is met from outside at a place, so far up; none where it is
    /// not.
    pub fn face(&self, place: &Place, up_mm: f64) -> Option<Point<Implant>> {
        const OUT_MM: f64 = 22.0;
        const IN_MM: f64 = 4.0;
        const LOOK_MM: f64 = 0.4;
        let whole = self.whole.volume();
        let at = |r: f64| place.point + place.up * up_mm + place.outward * r;
        let mut before = f64::INFINITY;
        for n in 0..((OUT_MM + IN_MM) / LOOK_MM) as usize {
            let r = OUT_MM - n as f64 * LOOK_MM;
            let here = whole.sample(at(r));
            if here < 0.0 {
                let part = if before.is_finite() { before / (before - here) } else { 1.0 };
                return (n > 0).then(|| at(r + LOOK_MM * (1.0 - part)));
            }
            before = here;
        }
        None
    }

    /// The direction out of the whole, over the width of a plate.
    pub fn normal(&self, p: Point<Implant>) -> Vector<Implant> {
        const REACH_MM: f64 = 1.5;
        let whole = self.whole.volume();
        let slope = |v: Vector<Implant>| whole.sample(p + v) - whole.sample(p - v);
        Vector::new(
            slope(Vector::new(REACH_MM, 0.0, 0.0)),
            slope(Vector::new(0.0, REACH_MM, 0.0)),
            slope(Vector::new(0.0, 0.0, REACH_MM)),
        )
        .unit()
    }
}

/// Distances to the bone and to the contour of what will be missing.
fn drawn(
    bone: &TriMesh<Implant>,
    plan: &Plan,
    grid: &Grid<Implant>,
    job: &Job,
) -> Result<[Volume<f32, Implant>; 2], DesignError> {
    let bone = distances(bone, grid, NEAR_MM, job)?;
    let mut contour = match plan.contour.mesh() {
        Some(mesh) => distances(&mesh.placed(&plan.placement), grid, NEAR_MM, job)?,
        None => bone.clone(),
    };
    smooth(&mut contour, 2);
    Ok([bone, contour])
}

/// The bone that stays, and it with the contour between the cuts.
fn parted(
    bone: &Sampled<Implant>,
    contour: &Sampled<Implant>,
    region: &Region,
) -> [Arc<Sampled<Implant>>; 2] {
    let (bone, contour) = (bone.volume(), contour.volume());
    let grid = &bone.grid;
    let both = |n: usize| {
        let outside = region.distance(grid.center(grid.voxel(n))) as f32;
        let share = (0.5 + 0.5 * outside / SEAM_MM as f32).clamp(0.0, 1.0);
        let whole = contour.values[n] + share * (bone.values[n] - contour.values[n]);
        (bone.values[n].max(-outside), whole)
    };
    let (stumps, whole): (Vec<f32>, Vec<f32>) =
        (0..grid.voxel_count()).into_par_iter().with_min_len(4096).map(both).unzip();
    [stumps, whole].map(|values| Arc::new(Sampled::new(Volume::new(grid.clone(), values))))
}

/// How far distances to teeth and canal are known, mm.
pub(super) fn clear_mm(choices: &Choices) -> f64 {
    let number = |key: &str| choices.number(key);
    let least = number("implant.root_clearance_mm").max(number("implant.canal_clearance_mm"));
    CLEAR_MM.max(least + 0.5 * number("implant.screw_diameter_mm") + 1.0)
}

fn region(plan: &Plan) -> Region {
    let place = |plane: &Plane<Lps>| Plane {
        point: plan.placement.apply(plane.point),
        normal: plan.placement.turn(plane.normal),
    };
    let (from, to) = (plan.along_mm[0] - 6.0, plan.along_mm[1] + 6.0);
    let own = plan.jaw.arch.stations.iter().filter(|s| (from..=to).contains(&s.along_mm));
    Region {
        cuts: [place(&plan.cuts[0]), place(&plan.cuts[1])],
        path: own.map(|s| plan.placement.apply(s.point)).collect(),
        inset_mm: 0.0,
    }
}

fn surface(some: &Volume<i16>, plan: &Plan, job: &Job) -> Result<TriMesh<Implant>, DesignError> {
    Ok(iso_surface(some, SURFACE_LEVEL, job)?.into_mesh().placed(&plan.placement))
}

/// A grid along the implant's axes around the segment and both plates.
fn grid(plan: &Plan, mesh: &TriMesh<Implant>, choices: &Choices) -> Grid<Implant> {
    let reach = choices.number("implant.plate_length_mm_max") + 6.0;
    let (from, to) = (plan.along_mm[0] - reach, plan.along_mm[1] + reach);
    let own = plan.jaw.arch.stations.iter().filter(|s| (from..=to).contains(&s.along_mm));
    let near = Aabb::around(own.map(|s| plan.placement.apply(s.point))).grow(AROUND_MM);
    let bounds = near.intersection(mesh.bounds().grow(NEAR_MM));
    near::grid(bounds, STEP_MM)
}
