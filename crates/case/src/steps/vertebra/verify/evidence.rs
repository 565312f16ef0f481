//! What the solver's displacements say: stiffness, stress, safety, pressure on the endplates.

use ossein_geom::{Finding, Job};
use ossein_mechanics::homogenized::lattice_yield_ratio;
use ossein_mechanics::material::local_yield_mpa;
use ossein_mechanics::safety::{lattice_safety, safety};
use ossein_mechanics::stress::{Stress, stress, von_mises};
use ossein_mechanics::subsidence::{self, endplate_load};
use ossein_mechanics::{Islands, Solution, SolveOptions, Unconverged};
use serde::Serialize;

use super::VerifyError;
use super::cases::{Case, solve};
use super::construct::{Construct, Contact, Materials};
use crate::steps::resolution::{Key, Table};

/// Figures of a case that a second resolution is asked about; the largest stress grows with
/// refinement.
pub const CASES: Table<'_> = Table {
    name: "load cases",
    keys: &[
        Key::plain("stiffness", "Stiffness"),
        Key::plain("von_mises_mpa_p50", "Stress in solid metal, median"),
        Key::plain("von_mises_mpa_p95", "Stress in solid metal, 95 %"),
        Key::plain("von_mises_mpa_p99", "Stress in solid metal, 99 %"),
        Key::plain("lattice_mpa_p99", "Stress in the core, 99 %"),
        Key::safety("safety_factor_yield", "Safety factor, yield"),
        Key::safety("safety_factor_fatigue", "Safety factor, fatigue"),
        Key::safety("safety_factor_lattice", "Safety factor of the core, yield"),
        Key::safety("safety_factor_lattice_fatigue", "Safety factor of the core, fatigue"),
        Key::safety("safety_factor", "Least safety factor"),
    ],
};
/// The same of an end face.
pub const ENDPLATES: Table<'_> = Table {
    name: "endplates",
    keys: &[
        Key::plain("contact_mm2", "Contact"),
        Key::plain("pressure_mpa_p95", "Pressure"),
        Key::plain("strength_mpa_p05", "Strength"),
        Key::plain("ratio", "Strength over pressure"),
        Key::plain("overloaded_fraction", "Part over its strength"),
        Key::plain("subsidence_index", "Subsidence index"),
    ],
};

/// Figures of one load case.
#[derive(Clone, Debug, Serialize)]
pub struct CaseFigures {
    /// Name.
    pub name: String,
    /// Stiffness: N/mm for a force, N m/deg for a moment.
    pub stiffness: f64,
    /// Its unit.
    pub stiffness_unit: &'static str,
    /// Von Mises stress in solid metal, MPa.
    pub von_mises_mpa_p50: f64,
    /// 95th percentile.
    pub von_mises_mpa_p95: f64,
    /// 99th percentile.
    pub von_mises_mpa_p99: f64,
    /// Largest; the steps of a voxel surface exaggerate it.
    pub von_mises_mpa_max: f64,
    /// Estimated stress in the struts of the core, 99th percentile, MPa.
    pub lattice_mpa_p99: f64,
    /// Proof stress over the 99th percentile, solid metal.
    pub safety_factor_yield: f64,
    /// Fatigue allowable over the 99th percentile of the largest principal stress, solid metal.
    pub safety_factor_fatigue: f64,
    /// Proof stress over the struts' 99th percentile.
    pub safety_factor_lattice: f64,
    /// Endurance of the lattice over its 99th percentile (facts D1.46): judged by itself, as an
    /// estimate upon the estimate of the lattice's yield.
    pub safety_factor_lattice_fatigue: f64,
    /// The smallest of the other three.
    pub safety_factor: f64,
    /// Iterations of the solver.
    pub iterations: usize,
    /// Relative residual.
    pub residual: f64,
    /// Whether the solver reached its tolerance.
    pub converged: bool,
    /// What forces and moments that should cancel leave, relative to the sizes of all nodal forces.
    pub balance_error: f64,
}

/// Pressure of one end face on its endplate, over all load cases.
#[derive(Clone, Debug, Serialize)]
pub struct EndplateFigures {
    /// `cranial` or `caudal`.
    pub end: &'static str,
    /// Load case with the lowest ratio of strength and pressure.
    pub case: String,
    /// Area of bone that touches the face along the axis, mm².
    pub contact_mm2: f64,
    /// 95th percentile of pressure on bone, MPa.
    pub pressure_mpa_p95: f64,
    /// 5th percentile of the bone's local strength, MPa (facts D1.60).
    pub strength_mpa_p05: f64,
    /// 5th percentile of strength over pressure, voxel by voxel.
    pub ratio: f64,
    /// Part of the contact where pressure exceeds strength.
    pub overloaded_fraction: f64,
    /// Force through the contact over the force at which all of it yields, largest of all cases.
    pub subsidence_index: f64,
    /// Load case with the largest index.
    pub subsidence_case: String,
}

impl EndplateFigures {
    /// The lowest ratio of two cases, and the largest index, each with its own case.
    fn worse(self, other: Self) -> Self {
        let (index, index_case) = if other.subsidence_index > self.subsidence_index {
            (other.subsidence_index, other.subsidence_case.clone())
        } else {
            (self.subsidence_index, self.subsidence_case.clone())
        };
        let lowest = if other.ratio < self.ratio { other } else { self };
        Self { subsidence_index: index, subsidence_case: index_case, ..lowest }
    }
}

