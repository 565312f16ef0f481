//! Solves a model under load cases or under a prescribed motion.

use ossein_geom::{Cancelled, Finding, Job};

use crate::boundary::{LoadCase, Loads, Motion};
pub use crate::patch::RigidMotion;
use crate::voxels::Voxels;

mod attached;
mod basis;
mod frame;
mod held;
mod motion;
mod periodic;
mod session;
mod support;

pub use attached::Attached;
use frame::Frame;
pub use held::HeldModel;
pub use periodic::{MeanState, PeriodicCase, solve_periodic, solve_periodic_cases};
use session::Session;
pub(crate) use support::counted;

/// What to do with pieces of the model that no support holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Islands {
    /// Refuse the model.
    Refuse,
    /// Take them out of the model, with a finding.
    Drop,
}

/// What to keep of a solution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// The displacement of every node, and the figures.
    Displacement,
    /// The figures alone: the displacement field stays empty.
    Figures,
}

/// What to do with a solution whose iteration ends before its goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unconverged {
    /// Give an error.
    Refuse,
    /// Keep it, with a failure among its findings.
    Keep,
}

/// How to solve.
#[derive(Clone, Debug, PartialEq)]
pub struct SolveOptions {
    /// Euclidean norm of the residual to reach, relative to that of the load.
    pub tolerance: f64,
    /// What forces and moments that should cancel may leave, relative to the sizes of all forces:
    /// where the residual is small and they leave more, the iteration goes on to a smaller
    /// residual, and a solution whose forces do not cancel then has a failure among its findings.
    pub balance_tolerance: f64,
    /// Iterations at most, for each right-hand side.
    pub iteration_count_max: usize,
    /// What to do with unsupported pieces.
    pub islands: Islands,
    /// What to do where the iteration ends before its goal.
    pub unconverged: Unconverged,
    /// Degree of the smoother's polynomial: more work and fewer iterations.
    pub smoother_degree: usize,
    /// Bytes that a solution may take; a larger model is refused before any work.
    pub memory_bytes_max: u64,
    /// What to keep of each solution.
    pub keep: Keep,
}

impl Default for SolveOptions {
    fn default() -> Self {
        Self {
            tolerance: 1e-6,
            balance_tolerance: 1e-6,
            iteration_count_max: 500,
            islands: Islands::Refuse,
            unconverged: Unconverged::Refuse,
            smoother_degree: 3,
            memory_bytes_max: 16 << 30,
            keep: Keep::Displacement,
        }
    }
}

