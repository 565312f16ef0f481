//! A model made ready, and what its displacements say.

use ossein_geom::{Finding, Job};

use super::frame::{Frame, Stretch, Wrench};
use super::motion;
use super::support::{Kept, attached, by_number, fixed_axes};
use super::{Keep, Solution, SolveError, SolveOptions, Unconverged, check};
use crate::body::Body;
use crate::boundary::{Loads, Motion};
use crate::fe::fine;
use crate::fe::multigrid::Multigrid;
use crate::fe::pcg::{Load, Outcome, Stop, forces, iterate};
use crate::patch::{self, Patch, dot};
use crate::voxels::{self, Voxels};

/// Iterations after which the grids alone count as slow.
const SLOW: usize = 40;
/// Relative residual that double precision still reaches.
const RESIDUAL_MIN: f64 = 1e-12;
/// Vectors that a model with periodic faces keeps: six responses, forces of six mean strains.
const MEAN_RESPONSES: usize = 13;

/// A model made ready, with its hierarchy of grids.
pub(super) struct Session<'a> {
    pub body: Body,
    options: &'a SolveOptions,
    pub patch: Patch,
    frame: Frame,
    /// Bits of the fixed axes of each active node.
    fixed: Vec<u8>,
    pub grids: Multigrid,
    left_out: Vec<u32>,
    findings: Vec<Finding>,
    /// N/mm of one unit of the operator.
    unit: f64,
    /// Memory that the model itself leaves.
    spare_bytes: u64,
}

impl<'a> Session<'a> {
    pub fn new(
        model: &impl Voxels,
        loads: &Loads,
        frame: Frame,
        options: &'a SolveOptions,
        case_count: usize,
        motions: &[Motion],
    ) -> Result<Self, SolveError> {
        let tolerance = options.tolerance;
        check((RESIDUAL_MIN..1.0).contains(&tolerance), "the tolerance", tolerance)?;
        let degree = options.smoother_degree;
        check((1..=32).contains(&degree), "the smoother's degree", degree as f64)?;
        voxels::check(model)?;
        let body = Body::closed(model, frame.closed);
        let field_count = if options.keep == Keep::Figures { 0 } else { case_count };
        let responses = if frame.repeats() { MEAN_RESPONSES } else { case_count.min(6) };
        let needed = body.memory_bytes(responses, field_count);
        if needed > options.memory_bytes_max {
            let allowed_mib = options.memory_bytes_max >> 20;
            return Err(SolveError::Memory { needed_mib: needed >> 20, allowed_mib });
        }
        let fixed = fixed_axes(&body, &loads.supports, (&loads.loaded, frame.driven))?;
        let Kept { body, fixed, left_out, findings } = attached(body, fixed, options.islands)?;
        let patch = match (frame.repeats(), loads.loaded.is_empty()) {
            (_, true) if motions.is_empty() => Patch::none(&body),
            (true, _) => or_no_material(Patch::shifted(&body, &loads.loaded), &loads.loaded)?,
            (false, _) => or_no_material(Patch::new(&body, &loads.loaded), &loads.loaded)?,
        };
        for motion in motions {
            motion::check(&body, loads, &patch, motion)?;
        }
        let fixed = by_number(&body, &fixed);
        let (cells, templates) = fine::cells(model, &body.solid, &body.nodes);
        let planes = body.nodes.planes();
        let size = model.size();
        let closed = frame.closed;
        let grids = rayon::scope(|_| {
            Multigrid::new(size, planes, cells, templates, &fixed, degree, closed)
        });
        let unit = model.voxel_mm() / 16.0;
        let spare_bytes = options.memory_bytes_max - needed;
        Ok(Self {
            body,
            options,
            patch,
            frame,
            fixed,
            grids,
            left_out,
            findings,
            unit,
            spare_bytes,
        })
    }

