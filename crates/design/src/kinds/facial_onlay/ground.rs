//! What an onlay is made between: bone, the wanted face, the outline, and what stays free.

use std::sync::Arc;

use ossein_field::sampled::Sampled;
use ossein_geom::{Aabb, Choices, Grid, Implant, Job, Lps, Point, TriMesh, Vector, Volume, float};
use ossein_mesh::iso_surface;
use ossein_shape::{MeshSurface, Surface};
use rayon::prelude::*;

use super::choices::feather_mm;
use super::design::Inputs;
use super::error::DesignError;
use super::hollow::filled;
use super::plan::OnlayPlan;
use super::target::{Handle, Placed, Target, height_mm, smooth_step, window};
use crate::near::{cropped, distances, grid, smooth};
use crate::swept::swept;

/// Distance between samples, mm.
pub(super) const STEP_MM: f64 = 0.5;
/// Distances count so far beyond the highest face, mm.
const BEYOND_MM: f64 = 3.0;
/// Air around the reach, mm.
const AIR_MM: f64 = 3.0;
/// Bone is looked at so much farther than distances count, mm.
const CROP_MM: f64 = 4.0;
/// Where a target ends the face passes so far beneath the bone, mm.
const BENEATH_MM: f64 = 1.0;
/// Bone counts in full where it looks along the way on within 60 degrees, and not at all where it
/// looks across it: cosines.
const FACING: [f64; 2] = [0.1, 0.5];
/// Where canal and bone's surface are nearer than this, the nerve leaves the bone, mm.
const SURFACE_MM: f64 = 0.75;
/// Beneath this depth of bone, seen along the way on, nothing is made, mm.
const HIDDEN_MM: f32 = 1.5;
/// The slope of the height over the bone at least, so that a way to the outline is a length.
const SLOPE_MIN: f64 = 0.08;
/// Rims beside openings vanish up to half of this, mm.
const RIM_MM: f64 = 6.0;
/// The way to the outline counts up to this, mm.
const OUTLINE_MM: f64 = 8.0;

/// Everything an onlay is made between, in its own frame.
pub(super) struct Ground {
    /// The bone's surface around the onlay.
    pub mesh: TriMesh<Implant>,
    /// Distance to the bone.
    pub bone: Arc<Sampled<Implant>>,
    /// The same without bumps: what normals and heights are taken on.
    pub smooth: Volume<f32, Implant>,
    /// Distance to the bone and all that lies behind it on the way on.
    pub swept: Arc<Sampled<Implant>>,
    /// The wanted face: negative beneath it.
    pub face: Arc<Sampled<Implant>>,
    /// About the way to the outline along the bone: negative inside.
    pub outline: Arc<Sampled<Implant>>,
    /// Distance to the other side's mirror image, where the face is drawn after it.
    mirror: Option<Volume<f32, Implant>>,
    /// Above places where the canal comes to the surface: negative where nothing may be.
    pub exits: Option<Arc<Sampled<Implant>>>,
    /// Foramina that were given.
    pub foramina: Vec<Point<Implant>>,
    /// Distance to what the onlay and its screws stay clear of, by name.
    pub keep_outs: Vec<(&'static str, Arc<Sampled<Implant>>)>,
    /// How far nerves that leave the bone stay clear, mm.
    pub clearance_mm: f64,
    /// Heights and distances count up to this, mm.
    pub near_mm: f64,
}

impl Ground {
    /// Samples the bone, the target and what stays free around an onlay.
    pub fn new(inputs: &Inputs, choices: &Choices, job: &Job) -> Result<Self, DesignError> {
        let plan = inputs.plan;
        let near_mm = match &plan.target {
            Target::Handles(h) => h.iter().map(|h| h.height_mm).fold(0.0, f64::max),
            _ => choices.number("implant.height_max_mm"),
        } + BEYOND_MM;
        let grid = grid(bounds(plan, near_mm), STEP_MM);
        let room = grid.bounds().grow(CROP_MM);
        let own = cropped(inputs.bone, &plan.placement, &room);
        let mesh = iso_surface(&own, plan.level, job)?.into_mesh().placed(&plan.placement);
        let bone = distances(&mesh, &grid, near_mm, job)?;
        let blur = blur_count(choices.number("implant.smooth_mm"));
        let mut flat = bone.clone();
        smooth(&mut flat, blur);
        let mut mirror = None;
        let target = match &plan.target {
            Target::Handles(_) => None,
            Target::Mirror(_) => {
                mirror = mirrored(inputs, &grid, (near_mm, blur), job)?;
                Some(mirror.clone().ok_or(DesignError::NoTarget)?)
            }
            Target::Surface(centre) => {
                let mesh = inputs.target.ok_or(DesignError::NoTarget)?;
                near_centre(mesh, *centre, plan.reach_mm)?;
                Some(drawn(&mesh.placed(&plan.placement), &grid, near_mm, job)?)
            }
        };
        let swept = swept(&bone);
        let (face, mut outline) = match &target {
            Some(target) => by_target(plan, [&flat, target, &swept], choices),
            None => by_handles(plan, [&bone, &flat, &swept], near_mm, choices),
        };
        let mut keep_outs = Vec::new();
        for (name, volume) in &inputs.keep_outs {
            let some = cropped(volume, &plan.placement, &room);
            let mesh = iso_surface(&some, plan.level, job)?.into_mesh();
            if !mesh.triangles.is_empty() {
                let mesh = mesh.placed(&plan.placement);
                let near = distances(&mesh, &grid, near_mm, job)?;
                keep_outs.push((*name, Arc::new(Sampled::new(near))));
            }
        }
        let foramina: Vec<Point<Implant>> =
            plan.foramina.iter().map(|&p| plan.placement.apply(p)).collect();
        let clearance = choices.number("implant.nerve_clearance_mm");
        let canal = keep_outs.iter().find(|(name, _)| *name == "canal");
        let exits = canal.map(|(_, canal)| exits(&bone, canal.volume(), clearance));
        opened(&mut outline, exits.as_ref(), &foramina, clearance);
        if !foramina.is_empty() {
            keep_outs.push(("foramen", Arc::new(Sampled::new(away(&grid, &foramina)))));
        }
        Ok(Self {
            mesh,
            bone: Arc::new(Sampled::new(bone)),
            smooth: flat,
            swept: Arc::new(Sampled::new(swept)),
            face: Arc::new(Sampled::new(face)),
            outline: Arc::new(Sampled::new(outline)),
            mirror,
            exits: exits.map(|volume| Arc::new(Sampled::new(volume))),
            foramina,
            keep_outs,
            clearance_mm: clearance,
            near_mm,
        })
    }

