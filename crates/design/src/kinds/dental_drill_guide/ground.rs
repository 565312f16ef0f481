//! What a guide sits on and stays clear of, sampled in its own frame.

use std::sync::Arc;

use ossein_anatomy::site::with_healed;
use ossein_anatomy::tooth::Teeth;
use ossein_anatomy::{SURFACE_LEVEL, occupancy, unsmoothed};
use ossein_field::sampled::{Grown, Sampled};
use ossein_geom::{Aabb, Choices, Grid, Implant, Job, Point, TriMesh, Vector, Volume};
use ossein_mesh::iso_surface;
use rayon::prelude::*;

use super::course::Course;
use super::design::Inputs;
use super::errors::DesignError;
use super::plan::surface;
use super::sleeve::Sleeve;
use crate::near::{cropped, distances, grid};
use crate::swept::swept;

/// Distance between samples, mm, at least: that of the part; and in a preview coarser than this.
const STEP_MM: f64 = 0.2;
const PREVIEW_MM: f64 = 0.25;
const PREVIEW_STEP_MM: f64 = 0.5;
/// Teeth and bone are looked at so far around the course, mm.
const AROUND_MM: f64 = 11.0;
/// And so far under the lowest of its points, mm.
const UNDER_MM: f64 = 13.0;
/// Distances count so far beyond what is made of them, mm.
const BEYOND_MM: f64 = 1.0;
/// Distances to teeth beside the guide count up to this, mm: walls of sleeves are judged by them.
const BESIDE_MM: f64 = 2.5;
/// Labels are looked at so much farther, mm.
const CROP_MM: f64 = 4.0;

/// What a guide sits on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seat {
    pub teeth: bool,
    pub bone: bool,
}

impl Seat {
    pub fn of(choices: &Choices) -> Self {
        let word = choices.word("guide.seat");
        Self { teeth: word != "bone", bone: word != "teeth" }
    }
}

/// Everything a guide is fitted to.
pub(super) struct Ground {
    /// Distance to all teeth that stand.
    pub teeth: Option<Arc<Sampled<Implant>>>,
    /// Distance to the bone.
    pub bone: Arc<Sampled<Implant>>,
    /// Where the guide may be: what it stays clear of, swept along the way on.
    pub clear: Arc<Sampled<Implant>>,
    /// The seat of the shell on teeth, swept.
    pub on_teeth: Option<Arc<Sampled<Implant>>>,
    /// The teeth that carry, as they are.
    pub carrying: Option<Volume<f32, Implant>>,
    /// The seat of the shell on bone, swept.
    pub on_bone: Option<Arc<Sampled<Implant>>>,
    /// The canal's surface in the patient.
    pub canal: TriMesh<ossein_geom::Lps>,
    /// Gap between shell and teeth, mm.
    pub contact_mm: f64,
    /// The way along the arch.
    pub course: Course,
    /// The box of all that is sampled.
    pub bounds: Aabb<Implant>,
}

impl Ground {
    /// Samples teeth and bone around a guide.
    pub fn new(
        inputs: &Inputs,
        teeth: Option<&Teeth>,
        (sleeves, part_step_mm): (&[Sleeve], f64),
        choices: &Choices,
        job: &Job,
    ) -> Result<Self, DesignError> {
        let plan = inputs.plan;
        let number = |key: &str| choices.number(key);
        let seat = Seat::of(choices);
        let tops: Vec<Point<Implant>> = match seat.teeth {
            true => plan.support.iter().map(|s| plan.placement.apply(s.top)).collect(),
            false => Vec::new(),
        };
        let sites: Vec<Point<Implant>> = sleeves.iter().map(Sleeve::middle).collect();
        let mut course = Course::new(&tops, &sites);
        let reach_mm = number("plan.reach_mm");
        let mut bounds = around(&course, sleeves);
        if tops.is_empty() {
            bounds = bounds.grow(reach_mm.min(25.0));
        }
        let step_mm =
            if part_step_mm > PREVIEW_MM { PREVIEW_STEP_MM } else { part_step_mm.max(STEP_MM) };
        let grid = grid(bounds, step_mm);
        let (contact_mm, bone_mm) = (number("guide.contact_mm"), number("guide.bone_contact_mm"));
        let off_bone = if seat.bone { bone_mm } else { number("guide.gum_mm") };
        let shell_mm = number("guide.thickness_mm") + BEYOND_MM;
        let near_bone = off_bone + if seat.bone { shell_mm } else { BEYOND_MM };
        let near = Near { inputs, grid: &grid, job };
        let out = (plan.out.as_slice(), plan.healed);
        let site = inputs.labels.site(plan.lower, teeth, out).ok_or(DesignError::NoJaw)?;
        let healed = with_healed(&site);
        let own = healed.as_ref().unwrap_or(inputs.labels.volume);
        let bone = near.of(occupancy(own, &[site.bone]), near_bone)?;
        let standing = |is: &dyn Fn(usize) -> bool| {
            let teeth = teeth?;
            let wanted: Vec<u16> = (0..teeth.pieces.len())
                .filter(|n| !plan.out.contains(n) && is(*n))
                .map(|n| n as u16 + 1)
                .collect();
            occupancy(&teeth.numbers, &wanted)
        };
        let all = near.of(standing(&|_| true), BESIDE_MM)?;
        let carries = |n: usize| plan.support.iter().any(|s| s.index == n);
        let on = |some| near.of(some, contact_mm + shell_mm);
        let carrying = if seat.teeth { on(standing(&carries))? } else { None };
        let bone = bone.or_else(|| all.as_ref().map(|v| v.map(|_| near_bone as f32)));
        let bone = bone.ok_or(DesignError::Nothing)?;
        if seat.bone && tops.is_empty() {
            course.along_ridge(&bone, reach_mm, plan.placement.turn(plan.implants[0].outward));
        }
        let clear = joined(&grid, all.as_ref().map(|v| (v, contact_mm)), (&bone, off_bone));
        let on_bone = seat.bone.then(|| swept(&bone.map(|v| v - bone_mm as f32)));
        let on_teeth = carrying.as_ref().map(|v| swept(&v.map(|v| v - contact_mm as f32)));
        let sampled = |volume: Volume<f32, Implant>| Arc::new(Sampled::new(volume));
        Ok(Self {
            teeth: all.map(sampled),
            bone: sampled(bone),
            clear: sampled(swept(&clear)),
            on_teeth: on_teeth.map(sampled),
            carrying,
            on_bone: on_bone.map(sampled),
            canal: canal(inputs, job)?,
            contact_mm,
            course,
            bounds: grid.bounds(),
        })
    }

