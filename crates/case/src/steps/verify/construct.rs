//! The finite-element model: the implant between the two bodies that stay.
//!
//! The grid's axes are the implant's. A voxel that metal fills in part carries its share: solid
//! metal as titanium, porous core as its homogenised cubic tensor, and what is left as bone where
//! the voxel lies in a body. Interfaces are bonded: the state after bone has grown in.

use ossein_design::Plan;
use ossein_design::kinds::vertebral_body_replacement::Shapes;
use ossein_field::{Block, Field};
use ossein_geom::{Aabb, Cancelled, Grid, Implant, Job, Lps, Mpa, Point, Rigid, Volume};
use ossein_mechanics::homogenized::{self, Cell};
use ossein_mechanics::material::{self, BoneMap};
use ossein_mechanics::{Model, isotropic};
use rayon::prelude::*;

/// Points per voxel edge at which metal is looked for.
const POINTS: usize = 4;
/// Poisson's ratio of bone (facts D1.48).
pub const BONE_POISSON: f64 = 0.3;

/// What a model is made of.
pub struct Materials<'a> {
    /// Titanium.
    pub metal: &'a material::Metal,
    /// Unit cell and solid fraction of the core.
    pub lattice: (Cell, f64),
    /// From HU to modulus.
    pub bone: &'a BoneMap,
}

/// The scan and what stands in it.
pub struct Scene<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The implant's solids.
    pub shapes: &'a Shapes,
    /// The scan.
    pub hu: &'a Volume<i16>,
    /// Labels on the scan's grid; a body carries its level's number.
    pub labels: &'a Volume<u16>,
}

/// The model and where its parts lie.
#[derive(Clone)]
pub struct Construct {
    /// For the solver.
    pub model: Model,
    /// Voxel centres, in the implant's frame.
    pub grid: Grid<Implant>,
    /// Share of solid metal in each voxel.
    pub dense: Vec<f32>,
    /// Share of porous core in each voxel.
    pub porous: Vec<f32>,
    /// Share of the implant in each voxel, screws outside it left out.
    pub implant: Vec<f32>,
    /// Grey value where the voxel lies in a body that stays, NaN elsewhere.
    pub bone_hu: Vec<f32>,
    /// Whether that body is the upper one.
    pub is_upper: Vec<bool>,
}

/// A body that stays: its label, and the way from the implant to where it was scanned.
struct Body {
    label: u16,
    to_scan: Rigid<Implant, Lps>,
}

/// Builds the model with voxels of `voxel_mm`.
///
/// # Errors
/// What the lattice's table or the job reports.
pub fn construct(
    scene: &Scene,
    materials: &Materials,
    voxel_mm: f64,
    job: &Job,
) -> Result<Construct, super::VerifyError> {
    let back = scene.plan.placement.inverse();
    let moved_back = scene.plan.upper_motion.inverse();
    let bodies = [
        Body { label: scene.plan.caudal.verse(), to_scan: back },
        Body { label: scene.plan.cranial.verse(), to_scan: back.then(&moved_back) },
    ];
    let grid = grid(scene, &bodies, voxel_mm)?;
    let titanium = isotropic(materials.metal.modulus, materials.metal.poisson);
    let (cell, fraction) = materials.lattice;
    let core = homogenized::moduli(cell, fraction, materials.metal.modulus)?;
    let plane_size = grid.size[0] * grid.size[1];
    let planes: Result<Vec<Vec<Voxel>>, Cancelled> = (0..grid.size[2])
        .into_par_iter()
        .map(|k| {
            job.step(k, grid.size[2])?;
            let metal = metal_shares(scene.shapes, &grid, k);
            let voxels = (0..plane_size).map(|n| {
                let voxel = [n % grid.size[0], n / grid.size[0], k];
                let Metal { dense, porous, screw } = metal[n];
                let bone = bone_at(scene, &bodies, grid.center(voxel));
                Voxel { dense, porous, screw, bone }
            });
            Ok(voxels.collect())
        })
        .collect();
    let voxels: Vec<Voxel> = planes?.into_iter().flatten().collect();
    let moduli = voxels.iter().map(|v| v.moduli(titanium, core, materials.bone)).collect();
    Ok(Construct {
        model: Model { size: grid.size, voxel_mm, moduli },
        dense: voxels.iter().map(|v| v.dense).collect(),
        porous: voxels.iter().map(|v| v.porous).collect(),
        implant: voxels.iter().map(|v| v.dense + v.porous - v.screw).collect(),
        bone_hu: voxels.iter().map(|v| v.bone.map_or(f32::NAN, |b| b.0)).collect(),
        is_upper: voxels.iter().map(|v| v.bone.is_some_and(|b| b.1)).collect(),
        grid,
    })
}

