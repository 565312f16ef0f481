//! Vault by mirroring: the other side, brought onto the collar of the hole.

use ossein_geom::{Cancelled, Frame, Job, Rigid};

use super::sheet::{Sheet, Sight};
use crate::fit::Similarity;
use crate::icp::{IcpError, IcpOptions, register};
use crate::plane::Plane;
use crate::samples::Sample;
use crate::surface::MeshSurface;

/// Points of the collar that are registered, at most.
const SAMPLE_COUNT_MAX: usize = 2500;
/// How far the other side may lie from the collar, mm.
const REACH_MM: f64 = 12.0;

/// The motion after the mirror that brings the other side onto the collar of a hole; none where the
/// collar is so round that the two slide on each other.
///
/// # Errors
/// [`Cancelled`] when the job is stopped.
pub fn onto_collar<F: Frame>(
    surface: &MeshSurface<'_, F>,
    plane: &Plane<F>,
    sheet: &Sheet<F>,
    near: &[bool],
    reach_mm: f64,
    job: &Job,
) -> Result<Rigid<F, F>, Cancelled> {
    let still = Rigid::identity();
    let sight = Sight { surface, mirror: Some((*plane, still)), reach_mm };
    let cells: Vec<usize> = (0..near.len()).filter(|&n| near[n]).collect();
    let every = (2 * cells.len()).div_ceil(SAMPLE_COUNT_MAX).max(1);
    let mut samples: Vec<Sample<F>> = Vec::new();
    for &n in cells.iter().step_by(every) {
        let direction = sheet.chart.direction(sheet.place(n));
        if let Some(found) = sight.tables(sheet.chart.middle, direction) {
            let at = |mm: f64| sheet.chart.middle + direction * mm;
            samples.push(Sample { point: at(found.inner_mm), normal: found.inner_normal });
            samples.push(Sample { point: at(found.outer_mm), normal: found.outer_normal });
        }
    }
    let options = IcpOptions {
        kept: 0.8,
        reach_mm: REACH_MM,
        normal_cosine_min: 0.7,
        still_mm: 0.01,
        turn_count_max: 40,
        ..IcpOptions::default()
    };
    match register(&samples, surface, &Similarity::rigid(still), &options, job) {
        Ok(found) => Ok(found.map.rigid),
        Err(IcpError::Cancelled(cancelled)) => Err(cancelled),
        Err(IcpError::Apart { .. } | IcpError::Sliding) => Ok(still),
    }
}
