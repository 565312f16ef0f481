//! The voxel model: a regular grid of elements with cubic elasticity along the grid axes.

use ossein_geom::Mpa;

use crate::body::Body;
use crate::solve::SolveError;
use crate::voxels::{self, Elements, Moduli};

/// A box of cubic voxels, each a finite element with eight nodes: C11, C12 and C44 of each.
pub type Model = Elements<[f32; 3]>;

/// C11, C12 and C44 in MPa of an isotropic material with Young's modulus `modulus` and Poisson's
/// ratio `poisson`.
///
/// `C11 = E (1 - nu) / ((1 + nu)(1 - 2 nu))`, `C12 = C11 nu / (1 - nu)`, `C44 = E / (2 (1 + nu))`.
pub fn isotropic(modulus: Mpa, poisson: f64) -> [f32; 3] {
    let lame = modulus.0 / ((1.0 + poisson) * (1.0 - 2.0 * poisson));
    let shear = 0.5 * modulus.0 / (1.0 + poisson);
    [(lame * (1.0 - poisson)) as f32, (lame * poisson) as f32, shear as f32]
}

impl<M: Moduli> Elements<M> {
    /// Number of elements, void ones among them.
    pub fn element_count(&self) -> usize {
        self.size[0] * self.size[1] * self.size[2]
    }

    /// Number of elements that hold material.
    pub fn solid_count(&self) -> usize {
        self.moduli.iter().filter(|c| !c.is_void()).count()
    }

    /// Node counts along `i`, `j`, `k`: one more than elements.
    pub fn node_size(&self) -> [usize; 3] {
        self.size.map(|n| n + 1)
    }

    /// Number of nodes of the whole grid.
    pub fn node_count(&self) -> usize {
        self.node_size().iter().product()
    }

    /// Place of a node in node arrays, `[k][j][i]`.
    #[inline]
    pub fn node_index(&self, node: [usize; 3]) -> usize {
        let [ni, nj, _] = self.node_size();
        (node[2] * nj + node[1]) * ni + node[0]
    }

    /// The node at a place in node arrays.
    #[inline]
    pub fn node(&self, index: usize) -> [usize; 3] {
        let [ni, nj, _] = self.node_size();
        [index % ni, index / ni % nj, index / (ni * nj)]
    }

    /// Position of a node in mm from the corner of the grid.
    pub fn node_mm(&self, index: usize) -> [f64; 3] {
        self.node(index).map(|n| n as f64 * self.voxel_mm)
    }

    /// The up to eight elements around a node, void ones among them.
    pub fn elements_around(&self, node: [usize; 3]) -> impl Iterator<Item = usize> + '_ {
        (0..8usize).filter_map(move |bits| {
            let mut at = [0; 3];
            for a in 0..3 {
                at[a] = (node[a] + (bits >> a & 1)).checked_sub(1)?;
                if at[a] >= self.size[a] {
                    return None;
                }
            }
            Some((at[2] * self.size[1] + at[1]) * self.size[0] + at[0])
        })
    }

    /// How many elements with material share a node: 0 for an inactive node.
    pub fn solid_around(&self, node: [usize; 3]) -> usize {
        self.elements_around(node).filter(|&e| !self.moduli[e].is_void()).count()
    }

    /// Indices of the nodes with material for which `keep` holds, ascending. `keep` sees the
    /// node's whole-number coordinates.
    pub fn nodes_where(&self, keep: impl Fn([usize; 3]) -> bool) -> Vec<u32> {
        let chosen = |&n: &usize| keep(self.node(n)) && self.solid_around(self.node(n)) > 0;
        (0..self.node_count()).filter(chosen).map(|n| n as u32).collect()
    }

    /// Nodes with material on the lowest plane, `k = 0`.
    pub fn bottom_nodes(&self) -> Vec<u32> {
        self.plane_nodes(0)
    }

    /// Nodes with material on the highest plane.
    pub fn top_nodes(&self) -> Vec<u32> {
        self.plane_nodes(self.size[2])
    }

    fn plane_nodes(&self, k: usize) -> Vec<u32> {
        let per_plane = (self.size[0] + 1) * (self.size[1] + 1);
        let active = |&n: &usize| self.solid_around(self.node(n)) > 0;
        (k * per_plane..(k + 1) * per_plane).filter(active).map(|n| n as u32).collect()
    }

    /// Bytes that a solution of this model takes at its peak with `case_count` load cases, about.
    pub fn memory_bytes(&self, case_count: usize) -> u64 {
        Body::new(self).memory_bytes(case_count.min(6), case_count)
    }

    /// Checks that sizes agree and that every solid element has positive stiffness.
    ///
    /// # Errors
    /// [`SolveError::Size`], [`SolveError::Modulus`] or [`SolveError::Empty`].
    pub fn check(&self) -> Result<(), SolveError> {
        voxels::check(self)
    }
}
