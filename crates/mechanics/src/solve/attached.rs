//! Loads spread over what the supports hold, and over nothing else.

use super::SolveError;
use super::support::{fixed_axes, held_pieces};
use crate::body::Body;
use crate::boundary::Support;
use crate::loads::{LoadError, NodalLoad, RegionCase, Regions, spread};
use crate::pressure::{Face, face_forces};
use crate::voxels::{self, Voxels};

/// What of a model its supports hold. Loads that spread over it lose nothing with the pieces that
/// [`Islands::Drop`](super::Islands::Drop) takes out; of a model of which nothing is held it is the
/// whole, which no solver takes.
pub struct Attached {
    body: Body,
    /// The whole model: a load on loose pieces alone is told from a load on nothing.
    whole: Body,
    supports: Vec<Support>,
    /// Held nodes with a bit for each axis, ascending.
    fixed: Vec<(u32, u8)>,
}

impl Attached {
    /// What `supports` hold of a model.
    ///
    /// # Errors
    /// [`SolveError`] of a model that is none, or of a support on a node that is none.
    pub fn new(model: &impl Voxels, supports: &[Support]) -> Result<Self, SolveError> {
        voxels::check(model)?;
        let whole = Body::new(model);
        let fixed = fixed_axes(&whole, supports, (&[], [false; 3]))?;
        let (pieces, held) = held_pieces(&whole, &fixed);
        let any = held.contains(&true);
        let kept = whole.solid.kept(|strip| !any || held[pieces.label[strip] as usize]);
        let body = Body::of(whole.voxel_mm, kept);
        Ok(Self { body, whole, supports: supports.to_vec(), fixed })
    }

    /// Forces of a case on nodes: each action spreads over its region with each node's share of
    /// material, and its force and its moment about the region's centroid come out exactly. The
    /// regions that the case holds, and the supports, hold against them.
    ///
    /// # Errors
    /// [`LoadError`], with [`LoadError::Loose`] where a region lies on pieces alone that nothing
    /// holds.
    pub fn nodal_load(&self, regions: &Regions, case: &RegionCase) -> Result<NodalLoad, LoadError> {
        let mut load = spread(&self.body, &self.whole, regions, case)?;
        load.loads.supports.extend(self.supports.iter().cloned());
        Ok(load)
    }

    /// Forces in N on the nodes of the exposed faces that `chosen` picks, under `pressure_mpa`, by
    /// node. A face whose nodes are all held across it is no surface: a mirror, a plate.
    pub fn pressure_forces(
        &self,
        pressure_mpa: f64,
        chosen: impl Fn(&Face) -> bool,
    ) -> (Vec<u32>, Vec<[f64; 3]>) {
        let solid = self.body.solid.mask();
        let held = |node: u32, axis: usize| {
            let at = self.fixed.binary_search_by_key(&node, |fixed| fixed.0);
            at.is_ok_and(|at| self.fixed[at].1 >> axis & 1 == 1)
        };
        let traction = |face: &Face, nodes: [u32; 4]| {
            let axis = face.normal.iter().position(|n| *n != 0.0).unwrap_or(0);
            let bears = chosen(face) && !nodes.iter().all(|&node| held(node, axis));
            bears.then(|| face.normal.map(|n| -pressure_mpa * n))
        };
        face_forces(self.body.solid.size, self.body.voxel_mm, |e| solid[e], traction)
    }
}
