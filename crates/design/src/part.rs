//! What every kind of implant gives to be made.

use std::sync::Arc;

use ossein_field::boolean::Solid;
use ossein_field::main_part::MainPart;
use ossein_field::sampled::Sampled;
use ossein_geom::{Implant, Lps, Rigid};

/// A part to be made.
#[derive(Clone)]
pub struct Part {
    /// Its solid, in its own frame, z up on the printer's plate.
    pub solid: Arc<MainPart<Implant, Solid<Implant>>>,
    /// From the patient to the implant.
    pub placement: Rigid<Lps, Implant>,
    /// Density of its material, g/cm³.
    pub density_g_per_cm3: f64,
    /// Whether it is melted from powder, layer by layer; else its mesh alone is wanted.
    pub layered: bool,
    /// How much it shrinks in the furnace along x, y and z of the build plate, as a fraction of the
    /// printed length; none for what is not sintered.
    pub shrinkage: Option<[f64; 3]>,
    /// What it stays clear of, by name: distance to it, negative inside.
    pub keep_outs: Vec<(&'static str, Arc<Sampled<Implant>>)>,
}

impl Part {
    /// Volume by counting samples, mm³.
    pub fn volume_mm3(&self) -> f64 {
        self.solid.volume_mm3
    }

    /// Mass, g.
    pub fn mass_g(&self) -> f64 {
        self.volume_mm3() * self.density_g_per_cm3 / 1000.0
    }
}
