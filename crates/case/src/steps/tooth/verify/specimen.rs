//! The implant in its clamp as elements, and the four pushes.

use ossein_field::{Block, Field};
use ossein_geom::{Implant, Job, Point, Vector};
use ossein_mechanics::loads::{RegionCase, Regions, load_set, nodal_load};
use ossein_mechanics::material::{Card, Limit};
use ossein_mechanics::stress::{Stress, percentiles, principal, stress, von_mises};
use ossein_mechanics::{Islands, Model, SolveOptions, Unconverged, isotropic, solve_forces};
use rayon::prelude::*;
use serde::Serialize;

use super::VerifyError;
use crate::steps::element_map::{ElementMap, Worst};
use crate::steps::refinement;

/// Depth of the clamp under the nominal bone level, mm (facts D2.42).
pub const CLAMP_MM: f64 = 3.0;
/// From the clamp to where the force's line meets the axis, mm (facts D2.42).
pub const LEVER_MM: f64 = 11.0;
/// Elements under the clamp that are kept, mm.
const HELD_MM: f64 = 1.0;
/// Stress is looked at from the clamp to so far over the collar: the neck of the abutment, mm.
const OVER_COLLAR_MM: f64 = 1.0;
/// Load sets are written for this, N.
const SET_N: f64 = 100.0;

/// Figures of one push.
#[derive(Clone, Debug, Serialize)]
pub struct CaseFigures {
    /// Where the force points to.
    pub name: String,
    /// Its size, N.
    pub force_n: f64,
    /// Moment of the force about the axis at the clamp, by its supports, N mm.
    pub clamp_moment_nmm: f64,
    /// Mean displacement of the loaded nodes, mm.
    pub moved_mm: f64,
    /// Stress that the material's strength means: the 99th percentile of the worst layer of
    /// elements across the implant, MPa.
    pub mpa_p99: f64,
    /// The same of the largest principal stress, MPa.
    pub principal_mpa_p99: f64,
    /// Whether the solver reached its tolerance.
    pub converged: bool,
    /// What forces that should cancel leave, relative to the sizes of all nodal forces.
    pub balance_error: f64,
}

/// One resolution's result.
pub struct Look {
    /// Edge of an element, mm.
    pub voxel_mm: f64,
    /// Elements.
    pub element_count: usize,
    /// The pushes.
    pub cases: Vec<CaseFigures>,
    /// The worst of all pushes, for pictures and viewers.
    pub map: ElementMap,
}

impl refinement::Look for Look {
    fn voxel_mm(&self) -> f64 {
        self.voxel_mm
    }

    fn element_count(&self) -> usize {
        self.element_count
    }
}

/// The implant over the clamp as elements; a plane of nodes lies on the clamp.
pub(super) struct Specimen {
    pub model: Model,
    block: Block<Implant>,
    pub regions: Regions,
}

impl Specimen {
    pub fn new(
        solid: &dyn Field<Implant>,
        card: &Card,
        (voxel_mm, collar_mm): (f64, f64),
    ) -> Result<Self, VerifyError> {
        let bounds = solid.bounds();
        let held = (HELD_MM / voxel_mm).ceil();
        let origin = Point::new(
            bounds.min.x + 0.5 * voxel_mm,
            bounds.min.y + 0.5 * voxel_mm,
            -CLAMP_MM - (held - 0.5) * voxel_mm,
        );
        let count =
            |a: usize| ((bounds.max[a] - origin[a]) / voxel_mm).ceil().max(1.0) as usize + 1;
        let size = [0, 1, 2].map(count);
        let block = Block { origin, step: [voxel_mm; 3], size };
        let mut distances = vec![0f32; block.sample_count()];
        let plane = size[0] * size[1];
        distances.par_chunks_mut(plane).enumerate().for_each(|(k, own)| {
            let origin = origin + Vector::new(0.0, 0.0, k as f64 * voxel_mm);
            solid.sample(&Block { origin, size: [size[0], size[1], 1], ..block }, own);
        });
        let one = isotropic(card.modulus(), card.poisson.value);
        // Whole or void: elements filled in part could not be judged, and the highest stress lies in
        // them.
        let moduli = distances.iter().map(|&d| if d < 0.0 { one } else { [0.0; 3] }).collect();
        let model = Model { size, voxel_mm, moduli };
        let height = |node: [usize; 3]| origin.z + (node[2] as f64 - 0.5) * voxel_mm;
        let solid_near =
            |node: [usize; 3]| model.elements_around(node).any(|e| model.moduli[e][0] > 0.0);
        let top = collar_mm + 0.5 * (bounds.max.z - collar_mm);
        let of = |is: &dyn Fn(f64) -> bool| {
            model.nodes_where(|node| is(height(node)) && solid_near(node))
        };
        let clamp = of(&|z| z <= -CLAMP_MM + 1e-6 * voxel_mm);
        let sphere = of(&|z| z >= top);
        if clamp.is_empty() || sphere.is_empty() {
            return Err(VerifyError::NoMetal { voxel_mm });
        }
        let mut regions = Regions::new();
        regions.insert("clamp".into(), clamp);
        regions.insert("loading_sphere".into(), sphere);
        Ok(Self { model, block, regions })
    }

