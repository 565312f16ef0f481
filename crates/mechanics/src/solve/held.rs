//! A model made ready under its supports, for any number of loads.

use ossein_geom::Job;

use super::basis::{self, nm_per_deg};
use super::frame::Frame;
use super::session::Session;
use super::{Solution, SolveError, SolveOptions, check};
use crate::boundary::{LoadCase, Loads, Motion, Support};
use crate::fe::pcg::residual_norm;
use crate::patch::dot;
use crate::voxels::Voxels;

/// A model made ready under its supports: every load on it shares this one set-up.
pub struct HeldModel<'o> {
    session: Session<'o>,
}

impl<'o> HeldModel<'o> {
    /// Makes a model ready; `case_count` solutions are to be kept.
    ///
    /// # Errors
    /// [`SolveError`] of a model that cannot be solved.
    pub fn new(
        model: &impl Voxels,
        supports: &[Support],
        options: &'o SolveOptions,
        case_count: usize,
    ) -> Result<Self, SolveError> {
        let loads = Loads { supports: supports.to_vec(), loaded: Vec::new() };
        let session = Session::new(model, &loads, Frame::default(), options, case_count, &[])?;
        Ok(Self { session })
    }

    /// Solves load cases on nodes: each distinct direction of force and of moment once, and every
    /// case as their sum, which is held to the same residual.
    ///
    /// # Errors
    /// [`SolveError`], with [`SolveError::NotConverged`] where the iteration misses its goal.
    pub fn solve_cases(
        &mut self,
        loaded: &[u32],
        cases: &[LoadCase],
        job: &Job,
    ) -> Result<Vec<Solution>, SolveError> {
        for value in cases.iter().flat_map(|c| c.force_n.iter().chain(&c.moment_nmm)) {
            check(value.is_finite(), "a force or moment", *value)?;
        }
        let session = &mut self.session;
        session.load_on(loaded)?;
        let basis = basis::solve_basis(session, cases, job)?;
        cases.iter().map(|case| basis::combine(session, &basis, case, job)).collect()
    }

    /// Solves for given forces in N, one for each of the loaded nodes.
    ///
    /// # Errors
    /// [`SolveError`], with [`SolveError::Lost`] for a force on nothing and
    /// [`SolveError::NotConverged`] where the iteration misses its goal.
    ///
    /// # Panics
    /// If there are not as many forces as loaded nodes.
    pub fn solve_forces(
        &mut self,
        name: &str,
        loaded: &[u32],
        forces_n: &[[f64; 3]],
        job: &Job,
    ) -> Result<Solution, SolveError> {
        assert_eq!(loaded.len(), forces_n.len(), "a force for each loaded node");
        for value in forces_n.iter().flatten() {
            check(value.is_finite(), "a nodal force", *value)?;
        }
        let session = &mut self.session;
        session.press_on(name, loaded, forces_n)?;
        let mut x = session.zero();
        let norm = basis::load_norm(session, forces_n);
        let outcome = session.iterate(name, &mut x, forces_n, norm, job)?;
        session.balance(name, &mut x, forces_n, norm, outcome, job)
    }
}

/// Solves a motion of the nodes that a session drives.
pub(super) fn moved(
    session: &mut Session,
    motion: &Motion,
    job: &Job,
) -> Result<Solution, SolveError> {
    let mut x = session.driven_by(motion);
    let norm = residual_norm(&session.grids.levels[0], &x, &[]);
    let outcome = session.iterate(&motion.name, &mut x, &[], norm, job)?;
    let mut solution = session.balance(&motion.name, &mut x, &[], norm, outcome, job)?;
    let shift = motion.translation_mm.map(|t| t.unwrap_or(0.0));
    let (shifted, turned) = (dot(shift, shift), dot(motion.rotation_rad, motion.rotation_rad));
    let work = 2.0 * solution.strain_energy_nmm;
    if shifted > 0.0 && turned == 0.0 {
        solution.axial_stiffness_n_per_mm = Some(work / shifted);
    }
    if turned > 0.0 && shifted == 0.0 {
        solution.rotational_stiffness_nm_per_deg = Some(nm_per_deg(work / turned));
    }
    Ok(solution)
}
