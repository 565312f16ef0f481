//! Safety factors: what the material bears over what it is asked to.

use crate::homogenized::LatticeYield;
use crate::material::Metal;
use crate::method::Method;
use crate::stress::{Percentiles, Stress, percentiles, principal, von_mises};

/// Solid metal, once.
pub const STATIC: Method = Method {
    id: "static_safety",
    title: "Static safety factor of solid metal",
    formula: "R_p0.2 / sigma_99: the specification's minimum over the 99th percentile of von Mises \
              stress",
    source: "facts D1.42",
    limits: "no residual stress and no defect; the largest stress sits on steps of the voxels and \
             grows with refinement, so the 99th percentile is read",
};

/// Solid metal, ten million times.
pub const FATIGUE: Method = Method {
    id: "fatigue_safety",
    title: "Fatigue safety factor of solid metal",
    formula: "sigma_D / sigma_1,99: fatigue strength at R = 0.1 and 10 million cycles, at the low \
              end of what is published for the surface, over the 99th percentile of the largest \
              principal stress",
    source: "facts D1.45",
    limits: "the load case counts as the top of every cycle; no notch factor for roughness beyond \
             the surface's own strength",
};

/// The core, once.
pub const LATTICE_STATIC: Method = Method {
    id: "lattice_static_safety",
    title: "Static safety factor of the porous core",
    formula: "R_p0.2 Y / sigma_99: Y the lattice's yield stress over its solid's, sigma the \
              macroscopic von Mises stress",
    source: "facts D3.14, D1.42",
    limits: "yield measured in compression along a cell axis stands for every state of stress",
};

/// The core, a million times.
pub const LATTICE_FATIGUE: Method = Method {
    id: "lattice_fatigue_safety",
    title: "Fatigue safety factor of the porous core",
    formula: "0.15 R_p0.2 Y / sigma_99: endurance of printed lattices at a million cycles as a part \
              of their yield",
    source: "Yavari 2013, 2015, Van Hooreweder 2017, Bobbert 2017 (facts D1.46)",
    limits: "0.12 to 0.2 as built and 0.2 to 0.45 after pressing: 0.15 is the default for all",
};

/// Endurance of a printed lattice as a part of its yield stress (facts D1.46).
pub const LATTICE_ENDURANCE: f64 = 0.15;

/// Safety factors of a part under one load case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Safety {
    /// Von Mises stresses in MPa.
    pub von_mises_mpa: Percentiles,
    /// Largest principal stresses in MPa.
    pub principal_mpa: Percentiles,
    /// Proof stress over the 99th percentile of von Mises stress.
    pub static_p99: f64,
    /// Proof stress over the largest von Mises stress, which voxel steps exaggerate.
    pub static_max: f64,
    /// Solid metal: fatigue allowable over the 99th percentile of the largest principal stress,
    /// infinite in pure compression. Lattice: endurance over the 99th percentile of von Mises
    /// stress.
    pub fatigue_p99: f64,
}

/// Safety factors of the solid elements in `mask`: against the proof stress (facts D1.42), and
/// against the fatigue allowable in maximum principal stress (facts D1.45). `None` for an empty
/// mask.
///
/// # Panics
/// If there are not as many mask entries as stresses.
pub fn safety(stresses: &[Stress], mask: &[bool], metal: &Metal) -> Option<Safety> {
    scaled(stresses, mask, metal, 1.0)
}

/// Safety factors of a homogenised lattice: its macroscopic stresses over its yield ratio estimate
/// the stresses in its struts and walls. Its endurance is a part of its yield (facts D1.46).
///
/// # Panics
/// If there are not as many mask entries as stresses.
pub fn lattice_safety(
    stresses: &[Stress],
    mask: &[bool],
    metal: &Metal,
    lattice: &LatticeYield,
) -> Option<Safety> {
    let safety = scaled(stresses, mask, metal, 1.0 / lattice.ratio)?;
    Some(Safety { fatigue_p99: LATTICE_ENDURANCE * safety.static_p99, ..safety })
}

/// What one element bears over what it is asked to: once, and ten million times in solid metal (a
/// million in a lattice). The methods of the figures, element by element; [`FACTOR_MAX`] where
/// nothing pulls or presses, not a number where stress is none.
pub fn factors(stress: &Stress, metal: &Metal, lattice: Option<&LatticeYield>) -> [f32; 2] {
    let proof_mpa = metal.proof_stress.0 * lattice.map_or(1.0, |lattice| lattice.ratio);
    let equivalent = von_mises(stress);
    let often = match lattice {
        Some(_) => factor(LATTICE_ENDURANCE * proof_mpa, equivalent),
        None => factor(metal.fatigue.0, principal(stress)[0]),
    };
    [factor(proof_mpa, equivalent), often]
}

/// Strength over the stress of one element, both MPa: [`FACTOR_MAX`] where nothing pulls or presses,
/// not a number where the stress is none.
pub fn factor(strength_mpa: f64, stress_mpa: f32) -> f32 {
    let safety = (strength_mpa / f64::from(stress_mpa)) as f32;
    if stress_mpa <= 0.0 { FACTOR_MAX } else { safety.clamp(0.0, FACTOR_MAX) }
}

/// No element is said to be safer than that.
pub const FACTOR_MAX: f32 = 1000.0;

fn scaled(stresses: &[Stress], mask: &[bool], metal: &Metal, factor: f64) -> Option<Safety> {
    let raise = |mpa: f32| (f64::from(mpa) * factor) as f32;
    let equivalent: Vec<f32> = stresses.iter().map(|s| raise(von_mises(s))).collect();
    let von_mises_mpa = percentiles(&equivalent, mask)?;
    let largest: Vec<f32> = stresses.iter().map(|s| raise(principal(s)[0])).collect();
    let principal_mpa = percentiles(&largest, mask)?;
    let over = |strength: f64, stress: f32| {
        if stress > 0.0 { strength / f64::from(stress) } else { f64::INFINITY }
    };
    Some(Safety {
        von_mises_mpa,
        principal_mpa,
        static_p99: over(metal.proof_stress.0, von_mises_mpa.p99),
        static_max: over(metal.proof_stress.0, von_mises_mpa.max),
        fatigue_p99: over(metal.fatigue.0, principal_mpa.p99),
    })
}
