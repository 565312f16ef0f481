//! What the solver's displacements say: stiffness, stress, safety, pressure on the endplates.

use ossein_geom::{Finding, Job};
use ossein_mechanics::homogenized::lattice_yield_ratio;
use ossein_mechanics::material::{Density, DensityKind, local_yield_mpa};
use ossein_mechanics::safety::{Safety, lattice_safety, safety};
use ossein_mechanics::stress::{Stress, stress, von_mises};
use ossein_mechanics::{
    Islands, LoadCase, Loads, Solution, SolveOptions, second_resolution, solve_cases,
};
use serde::Serialize;

use super::VerifyError;
use super::construct::{Construct, Materials};

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
    /// The smallest of the three.
    pub safety_factor: f64,
    /// Iterations of the solver.
    pub iterations: usize,
    /// Relative residual.
    pub residual: f64,
    /// Whether the solver reached its tolerance.
    pub converged: bool,
    /// Forces and moments that should cancel, relative to the largest.
    pub balance_error: f64,
}

/// Pressure of one end face on its endplate, over all load cases.
#[derive(Clone, Debug, Serialize)]
pub struct EndplateFigures {
    /// `cranial` or `caudal`.
    pub end: &'static str,
    /// Load case with the highest pressure.
    pub case: String,
    /// 95th percentile of pressure on bone, MPa.
    pub pressure_mpa_p95: f64,
    /// 5th percentile of the bone's local strength, MPa (facts D1.60).
    pub strength_mpa_p05: f64,
    /// 5th percentile of strength over pressure, voxel by voxel.
    pub ratio: f64,
}

/// One resolution's result.
pub struct Evidence {
    /// Load cases.
    pub cases: Vec<CaseFigures>,
    /// Both ends.
    pub endplates: Vec<EndplateFigures>,
    /// Von Mises stress of every element in the first case, MPa, for the picture.
    pub picture_mpa: Vec<f32>,
    /// Largest of all cases in every element, MPa.
    pub envelope_mpa: Vec<f32>,
    /// What the solver wants looked at.
    pub findings: Vec<Finding>,
}

/// Solves `cases` on the construct: its lowest plane clamped, its highest loaded.
///
/// # Errors
/// What the solver reports.
pub fn evidence(
    construct: &Construct,
    materials: &Materials,
    cases: &[LoadCase],
    job: &Job,
) -> Result<Evidence, VerifyError> {
    let options = SolveOptions { islands: Islands::Drop, ..SolveOptions::default() };
    let loads = Loads::column(&construct.model);
    let solutions = solve_cases(&construct.model, &loads, cases, &options, job)?;
    let mut evidence = Evidence {
        cases: Vec::new(),
        endplates: Vec::new(),
        picture_mpa: Vec::new(),
        envelope_mpa: vec![0.0; construct.model.element_count()],
        findings: Vec::new(),
    };
    let mut ends: [Option<EndplateFigures>; 2] = [None, None];
    for solution in &solutions {
        let stresses = stress(&construct.model, solution);
        evidence.cases.push(figures(construct, materials, solution, &stresses)?);
        for (end, best) in ["caudal", "cranial"].into_iter().zip(&mut ends) {
            let here = endplate(construct, materials, end, &solution.name, &stresses);
            if let Some(here) = here
                && best.as_ref().is_none_or(|b| here.ratio < b.ratio)
            {
                *best = Some(here);
            }
        }
        let equivalent: Vec<f32> = stresses.iter().map(von_mises).collect();
        for (most, &value) in evidence.envelope_mpa.iter_mut().zip(&equivalent) {
            *most = most.max(value);
        }
        if evidence.picture_mpa.is_empty() {
            evidence.picture_mpa = equivalent;
        }
        for finding in &solution.findings {
            if !evidence.findings.contains(finding) {
                evidence.findings.push(finding.clone());
            }
        }
    }
    evidence.endplates = ends.into_iter().rev().flatten().collect();
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
    let lattice_factor = lattice.map_or(f64::INFINITY, |l: Safety| l.static_p99);
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
        safety_factor_lattice: lattice_factor,
        safety_factor: metal.static_p99.min(metal.fatigue_p99).min(lattice_factor),
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
    end: &'static str,
    case: &str,
    stresses: &[Stress],
) -> Option<EndplateFigures> {
    let [ni, nj, nk] = construct.grid.size;
    let upper = end == "cranial";
    let metal = |n: usize| construct.dense[n] + construct.porous[n];
    let (mut pressures, mut strengths, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..stresses.len() {
        let k = n / (ni * nj);
        let beside = if upper { k.checked_sub(1) } else { Some(k + 1).filter(|&k| k < nk) };
        let Some(beside) = beside.map(|b| b * ni * nj + n % (ni * nj)) else { continue };
        let is_bone = !construct.bone_hu[n].is_nan() && metal(n) < 0.3;
        if !is_bone || construct.is_upper[n] != upper || metal(beside) < 0.3 {
            continue;
        }
        let pressure = f64::from(-stresses[n][2]).max(0.0);
        let density = materials.bone.calibration.density(f64::from(construct.bone_hu[n]));
        let strength = local_yield_mpa(to_phantom(density)).map_or(0.0, |s| s.0);
        pressures.push(pressure);
        strengths.push(strength);
        ratios.push(strength / pressure.max(1e-6));
    }
    Some(EndplateFigures {
        end,
        case: case.into(),
        pressure_mpa_p95: percentile(&mut pressures, 0.95)?,
        strength_mpa_p05: percentile(&mut strengths, 0.05)?,
        ratio: percentile(&mut ratios, 0.05)?,
    })
}

/// The density that a hydroxyapatite phantom would read: facts D1.52, `ash = 0.877 HA + 0.079`,
/// read backwards.
fn to_phantom(density: Density) -> Density {
    match density.kind {
        DensityKind::Apparent | DensityKind::Ash => {
            let ash = density.to_ash().g_per_cm3;
            let g_per_cm3 = ((ash - 0.079) / 0.877).clamp(0.0, 3.0);
            Density { kind: DensityKind::QctHydroxyapatite, g_per_cm3 }
        }
        _ => Density { g_per_cm3: density.g_per_cm3.clamp(0.0, 3.0), ..density },
    }
}

fn percentile(values: &mut [f64], part: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    Some(values[(last as f64 * part).round() as usize])
}

/// How a figure differs between two voxel sizes.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    /// Load case and figure.
    pub name: String,
    /// At the coarse voxel size.
    pub coarse: f64,
    /// At the fine one.
    pub fine: f64,
    /// Difference relative to the fine one.
    pub relative_difference: f64,
    /// Estimated relative error of the fine one, if the error falls with the voxel size.
    pub relative_error: f64,
}

/// Compares stiffness and stress of both resolutions, case by case.
pub fn differences(
    (coarse_mm, coarse): (f64, &Evidence),
    (fine_mm, fine): (f64, &Evidence),
) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (a, b) in coarse.cases.iter().zip(&fine.cases) {
        let pairs = [
            ("stiffness", a.stiffness, b.stiffness),
            ("von_mises_mpa_p99", a.von_mises_mpa_p99, b.von_mises_mpa_p99),
        ];
        for (figure, coarse, fine) in pairs {
            let Some(r) = second_resolution((coarse_mm, coarse), (fine_mm, fine), 1.0) else {
                continue;
            };
            differences.push(Difference {
                name: format!("{} {figure}", b.name),
                coarse,
                fine,
                relative_difference: r.relative_difference,
                relative_error: r.relative_error,
            });
        }
    }
    differences
}