/// What a voxel holds: shares of metal, and grey value and side of the bone.
struct Voxel {
    dense: f32,
    porous: f32,
    screw: f32,
    bone: Option<(f32, bool)>,
}

impl Voxel {
    fn moduli(&self, titanium: [f32; 3], core: [f32; 3], map: &BoneMap) -> [f32; 3] {
        let rest = (1.0 - self.dense - self.porous).max(0.0);
        let bone = self.bone.and_then(|(hu, _)| map.modulus(f64::from(hu)));
        let bone = isotropic(bone.unwrap_or(Mpa(0.0)), BONE_POISSON);
        let sum = |n: usize| self.dense * titanium[n] + self.porous * core[n] + rest * bone[n];
        let moduli = [sum(0), sum(1), sum(2)];
        // A sliver of metal is no element: it would hang on a corner.
        let sliver = self.bone.is_none() && self.dense + self.porous < 0.1;
        if sliver { [0.0; 3] } else { moduli }
    }
}

/// The box from the lowest level plane through the lower body to the highest through the upper
/// one: both are cut level, as they would be potted in a testing machine.
fn grid(
    scene: &Scene,
    bodies: &[Body; 2],
    voxel_mm: f64,
) -> Result<Grid<Implant>, super::VerifyError> {
    let mut bounds = scene.shapes.hull.bounds().intersection(scene.shapes.part.bounds());
    let mut extent = [[f64::INFINITY, f64::NEG_INFINITY]; 2];
    for (n, &label) in scene.labels.values.iter().enumerate() {
        let Some(side) = bodies.iter().position(|body| body.label == label) else { continue };
        let p = scene.labels.grid.center(scene.labels.grid.voxel(n));
        let p = bodies[side].to_scan.inverse().apply(p);
        bounds = bounds.with(p);
        extent[side] = [extent[side][0].min(p.z), extent[side][1].max(p.z)];
    }
    // The endplates that face away are tilted and hollow: cut where the section is whole.
    let cut = |side: usize| {
        let [low, high] = extent[side];
        let margin = (0.22 * (high - low)).min(5.0);
        if side == 0 { low + margin } else { high - margin }
    };
    let (low, high) = (cut(0), cut(1));
    let tall = high - low > 4.0 * voxel_mm; // false also where a body was not found
    if !tall {
        return Err(super::VerifyError::NoBodies {
            caudal: scene.plan.caudal,
            cranial: scene.plan.cranial,
        });
    }
    let bounds = Aabb::<Implant>::new(
        Point::new(bounds.min.x, bounds.min.y, low),
        Point::new(bounds.max.x, bounds.max.y, high),
    );
    let size = [0, 1, 2].map(|a| (bounds.size()[a] / voxel_mm).ceil() as usize + 1);
    Ok(Grid::aligned(bounds.min, [voxel_mm; 3], size))
}

/// Shares of metal in a voxel.
#[derive(Clone, Copy, Default)]
pub(super) struct Metal {
    /// Solid metal, screws among it.
    pub dense: f32,
    /// Porous core.
    pub porous: f32,
    /// Screws outside the implant.
    pub screw: f32,
}

