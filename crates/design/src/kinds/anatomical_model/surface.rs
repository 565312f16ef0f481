//! All that is modelled: its voxels, its surface in loose parts, its distances.

use std::sync::Arc;

use ossein_anatomy::SURFACE_LEVEL;
use ossein_field::band::{Band, BandOptions, band};
use ossein_field::mesh_distance::MeshField;
use ossein_field::sampled::Sampled;
use ossein_field::{Block, Field, Interval};
use ossein_geom::{Aabb, Choices, Grid, Implant, Job, Lps, Mm, Point, Rigid, TriMesh, Volume};
use ossein_mesh::iso_surface;
use ossein_mesh::measure::volume_mm3;
use ossein_segment::mask::{Mask, components, fill_holes};
use ossein_shape::piece::pieces;
use rayon::prelude::*;

use super::errors::ModelError;

/// Every voxel stays so far on its side of the surface, as a part of the step from one to the next.
const BESIDE: f64 = 0.2;
/// Nearer than so many voxels to the surface the voxels themselves decide.
const NEAR_VOXELS: f64 = 1.5;

/// What is modelled.
pub(super) struct Surface {
    /// Loose parts, the largest first; closed.
    pub parts: Vec<TriMesh<Implant>>,
    /// Voids that are kept, their triangles facing inwards.
    pub voids: Vec<TriMesh<Implant>>,
    /// Number and volume of the crumbs that were left out, mm³.
    pub crumbs: (usize, f64),
    /// Number and volume of the voids that were filled, mm³.
    pub filled: (usize, f64),
    /// Values between 0 and twice the surface's level.
    occupancy: Volume<i16, Implant>,
}

impl Surface {
    /// The whole as one mesh.
    pub fn whole(&self) -> TriMesh<Implant> {
        let mut whole = TriMesh { vertices: Vec::new(), triangles: Vec::new() };
        self.parts.iter().chain(&self.voids).for_each(|part| whole.append(part));
        whole
    }

    /// As a solid, whose distances count up to `half_mm`.
    pub fn solid(&self, step_mm: f64, half_mm: f64, job: &Job) -> Result<Bone, ModelError> {
        let options = BandOptions { step: Mm(step_mm), half_width: Mm(half_mm) };
        let band = Arc::new(band(&MeshField::new(&self.whole())?, &options, job)?);
        let voxel_mm = self.occupancy.grid.spacing.into_iter().fold(f64::INFINITY, f64::min);
        let widest_mm = self.occupancy.grid.spacing.into_iter().fold(0.0, f64::max);
        let scale = voxel_mm / SURFACE_LEVEL;
        let near = self.occupancy.map(|v| ((SURFACE_LEVEL - f64::from(v)) * scale) as f32);
        let near_mm = (NEAR_VOXELS * widest_mm).min(0.9 * half_mm);
        Ok(Bone { band, near: Arc::new(Sampled::new(near)), near_mm })
    }

    /// Samples around a field `step_mm` apart, some of which lie in the middle of voxels.
    pub fn samples(&self, field: &dyn Field<Implant>, step_mm: f64) -> Block<Implant> {
        let mut block = ossein_mesh::extract::samples_around(field, step_mm);
        let origin = self.occupancy.grid.origin;
        let down =
            |a: usize| origin[a] + ((block.origin[a] - origin[a]) / step_mm).floor() * step_mm;
        block.origin = Point::new(down(0), down(1), down(2));
        block.size = block.size.map(|n| n + 1);
        block
    }
}

/// The solid of all that is modelled: its voxels near the surface, distances farther away.
#[derive(Clone)]
pub(super) struct Bone {
    /// Distances.
    pub band: Arc<Band<Implant>>,
    near: Arc<Sampled<Implant>>,
    near_mm: f64,
}

impl Field<Implant> for Bone {
    fn distance(&self, p: Point<Implant>) -> f64 {
        let far = self.band.distance(p);
        if far.abs() > self.near_mm { far } else { self.near.distance(p) }
    }
    fn bounds(&self) -> Aabb<Implant> {
        self.band.bounds().grow(self.near_mm)
    }
    fn sample(&self, block: &Block<Implant>, distances: &mut [f32]) {
        self.band.sample(block, distances);
        let limit = self.near_mm as f32;
        if distances.iter().all(|d| d.abs() > limit) {
            return;
        }
        let mut near = vec![0.0; distances.len()];
        self.near.sample(block, &mut near);
        let decided = distances.iter_mut().zip(near).filter(|(d, _)| d.abs() <= limit);
        decided.for_each(|(d, near)| *d = near);
    }
    fn range(&self, region: &Aabb<Implant>) -> Interval {
        let far = self.band.range(region);
        if far.min > self.near_mm || far.max < -self.near_mm {
            return far;
        }
        Interval { min: far.min - self.near_mm, max: far.max + self.near_mm }
    }
}