/// One resolution's result.
pub struct Evidence {
    /// Load cases.
    pub cases: Vec<CaseFigures>,
    /// Both ends.
    pub endplates: Vec<EndplateFigures>,
    /// Largest von Mises stress of all cases in every element, MPa.
    pub envelope_mpa: Vec<f32>,
    /// What the solver wants looked at.
    pub findings: Vec<Finding>,
}

/// Solves `cases` on the construct, its lowest plane clamped; `look` sees each solution with the
/// number of its case and its stresses.
///
/// # Errors
/// What the solver reports.
pub fn evidence(
    construct: &Construct,
    materials: &Materials,
    cases: &[Case],
    mut look: impl FnMut(usize, &Solution, &[Stress]),
    job: &Job,
) -> Result<Evidence, VerifyError> {
    let options = SolveOptions {
        islands: Islands::Drop,
        unconverged: Unconverged::Keep,
        ..SolveOptions::default()
    };
    let solutions = solve(construct, cases, &options, job)?;
    let contacts = construct.contacts();
    let mut evidence = Evidence {
        cases: Vec::new(),
        endplates: Vec::new(),
        envelope_mpa: vec![0.0; construct.model.element_count()],
        findings: Vec::new(),
    };
    let mut ends: [Option<EndplateFigures>; 2] = [None, None];
    for (n, solution) in solutions.iter().enumerate() {
        let stresses = stress(&construct.model, solution);
        evidence.cases.push(figures(construct, materials, solution, &stresses)?);
        for (upper, worst) in [true, false].into_iter().zip(&mut ends) {
            let named = (upper, solution.name.as_str());
            let here = endplate(construct, materials, named, &contacts, &stresses);
            *worst = match (worst.take(), here) {
                (Some(before), Some(here)) => Some(before.worse(here)),
                (before, here) => before.or(here),
            };
        }
        for (most, stress) in evidence.envelope_mpa.iter_mut().zip(&stresses) {
            *most = most.max(von_mises(stress));
        }
        look(n, solution, &stresses);
        for finding in &solution.findings {
            if !evidence.findings.contains(finding) {
                evidence.findings.push(finding.clone());
            }
        }
    }
    evidence.endplates = ends.into_iter().flatten().collect();
    Ok(evidence)
}

fn figures(
    construct: &Construct,
    materials: &Materials,
    solution: &Solution,
    stresses: &[Stress],
) -> Result<CaseFigures, VerifyError> {
    let dense: Vec<bool> = construct.dense.iter().map(|&d| d > 0.95).collect();
    let porous: Vec<bool> = construct.porous.iter().map(|&p| p > 0.95).collect();
    let (cell, fraction) = materials.lattice;
    let metal = safety(stresses, &dense, materials.metal);
    let yields = lattice_yield_ratio(cell, fraction)?;
    let lattice = lattice_safety(stresses, &porous, materials.metal, &yields);
    let Some(metal) = metal.or(lattice) else { return Err(VerifyError::NoMetal) };
    let (stiffness, stiffness_unit) =
        match (solution.rotational_stiffness_nm_per_deg, solution.axial_stiffness_n_per_mm) {
            (Some(turn), _) => (turn, "N m/deg"),
            (None, Some(axial)) => (axial, "N/mm"),
            _ => (f64::NAN, ""),
        };
    let [core_static, core_fatigue] =
        lattice.map_or([f64::INFINITY; 2], |l| [l.static_p99, l.fatigue_p99]);
    Ok(CaseFigures {
        name: solution.name.clone(),
        stiffness,
        stiffness_unit,
        von_mises_mpa_p50: f64::from(metal.von_mises_mpa.p50),
        von_mises_mpa_p95: f64::from(metal.von_mises_mpa.p95),
        von_mises_mpa_p99: f64::from(metal.von_mises_mpa.p99),
        von_mises_mpa_max: f64::from(metal.von_mises_mpa.max),
        lattice_mpa_p99: lattice.map_or(0.0, |l| f64::from(l.von_mises_mpa.p99)),
        safety_factor_yield: metal.static_p99,
        safety_factor_fatigue: metal.fatigue_p99,
        safety_factor_lattice: core_static,
        safety_factor_lattice_fatigue: core_fatigue,
        safety_factor: metal.static_p99.min(metal.fatigue_p99).min(core_static),
        iterations: solution.iterations,
        residual: solution.residual,
        converged: solution.converged,
        balance_error: solution.balance_error,
    })
}

/// Pressure along the implant's axis in the bone voxels that touch an end face, against their
/// strength.
fn endplate(
    construct: &Construct,
    materials: &Materials,
    (upper, case): (bool, &str),
    contacts: &[Contact],
    stresses: &[Stress],
) -> Option<EndplateFigures> {
    let one = |contact: &Contact| {
        let hu = f64::from(construct.bone_hu[contact.voxel]);
        let density = materials.bone.calibration.density(hu).to_phantom();
        subsidence::Contact {
            pressure_mpa: f64::from(-stresses[contact.voxel][2]).max(0.0),
            strength_mpa: local_yield_mpa(density).map_or(0.0, |s| s.0),
        }
    };
    let own: Vec<_> = contacts.iter().filter(|c| c.is_upper == upper).map(one).collect();
    let load = endplate_load(&own)?;
    let voxel_mm = construct.model.voxel_mm;
    Some(EndplateFigures {
        end: if upper { "cranial" } else { "caudal" },
        case: case.into(),
        contact_mm2: load.count as f64 * voxel_mm * voxel_mm,
        pressure_mpa_p95: load.pressure_mpa_p95,
        strength_mpa_p05: load.strength_mpa_p05,
        ratio: load.ratio_p05,
        overloaded_fraction: load.overloaded_fraction,
        subsidence_index: load.index,
        subsidence_case: case.into(),
    })
}
