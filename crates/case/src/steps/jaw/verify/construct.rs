//! The finite-element model: the jaw with the segment on its screws.
//!
//! The grid's axes are the implant's. Bone beside the implant is left out, as deep at every voxel
//! size, so that the load goes through screws alone: the state before bone has grown in. A label map says
//! nothing of density: bone is a cortex of one thickness around cancellous bone.

use ossein_anatomy::JawLabels;
use ossein_anatomy::jaw::solid_bone;
use ossein_anatomy::{SURFACE_LEVEL, occupancy};
use ossein_design::Part;
use ossein_design::kinds::mandible_segment_replacement::{Design, JawScrew, Plan};
use ossein_field::{Block, Field};
use ossein_geom::{
    Aabb, Cancelled, Choices, Grid, Implant, Job, Lps, Mpa, Point, Rigid, Vector, Volume,
};
use ossein_mechanics::composite::Shared;
use ossein_mechanics::homogenized::{self, Cell};
use ossein_mechanics::material::{Metal, metal};
use ossein_mechanics::{Orthotropic, OrthotropicModel, cubic, isotropic};
use rayon::prelude::*;

use super::VerifyError;

/// Points per voxel edge at which metal is looked for.
const POINTS: usize = 4;
/// Poisson's ratio of bone and dentine (facts D1.48).
const BONE_POISSON: f64 = 0.3;
/// Young's modulus of dentine, MPa: 18 to 20 GPa in finite-element papers on teeth.
const TOOTH: Mpa = Mpa(18_600.0);
/// Less metal is no element: it would hang on a corner.
const SLIVER: f32 = 0.1;
/// A voxel with so much metal is judged as metal.
const SOLID: f32 = 0.9;

/// What a model is made of.
pub struct Materials {
    /// Titanium.
    pub metal: &'static Metal,
    /// Unit cell and solid fraction of the core; none for solid metal.
    pub lattice: Option<(Cell, f64)>,
    cortex_mm: f64,
    cortical: Mpa,
    cancellous: Mpa,
}

impl Materials {
    /// As chosen.
    pub fn new(choices: &Choices) -> Self {
        let cell = Cell::from_id(choices.word("lattice.cell"));
        Self {
            metal: metal(choices.word("mechanics.metal")).expect("a listed word"),
            lattice: cell.map(|cell| (cell, choices.number("lattice.solid_fraction"))),
            cortex_mm: choices.number("mechanics.cortex_mm"),
            cortical: Mpa(choices.number("mechanics.cortical_mpa")),
            cancellous: Mpa(choices.number("mechanics.cancellous_mpa")),
        }
    }
}

/// Bone and teeth of the whole jaw, and what of them stays.
pub struct Tissue<'a> {
    plan: &'a Plan,
    back: Rigid<Implant, Lps>,
    bone: Volume<i16>,
    teeth: Option<Volume<i16>>,
}

impl<'a> Tissue<'a> {
    /// From the label map.
    ///
    /// # Errors
    /// A map without a mandible.
    pub fn new(plan: &'a Plan, labels: &JawLabels) -> Result<Self, VerifyError> {
        let teeth = labels.teeth.and_then(|label| occupancy(labels.volume, &[label]));
        Ok(Self { plan, back: plan.placement.inverse(), bone: solid_bone(labels)?, teeth })
    }

    /// The box around all of it.
    fn bounds(&self) -> Aabb<Implant> {
        let of = |volume: &Volume<i16>| {
            let own =
                volume.values.iter().enumerate().filter(|(_, v)| f64::from(**v) > SURFACE_LEVEL);
            let grid = &volume.grid;
            Aabb::around(own.map(|(n, _)| self.plan.placement.apply(grid.center(grid.voxel(n)))))
        };
        self.teeth.iter().fold(of(&self.bone), |all, teeth| all.union(of(teeth)))
    }

