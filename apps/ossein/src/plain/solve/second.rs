//! How much a figure owes to the size of the elements.

use ossein_geom::Finding;
use ossein_mechanics::{Model, Solution, second_resolution};
use serde::Serialize;

use super::model::{coarser, finer};
use crate::commands::AnyError;

/// Elements that a finer model may have: beyond, a coarser one is compared.
const FINE_COUNT_MAX: usize = 4_000_000;
/// A figure whose estimated error is larger than this is not converged.
const ERROR_MAX: f64 = 0.05;

/// The energy at a second resolution, and what it says of the first.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Second {
    /// Edge of its voxels, mm.
    pub voxel_mm: f64,
    /// Its strain energy, N mm.
    pub strain_energy_nmm: f64,
    /// The energy with elements of no size, if the error falls with the voxel edge.
    pub extrapolated_nmm: f64,
    /// Estimated error of the first resolution's energy, relative to the extrapolated one.
    pub relative_error: f64,
}

/// Solves the same load in elements of half the edge, or of twice where that would be too many.
///
/// # Errors
/// What the solver reports of the finer model; a coarser one that cannot be solved says nothing.
pub fn second(
    model: &Model,
    solution: &Solution,
    solve: impl Fn(&Model) -> Result<Solution, AnyError>,
) -> Result<Option<Second>, AnyError> {
    let here = (model.voxel_mm, solution.strain_energy_nmm);
    let (other, pair) = if let Some(fine) = finer(model, FINE_COUNT_MAX) {
        let other = (fine.voxel_mm, solve(&fine)?.strain_energy_nmm);
        (other, (here, other))
    } else {
        let Some(Ok(there)) = coarser(model).map(|m| solve(&m)) else { return Ok(None) };
        let other = (2.0 * model.voxel_mm, there.strain_energy_nmm);
        (other, (other, here))
    };
    let Some(resolution) = second_resolution(pair.0, pair.1, 1.0) else { return Ok(None) };
    let extrapolated = resolution.extrapolated;
    Ok(Some(Second {
        voxel_mm: other.0,
        strain_energy_nmm: other.1,
        extrapolated_nmm: extrapolated,
        relative_error: (here.1 / extrapolated - 1.0).abs(),
    }))
}

impl Second {
    /// A warning where the figures of a load are not converged.
    pub fn finding(&self, load: &str) -> Option<Finding> {
        if self.relative_error <= ERROR_MAX {
            return None;
        }
        let text = format!(
            "the energy of `{load}` is off by about {:.0} %: it is not converged; take smaller voxels",
            100.0 * self.relative_error
        );
        let finding = Finding::warning("solve.not_converged", load, text);
        Some(finding.measured(self.relative_error, ERROR_MAX, ""))
    }
}
