//! Safety factors: what the material bears over what it is asked to.

use crate::homogenized::LatticeYield;
use crate::material::Metal;
use crate::stress::{Percentiles, Stress, percentiles, principal, von_mises};

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
    /// Fatigue allowable over the 99th percentile of the largest principal stress; infinite in pure
    /// compression.
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
/// the stresses in its struts and walls.
///
/// # Panics
/// If there are not as many mask entries as stresses.
pub fn lattice_safety(
    stresses: &[Stress],
    mask: &[bool],
    metal: &Metal,
    lattice: &LatticeYield,
) -> Option<Safety> {
    scaled(stresses, mask, metal, 1.0 / lattice.ratio)
}

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