    /// Bone or tooth at a place, and its modulus.
    fn at(&self, p: Point<Implant>, materials: &Materials) -> Option<(Stuff, Mpa)> {
        let p = self.back.apply(p);
        let level = SURFACE_LEVEL;
        let is_bone = |p: Point<Lps>| self.bone.sample(p) > level;
        let tooth = self.teeth.as_ref().is_some_and(|teeth| teeth.sample(p) > level);
        if !(tooth || is_bone(p)) || self.plan.outside_mm(p) < 0.0 {
            return None;
        }
        if tooth {
            return Some((Stuff::Tooth, TOOTH));
        }
        let axes = [0, 1, 2].map(|a| {
            let mut way = [0.0; 3];
            way[a] = materials.cortex_mm;
            Vector::<Lps>::from(way)
        });
        let deep = axes.into_iter().all(|way| is_bone(p + way) && is_bone(p - way));
        Some((Stuff::Bone, if deep { materials.cancellous } else { materials.cortical }))
    }
}

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stuff {
    /// Nothing.
    Void,
    /// Bone.
    Bone,
    /// A tooth.
    Tooth,
    /// Metal, too little to be judged.
    Edge,
    /// Metal.
    Metal,
    /// Porous core.
    Core,
    /// A screw outside the implant.
    Screw,
}

impl Stuff {
    /// Whether it belongs to the implant itself.
    pub fn is_implant(self) -> bool {
        matches!(self, Self::Edge | Self::Metal | Self::Core)
    }
}

/// The model and what its elements are.
pub struct Construct {
    /// For the solver.
    pub model: OrthotropicModel,
    /// Voxel centres, in the implant's frame.
    pub grid: Grid<Implant>,
    /// What each element is.
    pub stuff: Vec<Stuff>,
}

/// Builds the model with voxels of `voxel_mm`; without tissue, the implant alone, its screws left
/// out. No bone lies within `gap_mm` of the implant, nor shares a node with it.
///
/// # Errors
/// What the lattice's table or the job reports.
pub fn construct(
    design: &Design,
    materials: &Materials,
    (voxel_mm, gap_mm): (f64, f64),
    tissue: Option<&Tissue<'_>>,
    job: &Job,
) -> Result<Construct, VerifyError> {
    let part = design.part();
    let own = part.solid.bounds();
    let bounds = tissue.map_or(own, |tissue| tissue.bounds().union(own));
    let size = [0, 1, 2].map(|a| (bounds.size()[a] / voxel_mm).ceil() as usize + 1);
    let grid = Grid::aligned(bounds.min, [voxel_mm; 3], size);
    let titanium = cubic(isotropic(materials.metal.modulus, materials.metal.poisson));
    let core = match materials.lattice {
        Some((cell, fraction)) => {
            cubic(homogenized::moduli(cell, fraction, materials.metal.modulus)?)
        }
        None => titanium,
    };
    let wanted = metal_voxels(design, &grid, own);
    let makers =
        Makers { design, part: &part, materials, grid: &grid, titanium, core, tissue, wanted };
    let planes: Result<Vec<Vec<Voxel>>, Cancelled> = (0..size[2])
        .into_par_iter()
        .map(|k| {
            job.step(k, size[2])?;
            Ok(makers.plane(k))
        })
        .collect();
    let voxels: Vec<Voxel> = planes?.into_iter().flatten().collect();
    let moduli = voxels.iter().map(|v| v.moduli).collect();
    let stuff = voxels.iter().map(|v| v.stuff).collect();
    let mut made = Construct { model: OrthotropicModel { size, voxel_mm, moduli }, grid, stuff };
    made.part_bone_from_implant(gap_mm);
    Ok(made)
}

/// First voxel and count of those that the implant and its screws may lie in, along x and y.
fn metal_voxels(
    design: &Design,
    grid: &Grid<Implant>,
    implant: Aabb<Implant>,
) -> [(usize, usize); 2] {
    let screws = design.report.screws.iter();
    let metal = screws.fold(implant, |all, s| all.with(s.head).with(s.tip)).grow(3.0);
    let (low, high) = (grid.coordinates(metal.min), grid.coordinates(metal.max));
    [0, 1].map(|a| {
        let first = low[a].floor().max(0.0) as usize;
        let end = (high[a].ceil() + 1.0).clamp(0.0, grid.size[a] as f64) as usize;
        (first, end.saturating_sub(first))
    })
}

struct Voxel {
    stuff: Stuff,
    moduli: Orthotropic,
}

