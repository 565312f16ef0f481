//! The jaw at one voxel size, every load case solved.

use ossein_design::kinds::mandible_segment_replacement::{Design, Plan};
use ossein_geom::{Grid, Implant, Job, Point, Vector};
use ossein_mechanics::homogenized::{LatticeError, LatticeYield, lattice_yield_ratio};
use ossein_mechanics::loads::{Action, RegionCase, nodal_load};
use ossein_mechanics::safety::{factors, lattice_safety, safety};
use ossein_mechanics::stress::{Stress, percentiles, stress, von_mises};
use ossein_mechanics::{Islands, Solution, SolveOptions, Unconverged, solve_forces};
use serde::Serialize;

use super::VerifyError;
use super::construct::{Construct, Materials, Stuff, Tissue, construct};
use super::loads::{JawCase, regions};
use crate::steps::element_map::{ElementMap, Worst};

/// Bone is looked at so near to a screw, mm from its thread.
const NEAR_SCREW_MM: f64 = 1.5;

/// Figures of one load case.
#[derive(Clone, Debug, Serialize)]
pub struct CaseFigures {
    /// Name.
    pub name: String,
    /// Sum of all forces that act, N.
    pub force_n: f64,
    /// Farthest that anything of the implant moves, mm.
    pub moved_mm: f64,
    /// Von Mises stress in solid metal, 99th percentile, MPa.
    pub metal_mpa_p99: f64,
    /// In the core's struts, an estimate (facts D3.14); none without a core.
    pub lattice_mpa_p99: Option<f64>,
    /// In screws between plate and bone and in bone.
    pub screw_mpa_p99: f64,
    /// Von Mises stress in bone around the screws.
    pub bone_mpa_p99: f64,
    /// Proof stress over the highest of metal, struts and screws.
    pub safety_factor: f64,
    /// Fatigue allowable over the largest principal stress of solid metal and screws, 99th
    /// percentiles.
    pub safety_factor_fatigue: f64,
    /// Whether the solver reached its tolerance.
    pub converged: bool,
    /// Forces that should cancel, relative to the largest.
    pub balance_error: f64,
}

/// One resolution's result.
pub struct Look {
    /// Edge of an element, mm.
    pub voxel_mm: f64,
    /// Elements that hold material.
    pub element_count: usize,
    /// Every load case.
    pub cases: Vec<CaseFigures>,
    /// The worst of all cases, for pictures and viewers.
    pub map: ElementMap,
}

/// How the solver runs here.
pub fn options() -> SolveOptions {
    SolveOptions {
        islands: Islands::Drop,
        unconverged: Unconverged::Keep,
        ..SolveOptions::default()
    }
}