    /// Takes other nodes as the loaded ones, with which no motion is prescribed.
    pub fn load_on(&mut self, loaded: &[u32]) -> Result<(), SolveError> {
        self.patch = or_no_material(Patch::new(&self.body, loaded), loaded)?;
        Ok(())
    }

    /// Takes other nodes as the loaded ones: a spot or a line too, which is not seen to turn.
    ///
    /// # Errors
    /// [`SolveError::Lost`] where one of `forces_n` acts on a node without material.
    pub fn press_on(
        &mut self,
        name: &str,
        loaded: &[u32],
        forces_n: &[[f64; 3]],
    ) -> Result<(), SolveError> {
        let lost = |(&node, force): (&u32, &[f64; 3])| {
            if self.body.number(node).is_some() { 0.0 } else { patch::norm(*force) }
        };
        let lost_n: f64 = loaded.iter().zip(forces_n).map(lost).sum();
        if lost_n > 0.0 {
            return Err(SolveError::Lost { case: name.into(), lost_n });
        }
        let patch = Patch::new(&self.body, loaded).or_else(|| Patch::shifted(&self.body, loaded));
        self.patch = or_no_material(patch, loaded)?;
        Ok(())
    }

    /// A vector of zeros.
    pub fn zero(&self) -> Vec<f64> {
        vec![0.0; self.grids.levels[0].mesh.len()]
    }

    /// Zeros, but for the loaded nodes that a motion moves.
    pub fn driven_by(&self, motion: &Motion) -> Vec<f64> {
        let mut x = self.zero();
        for &node in &self.patch.nodes {
            let Some(number) = self.body.number(node) else { continue };
            let shift = motion::displacement(&self.body, &self.patch, motion, node);
            for axis in 0..3 {
                if let Some(shift) = shift[axis] {
                    x[self.place(number, axis)] = shift;
                }
            }
        }
        x
    }

    /// Place of a component of a numbered node in the solver's vectors.
    pub fn place(&self, number: u32, axis: usize) -> usize {
        axis * self.grids.levels[0].mesh.stride() + number as usize
    }

    /// Displacement of a node of the grid; zero where it is inactive.
    pub fn displacement(&self, x: &[f64], node: u32) -> [f64; 3] {
        let number = self.body.number(node);
        number.map_or([0.0; 3], |number| [0, 1, 2].map(|axis| x[self.place(number, axis)]))
    }

    /// Forces on the patch in units of the operator, ordered by node.
    pub fn nodal_load(&self, load: &[[f64; 3]]) -> Vec<(u32, [f64; 3])> {
        let pairs = self.patch.nodes.iter().zip(load);
        let numbered = |(&node, force): (&u32, &[f64; 3])| {
            Some((self.body.number(node)?, force.map(|f| f / self.unit)))
        };
        let mut nodal: Vec<_> = pairs.filter_map(numbered).collect();
        nodal.sort_by_key(|(number, _)| *number);
        nodal
    }

    /// Improves `x` until its residual is small beside `norm`.
    pub fn iterate(
        &mut self,
        case: &str,
        x: &mut [f64],
        load: &[[f64; 3]],
        norm: f64,
        job: &Job,
    ) -> Result<Outcome, SolveError> {
        let nodal = self.nodal_load(load);
        self.iterate_nodal(case, x, &nodal, norm, job)
    }

    /// Improves `x` until its residual is small beside `norm`; the load in units of the operator.
    pub fn iterate_nodal(
        &mut self,
        case: &str,
        x: &mut [f64],
        load: &Load,
        norm: f64,
        job: &Job,
    ) -> Result<Outcome, SolveError> {
        if norm == 0.0 {
            return Ok(Outcome { iterations: 0, residual: 0.0 });
        }
        let stop = self.stop(norm);
        // Inside the pool, small grids pass without waking another thread.
        let outcome = rayon::scope(|_| self.iterate_staged(x, load, stop, job))?;
        let keep = self.options.unconverged == Unconverged::Keep;
        if outcome.residual <= stop.tolerance || keep {
            return Ok(outcome);
        }
        let Outcome { residual, iterations } = outcome;
        Err(SolveError::NotConverged { case: case.into(), residual, iterations })
    }