/// Why a model could not be solved.
#[derive(Debug, thiserror::Error)]
pub enum SolveError {
    /// Sizes that do not go together.
    #[error(
        "{modulus_count} elements are given for a grid of {size:?} with voxels of {voxel_mm} mm"
    )]
    Size {
        /// Element counts of the grid.
        size: [usize; 3],
        /// Elements given.
        modulus_count: usize,
        /// Voxel edge.
        voxel_mm: f64,
    },
    /// A material without positive stiffness.
    #[error("element {element} has moduli {moduli_mpa:?} MPa, which no stable material has")]
    Modulus {
        /// Index of the element.
        element: usize,
        /// C11, C12, C44.
        moduli_mpa: [f32; 3],
    },
    /// Nothing to solve.
    #[error("no element holds material")]
    Empty,
    /// A node index beyond the grid.
    #[error("node {node} is named by a support or a load, and the grid has {node_count} nodes")]
    Node {
        /// The node.
        node: u32,
        /// Nodes of the grid.
        node_count: usize,
    },
    /// Loaded nodes that carry no moment.
    #[error("the {node_count} loaded nodes lie on a line or hold no material")]
    Patch {
        /// Loaded nodes.
        node_count: usize,
    },
    /// A load, an option or a motion that is not a usable number.
    #[error("{what} is {value}")]
    Value {
        /// What was given.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// Pieces that can move freely.
    #[error(
        "no support holds {} of {solid_count}, in {}; the largest has element {at:?} (i, j, k, from 0)",
        counted(*voxel_count, "voxel"),
        counted(*piece_count, "piece")
    )]
    Unattached {
        /// Elements in all those pieces.
        voxel_count: usize,
        /// Number of pieces.
        piece_count: usize,
        /// Elements of the whole model.
        solid_count: usize,
        /// The first element of the largest piece.
        at: [usize; 3],
    },
    /// Forces on nodes that the model does not have: on void, or on pieces that were left out.
    #[error("{lost_n} N of `{case}` act on void or on pieces that no support holds")]
    Lost {
        /// Load case.
        case: String,
        /// Sum of the sizes of those forces.
        lost_n: f64,
    },
    /// A motion of nodes that a support holds.
    #[error(
        "`{motion}` moves the node at {at_mm:?} mm by {shift_mm} mm along {axis}, where a support \
         holds it"
    )]
    Held {
        /// The motion.
        motion: String,
        /// The node, from the corner of the grid.
        at_mm: [f64; 3],
        /// Axis.
        axis: &'static str,
        /// How far it would move.
        shift_mm: f64,
    },
    /// A motion that strains nothing.
    #[error(
        "nothing resists `{motion}`: no piece of the model reaches from a support to what it moves, \
         or all of it follows as a rigid body"
    )]
    Unresisted {
        /// The motion.
        motion: String,
    },
    /// A free mean strain that meets no resistance.
    #[error("nothing resists the mean strain {strain} of the periodic model: prescribe it")]
    Slack {
        /// The strain: xx, yy, zz, yz, xz or xy.
        strain: &'static str,
    },
    /// A model too large for the machine.
    #[error("the model needs about {needed_mib} MiB, and {allowed_mib} MiB are allowed")]
    Memory {
        /// What it would take.
        needed_mib: u64,
        /// What the options allow.
        allowed_mib: u64,
    },
    /// The iteration ended before its goal.
    #[error(
        "`{case}` stands at a residual of {residual:.1e} after {iterations} iterations: members \
         one voxel thick that bend and neighbours of very unlike stiffness are hard; smaller \
         voxels, or a larger tolerance, would do"
    )]
    NotConverged {
        /// Load case.
        case: String,
        /// Relative residual.
        residual: f64,
        /// Iterations made.
        iterations: usize,
    },
    /// A load that finds no place on the model.
    #[error(transparent)]
    Load(#[from] crate::loads::LoadError),
    /// Stopped by the caller.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Displacements of a model, and what they say about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// Name of the load case or motion.
    pub name: String,
    /// Displacement of each node in mm, `[k][j][i]` over the node grid; zero where inactive.
    pub displacement_mm: Vec<[f64; 3]>,
    /// Nodes with material, three unknowns each, fixed ones among them.
    pub node_count: usize,
    /// Bytes that an iteration reads and writes on all grids, counted from its arrays.
    pub bytes_per_iteration: u64,
    /// Iterations made, over all right-hand sides that the case is made of.
    pub iterations: usize,
    /// Euclidean norm of the residual relative to that of the load.
    pub residual: f64,
    /// Whether the residual and the balance of forces reached their tolerances.
    pub converged: bool,
    /// Centroid of the loaded nodes in mm from the corner of the grid.
    pub center_mm: [f64; 3],
    /// Force on the loaded nodes in N.
    pub force_n: [f64; 3],
    /// Moment on the loaded nodes in N mm about their centroid.
    pub moment_nmm: [f64; 3],
    /// Force of the supports on the model in N.
    pub reaction_force_n: [f64; 3],
    /// Moment of the supports on the model in N mm about the centroid of the loaded nodes.
    pub reaction_moment_nmm: [f64; 3],
    /// Sum of all forces and moments that should vanish, relative to the sizes of all nodal forces
    /// that act, or that hold: those with the model's length as arm.
    pub balance_error: f64,
    /// Strain energy in N mm.
    pub strain_energy_nmm: f64,
    /// Mean rigid motion of the loaded nodes.
    pub top: RigidMotion,
    /// Force along its own direction over displacement along it in N/mm: of the case's force
    /// alone, or of the motion's translation.
    pub axial_stiffness_n_per_mm: Option<f64>,
    /// Moment about its own axis over rotation about it in N m/deg, of the case's moment alone, or
    /// of the motion's rotation where it shifts nothing.
    pub rotational_stiffness_nm_per_deg: Option<f64>,
    /// Relative difference of work and twice the strain energy: an error bar of the stiffness.
    pub energy_error: f64,
    /// Mean strain and stress of a model with periodic faces.
    pub mean: Option<MeanState>,
    /// Elements that were left out, `[k][j][i]`, ascending: those of pieces that no support holds.
    pub left_out: Vec<u32>,
    /// What someone should look at.
    pub findings: Vec<Finding>,
}

