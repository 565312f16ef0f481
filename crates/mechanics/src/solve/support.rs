//! Which nodes are held, and which parts of the model hang on them.

use ossein_geom::Finding;

use super::{Islands, SolveError};
use crate::body::Body;
use crate::boundary::Support;
use crate::pieces::{Pieces, held, parts, pieces};

/// Fixed nodes of the grid with a bit for each axis, ascending.
pub(super) fn fixed_axes(
    body: &Body,
    supports: &[Support],
    (loaded, driven): (&[u32], [bool; 3]),
) -> Result<Vec<(u32, u8)>, SolveError> {
    let node_count = body.grid_node_count();
    let mut fixed: Vec<(u32, u8)> = Vec::new();
    let bits = |axes: [bool; 3]| (0..3).fold(0u8, |bits, a| bits | u8::from(axes[a]) << a);
    let held = supports.iter().map(|support| (support.nodes.as_slice(), bits(support.axes)));
    for (nodes, bits) in held.chain([(loaded, bits(driven))]) {
        if let Some(&node) = nodes.iter().find(|&&n| n as usize >= node_count) {
            return Err(SolveError::Node { node, node_count });
        }
        fixed.extend(nodes.iter().filter(|_| bits != 0).map(|&node| (node, bits)));
    }
    merge(&mut fixed);
    Ok(fixed)
}

/// Sorts nodes, each once with all its bits.
fn merge(fixed: &mut Vec<(u32, u8)>) {
    fixed.sort_unstable();
    fixed.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        kept.1 |= if same { next.1 } else { 0 };
        same
    });
}

/// Bits of the fixed axes of each active node.
pub(super) fn by_number(body: &Body, fixed: &[(u32, u8)]) -> Vec<u8> {
    let mut bits = vec![0u8; body.nodes.count()];
    for &(node, axes) in fixed {
        if let Some(number) = body.number(node) {
            bits[number as usize] |= axes;
        }
    }
    bits
}

/// What supports hold of a model.
pub(super) struct Kept {
    pub body: Body,
    /// Its fixed nodes with a bit for each axis, ascending.
    pub fixed: Vec<(u32, u8)>,
    /// Elements that are no part of it, ascending.
    pub left_out: Vec<u32>,
    /// What should be looked at.
    pub findings: Vec<Finding>,
}

/// The body without pieces that nothing holds. Where it repeats itself, parts may float: a node of
/// each is held.
pub(super) fn attached(
    body: Body,
    mut fixed: Vec<(u32, u8)>,
    islands: Islands,
) -> Result<Kept, SolveError> {
    let (pieces, held) = held_pieces(&body, &fixed);
    let loose = |piece: &usize| !held[*piece];
    let piece_count = (0..held.len()).filter(loose).count();
    let (mut body, mut findings, mut left_out) = (body, Vec::new(), Vec::new());
    if piece_count > 0 {
        let voxel_count = (0..held.len()).filter(loose).map(|p| pieces.count[p]).sum();
        if islands == Islands::Refuse || piece_count == held.len() {
            // Of equal pieces the first.
            let largest = (0..held.len()).rev().filter(loose).max_by_key(|&p| pieces.count[p]);
            let of_largest = |strip| largest == Some(pieces.label[strip] as usize);
            let at = first_element(&body, of_largest);
            let solid_count = body.solid.count();
            return Err(SolveError::Unattached { voxel_count, piece_count, solid_count, at });
        }
        left_out = elements(&body, |strip| !held[pieces.label[strip] as usize]);
        let solid = body.solid.kept(|strip| held[pieces.label[strip] as usize]);
        let text = format!(
            "{} in {} that no support holds left out",
            counted(voxel_count, "voxel"),
            counted(piece_count, "piece")
        );
        let finding = Finding::warning("mechanics.islands", "voxel model", text);
        findings.push(finding.measured(voxel_count as f64, 0.0, "voxels"));
        body = Body::of(body.voxel_mm, solid);
    }
    if body.solid.closed != [false; 3] {
        anchor(&body, &mut fixed);
    }
    Ok(Kept { body, fixed, left_out, findings })
}

/// Elements of some strips, ascending.
fn elements(body: &Body, chosen: impl Fn(usize) -> bool) -> Vec<u32> {
    let [ni, nj, _] = body.solid.size;
    let mut elements = Vec::new();
    body.solid.for_each(|index, strip, [j, k]| {
        if chosen(index) {
            let row = ((k * nj + j) * ni) as u32;
            elements.extend(row + strip.start..row + strip.end);
        }
    });
    elements
}

/// Place of the first element of some strips.
fn first_element(body: &Body, chosen: impl Fn(usize) -> bool) -> [usize; 3] {
    let [ni, nj, _] = body.solid.size;
    let first = elements(body, chosen).first().map_or(0, |&e| e as usize);
    [first % ni, first / ni % nj, first / (ni * nj)]
}

/// Pieces of a body, and which of them fixed nodes hold.
pub(super) fn held_pieces(body: &Body, fixed: &[(u32, u8)]) -> (Pieces, Vec<bool>) {
    let pieces = pieces(&body.solid);
    let held = held(&body.solid, &pieces, fixed.iter().map(|&(n, bits)| (body.node(n), bits)));
    (pieces, held)
}

/// A number of things in words.
pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Holds each part of the material at its first node along the axes along which nothing else does.
fn anchor(body: &Body, fixed: &mut Vec<(u32, u8)>) {
    let parts = parts(&body.solid);
    let mut held = vec![0u8; parts.len()];
    for &(node, bits) in &*fixed {
        for strip in body.solid.around(body.node(node)) {
            held[parts[strip] as usize] |= bits;
        }
    }
    let [ni, nj, _] = body.grid_size();
    body.solid.for_each(|index, strip, [j, k]| {
        let held = &mut held[parts[index] as usize];
        if *held != 0b111 {
            fixed.push((((k * nj + j) * ni) as u32 + strip.start, 0b111 & !*held));
            *held = 0b111;
        }
    });
    merge(fixed);
}
