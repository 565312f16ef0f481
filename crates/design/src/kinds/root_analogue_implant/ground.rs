//! What an implant is fitted to, sampled in its own frame: the tooth, and what it keeps clear of.

use std::sync::Arc;

use ossein_anatomy::tooth::{self, Teeth};
use ossein_anatomy::{SURFACE_LEVEL, unsmoothed};
use ossein_field::band::{BandOptions, band};
use ossein_field::mesh_distance::MeshField;
use ossein_field::sampled::Sampled;
use ossein_field::{Block, Field};
use ossein_geom::{Aabb, Choices, Grid, Implant, Job, Mm, Point, Volume};
use ossein_mesh::iso_surface;

use super::design::Inputs;
use super::errors::DesignError;

/// Distance between samples of the tooth, mm.
const STEP_MM: f64 = 0.2;
/// And of what stands around, mm.
const AROUND_STEP_MM: f64 = 0.4;
/// Distances inside the tooth count up to this, mm.
const DEEP_MM: f64 = 6.0;
/// Distances to what stands around count up to this, mm.
const NEAR_MM: f64 = 6.0;
/// Room beside the tooth, mm.
const ROOM_MM: f64 = 2.0;

/// A tooth and its surroundings in the implant's frame.
pub(super) struct Ground {
    /// Distance to the tooth.
    pub tooth: Volume<f32, Implant>,
    /// The tooth under the crest as it can be drawn out along z; over the crest its section there.
    pub free: Volume<f32, Implant>,
    /// Volume of the root, and what undercuts take of it, mm³.
    pub root_mm3: f64,
    pub undercut_mm3: f64,
    pub neighbours: Option<Arc<Sampled<Implant>>>,
    pub canal: Option<Arc<Sampled<Implant>>>,
    pub opposing: Option<Arc<Sampled<Implant>>>,
}

impl Ground {
    pub fn new(inputs: &Inputs, choices: &Choices, job: &Job) -> Result<Self, DesignError> {
        let plan = inputs.plan;
        let labels = inputs.labels.jaw(plan.lower).ok_or(DesignError::NoJaw)?;
        let teeth = tooth::teeth(&labels, plan.neck, job)?;
        let solid = tooth::solid(&labels, &teeth, plan.index, plan.roots())?;
        let own = sampled(&solid, inputs, None, (STEP_MM, DEEP_MM), job)?;
        let own = own.expect("a tooth has a surface");
        let free = drawn_out(&own);
        let top = choices.number("implant.collar_mm") + choices.number("implant.abutment_mm");
        let mut around = own.grid.bounds();
        around.min.z -= 4.0;
        around.max.z = around.max.z.max(top) + 2.0;
        let near = |some: Option<Volume<i16>>| -> Result<_, DesignError> {
            let Some(some) = some else { return Ok(None) };
            let region = Some(around);
            let found = sampled(&some, inputs, region, (AROUND_STEP_MM, NEAR_MM), job)?;
            Ok(found.map(|volume| Arc::new(Sampled::new(volume))))
        };
        let label = |label: Option<u16>| label.and_then(|l| unsmoothed(labels.volume, &[l]));
        let (root_mm3, undercut_mm3) = undercut(&own, &free);
        Ok(Self {
            neighbours: near(others(&teeth, plan.index))?,
            canal: near(label(labels.canal))?,
            opposing: near(label(inputs.labels.opposing(plan.lower)))?,
            tooth: own,
            free,
            root_mm3,
            undercut_mm3,
        })
    }
}

/// The other teeth of the same jaw.
fn others(teeth: &Teeth, index: usize) -> Option<Volume<i16>> {
    let own = index as u16 + 1;
    let all: Vec<u16> = (1..=teeth.pieces.len() as u16).filter(|&n| n != own).collect();
    unsmoothed(&teeth.numbers, &all)
}

