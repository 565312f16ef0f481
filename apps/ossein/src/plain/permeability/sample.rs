//! A sample that is no periodic cell: along each axis in turn, with its sides sealed.

use ossein_geom::Job;
use ossein_porous::components;
use ossein_porous::stokes::{FlowError, FlowOptions, Sample, through_sample};
use ossein_porous::{Beyond, Phase, Voxels};

use super::Arguments;
use super::report::{Report, Second};
use crate::commands::AnyError;

/// Layers before and behind a sample, as a part of its length, where none are asked for.
const RESERVOIR_PART: f64 = 0.25;
/// Voxels of a layer at least: the flow must find its way in.
const RESERVOIR_VOXELS_MIN: f64 = 4.0;

/// Permeability along each axis; 0 where no void runs from face to face.
///
/// # Errors
/// The name of the sample with what the flow reports.
pub fn measure(
    arguments: &Arguments,
    voxels: &Voxels,
    finer: Option<&Voxels>,
    job: &Job,
) -> Result<Report, AnyError> {
    let options = arguments.options();
    let solved = |voxels: &Voxels, job: &Job| {
        let found = along_axes(voxels, arguments.reservoir, &options, job);
        found.map_err(|e| arguments.told(&e))
    };
    let found = solved(voxels, job)?;
    let fine = finer.map(|finer| solved(finer, &job.labelled("half the edge"))).transpose()?;
    let diagonal = |along: &[Sample; 3]| {
        let mut tensor = [[0.0; 3]; 3];
        (0..3).for_each(|a| tensor[a][a] = along[a].permeability_mm2);
        tensor
    };
    let second = finer
        .zip(fine)
        .map(|(finer, fine)| Second::of(finer.spacing_mm[0], diagonal(&found), diagonal(&fine)));
    let reservoir_mm = [0, 1, 2]
        .map(|axis| reservoir(voxels, axis, arguments.reservoir) as f64 * voxels.spacing_mm[axis]);
    Ok(Report::Sample { along: found, reservoir_mm, second })
}

fn along_axes(
    voxels: &Voxels,
    reservoir_mm: Option<f64>,
    options: &FlowOptions,
    job: &Job,
) -> Result<[Sample; 3], FlowError> {
    let void = components::label(voxels, Phase::Void, Beyond::Unseen);
    let open = [0, 1, 2].map(|axis| void.parts.iter().any(|part| part.through[axis]));
    drop(void);
    let mut along = [Sample { permeability_mm2: 0.0, iteration_count: 0 }; 3];
    for axis in (0..3).filter(|&a| open[a]) {
        let job = job.labelled(["flow along x", "flow along y", "flow along z"][axis]);
        let layers = reservoir(voxels, axis, reservoir_mm);
        along[axis] = through_sample(voxels, axis, layers, options, &job)?;
    }
    Ok(along)
}

/// Voxels of the open layers along an axis.
fn reservoir(voxels: &Voxels, axis: usize, stated_mm: Option<f64>) -> usize {
    let part = RESERVOIR_PART * voxels.size[axis] as f64;
    let count = match stated_mm {
        Some(mm) => mm / voxels.spacing_mm[axis],
        None => part.max(RESERVOIR_VOXELS_MIN),
    };
    count.round().max(1.0) as usize
}
