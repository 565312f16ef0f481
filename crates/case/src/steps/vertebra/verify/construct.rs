//! The finite-element model: the implant between the two bodies that stay.
//!
//! The grid's axes are the implant's. A voxel that metal fills in part carries its share: solid
//! metal as titanium, porous core as its homogenised cubic tensor, and what is left as bone where
//! the voxel lies in a body or touches one; metal and bone in one voxel are layers along the metal's
//! surface. Interfaces are bonded: the state after bone has grown in.

use ossein_design::Plan;
use ossein_design::kinds::vertebral_body_replacement::Shapes;
use ossein_field::{Block, Field};
use ossein_geom::{Aabb, Cancelled, Grid, Implant, Job, Lps, Mpa, Point, Rigid, Vector, Volume};
use ossein_mechanics::composite::{Shared, normal};
use ossein_mechanics::homogenized::{self, Cell};
use ossein_mechanics::material::{self, BoneMap};
use ossein_mechanics::{Orthotropic, OrthotropicModel, cubic, isotropic};
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
    pub model: OrthotropicModel,
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
    let planes: Result<Vec<Vec<Metal>>, Cancelled> = (0..grid.size[2])
        .into_par_iter()
        .map(|k| {
            job.step(k, grid.size[2])?;
            Ok(metal_shares(scene.shapes, &grid, k))
        })
        .collect();
    let metal: Vec<Metal> = planes?.concat();
    let shares: Vec<f32> = metal.iter().map(Metal::share).collect();
    let voxel = |n: usize| {
        let at = grid.voxel(n);
        let normal = normal_at(&shares, grid.size, n);
        let p = grid.center(at);
        let bone = bone_at(scene, &bodies, p);
        // Bone has grown up to the metal: what metal leaves of a voxel it fills, where there is
        // bone a voxel on.
        let is_part = shares[n] > 0.0 && shares[n] < 1.0;
        let beside = || bone_at(scene, &bodies, p + Vector::from(normal) * voxel_mm);
        let grown = if is_part { bone.or_else(beside) } else { bone };
        let phases = Phases { titanium, core, map: materials.bone };
        (metal[n].moduli(&phases, grown.map(|b| b.0), normal), bone)
    };
    let voxels: Vec<(Orthotropic, Option<(f32, bool)>)> =
        (0..metal.len()).into_par_iter().map(voxel).collect();
    let moduli = voxels.iter().map(|v| v.0).collect();
    Ok(Construct {
        model: OrthotropicModel { size: grid.size, voxel_mm, moduli },
        dense: metal.iter().map(|m| m.dense).collect(),
        porous: metal.iter().map(|m| m.porous).collect(),
        implant: metal.iter().map(|m| m.dense + m.porous - m.screw).collect(),
        bone_hu: voxels.iter().map(|v| v.1.map_or(f32::NAN, |b| b.0)).collect(),
        is_upper: voxels.iter().map(|v| v.1.is_some_and(|b| b.1)).collect(),
        grid,
    })
}

/// What voxels are made of.
struct Phases<'a> {
    titanium: [f32; 3],
    core: [f32; 3],
    map: &'a BoneMap,
}

/// The way out of the metal at a voxel that it fills in part; zero elsewhere.
pub(super) fn normal_at(shares: &[f32], size: [usize; 3], n: usize) -> [f64; 3] {
    if shares[n] <= 0.0 || shares[n] >= 1.0 {
        return [0.0; 3];
    }
    normal(shares, size, [n % size[0], n / size[0] % size[1], n / (size[0] * size[1])])
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

impl Metal {
    /// Of any kind.
    pub fn share(&self) -> f32 {
        (self.dense + self.porous).min(1.0)
    }

    /// Both kinds as one material: neither is soft against the other.
    pub fn mixed(&self, titanium: [f32; 3], core: [f32; 3]) -> Orthotropic {
        let all = (self.dense + self.porous).max(f32::MIN_POSITIVE);
        cubic([0, 1, 2].map(|n| (self.dense * titanium[n] + self.porous * core[n]) / all))
    }

    /// Moduli of a voxel that bone of a grey value fills as far as metal leaves it.
    fn moduli(&self, phases: &Phases<'_>, hu: Option<f32>, normal: [f64; 3]) -> Orthotropic {
        let bone = hu.and_then(|hu| phases.map.modulus(f64::from(hu)));
        let rest = if bone.is_some() { 1.0 - self.share() } else { 0.0 };
        let bone = cubic(isotropic(bone.unwrap_or(Mpa(0.0)), BONE_POISSON));
        let moduli = [self.mixed(phases.titanium, phases.core), bone];
        Shared { shares: [self.share(), rest], moduli }.moduli(normal)
    }
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
