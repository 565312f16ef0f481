//! The worst of all load cases, element by element: what the maps show.

use ossein_mechanics::homogenized::{LatticeError, LatticeYield, lattice_yield_ratio};
use ossein_mechanics::material::Metal;
use ossein_mechanics::safety::factors;
use ossein_mechanics::stress::{Stress, von_mises};

use super::construct::{Construct, Materials};
use super::endplate::Bed;

/// Share from which an element counts as one material alone.
const WHOLE: f32 = 0.95;

/// Elements whose safety is judged, and against what.
pub struct Masks<'a> {
    /// All solid metal.
    pub dense: Vec<bool>,
    /// All porous core.
    pub porous: Vec<bool>,
    /// Solid metal.
    pub metal: &'a Metal,
    /// Yield of the core.
    pub yields: LatticeYield,
}

impl<'a> Masks<'a> {
    /// Of a model.
    ///
    /// # Errors
    /// A lattice without a table.
    pub fn new(construct: &Construct, materials: &Materials<'a>) -> Result<Self, LatticeError> {
        let (cell, fraction) = materials.lattice;
        Ok(Self {
            dense: construct.dense.iter().map(|&d| d > WHOLE).collect(),
            porous: construct.porous.iter().map(|&p| p > WHOLE).collect(),
            metal: materials.metal,
            yields: lattice_yield_ratio(cell, fraction)?,
        })
    }
}

/// The worst of all cases: one value an element, not a number where there is nothing to tell.
pub struct Envelope {
    /// Largest von Mises stress, MPa.
    pub von_mises_mpa: Vec<f32>,
    /// Least safety factor against yield, of elements that are all solid metal or all core.
    pub safety_yield: Vec<f32>,
    /// Least safety factor in fatigue, of the same.
    pub safety_fatigue: Vec<f32>,
    /// Largest pressure on bone that touches an end face, mean over a disc, MPa.
    pub pressure_mpa: Vec<f32>,
    /// Strength of the bone there, MPa.
    pub strength_mpa: Vec<f32>,
}

impl Envelope {
    /// Before the first case.
    pub fn new(element_count: usize, beds: &[Bed]) -> Self {
        let unknown = vec![f32::NAN; element_count];
        let mut strength_mpa = unknown.clone();
        for (voxel, mpa) in beds.iter().flat_map(Bed::strengths) {
            strength_mpa[voxel] = mpa as f32;
        }
        Self {
            von_mises_mpa: unknown.clone(),
            safety_yield: unknown.clone(),
            safety_fatigue: unknown.clone(),
            pressure_mpa: unknown,
            strength_mpa,
        }
    }

    /// Takes up the stresses of a case. An element without any is void, or of a piece that the solver
    /// left out.
    pub fn take(&mut self, masks: &Masks<'_>, stresses: &[Stress]) {
        for (n, stress) in stresses.iter().enumerate() {
            let mpa = von_mises(stress);
            if mpa == 0.0 {
                continue;
            }
            self.von_mises_mpa[n] = self.von_mises_mpa[n].max(mpa);
            let lattice = masks.porous[n].then_some(&masks.yields);
            if masks.dense[n] || lattice.is_some() {
                let [once, often] = factors(stress, masks.metal, lattice);
                self.safety_yield[n] = self.safety_yield[n].min(once);
                self.safety_fatigue[n] = self.safety_fatigue[n].min(often);
            }
        }
    }

    /// Takes up a case's pressures on the bone of one end.
    pub fn press(&mut self, bed: &Bed, pressures_mpa: &[f64]) {
        for ((voxel, _), &mpa) in bed.strengths().zip(pressures_mpa) {
            self.pressure_mpa[voxel] = self.pressure_mpa[voxel].max(mpa as f32);
        }
    }
}
