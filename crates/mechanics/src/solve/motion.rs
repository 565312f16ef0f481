//! Motions that no support contradicts, and that something resists.

use super::SolveError;
use super::support::fixed_axes;
use crate::body::Body;
use crate::boundary::{Loads, Motion};
use crate::patch::{Matrix6, Patch, cross, solve6};
use crate::pieces::{Pieces, add_row, pieces, rigid_row, scaled};

/// Displacements that differ by less than this part of the largest are the same.
const SAME: f64 = 1e-9;

/// Displacement of a node that a motion takes along.
pub(super) fn displacement(
    body: &Body,
    patch: &Patch,
    motion: &Motion,
    node: u32,
) -> [Option<f64>; 3] {
    let turn = cross(motion.rotation_rad, patch.arm(body, node));
    [0, 1, 2].map(|axis| motion.translation_mm[axis].map(|shift| shift + turn[axis]))
}

/// Refuses a motion of nodes that supports hold in place, and one that strains nothing.
///
/// # Errors
/// [`SolveError::Held`] and [`SolveError::Unresisted`].
pub(super) fn check(
    body: &Body,
    loads: &Loads,
    patch: &Patch,
    motion: &Motion,
) -> Result<(), SolveError> {
    let mut moved: Vec<(u32, [Option<f64>; 3])> = patch
        .nodes
        .iter()
        .filter(|&&node| body.number(node).is_some())
        .map(|&node| (node, displacement(body, patch, motion, node)))
        .collect();
    moved.sort_by_key(|(node, _)| *node);
    let values = moved.iter().flat_map(|(_, shift)| shift).flatten();
    let most = values.fold(0.0f64, |most, shift| most.max(shift.abs()));
    if most == 0.0 {
        return Ok(());
    }
    let same = SAME * most;
    let mut given: Vec<Given> = Vec::new();
    for (node, bits) in fixed_axes(body, &loads.supports, (&[], [false; 3]))? {
        let at = moved.binary_search_by_key(&node, |(node, _)| *node);
        let own = at.map_or([None; 3], |at| moved[at].1);
        for axis in (0..3).filter(|axis| bits >> axis & 1 == 1) {
            match own[axis] {
                Some(shift_mm) if shift_mm.abs() > same => {
                    let (motion, at_mm) = (motion.name.clone(), body.node_mm(node));
                    return Err(SolveError::Held { motion, at_mm, axis: NAMES[axis], shift_mm });
                }
                _ => given.push(Given { node, axis, value: 0.0 }),
            }
        }
    }
    for (node, shift) in moved {
        let one = |axis: usize| shift[axis].map(|value| Given { node, axis, value });
        given.extend((0..3).filter_map(one));
    }
    let pieces = pieces(&body.solid);
    match given.is_empty() || is_rigid(body, &pieces, &given, same) {
        true => Err(SolveError::Unresisted { motion: motion.name.clone() }),
        false => Ok(()),
    }
}

const NAMES: [&str; 3] = ["x", "y", "z"];

/// A displacement that a node is given along an axis.
struct Given {
    node: u32,
    axis: usize,
    value: f64,
}

/// Whether each piece follows what its nodes are given as a rigid body. Pieces of a model that
/// repeats itself shift alone: neighbours hold them against turning.
fn is_rigid(body: &Body, pieces: &Pieces, given: &[Given], same: f64) -> bool {
    let solid = &body.solid;
    let row = |one: &Given| {
        let mut row = rigid_row(one.axis, scaled(solid, body.node(one.node)));
        if solid.closed != [false; 3] {
            row[3..].fill(0.0);
        }
        row
    };
    let mut systems: Vec<(Matrix6, [f64; 6])> = vec![Default::default(); pieces.count.len()];
    for one in given {
        let row = row(one);
        for piece in pieces.around(solid, body.node(one.node)) {
            let (gram, right) = &mut systems[piece];
            add_row(gram, row);
            (0..6).for_each(|n| right[n] += row[n] * one.value);
        }
    }
    let ways: Vec<[f64; 6]> = systems.iter().map(|(gram, right)| solve6(gram, right)).collect();
    given.iter().all(|one| {
        let row = row(one);
        pieces.around(solid, body.node(one.node)).all(|piece| {
            let follows: f64 = (0..6).map(|n| row[n] * ways[piece][n]).sum();
            (follows - one.value).abs() <= same
        })
    })
}