    /// The middle of an element.
    fn at(&self, e: usize) -> Point<Implant> {
        let [ni, nj, _] = self.block.size;
        self.block.point(e % ni, e / ni % nj, e / (ni * nj))
    }

    /// A node's place.
    pub fn node(&self, n: u32) -> Point<Implant> {
        let [ni, nj] = [self.block.size[0] + 1, self.block.size[1] + 1];
        let n = n as usize;
        let at = [n % ni, n / ni % nj, n / (ni * nj)];
        let o = self.block.origin;
        let mm = [0, 1, 2].map(|a| o[a] + (at[a] as f64 - 0.5) * self.model.voxel_mm);
        Point::new(mm[0], mm[1], mm[2])
    }

    /// Forces on nodes whose sum is the case's and whose line passes through the axis
    /// [`LEVER_MM`] over the clamp.
    pub fn loaded(
        &self,
        case: &RegionCase,
    ) -> Result<ossein_mechanics::loads::NodalLoad, VerifyError> {
        let plain = nodal_load(&self.model, &self.regions, case)?;
        let center = Point::new(0.0, 0.0, LEVER_MM - CLAMP_MM);
        let moment = self.moment(&plain.loads.loaded, &plain.forces_n, center);
        let mut own = case.clone();
        own.actions[0].moment_nmm = [0, 1, 2].map(|a| own.actions[0].moment_nmm[a] - moment[a]);
        Ok(nodal_load(&self.model, &self.regions, &own)?)
    }

    /// Moment of nodal forces about a point, N mm.
    pub fn moment(&self, nodes: &[u32], forces: &[[f64; 3]], about: Point<Implant>) -> [f64; 3] {
        let sum = nodes.iter().zip(forces).fold(Vector::new(0.0, 0.0, 0.0), |sum, (&n, &f)| {
            sum + (self.node(n) - about).cross(Vector::<Implant>::from(f))
        });
        [sum.x, sum.y, sum.z]
    }
}

/// The four pushes: the set's highest load, turned about the axis.
pub(super) fn pushes(bite_n: f64) -> Vec<RegionCase> {
    let set = load_set("iso_14801").expect("a listed set");
    let cases = set.fixed().expect("a fixed set");
    let highest = &cases[0];
    let ways = [
        ("to the arch's left or right, +x", [1.0, 0.0]),
        ("the other way along the arch, -x", [-1.0, 0.0]),
        ("to the cheek, +y", [0.0, 1.0]),
        ("to the tongue, -y", [0.0, -1.0]),
    ];
    let one = |(name, [c, s]): (&str, [f64; 2])| {
        let mut case = highest.clone();
        case.name = name.into();
        let [x, y, z] = case.actions[0].force_n.map(|f| f * bite_n / SET_N);
        case.actions[0].force_n = [c * x - s * y, s * x + c * y, z];
        case
    };
    ways.into_iter().map(one).collect()
}

/// Builds the model with elements of `voxel_mm` and solves all pushes.
///
/// # Errors
/// What the load cases or the solver report.
pub fn look(
    solid: &dyn Field<Implant>,
    card: &Card,
    (voxel_mm, collar_mm): (f64, f64),
    bite_n: f64,
    job: &Job,
) -> Result<Look, VerifyError> {
    let specimen = Specimen::new(solid, card, (voxel_mm, collar_mm))?;
    let options = SolveOptions {
        islands: Islands::Drop,
        unconverged: Unconverged::Keep,
        ..SolveOptions::default()
    };
    let model = &specimen.model;
    let count = model.moduli.len();
    let is_solid = |e: usize| model.moduli[e][0] > 0.0;
    // Layer by layer: one percentile over all would hide the thinnest section among thick ones.
    let plane = model.size[0] * model.size[1];
    let is_looked =
        |k: &usize| (-CLAMP_MM..collar_mm + OVER_COLLAR_MM).contains(&specimen.at(k * plane).z);
    let layers: Vec<usize> = (0..model.size[2]).filter(is_looked).collect();
    let own = (0..count).filter(|&e| is_solid(e)).map(|e| e as u32).collect();
    let mut map = ElementMap::new(specimen.block.origin, voxel_mm, specimen.block.size, own);
    let mut cases = Vec::new();
    for case in pushes(bite_n) {
        let load = specimen.loaded(&case)?;
        let solution = solve_forces(model, &load.loads, &case.name, &load.forces_n, &options, job)?;
        let stresses = stress(model, &solution);
        let of = match card.limit {
            Limit::Yield => von_mises,
            Limit::Fracture => |s: &Stress| principal(s)[0],
        };
        let own: Vec<f32> = stresses.iter().map(of).collect();
        let tension: Vec<f32> = stresses.iter().map(|s| principal(s)[0]).collect();
        let strength_mpa = card.strength_mpa.value;
        map.take(|e| {
            let fatigue = card.fatigue_mpa.map(|f| (f.value, tension[e]));
            Worst::of_card(own[e], strength_mpa, fatigue)
        });
        let p99 = |values: &[f32]| {
            let of = |&k: &usize| {
                let own = k * plane..(k + 1) * plane;
                let mask: Vec<bool> = own.clone().map(is_solid).collect();
                percentiles(&values[own], &mask).map_or(0.0, |p| f64::from(p.p99))
            };
            layers.iter().map(of).fold(0.0, f64::max)
        };
        let moved = |n: &u32| Vector::<Implant>::from(solution.displacement_mm[*n as usize]).norm();
        let clamp = Point::new(0.0, 0.0, -CLAMP_MM);
        let moment = specimen.moment(&load.loads.loaded, &load.forces_n, clamp);
        cases.push(CaseFigures {
            name: case.name.clone(),
            force_n: Vector::<Implant>::from(case.force_n()).norm(),
            clamp_moment_nmm: Vector::<Implant>::from(moment).norm(),
            moved_mm: load.loads.loaded.iter().map(moved).sum::<f64>()
                / load.loads.loaded.len() as f64,
            mpa_p99: p99(&own),
            principal_mpa_p99: p99(&tension),
            converged: solution.converged,
            balance_error: solution.balance_error,
        });
    }
    Ok(Look { voxel_mm, element_count: model.solid_count(), cases, map })
}