struct Makers<'a> {
    design: &'a Design,
    part: &'a Part,
    materials: &'a Materials,
    grid: &'a Grid<Implant>,
    titanium: Orthotropic,
    core: Orthotropic,
    tissue: Option<&'a Tissue<'a>>,
    /// First voxel and count of those that metal may lie in, along x and y.
    wanted: [(usize, usize); 2],
}

impl Makers<'_> {
    fn plane(&self, k: usize) -> Vec<Voxel> {
        let [ni, nj, _] = self.grid.size;
        let shares = self.shares(k);
        let voxel = |n: usize| self.voxel(self.grid.center([n % ni, n / ni, k]), shares[n]);
        (0..ni * nj).map(voxel).collect()
    }

    /// Shares of the implant and of screws in the voxels of a plane.
    fn shares(&self, k: usize) -> Vec<[f32; 2]> {
        let [ni, nj, _] = self.grid.size;
        let mut shares = vec![[0.0f32; 2]; ni * nj];
        let [(low_i, count_i), (low_j, count_j)] = self.wanted;
        let spacing = self.grid.spacing[0];
        let origin = self.grid.center([low_i, low_j, k]);
        let block = Block { origin, step: [spacing; 3], size: [count_i, count_j, 1] };
        let mut metal = vec![1.0f32; block.sample_count()];
        let reach = 0.5 * 3f64.sqrt() * spacing;
        if self.part.solid.range(&block.bounds().grow(reach)).min <= 0.0 {
            self.part.solid.sample(&block, &mut metal);
        }
        let screws = &self.design.report.screws;
        for (n, &distance) in metal.iter().enumerate() {
            let (i, j) = (low_i + n % count_i, low_j + n / count_i);
            let p = self.grid.center([i, j, k]);
            let whole = f64::from(distance).abs() > reach || self.design.is_core(p);
            let near = |s: &&JawScrew| self.tissue.is_some() && s.shaft_distance(p) < reach;
            let screws: Vec<&JawScrew> = screws.iter().filter(near).collect();
            shares[j * ni + i] = match (whole, screws.is_empty()) {
                (true, true) => [f32::from(u8::from(distance < 0.0)), 0.0],
                _ => self.share(p, &screws),
            };
        }
        shares
    }

    /// Shares of the implant and of screws in one voxel, looked at point by point.
    fn share(&self, p: Point<Implant>, screws: &[&JawScrew]) -> [f32; 2] {
        let fine = self.grid.spacing[0] / POINTS as f64;
        let shift = 0.5 * (fine - self.grid.spacing[0]);
        let origin = Point::new(p.x + shift, p.y + shift, p.z + shift);
        let block = Block { origin, step: [fine; 3], size: [POINTS; 3] };
        let mut metal = [1.0f32; POINTS * POINTS * POINTS];
        self.part.solid.sample(&block, &mut metal);
        let weight = 1.0 / metal.len() as f32;
        let mut share = [0.0; 2];
        for (n, &distance) in metal.iter().enumerate() {
            let q = block.point(n % POINTS, n / POINTS % POINTS, n / (POINTS * POINTS));
            if distance < 0.0 {
                share[0] += weight;
            } else if screws.iter().any(|s| s.shaft_distance(q) < 0.0) {
                share[1] += weight;
            }
        }
        share
    }

    fn voxel(&self, p: Point<Implant>, [metal, screw]: [f32; 2]) -> Voxel {
        if self.materials.lattice.is_some() && self.design.is_core(p) {
            return Voxel { stuff: Stuff::Core, moduli: self.core };
        }
        let full = metal + screw;
        if full >= SLIVER {
            let stuff = match (metal >= screw, full >= SOLID) {
                (true, true) => Stuff::Metal,
                (true, false) => Stuff::Edge,
                (false, _) => Stuff::Screw,
            };
            return Voxel { stuff, moduli: self.metal(p, full.min(1.0), stuff) };
        }
        match self.tissue.and_then(|tissue| tissue.at(p, self.materials)) {
            Some((stuff, modulus)) => {
                Voxel { stuff, moduli: cubic(isotropic(modulus, BONE_POISSON)) }
            }
            None => Voxel { stuff: Stuff::Void, moduli: [0.0; 9] },
        }
    }

    /// Moduli of a voxel that metal fills in part: bone that a screw stands in fills the rest.
    fn metal(&self, p: Point<Implant>, share: f32, stuff: Stuff) -> Orthotropic {
        let around = (stuff == Stuff::Screw && share < 1.0)
            .then(|| self.tissue.and_then(|tissue| tissue.at(p, self.materials)))
            .flatten();
        let rest = if around.is_some() { 1.0 - share } else { 0.0 };
        let bone = around.map_or(Mpa(0.0), |(_, modulus)| modulus);
        let moduli = [self.titanium, cubic(isotropic(bone, BONE_POISSON))];
        let normal = if around.is_some() { self.out_of_screw(p) } else { [0.0; 3] };
        Shared { shares: [share, rest], moduli }.moduli(normal)
    }

    /// The way out of the nearest screw.
    fn out_of_screw(&self, p: Point<Implant>) -> [f64; 3] {
        let screws = self.design.report.screws.iter();
        let distance = |s: &&JawScrew| s.shaft_distance(p);
        let nearest = screws.min_by(|a, b| distance(a).total_cmp(&distance(b)));
        let step = 0.1 * self.grid.spacing[0];
        nearest.map_or([0.0; 3], |screw| {
            [0, 1, 2].map(|a| {
                let mut way = [0.0; 3];
                way[a] = step;
                let way = Vector::<Implant>::from(way);
                screw.shaft_distance(p + way) - screw.shaft_distance(p - way)
            })
        })
    }
}

