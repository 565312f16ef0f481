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
        let grid = self.in_patient();
        let one = |&(name, values)| Array { name, components: 1, values };
        let cells: Vec<Array<'_>> = arrays.iter().map(one).collect();
        context.write(name, |mut to| vti::write_packed(&mut to, &grid, &cells, &[]))
    }

    /// The grid where it lies in the patient.
    fn in_patient(&self) -> Grid<Lps> {
        let Grid { origin, axes, spacing, size } = *self.grid;
        let axes = axes.map(|axis| self.to_patient.turn(axis));
        Grid { origin: self.to_patient.apply(origin), axes, spacing, size }
    }
}

/// Four digits of a number: pictures need no more.
pub fn rounded(value: f32) -> f32 {
    format!("{value:.3e}").parse().expect("a number that was just written")
}

#[cfg(test)]
mod tests {
    use ossein_geom::Point;

    use super::*;

    #[test]
    fn elements_lie_where_the_implant_is_placed() {
        let grid = Grid::<Implant>::aligned(Point::new(1.0, 2.0, 3.0), [0.5; 3], [4, 3, 2]);
        // A quarter turn about z: what lay along x lies along y.
        let turned = [[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]];
        let to_patient = Rigid::<Implant, Lps>::new(turned, [10.0, -20.0, 30.0]);
        let place = |p: Point<Implant>| Point::<Lps>::new(10.0 - p.y, p.x - 20.0, p.z + 30.0);
        let there = Fields { grid: &grid, to_patient: &to_patient }.in_patient();
        for voxel in [[0, 0, 0], [3, 2, 1], [1, 0, 1]] {
            assert!(there.center(voxel).distance(place(grid.center(voxel))) < 1e-9);
        }
        assert_eq!((there.size, there.spacing), (grid.size, grid.spacing));
    }
}
