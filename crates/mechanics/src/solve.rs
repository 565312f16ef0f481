//! Solves a model under load cases or under a prescribed motion.

use std::borrow::Cow;

use ossein_geom::{Cancelled, Finding, Job};

use crate::boundary::{LoadCase, Loads, Motion};
use crate::fe::multigrid::Multigrid;
use crate::fe::pcg::{Outcome, Stop, forces, iterate, norm};
use crate::model::{Model, is_solid};
pub use crate::patch::RigidMotion;
use crate::patch::{self, Patch, cross, dot};
use crate::pieces::{held, pieces};

mod basis;

/// What to do with pieces of the model that no support holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Islands {
    /// Refuse the model.
    Refuse,
    /// Take them out of the model, with a finding.
    Drop,
}

/// How to solve.
#[derive(Clone, Debug, PartialEq)]
pub struct SolveOptions {
    /// Euclidean norm of the residual to reach, relative to that of the load.
    pub tolerance: f64,
    /// Iterations at most, for each right-hand side.
    pub iteration_count_max: usize,
    /// What to do with unsupported pieces.
    pub islands: Islands,
    /// Degree of the smoother's polynomial: more work and fewer iterations.
    pub smoother_degree: usize,
    /// Bytes that a solution may take; a larger model is refused before any work.
    pub memory_bytes_max: u64,
}