#[cfg(test)]
mod tests {
    use ossein_field::primitive::Cone;
    use ossein_mechanics::material::card;

    use super::*;

    /// A round rod of 4 mm from under the clamp to 8 mm over the crest.
    fn rod() -> Cone<Implant> {
        Cone::cylinder(Point::new(0.0, 0.0, -8.0), Point::new(0.0, 0.0, 7.0), 2.0)
    }

    #[test]
    fn lever_and_angle_are_those_of_the_standard() {
        let titanium = card("ti64_eli_lpbf_as_built").unwrap();
        let specimen = Specimen::new(&rod(), &titanium, (0.3, 1.5)).unwrap();
        for case in pushes(200.0) {
            let load = specimen.loaded(&case).unwrap();
            let force = load
                .forces_n
                .iter()
                .fold(Vector::new(0.0, 0.0, 0.0), |sum, &f| sum + Vector::<Implant>::from(f));
            assert!((force.norm() - 200.0).abs() < 1e-6);
            assert!((force.angle_deg(Vector::new(0.0, 0.0, -1.0)) - 30.0).abs() < 1e-6);
            // The arm of a force at 30 degrees through the axis 11 mm over the clamp is 5.5 mm.
            let clamp = Point::new(0.0, 0.0, -3.0);
            let moment = specimen.moment(&load.loads.loaded, &load.forces_n, clamp);
            let size = Vector::<Implant>::from(moment).norm();
            assert!((size - 200.0 * 5.5).abs() < 1e-6, "{size}");
            assert!(moment[2].abs() < 1e-6);
        }
    }

    #[test]
    fn a_rod_bends_as_a_beam_does() {
        let titanium = card("ti64_eli_lpbf_as_built").unwrap();
        let found = look(&rod(), &titanium, (0.25, 1.5), 200.0, &Job::quiet()).unwrap();
        // One and a half radii over the clamp its hold on the section's width is gone.
        let [ni, nj, _] = found.map.size;
        let middle = |e: usize| {
            let at = [e % ni, e / ni % nj, e / (ni * nj)];
            let o = found.map.origin;
            [0, 1, 2].map(|a| o[a] + 0.25 * at[a] as f64)
        };
        let layer: Vec<([f64; 3], f64)> = found
            .map
            .elements
            .iter()
            .zip(&found.map.stress_mpa)
            .map(|(&e, &mpa)| (middle(e as usize), f64::from(mpa)))
            .filter(|(p, _)| (0.0..0.25).contains(&p[2]))
            .collect();
        // Bending and compression of the section that the elements make: 3 % more area than the
        // circle's, 7 % more second moment.
        let own = 0.25f64.powi(2);
        let area = layer.len() as f64 * own;
        let second: f64 = layer.iter().map(|(p, _)| own * (p[0] * p[0] + own / 12.0)).sum();
        let (n, z) = (200.0 * 0.75f64.sqrt(), layer[0].0[2]);
        let bending = 100.0 * (LEVER_MM - CLAMP_MM - z);
        let outer: Vec<f64> = layer
            .iter()
            .map(|(p, mpa)| (p[0].abs().max(p[1].abs()), mpa))
            .filter(|(far, _)| *far > 1.8)
            .map(|(far, mpa)| mpa / (bending * far / second + n / area))
            .collect();
        assert!(outer.len() >= 16, "{}", outer.len());
        assert!(outer.iter().all(|ratio| (ratio - 1.0).abs() < 0.02), "{outer:?}");
        // At the clamp, which holds the width too, von Mises stress is lower, never higher.
        let clamp = 1100.0 * 2.0 / second + n / area;
        for case in &found.cases {
            assert!((0.75..1.0).contains(&(case.mpa_p99 / clamp)), "{}", case.mpa_p99 / clamp);
            assert!(case.converged && case.balance_error < 1e-3, "{}", case.balance_error);
        }
    }
}