/// The surface of labels that stand alone in a map with empty voxels around them.
pub(super) fn surface(
    labels: &Volume<u16>,
    placement: &Rigid<Lps, Implant>,
    choices: &Choices,
    job: &Job,
) -> Result<Surface, ModelError> {
    let least_mm3 = choices.number("model.crumb_mm3");
    let labelled = Mask::of(labels, |v| v > 0);
    let (solid, crumbs) = without_crumbs(&labelled, least_mm3);
    if solid.voxel_count() == 0 {
        return Err(ModelError::Crumbs { crumb_mm3: least_mm3, count: crumbs.0 });
    }
    let (solid, filled) = match choices.flag("model.fill_voids") {
        true => filled(&solid),
        false => (solid, (0, 0.0)),
    };
    let mut volume = ossein_anatomy::smoothed(&solid);
    for _ in 0..choices.whole("model.smooth") {
        volume = smoothed(&volume);
    }
    hold(&mut volume, &solid);
    let occupancy = placed(volume, placement);
    let mesh = iso_surface(&occupancy, SURFACE_LEVEL, job)?.into_mesh();
    let sized = pieces(&mesh).into_iter().map(|piece| (volume_mm3(&piece), piece));
    let (mut parts, voids): (Vec<_>, Vec<_>) = sized.partition(|(mm3, _)| *mm3 >= 0.0);
    parts.sort_by(|a, b| b.0.total_cmp(&a.0));
    let meshes = |sized: Vec<(f64, TriMesh<Implant>)>| sized.into_iter().map(|s| s.1).collect();
    Ok(Surface { parts: meshes(parts), voids: meshes(voids), crumbs, filled, occupancy })
}

/// Without the parts that are smaller than `least_mm3`; how many there were, and their volume.
fn without_crumbs(solid: &Mask, least_mm3: f64) -> (Mask, (usize, f64)) {
    let (number, count) = components(solid);
    let mut voxels = vec![0usize; count + 1];
    number.values.iter().for_each(|&n| voxels[n as usize] += 1);
    let mm3 = |n: usize| voxels[n] as f64 * solid.grid.voxel_mm3();
    let is_crumb: Vec<bool> = (0..=count).map(|n| n > 0 && mm3(n) < least_mm3).collect();
    let crumbs = (1..=count).filter(|&n| is_crumb[n]);
    let told = (crumbs.clone().count(), crumbs.fold(0.0, |sum, n| sum + mm3(n)));
    (Mask::of(&number, |n| n > 0 && !is_crumb[n as usize]), told)
}

/// With its voids; how many there were, and their volume.
fn filled(solid: &Mask) -> (Mask, (usize, f64)) {
    let full = fill_holes(solid);
    let voids = full.volume(1u8, 0);
    let own = solid.volume(1u8, 0);
    let both = voids.values.iter().zip(&own.values).map(|(full, own)| full - own).collect();
    let voids = Mask::of(&Volume::new(solid.grid.clone(), both), |v| v > 0);
    let told = (components(&voids).1, voids.voxel_count() as f64 * solid.grid.voxel_mm3());
    (full, told)
}

/// A quarter, a half, a quarter along each axis; the border stays.
fn smoothed(volume: &Volume<i16>) -> Volume<i16> {
    let mut volume = volume.clone();
    let size = volume.grid.size;
    for stride in [1, size[0], size[0] * size[1]] {
        let before = volume.values.clone();
        for n in stride..before.len() - stride {
            let sum = i32::from(before[n - stride])
                + 2 * i32::from(before[n])
                + i32::from(before[n + stride]);
            volume.values[n] = (sum / 4) as i16;
        }
    }
    volume
}

/// Keeps every voxel on its side of the surface: no smoothing takes a sheet of one voxel away, or
/// closes a gap of one.
fn hold(volume: &mut Volume<i16>, solid: &Mask) {
    let beside = (BESIDE * SURFACE_LEVEL) as i16;
    let level = SURFACE_LEVEL as i16;
    let grid = volume.grid.clone();
    volume.values.par_iter_mut().enumerate().with_min_len(4096).for_each(|(n, value)| {
        *value = match solid.holds(grid.voxel(n)) {
            true => (*value).max(level + beside),
            false => (*value).min(level - beside),
        };
    });
}

fn placed(volume: Volume<i16>, placement: &Rigid<Lps, Implant>) -> Volume<i16, Implant> {
    let Volume { grid, values } = volume;
    let grid = Grid {
        origin: placement.apply(grid.origin),
        axes: grid.axes.map(|axis| placement.turn(axis)),
        spacing: grid.spacing,
        size: grid.size,
    };
    Volume::new(grid, values)
}