impl Default for SolveOptions {
    fn default() -> Self {
        Self {
            tolerance: 1e-6,
            iteration_count_max: 500,
            islands: Islands::Refuse,
            smoother_degree: 3,
            memory_bytes_max: 16 << 30,
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
    #[error("{voxel_count} voxels in {piece_count} pieces are not attached to the support")]
    Unattached {
        /// Elements in all those pieces.
        voxel_count: usize,
        /// Number of pieces.
        piece_count: usize,
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
    #[error("`{case}` stands at a residual of {residual:e} after {iterations} iterations")]
    NotConverged {
        /// Load case.
        case: String,
        /// Relative residual.
        residual: f64,
        /// Iterations made.
        iterations: usize,
    },
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
    /// Iterations made, over all right-hand sides that the case is made of.
    pub iterations: usize,
    /// Euclidean norm of the residual relative to that of the load.
    pub residual: f64,
    /// Whether the residual reached the tolerance.
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
    /// Sum of all forces and moments that should vanish, relative to the largest of them.
    pub balance_error: f64,
    /// Strain energy in N mm.
    pub strain_energy_nmm: f64,
    /// Mean rigid motion of the loaded nodes.
    pub top: RigidMotion,
    /// Force along its own direction over displacement along it in N/mm: of the case's force
    /// alone, or of the motion's translation.
    pub axial_stiffness_n_per_mm: Option<f64>,
    /// Moment about its own axis over rotation about it in N m/deg, of the case's moment alone.
    pub rotational_stiffness_nm_per_deg: Option<f64>,
    /// Relative difference of work and twice the strain energy: an error bar of the stiffness.
    pub energy_error: f64,
    /// What someone should look at.
    pub findings: Vec<Finding>,
}

/// Solves one load case.
///
/// # Errors
/// [`SolveError`], with [`SolveError::NotConverged`] where the iteration misses its goal.
pub fn solve(
    model: &Model,
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
    model: &Model,
    loads: &Loads,
    cases: &[LoadCase],
    options: &SolveOptions,
    job: &Job,
) -> Result<Vec<Solution>, SolveError> {
    for value in cases.iter().flat_map(|c| c.force_n.iter().chain(&c.moment_nmm)) {
        check(value.is_finite(), "a force or moment", *value)?;
    }
    let mut session = Session::new(model, loads, [false; 3], options, cases.len())?;
    let basis = basis::solve_basis(&mut session, cases, job)?;
    cases.iter().map(|case| basis::combine(&mut session, &basis, case, job)).collect()
}

/// Solves a prescribed motion of the loaded nodes.
///
/// # Errors
/// [`SolveError`], with [`SolveError::NotConverged`] where the iteration misses its goal.
pub fn solve_motion(
    model: &Model,
    loads: &Loads,
    motion: &Motion,
    options: &SolveOptions,
    job: &Job,
) -> Result<Solution, SolveError> {
    let driven = motion.translation_mm.map(|t| t.is_some());
    for value in motion.translation_mm.iter().flatten().chain(&motion.rotation_rad) {
        check(value.is_finite(), "a translation or rotation", *value)?;
    }
    let mut session = Session::new(model, loads, driven, options, 1)?;
    let mut x = vec![0.0; session.grids.levels[0].shape.len()];
    for &node in &session.patch.nodes {
        let turn = cross(motion.rotation_rad, session.patch.arm(&session.model, node));
        for axis in 0..3 {
            if let Some(shift) = motion.translation_mm[axis] {
                let place = session.place(node, axis);
                x[place] = shift + turn[axis];
            }
        }
    }
    let mut r = session.residual(&[], &x);
    let stop = session.stop(norm(&session.grids.levels[0].shape, &r));
    let outcome = session.iterate(&motion.name, &mut x, &mut r, stop, job)?;
    let mut solution = session.describe(&motion.name, &x, &[], outcome);
    let shift = motion.translation_mm.map(|t| t.unwrap_or(0.0));
    if dot(shift, shift) > 0.0 && motion.rotation_rad == [0.0; 3] {
        let work = 2.0 * solution.strain_energy_nmm;
        solution.axial_stiffness_n_per_mm = Some(work / dot(shift, shift));
    }
    Ok(solution)
}

pub(crate) fn check(good: bool, what: &'static str, value: f64) -> Result<(), SolveError> {
    if good { Ok(()) } else { Err(SolveError::Value { what, value }) }
}

/// A model made ready, with its hierarchy of grids.
struct Session<'a> {
    model: Cow<'a, Model>,
    options: &'a SolveOptions,
    patch: Patch,
    /// Axes of the loaded nodes that a motion prescribes.
    driven: [bool; 3],
    fixed: Vec<u8>,
    grids: Multigrid,
    findings: Vec<Finding>,
    /// N/mm of one unit of the operator.
    unit: f64,
}

impl<'a> Session<'a> {
    fn new(
        model: &'a Model,
        loads: &Loads,
        driven: [bool; 3],
        options: &'a SolveOptions,
        case_count: usize,
    ) -> Result<Self, SolveError> {
        model.check()?;
        let tolerance = options.tolerance;
        check(tolerance > 0.0 && tolerance < 1.0, "the tolerance", tolerance)?;
        let degree = options.smoother_degree;
        check((1..=32).contains(&degree), "the smoother's degree", degree as f64)?;
        let needed = model.memory_bytes(case_count);
        if needed > options.memory_bytes_max {
            let allowed_mib = options.memory_bytes_max >> 20;
            return Err(SolveError::Memory { needed_mib: needed >> 20, allowed_mib });
        }
        let fixed = fixed_axes(model, loads, driven)?;
        let (model, findings) = attached(model, &fixed, options.islands)?;
        let patch = Patch::new(&model, &loads.loaded)
            .ok_or(SolveError::Patch { node_count: loads.loaded.len() })?;
        let grids = Multigrid::new(model.size, &model.moduli, fixed.clone(), degree);
        let unit = model.voxel_mm / 16.0;
        Ok(Self { model, options, patch, driven, fixed, grids, findings, unit })
    }

    /// Place of a node's component in the solver's vectors.
    fn place(&self, node: u32, axis: usize) -> usize {
        let shape = &self.grids.levels[0].shape;
        shape.at(self.model.node(node as usize)) + axis * shape.row
    }

    /// Load less internal force on the free places, in units of the operator.
    fn residual(&self, load: &[[f64; 3]], x: &[f64]) -> Vec<f64> {
        let level = &self.grids.levels[0];
        let mut r = forces(level, x);
        r.iter_mut().for_each(|r| *r = -*r);
        for (&node, force) in self.patch.nodes.iter().zip(load) {
            for axis in 0..3 {
                r[self.place(node, axis)] += force[axis] / self.unit;
            }
        }
        for (r, inverse) in r.iter_mut().zip(&level.inverse) {
            if *inverse == 0.0 {
                *r = 0.0;
            }
        }
        r
    }

    fn stop(&self, norm: f64) -> Stop {
        let iteration_count_max = self.options.iteration_count_max;
        Stop { norm, tolerance: self.options.tolerance, iteration_count_max }
    }

    fn iterate(
        &mut self,
        case: &str,
        x: &mut [f64],
        r: &mut [f64],
        stop: Stop,
        job: &Job,
    ) -> Result<Outcome, SolveError> {
        if stop.norm == 0.0 {
            return Ok(Outcome { iterations: 0, residual: 0.0 });
        }
        let outcome = iterate(&mut self.grids, x, r, stop, job)?;
        if outcome.residual <= stop.tolerance {
            return Ok(outcome);
        }
        let Outcome { residual, iterations } = outcome;
        Err(SolveError::NotConverged { case: case.into(), residual, iterations })
    }

    /// Everything that follows from the displacements and the load of a case.
    fn describe(&self, name: &str, x: &[f64], load: &[[f64; 3]], outcome: Outcome) -> Solution {
        let level = &self.grids.levels[0];
        let internal = forces(level, x);
        let displacement_mm = self.displacements(x);
        let products = x.chunks(level.shape.plane()).zip(internal.chunks(level.shape.plane()));
        let energy = |(x, f): (&[f64], &[f64])| x.iter().zip(f).map(|(x, f)| x * f).sum::<f64>();
        let doubled_energy = self.unit * products.map(energy).sum::<f64>();
        let [mut drive, mut support] = [Wrench::default(); 2];
        let mut work = 0.0;
        for (&node, force) in self.patch.nodes.iter().zip(load) {
            drive.add(self.patch.arm(&self.model, node), *force);
            work += dot(*force, displacement_mm[node as usize]);
        }
        let mut loaded = vec![false; if self.driven == [false; 3] { 0 } else { self.fixed.len() }];
        if !loaded.is_empty() {
            self.patch.nodes.iter().for_each(|&n| loaded[n as usize] = true);
        }
        for (node, &bits) in self.fixed.iter().enumerate().filter(|(_, bits)| **bits != 0) {
            let arm = self.patch.arm(&self.model, node as u32);
            let is_loaded = !loaded.is_empty() && loaded[node];
            for axis in (0..3).filter(|axis| bits >> axis & 1 == 1) {
                let mut force = [0.0; 3];
                force[axis] = self.unit * internal[self.place(node as u32, axis)];
                if is_loaded && self.driven[axis] {
                    work += force[axis] * displacement_mm[node][axis];
                    drive.add(arm, force);
                } else {
                    support.add(arm, force);
                }
            }
        }
        // A load on a held node goes straight into its support.
        for (&node, force) in self.patch.nodes.iter().zip(load) {
            let arm = self.patch.arm(&self.model, node);
            for axis in (0..3).filter(|axis| self.fixed[node as usize] >> axis & 1 == 1) {
                let mut direct = [0.0; 3];
                direct[axis] = -force[axis];
                support.add(arm, direct);
            }
        }
        let top = self.patch.rigid_motion(&self.model, |n| displacement_mm[n as usize]);
        Solution {
            name: name.into(),
            iterations: outcome.iterations,
            residual: outcome.residual,
            converged: outcome.residual <= self.options.tolerance,
            center_mm: self.patch.center_mm,
            force_n: drive.force,
            moment_nmm: drive.moment,
            reaction_force_n: support.force,
            reaction_moment_nmm: support.moment,
            balance_error: balance_error(&drive, &support, &self.model),
            strain_energy_nmm: 0.5 * doubled_energy,
            top,
            axial_stiffness_n_per_mm: None,
            rotational_stiffness_nm_per_deg: None,
            energy_error: if work == 0.0 { 0.0 } else { (doubled_energy / work - 1.0).abs() },
            findings: self.findings.clone(),
            displacement_mm,
        }
    }

    fn displacements(&self, x: &[f64]) -> Vec<[f64; 3]> {
        let shape = self.grids.levels[0].shape;
        let mut out = Vec::with_capacity(self.model.node_count());
        shape.for_each_node(|_, node| {
            let at = shape.at(node);
            out.push([0, 1, 2].map(|axis| x[at + axis * shape.row]));
        });
        out
    }
}

/// A force and a moment.
#[derive(Clone, Copy, Debug, Default)]
struct Wrench {
    force: [f64; 3],
    moment: [f64; 3],
}

impl Wrench {
    fn add(&mut self, arm: [f64; 3], force: [f64; 3]) {
        let moment = cross(arm, force);
        (0..3).for_each(|a| self.force[a] += force[a]);
        (0..3).for_each(|a| self.moment[a] += moment[a]);
    }
}

/// Forces count with the length of the model as their arm.
fn balance_error(drive: &Wrench, support: &Wrench, model: &Model) -> f64 {
    let length = model.voxel_mm * *model.size.iter().max().expect("three sizes") as f64;
    let sum = |a: [f64; 3], b: [f64; 3]| patch::norm([0, 1, 2].map(|n| a[n] + b[n]));
    let left = (sum(drive.force, support.force) * length).max(sum(drive.moment, support.moment));
    let force = patch::norm(drive.force).max(patch::norm(support.force));
    let moment = patch::norm(drive.moment).max(patch::norm(support.moment));
    let scale = (force * length).max(moment);
    if scale == 0.0 { 0.0 } else { left / scale }
}

/// Bits of the fixed axes of each node.
fn fixed_axes(model: &Model, loads: &Loads, driven: [bool; 3]) -> Result<Vec<u8>, SolveError> {
    let node_count = model.node_count();
    let mut fixed = vec![0u8; node_count];
    let mut fix = |nodes: &[u32], axes: [bool; 3]| {
        let bits = (0..3).fold(0u8, |bits, a| bits | u8::from(axes[a]) << a);
        for &node in nodes {
            let entry = fixed.get_mut(node as usize);
            *entry.ok_or(SolveError::Node { node, node_count })? |= bits;
        }
        Ok::<(), SolveError>(())
    };
    for support in &loads.supports {
        fix(&support.nodes, support.axes)?;
    }
    fix(&loads.loaded, driven)?;
    Ok(fixed)
}

/// The model without pieces that nothing holds.
fn attached<'a>(
    model: &'a Model,
    fixed: &[u8],
    islands: Islands,
) -> Result<(Cow<'a, Model>, Vec<Finding>), SolveError> {
    let pieces = pieces(model);
    let held = held(model, &pieces, fixed);
    let loose = |piece: &usize| !held[*piece];
    let piece_count = (1..held.len()).filter(loose).count();
    if piece_count == 0 {
        return Ok((Cow::Borrowed(model), Vec::new()));
    }
    let voxel_count = (1..held.len()).filter(loose).map(|p| pieces.count[p]).sum();
    if islands == Islands::Refuse || piece_count + 1 == held.len() {
        return Err(SolveError::Unattached { voxel_count, piece_count });
    }
    let mut kept = model.clone();
    for (c, &piece) in kept.moduli.iter_mut().zip(&pieces.label) {
        if is_solid(c) && !held[piece as usize] {
            *c = [0.0; 3];
        }
    }
    let text =
        format!("{voxel_count} voxels in {piece_count} pieces that no support holds were left out");
    let finding = Finding::warning("mechanics.islands", "voxel model", text);
    Ok((Cow::Owned(kept), vec![finding.measured(voxel_count as f64, 0.0, "voxels")]))
}
