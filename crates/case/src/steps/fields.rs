//! Fields of a case's evidence as VTK images in the patient's frame: for ParaView and 3D Slicer.

use ossein_geom::{Grid, Implant, Lps, Rigid};
use ossein_mechanics::vti::{self, Array};

use crate::step::{StepContext, StepError};

/// Where a model's elements lie.
pub struct Fields<'a> {
    /// Their centres.
    pub grid: &'a Grid<Implant>,
    /// From the implant's frame to the patient's.
    pub to_patient: &'a Rigid<Implant, Lps>,
}

impl Fields<'_> {
    /// Writes one number an element for each name.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn write(
        &self,
        context: &mut StepContext<'_>,
        name: &str,
        arrays: &[(&str, &[f32])],
    ) -> Result<(), StepError> {
        let Grid { origin, axes, spacing, size } = *self.grid;
        let axes = axes.map(|axis| self.to_patient.turn(axis));
        let grid = Grid { origin: self.to_patient.apply(origin), axes, spacing, size };
        let one = |&(name, values)| Array { name, components: 1, values };
        let cells: Vec<Array<'_>> = arrays.iter().map(one).collect();
        context.write(name, |mut to| vti::write_packed(&mut to, &grid, &cells, &[]))
    }
}

/// Four digits of a number: pictures need no more.
pub fn rounded(value: f32) -> f32 {
    format!("{value:.3e}").parse().expect("a number that was just written")
}
