//! The shape of a model: its material and its nodes, without void.

use crate::strips::Strips;
use crate::voxels::Voxels;

/// Bytes for each active node: solution, residual, directions, the hierarchy's vectors.
const NODE_BYTES: u64 = 160;
/// Bytes for each active node of a stored response.
const RESPONSE_BYTES: u64 = 24;
/// Bytes for each node of the grid of a stored displacement field.
const FIELD_BYTES: u64 = 24;

/// Bytes that the displacement fields of so many load cases take on a grid of this size, however
/// little material it holds: what can be told before there is a model.
pub fn memory_bytes_min(size: [usize; 3], case_count: usize) -> u64 {
    let nodes = size.iter().fold(1u64, |n, &s| n.saturating_mul(s as u64 + 1));
    nodes.saturating_mul(FIELD_BYTES * case_count as u64)
}

/// Shape of a model.
pub(crate) struct Body {
    /// Edge of a voxel in mm.
    pub voxel_mm: f64,
    /// Elements with material.
    pub solid: Strips,
    /// Nodes with material; where the grid closes on itself, those of the low face alone.
    pub nodes: Strips,
}

impl Body {
    /// Shape of a model that was checked.
    pub fn new(voxels: &impl Voxels) -> Self {
        Self::closed(voxels, [false; 3])
    }

    /// Shape of a model that closes on itself along some axes.
    pub fn closed(voxels: &impl Voxels, axes: [bool; 3]) -> Self {
        Self::of(voxels.voxel_mm(), Strips::solid(voxels).closed_along(axes))
    }

    /// Shape of some elements.
    pub fn of(voxel_mm: f64, solid: Strips) -> Self {
        let nodes = solid.nodes();
        Self { voxel_mm, solid, nodes }
    }

    /// Node counts of the whole grid, both faces of a pair among them.
    pub fn grid_size(&self) -> [usize; 3] {
        self.solid.size.map(|n| n + 1)
    }

    /// Nodes of the whole grid, inactive ones among them.
    pub fn grid_node_count(&self) -> usize {
        self.grid_size().iter().product()
    }

    /// The node at a place in node arrays.
    pub fn node(&self, index: u32) -> [usize; 3] {
        let [ni, nj, _] = self.grid_size();
        let index = index as usize;
        [index % ni, index / ni % nj, index / (ni * nj)]
    }

    /// Position of a node in mm from the corner of the grid.
    pub fn node_mm(&self, index: u32) -> [f64; 3] {
        self.node(index).map(|n| n as f64 * self.voxel_mm)
    }

    /// How many elements with material share a node: 0 for an inactive node.
    pub fn solid_around(&self, index: u32) -> usize {
        self.solid.around(self.node(index)).count()
    }

    /// Number of an active node.
    pub fn number(&self, index: u32) -> Option<u32> {
        self.nodes.number(self.node(index))
    }

    /// Bytes that a solution takes at its peak, about: with as many stored responses and fields.
    pub fn memory_bytes(&self, response_count: usize, field_count: usize) -> u64 {
        let active = self.nodes.count() as u64;
        active * (NODE_BYTES + RESPONSE_BYTES * response_count as u64)
            + self.grid_node_count() as u64 * FIELD_BYTES * field_count as u64
    }
}