    /// Iterates with the grids alone, and where that is slow with rigid motions beside them.
    fn iterate_staged(
        &mut self,
        x: &mut [f64],
        load: &Load,
        stop: Stop,
        job: &Job,
    ) -> Result<Outcome, SolveError> {
        let fits = Multigrid::rigid_bytes(self.body.nodes.count()) <= self.spare_bytes;
        if self.grids.rigid_tried() || !fits || self.frame.closed != [false; 3] {
            return Ok(iterate(&mut self.grids, x, load, stop, job)?);
        }
        let few = Stop { iteration_count_max: stop.iteration_count_max.min(SLOW), ..stop };
        let first = iterate(&mut self.grids, x, load, few, job)?;
        let left = stop.iteration_count_max - first.iterations;
        if first.residual <= stop.tolerance || left == 0 {
            return Ok(first);
        }
        let places = self.places();
        self.grids.take_rigid(&places);
        let rest = Stop { iteration_count_max: left, ..stop };
        let more = iterate(&mut self.grids, x, load, rest, job)?;
        Ok(Outcome { iterations: first.iterations + more.iterations, ..more })
    }

    /// Where each active node lies, in voxels.
    fn places(&self) -> Vec<[u16; 3]> {
        let mut places = Vec::new();
        self.body.nodes.for_each(|_, strip, [j, k]| {
            places.extend((strip.start..strip.end).map(|i| [i as u16, j as u16, k as u16]));
        });
        places
    }

    /// The figures of a solution, after more iterations where forces do not balance.
    pub fn balance(
        &mut self,
        name: &str,
        x: &mut [f64],
        load: &[[f64; 3]],
        norm: f64,
        mut outcome: Outcome,
        job: &Job,
    ) -> Result<Solution, SolveError> {
        let nodal = self.nodal_load(load);
        let mut tolerance = self.options.tolerance;
        loop {
            let solution = self.describe(name, x, load, outcome, Stretch::default());
            let Some(tighter) = self.unbalanced(&solution, tolerance, norm) else {
                return Ok(solution);
            };
            tolerance = tighter;
            let ended =
                self.improve(x, &nodal, Stop { tolerance, ..self.stop(norm) }, &mut outcome, job)?;
            if ended {
                return Ok(self.describe(name, x, load, outcome, Stretch::default()));
            }
        }
    }

    /// The tolerance at which the forces of a solution should balance, if they do not.
    pub fn unbalanced(&self, solution: &Solution, tolerance: f64, norm: f64) -> Option<f64> {
        let limit = self.options.balance_tolerance;
        let small = solution.residual <= self.options.tolerance;
        let done = solution.balance_error <= limit || !small;
        if done || tolerance <= RESIDUAL_MIN || norm == 0.0 {
            return None;
        }
        let smaller = |residual: f64| 0.5 * residual * limit / solution.balance_error;
        // A solution that is better than it had to be is not made better by asking for as much.
        let asked = Some(smaller(tolerance)).filter(|&asked| asked < solution.residual);
        Some(asked.unwrap_or_else(|| smaller(solution.residual)).max(RESIDUAL_MIN))
    }

    /// When to stop at the options' tolerance.
    pub fn stop(&self, norm: f64) -> Stop {
        let SolveOptions { tolerance, iteration_count_max, .. } = *self.options;
        Stop { norm, tolerance, iteration_count_max }
    }

