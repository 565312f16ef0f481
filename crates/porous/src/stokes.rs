//! Creeping flow through the void, and the permeability that follows.

mod cycle;
mod faces;
pub mod lattice;
mod level;
mod minres;
mod operator;
mod sample;
mod shear;

use ossein_geom::Job;
use serde::Serialize;

use crate::components;
use crate::voxels::{Beyond, Phase, Voxels};
use faces::Faces;

pub use sample::{Sample, through_sample};
pub use shear::{WallShear, wall_shear};

/// Why a flow could not be computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FlowError {
    /// The grid needs cubic voxels.
    #[error("the voxel edges {spacing_mm:?} mm differ: resample the image to cubes first")]
    NotCubic {
        /// Voxel edges in mm.
        spacing_mm: [f64; 3],
    },
    /// Nothing resists the flow.
    #[error("the image holds no solid: nothing resists the flow")]
    NoSolid,
    /// There is nothing to flow through.
    #[error("the image holds no void: nothing can flow")]
    NoVoid,
    /// A direction or an option that makes no sense.
    #[error("{name} is {value}")]
    Option {
        /// What it is.
        name: &'static str,
        /// The value given.
        value: f64,
    },
    /// More memory than is allowed.
    #[error("the flow needs {needed} bytes and {limit} are allowed")]
    TooLarge {
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are allowed.
        limit: u64,
    },
    /// The iteration did not come down to the residual asked for.
    #[error("the residual stands at {residual} after {iteration_count} iterations")]
    NotConverged {
        /// Residual reached, relative to that of no flow.
        residual: f64,
        /// Iterations made.
        iteration_count: usize,
    },
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] ossein_geom::Cancelled),
}

/// When the iteration stops.
#[derive(Clone, Copy, Debug)]
pub struct FlowOptions {
    /// Largest true residual, relative to that of no flow. The permeability's own error falls with
    /// its square: on a sheet gyroid of 128³ voxels a residual of 0.025 leaves 3e-6 of it.
    pub residual_max: f64,
    /// Most iterations.
    pub iteration_count_max: usize,
    /// Most bytes that may be held beside the image.
    pub byte_count_max: u64,
}

/// Steady creeping flow of unit viscosity under a unit body force along one axis, in units of
/// voxels; the image is one cell of a periodic structure.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Axis of the force: 0, 1 or 2.
    pub axis: usize,
    /// Velocity through the lower face of each voxel, component by component; 0 on walls.
    pub velocity: [Vec<f32>; 3],
    /// Pressure in each voxel beside the mean gradient; 0 in solid.
    pub pressure: Vec<f32>,
    /// Mean velocity over the whole image: a column of the permeability tensor in voxels².
    pub mean: [f64; 3],
    /// Permeability along the axis in voxels² from the energy, whose error is that of the mean
    /// velocity squared.
    pub by_energy: f64,
    /// True residual, relative to that of no flow.
    pub residual: f64,
    /// Iterations made.
    pub iteration_count: usize,
}

/// The permeability of a periodic cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Permeability {
    /// Permeability tensor in mm²: row is the direction of flow, column that of the gradient.
    pub tensor_mm2: [[f64; 3]; 3],
    /// Along each axis, the energy's figure minus the mean velocity's, in mm²: how far the
    /// iteration was from its end.
    pub iteration_error_mm2: [f64; 3],
    /// Share of void.
    pub porosity: f64,
    /// Iterations of the three flows.
    pub iteration_count: [usize; 3],
}

/// Bytes a voxel that a flow holds at most beside the image.
pub const BYTES_A_VOXEL: u64 = 280;

