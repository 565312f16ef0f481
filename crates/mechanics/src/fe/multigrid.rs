//! Geometric multigrid in single precision: the preconditioner.
//!
//! Coarse cells know which parts of the material hang together, see [`super::coarsen`]. What they
//! are too stiff for moves by the rigid motions of pieces, see [`super::rigid`].

use super::coarse::Direct;
use super::coarsen::{Coarser, Finer, coarser};
use super::level::Level;
use super::mesh::{Cell, Mesh, Templates};
use super::rigid::Rigid;
use super::smoother::{smooth, smooth_from_zero, subtract_last};
use super::spectrum::estimate_lambda;
use super::transfer::{Transfer, coarse_fixed, prolong, restrict};

/// Nodes that the grid solved at once may have.
const COARSEST_NODE_COUNT: usize = 700;
const LEVEL_COUNT_MAX: usize = 24;
/// Smoother steps that stand for a solution where the coarsest grid is too large for one.
pub(super) const COARSEST_DEGREE: usize = 24;

/// The hierarchy of grids, finest first.
pub(crate) struct Multigrid {
    /// Grids.
    pub levels: Vec<Level>,
    pub(super) coarsest: Option<Direct>,
    pub(super) degree: usize,
    /// Beside the grids, where they alone are slow.
    pub(super) rigid: Option<Rigid>,
    rigid_tried: bool,
}

impl Multigrid {
    /// Builds the hierarchy over the finest grid's cells. `fixed` has a bit per axis and node; the
    /// grid is `closed` on itself along some axes.
    pub fn new(
        size: [usize; 3],
        planes: Vec<u32>,
        cells: Vec<Cell>,
        templates: Templates,
        fixed: &[u8],
        degree: usize,
        closed: [bool; 3],
    ) -> Self {
        let mut levels = Vec::new();
        let mut grid = Coarser { size, planes, cells, templates, parents: Vec::new() };
        let mut fixed = fixed.to_vec();
        loop {
            let mesh = Mesh::new(grid.size, grid.planes, grid.templates, &grid.cells);
            let level = Level::new(mesh, &fixed);
            let node_count = level.mesh.node_count();
            let is_last = node_count <= COARSEST_NODE_COUNT
                || grid.size == [1; 3]
                || levels.len() + 1 == LEVEL_COUNT_MAX;
            levels.push(level);
            if is_last {
                break;
            }
            let mesh = &levels[levels.len() - 1].mesh;
            let finer = Finer {
                size: mesh.size,
                planes: &mesh.planes,
                cells: &grid.cells,
                templates: &mesh.templates,
                is_finest: levels.len() == 1,
                closed,
            };
            let mut next = coarser(finer);
            let parents = std::mem::take(&mut next.parents);
            let cells = next.cells.iter().map(|cell| cell.nodes).collect();
            let transfer = Transfer { parents, cells };
            let coarse_count = next.planes[next.planes.len() - 1] as usize;
            fixed = coarse_fixed(&transfer, &fixed, coarse_count);
            let last = levels.len() - 1;
            levels[last].transfer = Some(transfer);
            grid = next;
        }
        drop(grid.cells);
        let coarsest = Direct::new(&levels[levels.len() - 1]);
        for (index, level) in levels.iter_mut().enumerate() {
            level.allocate(index > 0);
            if level.transfer.is_some() || coarsest.is_none() {
                estimate_lambda(level);
            }
        }
        Self { levels, coarsest, degree, rigid: None, rigid_tried: false }
    }

    /// Falls back to the proven bounds of the spectrum; `false` if they were in use already.
    pub fn take_bounds(&mut self) -> bool {
        let mut changed = false;
        for level in &mut self.levels {
            changed |= level.lambda < level.lambda_bound;
            level.lambda = level.lambda_bound;
        }
        changed
    }

    /// From the residual in `levels[0].r`, the correction in `levels[0].x`.
    pub fn precondition(&mut self) {
        self.cycle(0);
        if let Some(rigid) = &mut self.rigid {
            let level = &mut self.levels[0];
            subtract_last(level);
            rigid.step(level);
            smooth(level, self.degree);
        }
    }

    /// Takes the rigid motions of pieces as one more coarse space, given the places of the finest
    /// grid's nodes. None where they are too many.
    pub fn take_rigid(&mut self, places: &[[u16; 3]]) {
        self.rigid = Rigid::new(&self.levels[0], places);
        self.rigid_tried = true;
    }

    /// Most bytes that rigid motions take for so many nodes.
    pub fn rigid_bytes(node_count: usize) -> u64 {
        Rigid::bytes(node_count)
    }

    /// Whether rigid motions are in use, or were found to be too many.
    pub fn rigid_tried(&self) -> bool {
        self.rigid_tried
    }

    fn cycle(&mut self, index: usize) {
        if index + 1 == self.levels.len() {
            match &mut self.coarsest {
                Some(direct) => direct.solve(&mut self.levels[index]),
                None => smooth_from_zero(&mut self.levels[index], COARSEST_DEGREE),
            }
            return;
        }
        smooth_from_zero(&mut self.levels[index], self.degree);
        subtract_last(&mut self.levels[index]);
        let (fine, coarse) = self.levels.split_at_mut(index + 1);
        restrict(&fine[index], &mut coarse[0]);
        self.cycle(index + 1);
        // A second visit where it costs little and the grid below is not solved exactly.
        if index + 2 < self.levels.len() {
            let level = &mut self.levels[index + 1];
            subtract_last(level);
            std::mem::swap(&mut level.sum, &mut level.x);
            self.cycle(index + 1);
            let Level { sum, x, .. } = &mut self.levels[index + 1];
            x.iter_mut().zip(&*sum).for_each(|(x, s)| *x += s);
        }
        let (fine, coarse) = self.levels.split_at_mut(index + 1);
        prolong(&coarse[0], &mut fine[index]);
        smooth(&mut fine[index], self.degree);
    }
}
