//! Flow through a sample cut from a larger structure, as in a permeameter.

use ossein_geom::Job;
use serde::Serialize;

use super::{FlowError, FlowOptions, flow};
use crate::voxels::{Voxels, VoxelsError};

/// Flow along one axis of a sample whose sides are sealed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// Permeability along the axis in mm².
    pub permeability_mm2: f64,
    /// Iterations made.
    pub iteration_count: usize,
}

/// Permeability of a sample along `axis`: its sides are sealed, and open layers of
/// `reservoir_voxel_count` voxels before and behind it feed and take the flow.
///
/// The resistance of the reservoirs themselves is neglected, which reads the permeability low by
/// about the share that an empty duct of the sample's width has in the pressure drop.
///
/// # Errors
/// [`FlowError`], as for [`flow`]; also if the sample grows too large.
pub fn through_sample(
    voxels: &Voxels,
    axis: usize,
    reservoir_voxel_count: usize,
    options: &FlowOptions,
    job: &Job,
) -> Result<Sample, FlowError> {
    let out_of_range = FlowError::Option { name: "the axis", value: axis as f64 };
    if axis > 2 {
        return Err(out_of_range);
    }
    let mut size = voxels.size.map(|n| n + 2);
    size[axis] = voxels.size[axis].saturating_add(2 * reservoir_voxel_count);
    let needed = size.iter().fold(1u64, |n, s| n.saturating_mul(*s as u64)).saturating_mul(281);
    if needed > options.byte_count_max {
        return Err(FlowError::TooLarge { needed, limit: options.byte_count_max });
    }
    let mut shift = [1; 3];
    shift[axis] = reservoir_voxel_count;
    let inside = |n: usize| {
        let at = [n % size[0], n / size[0] % size[1], n / (size[0] * size[1])];
        let from = [0, 1, 2].map(|a| at[a].wrapping_sub(shift[a]));
        if (0..3).all(|a| from[a] < voxels.size[a]) {
            return voxels.solid[voxels.index(from)];
        }
        (0..3).any(|a| a != axis && from[a] >= voxels.size[a])
    };
    let solid = (0..size.iter().product()).map(inside).collect();
    let whole = Voxels::new(size, voxels.spacing_mm, solid).map_err(|error| match error {
        VoxelsError::Spacing { spacing_mm } => FlowError::NotCubic { spacing_mm },
        _ => FlowError::Option { name: "the reservoir", value: reservoir_voxel_count as f64 },
    })?;
    let flow = flow(&whole, axis, options, job)?;
    let edge_mm = voxels.edge_mm().expect("checked by the flow");
    let area =
        |size: [usize; 3]| (0..3).filter(|a| *a != axis).map(|a| size[a] as f64).product::<f64>();
    let wider = area(size) / area(voxels.size);
    let longer = size[axis] as f64 / voxels.size[axis] as f64;
    Ok(Sample {
        permeability_mm2: flow.by_energy * edge_mm * edge_mm * wider / longer,
        iteration_count: flow.iteration_count,
    })
}