/// Signed distance to a volume's surface on a grid along the implant's axes: around the surface
/// itself, or in a region; none where there is no surface.
fn sampled(
    some: &Volume<i16>,
    inputs: &Inputs,
    region: Option<Aabb<Implant>>,
    (step_mm, near_mm): (f64, f64),
    job: &Job,
) -> Result<Option<Volume<f32, Implant>>, DesignError> {
    let cut = region.map(|region| cropped(some, inputs, &region.grow(2.0)));
    let some = cut.as_ref().unwrap_or(some);
    let mesh = iso_surface(some, SURFACE_LEVEL, job)?.into_mesh();
    if mesh.triangles.is_empty() {
        return Ok(None);
    }
    let mesh = mesh.placed(&inputs.plan.tooth.placement);
    let bounds = region.unwrap_or_else(|| mesh.bounds().grow(ROOM_MM));
    // The band's samples lie at whole multiples of its step: so do these.
    let low = [0, 1, 2].map(|a| (bounds.min[a] / step_mm).floor() * step_mm);
    let size = [0, 1, 2].map(|a| ((bounds.max[a] - low[a]) / step_mm).ceil() as usize + 1);
    let grid = Grid::aligned(Point::new(low[0], low[1], low[2]), [step_mm; 3], size);
    let options = BandOptions { step: Mm(step_mm), half_width: Mm(near_mm) };
    let near = band(&MeshField::new(&mesh)?, &options, job)?;
    let block = Block { origin: grid.origin, step: grid.spacing, size: grid.size };
    let mut volume = Volume::filled(grid, 0f32);
    near.sample(&block, &mut volume.values);
    Ok(Some(volume))
}

/// The same, nothing beyond a region of the implant's frame.
fn cropped(some: &Volume<i16>, inputs: &Inputs, region: &Aabb<Implant>) -> Volume<i16> {
    let placement = &inputs.plan.tooth.placement;
    let mut some = some.clone();
    for n in 0..some.values.len() {
        if some.values[n] > 0 {
            let p = some.grid.center(some.grid.voxel(n));
            if !region.contains(placement.apply(p)) {
                some.values[n] = 0;
            }
        }
    }
    some
}

/// The level of samples nearest to the crest.
fn crest_level(grid: &Grid<Implant>) -> usize {
    let level = (-grid.origin.z / grid.spacing[2]).round();
    (level.max(0.0) as usize).min(grid.size[2] - 1)
}

/// The tooth without what is wider than the way out over it, as high as the crest; from there on
/// upwards its section at the crest.
fn drawn_out(tooth: &Volume<f32, Implant>) -> Volume<f32, Implant> {
    let plane = tooth.grid.size[0] * tooth.grid.size[1];
    let crest = crest_level(&tooth.grid);
    let mut values = tooth.values.clone();
    for k in (0..crest).rev() {
        let (below, above) = values.split_at_mut((k + 1) * plane);
        for (low, high) in below[k * plane..].iter_mut().zip(&above[..plane]) {
            *low = low.max(*high);
        }
    }
    for k in crest + 1..tooth.grid.size[2] {
        values.copy_within(crest * plane..(crest + 1) * plane, k * plane);
    }
    Volume::new(tooth.grid.clone(), values)
}

/// Volume of the root, and of what cannot be drawn out, by samples, mm³.
fn undercut(tooth: &Volume<f32, Implant>, free: &Volume<f32, Implant>) -> (f64, f64) {
    let end = tooth.grid.size[0] * tooth.grid.size[1] * (crest_level(&tooth.grid) + 1);
    let (mut root, mut lost) = (0usize, 0usize);
    for (own, free) in tooth.values[..end].iter().zip(&free.values[..end]) {
        root += usize::from(*own < 0.0);
        lost += usize::from(*own < 0.0 && *free >= 0.0);
    }
    let cell = tooth.grid.voxel_mm3();
    (root as f64 * cell, lost as f64 * cell)
}