/// Shares of metal in the voxels of a plane.
pub(super) fn metal_shares(shapes: &Shapes, grid: &Grid<Implant>, k: usize) -> Vec<Metal> {
    let fine = grid.spacing[0] / POINTS as f64;
    let first = grid.center([0, 0, k]);
    let shift = 0.5 * (fine - grid.spacing[0]);
    let block = Block {
        origin: Point::new(first.x + shift, first.y + shift, first.z + shift),
        step: [fine; 3],
        size: [grid.size[0] * POINTS, grid.size[1] * POINTS, POINTS],
    };
    let plane_size = grid.size[0] * grid.size[1];
    let mut shares = vec![Metal::default(); plane_size];
    let hull = shapes.hull.range(&block.bounds());
    let mut envelope = vec![1.0f32; block.sample_count()];
    let mut dense = vec![1.0f32; block.sample_count()];
    if hull.min <= 0.0 {
        shapes.envelope.sample(&block, &mut envelope);
        shapes.dense.sample(&block, &mut dense);
    }
    let weight = 1.0 / (POINTS * POINTS * POINTS) as f32;
    for n in 0..envelope.len() {
        let [fi, fj] = [block.size[0], block.size[1]];
        let (i, j) = (n % fi, n / fi % fj);
        let p = block.point(i, j, n / (fi * fj));
        let screw = shapes.screws.iter().any(|s| s.shaft_distance(p) < 0.0);
        let share = &mut shares[(j / POINTS) * grid.size[0] + i / POINTS];
        if screw || dense[n] < 0.0 {
            share.dense += weight;
        } else if envelope[n] < 0.0 {
            share.porous += weight;
        }
        if screw && envelope[n] >= 0.0 {
            share.screw += weight;
        }
    }
    shares
}

fn bone_at(scene: &Scene, bodies: &[Body; 2], p: Point<Implant>) -> Option<(f32, bool)> {
    bodies.iter().enumerate().find_map(|(side, body)| {
        let scanned = body.to_scan.apply(p);
        let voxel = scene.labels.grid.voxel_at(scanned)?;
        (scene.labels.at(voxel) == body.label).then(|| (scene.hu.sample(scanned) as f32, side == 1))
    })
}

/// A voxel of bone that touches an end face.
#[derive(Clone, Copy, Debug)]
pub struct Contact {
    /// The voxel.
    pub voxel: usize,
    /// Whether it belongs to the upper body.
    pub is_upper: bool,
}

impl Construct {
    /// The voxels above and below, towards the implant.
    fn beside(&self, voxel: usize) -> Option<usize> {
        let plane = self.grid.size[0] * self.grid.size[1];
        if self.is_upper[voxel] {
            voxel.checked_sub(plane)
        } else {
            Some(voxel + plane).filter(|&other| other < self.implant.len())
        }
    }

    /// Whether a voxel is bone, apart from less than a third of metal.
    pub fn is_bone(&self, voxel: usize) -> bool {
        !self.bone_hu[voxel].is_nan() && self.dense[voxel] + self.porous[voxel] < 0.3
    }

    /// The voxels of bone that touch an end face along the implant's axis, screws left out.
    pub fn contacts(&self) -> Vec<Contact> {
        let touches = |&voxel: &usize| {
            self.is_bone(voxel) && self.beside(voxel).is_some_and(|b| self.implant[b] >= 0.3)
        };
        let voxels = (0..self.implant.len()).filter(touches);
        voxels.map(|voxel| Contact { voxel, is_upper: self.is_upper[voxel] }).collect()
    }

    /// The voxels of bone that share a face with the implant, on its sides too.
    pub fn beside_implant(&self) -> Vec<usize> {
        let [ni, nj, _] = self.grid.size;
        let touches = |&n: &usize| {
            let steps = [1, ni, ni * nj].into_iter();
            let mut sides = steps.flat_map(|step| [n.checked_sub(step), Some(n + step)]).flatten();
            self.is_bone(n) && sides.any(|side| self.implant.get(side).is_some_and(|&m| m >= 0.3))
        };
        (0..self.implant.len()).filter(touches).collect()
    }

    /// Nodes of a region by its name; none for a name that is not known.
    pub fn region(&self, name: &str) -> Vec<u32> {
        let model = &self.model;
        let around =
            |node: [usize; 3], keep: &dyn Fn(usize) -> bool| model.elements_around(node).any(keep);
        match name {
            "upper_section" => model.top_nodes(),
            "implant" => model.nodes_where(|node| around(node, &|e| self.implant[e] >= 0.5)),
            "cranial_face" => model.nodes_where(|node| {
                around(node, &|e| self.implant[e] >= 0.3)
                    && around(node, &|e| self.is_bone(e) && self.is_upper[e])
            }),
            _ => Vec::new(),
        }
    }
}
