//! What the solver's displacements say: stiffness, stress, safety, pressure on the endplates.

use ossein_geom::{Finding, Job};
use ossein_mechanics::safety::{lattice_safety, safety};
use ossein_mechanics::stress::{Stress, stress};
use ossein_mechanics::{Islands, Solution, SolveOptions, Unconverged};
use serde::Serialize;

use super::VerifyError;
use super::cases::{Case, solve};
use super::construct::{Construct, Materials};
use super::endplate::{Bed, EndplateFigures};
use super::envelope::{Envelope, Masks};
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
        Key::safety("safety_factor", "Least safety factor, but for the core's fatigue"),
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

/// One resolution's result.
pub struct Evidence {
    /// Load cases.
    pub cases: Vec<CaseFigures>,
    /// Both ends.
    pub endplates: Vec<EndplateFigures>,
    /// The worst of all cases, element by element.
    pub envelope: Envelope,
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
    let masks = Masks::new(construct, materials)?;
    let beds = [true, false].map(|upper| Bed::new(construct, materials, upper));
    let mut evidence = Evidence {
        cases: Vec::new(),
        endplates: Vec::new(),
        envelope: Envelope::new(construct.model.element_count(), &beds),
        findings: Vec::new(),
    };
    let mut ends: [Option<EndplateFigures>; 2] = [None, None];
    for (n, solution) in solutions.iter().enumerate() {
        let stresses = stress(&construct.model, solution);
        evidence.cases.push(figures(&masks, solution, &stresses)?);
        evidence.envelope.take(&masks, &stresses);
        for (bed, worst) in beds.iter().zip(&mut ends) {
            let pressures_mpa = bed.pressures_mpa(&stresses);
            evidence.envelope.press(bed, &pressures_mpa);
            let here = bed.figures(&solution.name, &pressures_mpa);
            *worst = match (worst.take(), here) {
                (Some(before), Some(here)) => Some(before.worse(here)),
                (before, here) => before.or(here),
            };
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
    masks: &Masks<'_>,
    solution: &Solution,
    stresses: &[Stress],
) -> Result<CaseFigures, VerifyError> {
    let metal = safety(stresses, &masks.dense, masks.metal);
    let lattice = lattice_safety(stresses, &masks.porous, masks.metal, &masks.yields);
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