    /// Iterates on, and says whether that leads no further.
    pub fn improve(
        &mut self,
        x: &mut [f64],
        load: &Load,
        stop: Stop,
        outcome: &mut Outcome,
        job: &Job,
    ) -> Result<bool, SolveError> {
        let left = stop.iteration_count_max.saturating_sub(outcome.iterations);
        let stop = Stop { iteration_count_max: left, ..stop };
        let more = rayon::scope(|_| self.iterate_staged(x, load, stop, job))?;
        let ended = left == 0 || more.residual >= outcome.residual;
        let iterations = outcome.iterations + more.iterations;
        *outcome = Outcome { iterations, residual: more.residual };
        Ok(ended)
    }

    /// Everything that follows from the displacements and the load of a case, and from a mean
    /// strain beside them.
    pub fn describe(
        &self,
        name: &str,
        x: &[f64],
        load: &[[f64; 3]],
        outcome: Outcome,
        stretch: Stretch,
    ) -> Solution {
        let internal = forces(&self.grids.levels[0], x, |number| self.fixed[number] != 0);
        let doubled_energy = self.unit * internal.energy + stretch.doubled_energy;
        let [mut drive, mut support] = [Wrench::default(); 2];
        let mut work = stretch.work;
        for (&node, force) in self.patch.nodes.iter().zip(load) {
            let arm = self.patch.arm(&self.body, node);
            drive.add(arm, *force);
            work += dot(*force, self.displacement(x, node));
            // A load on a held node goes straight into its support.
            let Some(number) = self.body.number(node) else { continue };
            for axis in (0..3).filter(|axis| self.fixed[number as usize] >> axis & 1 == 1) {
                let mut direct = [0.0; 3];
                direct[axis] = -force[axis];
                support.add(arm, direct);
            }
        }
        let loaded = self.loaded_numbers();
        let at = |node: usize| internal.nodal.binary_search_by_key(&(node as u32), |n| n.0);
        self.for_each_node(|number, node| {
            let bits = self.fixed[number];
            if bits == 0 {
                return;
            }
            let mut force = internal.nodal[at(number).expect("a fixed node was wanted")].1;
            let more = stretch.forces.binary_search_by_key(&(number as u32), |n| n.0);
            if let Ok(at) = more {
                (0..3).for_each(|axis| force[axis] += stretch.forces[at].1[axis]);
            }
            let arm = self.patch.arm(&self.body, node);
            let is_loaded = loaded.binary_search(&(number as u32)).is_ok();
            for axis in (0..3).filter(|axis| bits >> axis & 1 == 1) {
                let mut one = [0.0; 3];
                one[axis] = self.unit * force[axis];
                if is_loaded && self.frame.driven[axis] {
                    work += one[axis] * x[self.place(number as u32, axis)];
                    drive.add(arm, one);
                } else {
                    support.add(arm, one);
                }
            }
        });
        let top = self.patch.rigid_motion(&self.body, |n| self.displacement(x, n));
        let balance_error = self.balance_error(&drive, &support, stretch.force);
        let SolveOptions { tolerance, balance_tolerance, .. } = *self.options;
        let converged = outcome.residual <= tolerance && balance_error <= balance_tolerance;
        Solution {
            name: name.into(),
            node_count: self.body.nodes.count(),
            bytes_per_iteration: self.grids.iteration_bytes(),
            iterations: outcome.iterations,
            residual: outcome.residual,
            converged,
            center_mm: self.patch.center_mm,
            force_n: drive.force,
            moment_nmm: drive.moment,
            reaction_force_n: support.force,
            reaction_moment_nmm: support.moment,
            balance_error,
            strain_energy_nmm: 0.5 * doubled_energy,
            top,
            axial_stiffness_n_per_mm: None,
            rotational_stiffness_nm_per_deg: None,
            energy_error: if work == 0.0 { 0.0 } else { (doubled_energy / work - 1.0).abs() },
            mean: None,
            left_out: self.left_out.clone(),
            findings: self.findings_of(name, outcome, balance_error),
            displacement_mm: self.displacements(x),
        }
    }