/// Builds the model with voxels of `voxel_mm` and solves all cases.
///
/// # Errors
/// What the tables, the load cases or the solver report.
pub fn look(
    (plan, tissue): (&Plan, &Tissue<'_>),
    design: &Design,
    materials: &Materials,
    cases: &[JawCase],
    (voxel_mm, gap_mm): (f64, f64),
    job: &Job,
) -> Result<Look, VerifyError> {
    let construct = construct(design, materials, (voxel_mm, gap_mm), Some(tissue), job)?;
    let regions = regions(plan, &construct);
    let masks = Masks::new(design, &construct, materials)?;
    let mut map = map(&construct);
    let mut figures = Vec::new();
    let mut solved: Vec<(&RegionCase, Solution)> = Vec::new();
    for (n, case) in cases.iter().enumerate() {
        let own = &case.case;
        let known = solved.iter().find_map(|(one, of)| Some((of, times(one, own)?)));
        let solution = match known {
            Some((solution, factor)) => scaled(solution, &own.name, factor),
            None => {
                let load = nodal_load(&construct.model, &regions, own)?;
                let (loads, forces) = (&load.loads, &load.forces_n);
                solve_forces(&construct.model, loads, &own.name, forces, &options(), job)?
            }
        };
        let stresses = stress(&construct.model, &solution);
        map.take(|e| worst(construct.stuff[e], &stresses[e], materials, &masks, case.routine));
        let force_n = Vector::<Implant>::from(case.case.force_n()).norm();
        let found = masks.figures(&construct, materials, &solution, &stresses)?;
        figures.push(CaseFigures { force_n, ..found });
        // Fields are large: one is kept where a later case is a multiple of it.
        if cases[n + 1..].iter().any(|later| times(own, &later.case).is_some()) {
            solved.push((own, solution));
        }
    }
    Ok(Look { voxel_mm, element_count: construct.model.solid_count(), cases: figures, map })
}

/// By how much a case is another one, if it is: all its forces on the same regions by one factor.
pub fn times(one: &RegionCase, other: &RegionCase) -> Option<f64> {
    let size = |case: &RegionCase| {
        let each = case.actions.iter().flat_map(|a| a.force_n.iter().chain(&a.moment_nmm));
        each.map(|f| f * f).sum::<f64>().sqrt()
    };
    let factor = size(other) / size(one);
    let like = |a: &Action, b: &Action| {
        let near = |a: &[f64; 3], b: &[f64; 3]| {
            (0..3).all(|n| (factor * a[n] - b[n]).abs() <= 1e-9 * size(other))
        };
        a.region == b.region && near(&a.force_n, &b.force_n) && near(&a.moment_nmm, &b.moment_nmm)
    };
    let all = one.actions.len() == other.actions.len()
        && one.holds == other.holds
        && one.actions.iter().zip(&other.actions).all(|(a, b)| like(a, b));
    all.then_some(factor)
}

/// The same under forces `factor` times as large.
pub fn scaled(solution: &Solution, name: &str, factor: f64) -> Solution {
    let moved = solution.displacement_mm.iter();
    let displacement_mm = moved.map(|u| u.map(|u| factor * u)).collect();
    Solution { name: name.into(), displacement_mm, ..solution.clone() }
}

/// What an element of the implant bears in a case; fatigue is asked of cases that repeat, and not of
/// the core.
fn worst(
    stuff: Stuff,
    stress: &Stress,
    materials: &Materials,
    masks: &Masks,
    is_routine: bool,
) -> Worst {
    let lattice = masks.yields.as_ref().filter(|_| stuff == Stuff::Core);
    let [once, often] = factors(stress, materials.metal, lattice);
    let is_judged = is_routine && lattice.is_none();
    let often = if is_judged { often } else { f32::NAN };
    Worst { stress_mpa: von_mises(stress), safety: [once, often] }
}

/// Nothing yet for the elements of the implant.
fn map(construct: &Construct) -> ElementMap {
    let Grid { origin, size, .. } = construct.grid;
    let own = (0..construct.stuff.len()).filter(|&e| construct.stuff[e].is_implant());
    ElementMap::new(origin, construct.model.voxel_mm, size, own.map(|e| e as u32).collect())
}

/// Which elements are looked at together.
struct Masks {
    metal: Vec<bool>,
    core: Vec<bool>,
    screws: Vec<bool>,
    bone: Vec<bool>,
    nodes: Vec<u32>,
    /// Yield of the core; none for solid metal.
    yields: Option<LatticeYield>,
}

impl Masks {
    fn new(
        design: &Design,
        construct: &Construct,
        materials: &Materials,
    ) -> Result<Self, LatticeError> {
        let yields = materials.lattice.map(|(cell, fraction)| lattice_yield_ratio(cell, fraction));
        let near = |p: Point<Implant>| {
            design.report.screws.iter().any(|s| s.shaft_distance(p) < NEAR_SCREW_MM)
        };
        let bone = |e: usize| construct.stuff[e] == Stuff::Bone && near(construct.at(e));
        Ok(Self {
            yields: yields.transpose()?,
            metal: construct.mask(|s| s == Stuff::Metal),
            core: construct.mask(|s| s == Stuff::Core),
            screws: construct.mask(|s| s == Stuff::Screw),
            bone: (0..construct.stuff.len()).map(bone).collect(),
            nodes: construct.surface_nodes(|_| true, Stuff::is_implant),
        })
    }

    fn figures(
        &self,
        construct: &Construct,
        materials: &Materials,
        solution: &Solution,
        stresses: &[Stress],
    ) -> Result<CaseFigures, VerifyError> {
        let card = materials.metal;
        let voxel_mm = construct.model.voxel_mm;
        let metal = safety(stresses, &self.metal, card).ok_or(VerifyError::NoMetal { voxel_mm })?;
        let screws = safety(stresses, &self.screws, card);
        let core = self.yields.as_ref().and_then(|y| lattice_safety(stresses, &self.core, card, y));
        let all = [Some(metal), screws, core];
        let least = |f: fn(&ossein_mechanics::safety::Safety) -> f64, of: &[_]| {
            let of = of.iter().flatten().map(f);
            of.fold(f64::INFINITY, f64::min)
        };
        let equivalent: Vec<f32> = stresses.iter().map(von_mises).collect();
        let moved = |n: &u32| Vector::<Implant>::from(solution.displacement_mm[*n as usize]).norm();
        Ok(CaseFigures {
            name: solution.name.clone(),
            force_n: 0.0,
            moved_mm: self.nodes.iter().map(moved).fold(0.0, f64::max),
            metal_mpa_p99: f64::from(metal.von_mises_mpa.p99),
            lattice_mpa_p99: core.map(|core| f64::from(core.von_mises_mpa.p99)),
            screw_mpa_p99: screws.map_or(0.0, |s| f64::from(s.von_mises_mpa.p99)),
            bone_mpa_p99: percentiles(&equivalent, &self.bone).map_or(0.0, |p| f64::from(p.p99)),
            safety_factor: least(|s| s.static_p99, &all),
            safety_factor_fatigue: least(|s| s.fatigue_p99, &all[..2]),
            converged: solution.converged,
            balance_error: solution.balance_error,
        })
    }
}