/// Steady creeping flow through the void of a periodic cell under a unit force along `axis`.
///
/// Velocities live on the faces of voxels and pressures in their middles (marker and cell); walls
/// are the faces between solid and void, at which the fluid sticks. The equations are solved by
/// the minimal residual method, with a multigrid cycle for the velocities and the identity for the
/// pressure as preconditioner. Walls of whole voxels make the result first-order in the voxel: see
/// [`extrapolated`] for two resolutions.
///
/// # Errors
/// [`FlowError`]: no cubes, no solid, no void, options that make no sense, more memory than is
/// allowed, no convergence, or the job's end.
///
/// # Source
/// Harlow, Welch: Phys. Fluids 8 (1965) 2182-2189; Elman, Silvester, Wathen: Finite elements and
/// fast iterative solvers (2014), chapter 4.
pub fn flow(
    voxels: &Voxels,
    axis: usize,
    options: &FlowOptions,
    job: &Job,
) -> Result<Flow, FlowError> {
    check(voxels, axis, options)?;
    let faces = Faces::new(voxels);
    minres::flow(voxels, &faces, axis, options, job)
}

fn check(voxels: &Voxels, axis: usize, options: &FlowOptions) -> Result<(), FlowError> {
    let spacing_mm = voxels.spacing_mm;
    voxels.edge_mm().ok_or(FlowError::NotCubic { spacing_mm })?;
    if axis > 2 {
        return Err(FlowError::Option { name: "the axis", value: axis as f64 });
    }
    let residual = options.residual_max;
    if !(residual > 0.0 && residual < 1.0) {
        return Err(FlowError::Option { name: "the greatest residual", value: residual });
    }
    let needed = BYTES_A_VOXEL * voxels.voxel_count() as u64;
    if needed > options.byte_count_max {
        return Err(FlowError::TooLarge { needed, limit: options.byte_count_max });
    }
    if !voxels.holds(Phase::Solid) {
        return Err(FlowError::NoSolid);
    }
    if !voxels.holds(Phase::Void) {
        return Err(FlowError::NoVoid);
    }
    Ok(())
}

/// The permeability tensor of a periodic cell; exactly 0 along and across axes that no void
/// runs through.
///
/// # Errors
/// As for [`flow`].
pub fn permeability(
    voxels: &Voxels,
    options: &FlowOptions,
    job: &Job,
) -> Result<Permeability, FlowError> {
    permeability_and(voxels, options, job, |_| ())
}

/// The same, and hands on each flow that was computed, the one along x first.
///
/// # Errors
/// As for [`flow`].
pub fn permeability_and(
    voxels: &Voxels,
    options: &FlowOptions,
    job: &Job,
    mut take: impl FnMut(&Flow),
) -> Result<Permeability, FlowError> {
    check(voxels, 0, options)?;
    let edge_mm = voxels.edge_mm().expect("checked above");
    let void = components::label(voxels, Phase::Void, Beyond::Periodic);
    let open = [0, 1, 2].map(|axis| void.parts.iter().any(|part| part.through[axis]));
    let void_count = voxels.voxel_count() - voxels.solid_count();
    let mut out = Permeability {
        tensor_mm2: [[0.0; 3]; 3],
        iteration_error_mm2: [0.0; 3],
        porosity: void_count as f64 / voxels.voxel_count() as f64,
        iteration_count: [0; 3],
    };
    drop(void);
    let faces = Faces::new(voxels);
    for axis in (0..3).filter(|a| open[*a]) {
        let job = job.labelled(["flow along x", "flow along y", "flow along z"][axis]);
        let flow = minres::flow(voxels, &faces, axis, options, &job)?;
        for row in (0..3).filter(|a| open[*a]) {
            out.tensor_mm2[row][axis] = flow.mean[row] * edge_mm * edge_mm;
        }
        out.tensor_mm2[axis][axis] = flow.by_energy * edge_mm * edge_mm;
        let apart = flow.by_energy - flow.mean[axis];
        out.iteration_error_mm2[axis] = apart * edge_mm * edge_mm;
        out.iteration_count[axis] = flow.iteration_count;
        take(&flow);
    }
    Ok(out)
}

/// A figure at two resolutions, carried to voxels of no size.
///
/// `fine` has voxels of half the edge of `coarse`; `order` is the power of the voxel with which the
/// error falls: 1 for walls of whole voxels, 2 for walls along the grid.
pub fn extrapolated(coarse: f64, fine: f64, order: u32) -> f64 {
    fine + (fine - coarse) / (f64::from(1 << order) - 1.0)
}
