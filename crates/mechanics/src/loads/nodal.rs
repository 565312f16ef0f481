//! From forces on regions to forces on nodes, with exact resultants.

use std::collections::BTreeMap;

use crate::body::Body;
use crate::boundary::{Loads, Support};
use crate::patch::{Patch, norm};
use crate::solve::{Attached, SolveError};
use crate::voxels::{self, Voxels};

use super::RegionCase;

/// Nodes of each region by its name, indices `[k][j][i]` over the node grid.
pub type Regions = BTreeMap<String, Vec<u32>>;

/// A case as forces on nodes: for [`solve_forces`](crate::solve_forces).
#[derive(Clone, Debug, PartialEq)]
pub struct NodalLoad {
    /// Supports, and the nodes with forces, ascending.
    pub loads: Loads,
    /// Force in N on each of the loaded nodes.
    pub forces_n: Vec<[f64; 3]>,
}

/// Why a case could not be put on a model.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LoadError {
    /// The model has no such region, or it is empty.
    #[error("`{case}` acts on or holds `{region}`, and the model has no nodes there")]
    NoRegion {
        /// Load case.
        case: String,
        /// Region.
        region: String,
    },
    /// A node that the grid does not have.
    #[error("`{region}` names node {node}, and the grid has {node_count}")]
    Node {
        /// Region.
        region: String,
        /// Its node.
        node: u32,
        /// Nodes of the grid.
        node_count: usize,
    },
    /// A region of which no support holds anything.
    #[error("`{case}` acts on `{region}`, which lies on loose pieces alone: no support holds them")]
    Loose {
        /// Load case.
        case: String,
        /// Region.
        region: String,
    },
    /// A pressure on no surface.
    #[error("`{case}` presses on nothing: what the supports hold has no surface there")]
    NoSurface {
        /// Load case.
        case: String,
    },
    /// Forces that leave nothing.
    #[error("the actions of `{case}` cancel at every node: nothing acts")]
    Cancel {
        /// Load case.
        case: String,
    },
    /// A moment on nodes that lie on a line.
    #[error("`{region}` lies on a line or holds no material, and carries no moment")]
    Degenerate {
        /// Region.
        region: String,
    },
    /// A model that cannot be solved.
    #[error("the model is not usable: {0}")]
    Model(String),
}

/// Puts a case on a model: on what its holds keep of it. Each action spreads over its region with
/// each node's share of material, and its force and its moment about the region's centroid come
/// out exactly.
///
/// # Errors
/// [`LoadError`], with [`LoadError::Loose`] where a region lies on pieces alone that nothing holds.
pub fn nodal_load(
    voxels: &impl Voxels,
    regions: &Regions,
    case: &RegionCase,
) -> Result<NodalLoad, LoadError> {
    let told = |error: SolveError| LoadError::Model(error.to_string());
    voxels::check(voxels).map_err(told)?;
    let supports = supports(&Body::new(voxels), regions, case)?;
    let attached = Attached::new(voxels, &supports).map_err(told)?;
    let load = attached.nodal_load(regions, case)?;
    Ok(NodalLoad { loads: Loads { supports, ..load.loads }, ..load })
}

/// Forces of a case on the nodes of `body`, the attached part of `whole`; its holds as supports.
pub(crate) fn spread(
    body: &Body,
    whole: &Body,
    regions: &Regions,
    case: &RegionCase,
) -> Result<NodalLoad, LoadError> {
    let mut forces: BTreeMap<u32, [f64; 3]> = BTreeMap::new();
    for action in &case.actions {
        let own = nodes(body, regions, case, &action.region)?;
        let region = || action.region.clone();
        let bears = |body: &Body| own.iter().any(|&node| body.solid_around(node) > 0);
        if !bears(body) && bears(whole) {
            return Err(LoadError::Loose { case: case.name.clone(), region: region() });
        }
        let degenerate = || LoadError::Degenerate { region: region() };
        let spread = match Patch::new(body, own) {
            Some(patch) => patch.traction(body, action.force_n, action.moment_nmm),
            None if norm(action.moment_nmm) == 0.0 => {
                even(body, own, action.force_n).ok_or_else(degenerate)?
            }
            None => return Err(degenerate()),
        };
        for (&node, force) in own.iter().zip(spread) {
            let sum = forces.entry(node).or_default();
            (0..3).for_each(|axis| sum[axis] += force[axis]);
        }
    }
    let (loaded, forces_n) = forces.into_iter().unzip();
    Ok(NodalLoad { loads: Loads { supports: supports(body, regions, case)?, loaded }, forces_n })
}

/// The regions that a case holds.
fn supports(body: &Body, regions: &Regions, case: &RegionCase) -> Result<Vec<Support>, LoadError> {
    let support = |hold: &super::Hold| -> Result<Support, LoadError> {
        let nodes = nodes(body, regions, case, &hold.region)?.to_vec();
        Ok(Support { nodes, axes: hold.axes })
    };
    case.holds.iter().map(support).collect()
}

/// Nodes of a region.
fn nodes<'r>(
    body: &Body,
    regions: &'r Regions,
    case: &RegionCase,
    region: &str,
) -> Result<&'r [u32], LoadError> {
    let missing = || LoadError::NoRegion { case: case.name.clone(), region: region.into() };
    let nodes = regions.get(region).filter(|nodes| !nodes.is_empty()).ok_or_else(missing)?;
    let node_count = body.grid_node_count();
    match nodes.iter().find(|&&node| node as usize >= node_count) {
        Some(&node) => Err(LoadError::Node { region: region.into(), node, node_count }),
        None => Ok(nodes),
    }
}

/// A force on a few nodes by their shares of material: a spot or a line carries no moment.
fn even(body: &Body, nodes: &[u32], force: [f64; 3]) -> Option<Vec<[f64; 3]>> {
    let shares: Vec<f64> = nodes.iter().map(|&node| body.solid_around(node) as f64).collect();
    let total: f64 = shares.iter().sum();
    (total > 0.0).then(|| shares.iter().map(|s| force.map(|f| f * s / total)).collect())
}
