//! Where a model is held and where it is driven.

use crate::voxels::{Elements, Moduli};

/// Nodes that are held at zero displacement along some axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Support {
    /// Node indices, `[k][j][i]` over the node grid.
    pub nodes: Vec<u32>,
    /// Which of the axes x, y, z are held.
    pub axes: [bool; 3],
}

/// Supports, and the nodes that a load case or a motion acts on.
#[derive(Clone, Debug, PartialEq)]
pub struct Loads {
    /// Nodes that are held.
    pub supports: Vec<Support>,
    /// Nodes that are driven.
    pub loaded: Vec<u32>,
}

impl Loads {
    /// The lowest plane clamped, the highest plane loaded.
    pub fn column<M: Moduli>(model: &Elements<M>) -> Self {
        let clamp = Support { nodes: model.bottom_nodes(), axes: [true; 3] };
        Self { supports: vec![clamp], loaded: model.top_nodes() }
    }
}

/// A force and a moment on the loaded nodes.
///
/// They act as a traction that varies linearly over the loaded nodes, each with its share of the
/// area, and that has exactly these resultants about the area's centroid.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadCase {
    /// Name for reports.
    pub name: String,
    /// Resultant force in N along x, y, z.
    pub force_n: [f64; 3],
    /// Resultant moment in N mm about the centroid of the loaded nodes.
    pub moment_nmm: [f64; 3],
}

/// A prescribed motion of the loaded nodes, as a plate bonded to them would impose.
#[derive(Clone, Debug, PartialEq)]
pub struct Motion {
    /// Name for reports.
    pub name: String,
    /// Translation in mm; an axis with `None` stays free.
    pub translation_mm: [Option<f64>; 3],
    /// Small rotation in radians about the centroid of the loaded nodes.
    pub rotation_rad: [f64; 3],
}