    /// What the guide stays clear of.
    pub fn void(&self) -> Grown<Implant> {
        Grown { inner: self.clear.clone(), by_mm: 0.0 }
    }

    /// Undercuts of the teeth that carry, from a height up: volume, mm³, and how deep, mm.
    pub fn undercut(&self, from_z: &dyn Fn(Point<Implant>) -> f64) -> (f64, f64) {
        let (Some(own), Some(swept)) = (&self.carrying, &self.on_teeth) else { return (0.0, 0.0) };
        let (mut count, mut deep) = (0usize, 0f64);
        for (n, (&own_mm, &swept_mm)) in own.values.iter().zip(&swept.volume().values).enumerate() {
            let beneath = f64::from(own_mm) - self.contact_mm;
            if beneath > 0.0 && swept_mm < 0.0 {
                let p = own.grid.center(own.grid.voxel(n));
                if p.z > from_z(p) {
                    count += 1;
                    deep = deep.max(beneath.min(f64::from(-swept_mm)));
                }
            }
        }
        (count as f64 * own.grid.voxel_mm3(), deep)
    }
}

/// The canal's surface.
fn canal(inputs: &Inputs, job: &Job) -> Result<TriMesh<ossein_geom::Lps>, DesignError> {
    let label = inputs.labels.canal(inputs.plan.lower);
    Ok(surface(label.and_then(|label| unsmoothed(inputs.labels.volume, &[label])), job)?)
}

/// The box of a guide: around its course, from under the teeth to over the sleeves.
fn around(course: &Course, sleeves: &[Sleeve]) -> Aabb<Implant> {
    let points = course.points.iter().copied().chain(sleeves.iter().flat_map(|s| s.ends()));
    let mut bounds = Aabb::around(points);
    let (low, high) = (Vector::new(1.0, 1.0, 0.0), Vector::new(0.0, 0.0, 1.0));
    let side = low * AROUND_MM;
    let lowest = course.points.iter().map(|p| p.z).fold(bounds.max.z, f64::min);
    bounds.min.z = bounds.min.z.min(lowest - UNDER_MM);
    Aabb::new(bounds.min - side, bounds.max + side + high * 5.0)
}

/// Distances near a guide.
struct Near<'a> {
    inputs: &'a Inputs<'a>,
    grid: &'a Grid<Implant>,
    job: &'a Job,
}

impl Near<'_> {
    /// Distance to a volume's surface; none where there is none near.
    fn of(
        &self,
        some: Option<Volume<i16>>,
        near_mm: f64,
    ) -> Result<Option<Volume<f32, Implant>>, DesignError> {
        let Some(some) = some else { return Ok(None) };
        let placement = &self.inputs.plan.placement;
        let own = cropped(&some, placement, &self.grid.bounds().grow(CROP_MM + near_mm));
        if own.grid.size.iter().any(|&n| n < 2) {
            return Ok(None);
        }
        let mesh = iso_surface(&own, SURFACE_LEVEL, self.job)?.into_mesh().placed(placement);
        if mesh.triangles.is_empty() {
            return Ok(None);
        }
        Ok(Some(distances(&mesh, self.grid, near_mm, self.job)?))
    }
}

/// The nearer of two solids, each grown.
fn joined(
    grid: &Grid<Implant>,
    teeth: Option<(&Volume<f32, Implant>, f64)>,
    (bone, bone_mm): (&Volume<f32, Implant>, f64),
) -> Volume<f32, Implant> {
    let value = |n: usize| {
        let own = bone.values[n] - bone_mm as f32;
        teeth.map_or(own, |(teeth, mm)| own.min(teeth.values[n] - mm as f32))
    };
    let all = 0..grid.voxel_count();
    Volume::new(grid.clone(), all.into_par_iter().with_min_len(4096).map(value).collect())
}