/// Solves one load case.
///
/// # Errors
/// [`SolveError`], with [`SolveError::NotConverged`] where the iteration misses its goal.
pub fn solve(
    model: &impl Voxels,
    loads: &Loads,
    case: &LoadCase,
    options: &SolveOptions,
    job: &Job,
) -> Result<Solution, SolveError> {
    let mut solutions = solve_cases(model, loads, std::slice::from_ref(case), options, job)?;
    Ok(solutions.swap_remove(0))
}

/// Solves load cases that share supports: each distinct direction of force and of moment once, and
/// every case as their sum, which is held to the same residual.
///
/// # Errors
/// [`SolveError`], with [`SolveError::NotConverged`] where the iteration misses its goal.
pub fn solve_cases(
    model: &impl Voxels,
    loads: &Loads,
    cases: &[LoadCase],
    options: &SolveOptions,
    job: &Job,
) -> Result<Vec<Solution>, SolveError> {
    let mut held = HeldModel::new(model, &loads.supports, options, cases.len())?;
    held.solve_cases(&loads.loaded, cases, job)
}

/// Solves a prescribed motion of the loaded nodes.
///
/// # Errors
/// [`SolveError`], with [`SolveError::NotConverged`] where the iteration misses its goal.
pub fn solve_motion(
    model: &impl Voxels,
    loads: &Loads,
    motion: &Motion,
    options: &SolveOptions,
    job: &Job,
) -> Result<Solution, SolveError> {
    let mut solutions = solve_motions(model, loads, std::slice::from_ref(motion), options, job)?;
    Ok(solutions.swap_remove(0))
}

/// Solves prescribed motions of the loaded nodes: those that prescribe the same axes share one
/// set-up.
///
/// # Errors
/// [`SolveError`], with [`SolveError::Held`] and [`SolveError::Unresisted`] for motions that none
/// of the model can follow or all of it can, before any is solved, and
/// [`SolveError::NotConverged`] where the iteration misses its goal.
pub fn solve_motions(
    model: &impl Voxels,
    loads: &Loads,
    motions: &[Motion],
    options: &SolveOptions,
    job: &Job,
) -> Result<Vec<Solution>, SolveError> {
    for motion in motions {
        for value in motion.translation_mm.iter().flatten().chain(&motion.rotation_rad) {
            check(value.is_finite(), "a translation or rotation", *value)?;
        }
    }
    let driven = |motion: &Motion| motion.translation_mm.map(|t| t.is_some());
    let mut solutions: Vec<Option<Solution>> = motions.iter().map(|_| None).collect();
    for (first, motion) in motions.iter().enumerate() {
        if solutions[first].is_some() {
            continue;
        }
        let driven_axes = driven(motion);
        let same: Vec<usize> =
            (first..motions.len()).filter(|&n| driven(&motions[n]) == driven_axes).collect();
        let own: Vec<Motion> = same.iter().map(|&n| motions[n].clone()).collect();
        let frame = Frame::driven(driven_axes);
        let mut session = Session::new(model, loads, frame, options, own.len(), &own)?;
        for (n, motion) in same.into_iter().zip(&own) {
            solutions[n] = Some(held::moved(&mut session, motion, &job.labelled(&motion.name))?);
        }
    }
    Ok(solutions.into_iter().flatten().collect())
}

/// Solves for given forces in N, one for each of the loaded nodes.
///
/// # Errors
/// [`SolveError`], with [`SolveError::NotConverged`] where the iteration misses its goal.
///
/// # Panics
/// If there are not as many forces as loaded nodes.
pub fn solve_forces(
    model: &impl Voxels,
    loads: &Loads,
    name: &str,
    forces_n: &[[f64; 3]],
    options: &SolveOptions,
    job: &Job,
) -> Result<Solution, SolveError> {
    let mut held = HeldModel::new(model, &loads.supports, options, 1)?;
    held.solve_forces(name, &loads.loaded, forces_n, job)
}

pub(crate) fn check(good: bool, what: &'static str, value: f64) -> Result<(), SolveError> {
    if good { Ok(()) } else { Err(SolveError::Value { what, value }) }
}