    /// What someone should look at in a solution.
    fn findings_of(&self, name: &str, outcome: Outcome, balance_error: f64) -> Vec<Finding> {
        let SolveOptions { tolerance, balance_tolerance, .. } = *self.options;
        let Outcome { residual, iterations } = outcome;
        let mut findings = self.findings.clone();
        let mut fails = |code, text: String, [value, limit]: [f64; 2]| {
            findings.push(Finding::failure(code, name, text).measured(value, limit, ""));
        };
        if residual.is_nan() || residual > tolerance {
            let text = format!(
                "`{name}` stands at a residual of {residual:.1e} after {iterations} iterations: \
                 its figures say nothing"
            );
            fails("mechanics.not_converged", text, [residual, tolerance]);
        } else if balance_error.is_nan() || balance_error > balance_tolerance {
            let text = format!(
                "forces of `{name}` that should cancel leave {balance_error:.1e} of their size, \
                 more than {balance_tolerance:.0e}, after {iterations} iterations: its figures say \
                 nothing"
            );
            fails("mechanics.balance", text, [balance_error, balance_tolerance]);
        }
        findings
    }

    /// Numbers of the loaded nodes where a motion drives them.
    fn loaded_numbers(&self) -> Vec<u32> {
        if self.frame.driven == [false; 3] {
            return Vec::new();
        }
        let numbers = self.patch.nodes.iter().filter_map(|&node| self.body.number(node));
        let mut numbers: Vec<u32> = numbers.collect();
        numbers.sort_unstable();
        numbers
    }

    /// Calls `f` with the number and the index of each active node, in order.
    fn for_each_node(&self, mut f: impl FnMut(usize, u32)) {
        let [ni, nj, _] = self.body.grid_size();
        self.body.nodes.for_each(|_, strip, [j, k]| {
            for i in strip.start..strip.end {
                let number = (strip.first + i - strip.start) as usize;
                f(number, ((k * nj + j) * ni) as u32 + i);
            }
        });
    }

    fn displacements(&self, x: &[f64]) -> Vec<[f64; 3]> {
        if self.options.keep == Keep::Figures {
            return Vec::new();
        }
        let mut out = vec![[0.0; 3]; self.body.grid_node_count()];
        self.for_each_node(|number, node| {
            out[node as usize] = [0, 1, 2].map(|axis| x[self.place(number as u32, axis)]);
        });
        // The high face of a pair moves as the low one.
        let size = self.body.grid_size();
        let strides = [1, size[0], size[0] * size[1]];
        for axis in (0..3).filter(|&axis| self.frame.closed[axis]) {
            let back = (size[axis] - 1) * strides[axis];
            for node in 0..out.len() {
                if node / strides[axis] % size[axis] == size[axis] - 1 {
                    out[node] = out[node - back];
                }
            }
        }
        out
    }

    /// What is left of all forces and moments, relative to the sizes of all forces that act, or of
    /// all that hold, each with the length of the model as its arm: loads that balance themselves
    /// are measured by what they are made of. Of a model that repeats itself, forces alone: what
    /// its neighbours do to it turns it too.
    fn balance_error(&self, drive: &Wrench, support: &Wrench, mean_force: f64) -> f64 {
        let cells = *self.body.solid.size.iter().max().expect("three sizes");
        let length = self.body.voxel_mm * cells as f64;
        let sum = |a: [f64; 3], b: [f64; 3]| patch::norm([0, 1, 2].map(|n| a[n] + b[n]));
        let mut left = sum(drive.force, support.force) * length;
        if !self.frame.repeats() {
            left = left.max(sum(drive.moment, support.moment));
        }
        let scale = drive.size.max(support.size).max(mean_force) * length;
        if scale == 0.0 { 0.0 } else { left / scale }
    }
}

fn or_no_material(patch: Option<Patch>, loaded: &[u32]) -> Result<Patch, SolveError> {
    patch.ok_or(SolveError::Patch { node_count: loaded.len() })
}