    /// Distance to the other side's mirror image, where there is a plane.
    pub fn mirror(
        &self,
        inputs: &Inputs,
        choices: &Choices,
        job: &Job,
    ) -> Result<Option<Volume<f32, Implant>>, DesignError> {
        if self.mirror.is_some() {
            return Ok(self.mirror.clone());
        }
        let blur = blur_count(choices.number("implant.smooth_mm"));
        mirrored(inputs, &self.smooth.grid, (self.near_mm, blur), job)
    }

    /// The direction out of the bone at a place.
    pub fn normal(&self, p: Point<Implant>) -> Vector<Implant> {
        slope(&self.smooth, p).unit()
    }

    /// Whether a place lies over a foramen that was given.
    pub fn in_foramen(&self, p: Point<Implant>) -> bool {
        over_foramen_mm(&self.foramina, p) < self.clearance_mm
    }

    /// The distance to a keep-out by name, mm; far where there is none.
    pub fn clear_mm(&self, name: &str, p: Point<Implant>) -> f64 {
        let own = self.keep_outs.iter().find(|(own, _)| *own == name);
        own.map_or(f64::INFINITY, |(_, solid)| solid.volume().sample(p))
    }
}

/// Blurs of half a square of the step each that make up a standard deviation.
fn blur_count(sigma_mm: f64) -> usize {
    (2.0 * sigma_mm * sigma_mm / (STEP_MM * STEP_MM)).round() as usize
}

/// The box that an onlay may fill.
fn bounds(plan: &OnlayPlan, near_mm: f64) -> Aabb<Implant> {
    let around = |at: Point<Lps>, reach_mm: f64| {
        let p = plan.placement.apply(at);
        let wide = Vector::new(reach_mm + AIR_MM, reach_mm + AIR_MM, 0.0);
        let (down, up) = (Vector::new(0.0, 0.0, reach_mm), Vector::new(0.0, 0.0, near_mm));
        Aabb::around([p - wide - down, p + wide + up + down * 0.4])
    };
    match &plan.target {
        Target::Handles(handles) => handles
            .iter()
            .map(|h| around(h.at, h.reach_mm))
            .fold(Aabb::empty(), |all, own| all.union(own)),
        Target::Mirror(at) | Target::Surface(at) => around(*at, plan.reach_mm),
    }
}

/// Distance to the mirror image of the other side, up to `near_mm`, without bumps.
fn mirrored(
    inputs: &Inputs,
    grid: &Grid<Implant>,
    (near_mm, blur): (f64, usize),
    job: &Job,
) -> Result<Option<Volume<f32, Implant>>, DesignError> {
    let plan = inputs.plan;
    let Some(plane) = plan.midplane() else { return Ok(None) };
    // A grid of the scan's own voxels, laid around the onlay, reads the scan at mirrored places.
    let around = cropped_grid(inputs.bone, plan, &grid.bounds().grow(CROP_MM));
    let scan = inputs.bone.grid.bounds();
    let value = |n: usize| {
        let p = plane.mirror(around.center(around.voxel(n)));
        if scan.contains(p) { inputs.bone.sample(p).round() as i16 } else { i16::MIN }
    };
    let values: Vec<i16> = (0..around.voxel_count()).into_par_iter().map(value).collect();
    let mesh = iso_surface(&Volume::new(around, values), plan.level, job)?.into_mesh();
    if mesh.triangles.is_empty() {
        return Ok(None);
    }
    let mut near = distances(&mesh.placed(&plan.placement), grid, near_mm, job)?;
    smooth(&mut near, blur);
    Ok(Some(near))
}

/// A grid with the scan's axes and voxels that holds a box of the implant's frame, also where the
/// scan does not reach.
fn cropped_grid(bone: &Volume<i16>, plan: &OnlayPlan, wanted: &Aabb<Implant>) -> Grid<Lps> {
    let back = plan.placement.inverse();
    let corner = |n: usize| {
        let pick = |a: usize| if n >> a & 1 == 1 { wanted.max[a] } else { wanted.min[a] };
        bone.grid.coordinates(back.apply([pick(0), pick(1), pick(2)].into()))
    };
    let corners: Vec<[f64; 3]> = (0..8).map(corner).collect();
    let bound =
        |a: usize, f: fn(f64, f64) -> f64, start: f64| corners.iter().map(|c| c[a]).fold(start, f);
    let low = [0, 1, 2].map(|a| bound(a, f64::min, f64::INFINITY).floor());
    let size = [0, 1, 2]
        .map(|a| (bound(a, f64::max, f64::NEG_INFINITY).ceil() - low[a]).max(1.0) as usize + 1);
    Grid { origin: bone.grid.point(low), size, ..bone.grid.clone() }
}

/// Refuses a surface that does not come near the centre.
fn near_centre(mesh: &TriMesh<Lps>, centre: Point<Lps>, reach_mm: f64) -> Result<(), DesignError> {
    let size = mesh.bounds().size().array();
    let span_mm = size.into_iter().fold(0.0, f64::max);
    let far = mesh.bounds().union(Aabb::around([centre])).size().norm() + 1.0;
    let place = MeshSurface::new(mesh).nearest(centre, far);
    let away_mm = place.map_or(far, |place| place.point.distance(centre));
    if away_mm <= reach_mm {
        return Ok(());
    }
    let hint = match span_mm {
        mm if mm < 1.0 => "is it in metres?",
        mm if mm < 30.0 => "is it in centimetres?",
        mm if mm > 2000.0 => "is it in micrometres?",
        _ => "is it in the patient's frame (LPS, mm), as the scan is?",
    };
    Err(DesignError::FarTarget { away_mm, span_mm, reach_mm, hint })
}

/// Distance to a surface that was drawn elsewhere; what it encloses is filled.
fn drawn(
    mesh: &TriMesh<Implant>,
    grid: &Grid<Implant>,
    near_mm: f64,
    job: &Job,
) -> Result<Volume<f32, Implant>, DesignError> {
    let edges = ossein_field::mesh_distance::MeshField::new(mesh)
        .map_err(crate::NearError::from)?
        .open_edge_count();
    if edges > 0 {
        return Err(DesignError::OpenTarget { open_edge_count: edges });
    }
    let whole = filled(mesh);
    Ok(distances(whole.as_ref().unwrap_or(mesh), grid, near_mm, job)?)
}

/// Half the difference of a volume to both sides of a place along each axis, over the step.
fn slope(volume: &Volume<f32, Implant>, p: Point<Implant>) -> Vector<Implant> {
    const H: f64 = STEP_MM;
    let along = |v: Vector<Implant>| (volume.sample(p + v) - volume.sample(p - v)) / (2.0 * H);
    Vector::new(
        along(Vector::new(H, 0.0, 0.0)),
        along(Vector::new(0.0, H, 0.0)),
        along(Vector::new(0.0, 0.0, H)),
    )
}

/// The place on the smoothed bone beneath a point, and its normal.
fn foot(flat: &Volume<f32, Implant>, p: Point<Implant>) -> (Point<Implant>, Vector<Implant>) {
    let mut at = p;
    let mut normal = Vector::new(0.0, 0.0, 1.0);
    for _ in 0..3 {
        let along = slope(flat, at);
        let steep = along.norm();
        if steep < 0.2 {
            break;
        }
        normal = along * (1.0 / steep);
        let by = flat.sample(at) / steep;
        at = at - normal * by;
        if by.abs() < 0.01 {
            break;
        }
    }
    (at, normal)
}

/// How much bone that looks along `normal` takes part.
fn facing(normal: Vector<Implant>) -> f64 {
    smooth_step(FACING[0], FACING[1], normal.z)
}

/// Face and outline from heights at handles.
fn by_handles(
    plan: &OnlayPlan,
    [bone, flat, swept]: [&Volume<f32, Implant>; 3],
    near_mm: f64,
    choices: &Choices,
) -> (Volume<f32, Implant>, Volume<f32, Implant>) {
    let Target::Handles(handles) = &plan.target else { unreachable!("by_target has the others") };
    let on = |handle: &Handle| {
        let p = plan.placement.apply(handle.at);
        // Heights are meant above the bone itself, the face lies above the smoothed one.
        let apart = flat.sample(p) - bone.sample(p);
        (foot(flat, p).0, Handle { height_mm: handle.height_mm + apart, ..*handle })
    };
    let placed: Placed = handles.iter().map(on).collect();
    let far = near_mm - 0.5;
    let grid = &flat.grid;
    let height = |n: usize| {
        if swept.values[n] < -HIDDEN_MM || f64::from(flat.values[n]) > far {
            return f32::NAN;
        }
        let (at, normal) = foot(flat, grid.center(grid.voxel(n)));
        (height_mm(&placed, at) * facing(normal)) as f32
    };
    let heights = (0..grid.voxel_count()).into_par_iter().with_min_len(256).map(height).collect();
    let mut heights = Volume::new(grid.clone(), heights);
    continued(&mut heights);
    let least = (choices.number("implant.gap_mm") + feather_mm(choices)) as f32;
    let values = flat.values.iter().zip(&heights.values);
    let face = Volume::new(grid.clone(), values.map(|(d, h)| d - h.max(0.0)).collect());
    (face, outline(&heights, least))
}

/// Gives what has no height (inside bone, behind it, far above it) that of the nearest sample above,
/// else beneath: nothing is made there, and fields change no faster than they must.
fn continued(heights: &mut Volume<f32, Implant>) {
    let plane = heights.grid.size[0] * heights.grid.size[1];
    let count = heights.grid.size[2];
    let levels = (0..count - 1).rev().map(|k| (k, k + 1)).chain((1..count).map(|k| (k, k - 1)));
    for (k, from) in levels {
        for n in 0..plane {
            if heights.values[k * plane + n].is_nan() {
                heights.values[k * plane + n] = heights.values[from * plane + n];
            }
        }
    }
    heights.values.iter_mut().filter(|v| v.is_nan()).for_each(|v| *v = 0.0);
}

/// Face and outline from a surface around a centre.
fn by_target(
    plan: &OnlayPlan,
    [flat, target, swept]: [&Volume<f32, Implant>; 3],
    choices: &Choices,
) -> (Volume<f32, Implant>, Volume<f32, Implant>) {
    let centre = match &plan.target {
        Target::Mirror(at) | Target::Surface(at) => plan.placement.apply(*at),
        Target::Handles(_) => unreachable!("by_handles has these"),
    };
    let grid = &flat.grid;
    let height = |n: usize| {
        if swept.values[n] < -HIDDEN_MM {
            return f32::NAN;
        }
        let p = grid.center(grid.voxel(n));
        let weight = window(p.distance(centre), plan.reach_mm);
        if weight <= 0.0 {
            return -BENEATH_MM as f32;
        }
        let weight = weight * facing(slope(flat, p).unit());
        let above = f64::from(flat.values[n] - target.values[n]);
        (weight * above - (1.0 - weight) * BENEATH_MM) as f32
    };
    let heights = (0..grid.voxel_count()).into_par_iter().with_min_len(256).map(height).collect();
    let mut heights: Volume<f32, Implant> = Volume::new(grid.clone(), heights);
    continued(&mut heights);
    let values = flat.values.iter().zip(&heights.values);
    let face = Volume::new(grid.clone(), values.map(|(d, h)| d - h).collect());
    let least = (choices.number("implant.gap_mm") + feather_mm(choices)) as f32;
    smooth(&mut heights, 4);
    (face, outline(&heights, least))
}

/// About the way along the bone to where the height falls below `least`: the shortfall over its
/// slope.
fn outline(heights: &Volume<f32, Implant>, least: f32) -> Volume<f32, Implant> {
    let grid = &heights.grid;
    let value = |n: usize| {
        let short = f64::from(least - heights.values[n]);
        let slope = slope(heights, grid.center(grid.voxel(n))).norm().max(SLOPE_MIN);
        (short / slope).clamp(-OUTLINE_MM, OUTLINE_MM) as f32
    };
    let values = (0..grid.voxel_count()).into_par_iter().with_min_len(1024).map(value).collect();
    Volume::new(grid.clone(), values)
}

/// Above places of the bone's surface that the canal comes near: what must stay open.
fn exits(
    bone: &Volume<f32, Implant>,
    canal: &Volume<f32, Implant>,
    clearance_mm: f64,
) -> Volume<f32, Implant> {
    let plane = bone.grid.size[0] * bone.grid.size[1];
    let at_surface = |(b, c): (&f32, &f32)| {
        (f64::from(*c) - clearance_mm).max(f64::from(b.abs()) - SURFACE_MM) as f32
    };
    let mut values: Vec<f32> = bone.values.iter().zip(&canal.values).map(at_surface).collect();
    for k in 1..bone.grid.size[2] {
        let (below, above) = values.split_at_mut(k * plane);
        let own = above[..plane].iter_mut().zip(&below[(k - 1) * plane..]);
        // A nerve that leaves on the far side of the bone is not in the way here.
        let open = bone.values[k * plane..].iter().map(|b| f64::from(*b) > -SURFACE_MM);
        own.zip(open).filter(|(_, open)| *open).for_each(|((high, low), _)| *high = high.min(*low));
    }
    Volume::new(bone.grid.clone(), values)
}

/// Distance to what lies above the nearest of some foramina, mm.
fn over_foramen_mm(foramina: &[Point<Implant>], p: Point<Implant>) -> f64 {
    let away =
        |f: &Point<Implant>| float::hypot(float::hypot(p.x - f.x, p.y - f.y), (f.z - p.z).max(0.0));
    foramina.iter().map(away).fold(f64::INFINITY, f64::min)
}

/// Lets the outline run into what stays open for nerves, where a rim between both would be thinner
/// than half of [`RIM_MM`].
fn opened(
    outline: &mut Volume<f32, Implant>,
    exits: Option<&Volume<f32, Implant>>,
    foramina: &[Point<Implant>],
    clearance_mm: f64,
) {
    let grid = outline.grid.clone();
    outline.values.par_iter_mut().enumerate().with_min_len(4096).for_each(|(n, value)| {
        let exit = exits.map_or(f64::INFINITY, |exits| f64::from(exits.values[n]));
        let p = grid.center(grid.voxel(n));
        let free = -exit.min(over_foramen_mm(foramina, p) - clearance_mm).min(OUTLINE_MM);
        let own = f64::from(*value);
        let overlap = (RIM_MM - (own - free).abs()).max(0.0);
        // Far from what is open the outline stays as it is.
        let near = free > -OUTLINE_MM;
        *value = if near { own.max(free) + overlap * overlap / (4.0 * RIM_MM) } else { own } as f32;
    });
}

/// Distance to the nearest of some points.
fn away(grid: &Grid<Implant>, points: &[Point<Implant>]) -> Volume<f32, Implant> {
    let value = |n: usize| {
        let p = grid.center(grid.voxel(n));
        points.iter().map(|q| q.distance(p)).fold(f64::INFINITY, f64::min) as f32
    };
    let values = (0..grid.voxel_count()).into_par_iter().with_min_len(4096).map(value).collect();
    Volume::new(grid.clone(), values)
}