impl Construct {
    /// Takes out bone within `gap_mm` of the implant, and what shares a node with it.
    fn part_bone_from_implant(&mut self, gap_mm: f64) {
        let [ni, nj, nk] = self.grid.size.map(|n| n as i64);
        let reach = (gap_mm / self.model.voxel_mm).max(1.0);
        let whole = reach.floor() as i64;
        let all = || -whole..=whole;
        let around: Vec<[i64; 3]> = all()
            .flat_map(|k| all().flat_map(move |j| all().map(move |i| [i, j, k])))
            .filter(|o| {
                let shares = o.iter().all(|c| c.abs() <= 1);
                shares || o.iter().map(|c| (c * c) as f64).sum::<f64>().sqrt() <= reach
            })
            .collect();
        let touches = |e: usize| {
            let e = e as i64;
            let at = [e % ni, e / ni % nj, e / (ni * nj)];
            around.iter().any(|o| {
                let [i, j, k] = [0, 1, 2].map(|a| at[a] + o[a]);
                let inside = (0..ni).contains(&i) && (0..nj).contains(&j) && (0..nk).contains(&k);
                inside && self.stuff[((k * nj + j) * ni + i) as usize].is_implant()
            })
        };
        let tissue = |e: &usize| matches!(self.stuff[*e], Stuff::Bone | Stuff::Tooth);
        let parted: Vec<usize> =
            (0..self.stuff.len()).into_par_iter().filter(tissue).filter(|&e| touches(e)).collect();
        for e in parted {
            self.stuff[e] = Stuff::Void;
            self.model.moduli[e] = [0.0; 9];
        }
    }

    /// The middle of an element.
    pub fn at(&self, e: usize) -> Point<Implant> {
        self.grid.center(self.grid.voxel(e))
    }

    /// Elements of which `keep` holds.
    pub fn mask(&self, keep: impl Fn(Stuff) -> bool) -> Vec<bool> {
        self.stuff.iter().map(|&stuff| keep(stuff)).collect()
    }

    /// Where a node lies.
    pub fn node(&self, node: [usize; 3]) -> Point<Implant> {
        self.grid.point(node.map(|n| n as f64 - 0.5))
    }

    /// Nodes on the surface of what `keep` allows, within `near`.
    pub fn surface_nodes(
        &self,
        near: impl Fn(Point<Implant>) -> bool,
        keep: impl Fn(Stuff) -> bool,
    ) -> Vec<u32> {
        self.model.nodes_where(|node| {
            near(self.node(node))
                && self.model.solid_around(node) < 8
                && self.model.elements_around(node).any(|e| keep(self.stuff[e]))
        })
    }
}
