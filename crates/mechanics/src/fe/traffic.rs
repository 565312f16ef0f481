//! Bytes that an iteration moves, counted from the arrays that its passes read and write.
//!
//! An array that a pass reads counts once, one that it writes once, one that it does both to twice:
//! as the STREAM benchmark counts. What stays in the cache between the planes of a pass is read
//! from memory once.

use super::level::Level;
use super::mesh::{Loose, Mesh, Run};
use super::multigrid::Multigrid;

/// Bytes of a number of the preconditioner's vectors, of the directions and of the residual.
const SINGLE: u64 = size_of::<f32>() as u64;
/// Bytes of a number of the solution.
const DOUBLE: u64 = size_of::<f64>() as u64;
/// Bytes of a node's number.
const NODE: u64 = size_of::<u32>() as u64;

/// Bytes of what the operator reads beside its vector: where elements lie, and their materials.
pub(crate) fn operator_bytes(mesh: &Mesh) -> u64 {
    let runs = size_of::<Run>() * mesh.runs.len() + size_of::<Loose>() * mesh.loose.len();
    let elements = SINGLE * mesh.scale.len() as u64 + NODE * mesh.template_of.len() as u64;
    runs as u64 + elements
}

impl Level {
    fn vector(&self) -> u64 {
        SINGLE * self.mesh.len() as u64
    }

    /// `r -= A d`: reads `d` and the inverse diagonal, changes `r`.
    fn subtract(&self) -> u64 {
        operator_bytes(&self.mesh) + 4 * self.vector()
    }

    /// Smoothing from zero reads `r` and the inverse diagonal and writes `x` and `d`; each further
    /// step reads `d` and the inverse diagonal, changes `x` and `r`, and writes `e`.
    fn smooth_from_zero(&self, degree: u64) -> u64 {
        4 * self.vector() + self.steps(degree)
    }

    /// Smoothing from a correction multiplies it first: reads `d`, `r` and the inverse diagonal and
    /// writes `e`; then reads `e` and the inverse diagonal and changes `x`, `r` and `d`.
    fn smooth(&self, degree: u64) -> u64 {
        let product = operator_bytes(&self.mesh) + 4 * self.vector();
        product + 8 * self.vector() + self.steps(degree)
    }

    fn steps(&self, degree: u64) -> u64 {
        (degree - 1) * (operator_bytes(&self.mesh) + 7 * self.vector())
    }

    /// Where nodes lie in coarse cells, and the nodes of those.
    fn places(&self) -> u64 {
        self.transfer.as_ref().map_or(0, |transfer| {
            NODE * transfer.parents.len() as u64 + 8 * NODE * transfer.cells.len() as u64
        })
    }

    /// To the coarser grid: reads the residual, the places and the coarse inverse diagonal, writes
    /// the coarse residual. Back: reads the coarse correction, the places and the inverse diagonal,
    /// writes `d`.
    fn transfers(&self, coarse: &Level) -> u64 {
        let down = self.vector() + self.places() + 2 * coarse.vector();
        let up = coarse.vector() + self.places() + 2 * self.vector();
        down + up
    }
}

impl Multigrid {
    /// Bytes that an iteration of conjugate gradients moves on all grids.
    pub fn iteration_bytes(&self) -> u64 {
        let level = &self.levels[0];
        let (vector, solution) = (level.vector(), DOUBLE * level.mesh.len() as u64);
        // The residual goes to the preconditioner; its answer against `q`; a new direction from it.
        let before = 2 * vector + 2 * vector + 3 * vector;
        // `q = A p` reads `p`, `r` and the inverse diagonal; then `x` and `r` move along `p`, `q`.
        let product = operator_bytes(&level.mesh) + 4 * vector;
        let after = 2 * solution + 4 * vector;
        before + self.cycle_bytes(0) + self.rigid_bytes_moved() + product + after
    }

    /// Bytes of a step of the pieces' motions, where they are in use: what it leaves is subtracted
    /// first, and smoothed after.
    fn rigid_bytes_moved(&self) -> u64 {
        let level = &self.levels[0];
        self.rigid.as_ref().map_or(0, |rigid| {
            // Down it reads `r`, back it writes `d`, and the inverse diagonal both times.
            let step = rigid.step_bytes() + 4 * level.vector();
            level.subtract() + step + level.smooth(self.degree as u64)
        })
    }

    /// Bytes of a cycle from a grid on, as [`Multigrid::precondition`] runs it.
    fn cycle_bytes(&self, index: usize) -> u64 {
        let level = &self.levels[index];
        let degree = self.degree as u64;
        let Some(coarse) = self.levels.get(index + 1) else {
            return match &self.coarsest {
                Some(direct) => direct.solve_bytes(),
                None => level.smooth_from_zero(super::multigrid::COARSEST_DEGREE as u64),
            };
        };
        let mut bytes = level.smooth_from_zero(degree) + level.subtract();
        bytes += level.transfers(coarse) + self.cycle_bytes(index + 1);
        if index + 2 < self.levels.len() {
            // The second visit starts from what the first leaves, and adds it in the end.
            bytes += coarse.subtract() + self.cycle_bytes(index + 1) + 3 * coarse.vector();
        }
        bytes + level.smooth(degree)
    }
}
