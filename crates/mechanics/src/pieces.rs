//! Face-connected pieces of a model, and which of them a support holds.

use crate::model::{Model, is_solid};
use crate::patch::{Matrix6, rank_is_full};

/// Pieces of a model.
pub(crate) struct Pieces {
    /// Piece of each element, counted from 1; 0 where void.
    pub label: Vec<u32>,
    /// Element count of each piece; entry 0 is unused.
    pub count: Vec<usize>,
}

/// Labels the pieces whose elements join through faces.
pub(crate) fn pieces(model: &Model) -> Pieces {
    let [ni, nj, nk] = model.size;
    let mut label = vec![0u32; model.moduli.len()];
    let mut count = vec![0];
    let mut stack: Vec<u32> = Vec::new();
    for seed in 0..label.len() {
        if label[seed] != 0 || !is_solid(&model.moduli[seed]) {
            continue;
        }
        let piece = count.len() as u32;
        let mut element_count = 0;
        label[seed] = piece;
        stack.push(seed as u32);
        while let Some(element) = stack.pop() {
            let e = element as usize;
            element_count += 1;
            let (i, j, k) = (e % ni, e / ni % nj, e / (ni * nj));
            let mut visit = |inside: bool, other: usize| {
                if inside && label[other] == 0 && is_solid(&model.moduli[other]) {
                    label[other] = piece;
                    stack.push(other as u32);
                }
            };
            visit(i > 0, e.wrapping_sub(1));
            visit(i + 1 < ni, e + 1);
            visit(j > 0, e.wrapping_sub(ni));
            visit(j + 1 < nj, e + ni);
            visit(k > 0, e.wrapping_sub(ni * nj));
            visit(k + 1 < nk, e + ni * nj);
        }
        count.push(element_count);
    }
    Pieces { label, count }
}

/// For each piece, whether the fixed directions of its nodes stop all six rigid motions.
/// `fixed` holds one bit per axis and node.
pub(crate) fn held(model: &Model, pieces: &Pieces, fixed: &[u8]) -> Vec<bool> {
    let mut gram: Vec<Matrix6> = vec![[[0.0; 6]; 6]; pieces.count.len()];
    let center = model.size.map(|n| 0.5 * n as f64);
    let scale = 1.0 / model.size.iter().copied().max().unwrap_or(1) as f64;
    for (index, &bits) in fixed.iter().enumerate().filter(|(_, bits)| **bits != 0) {
        let node = model.node(index);
        let p = [0, 1, 2].map(|a| (node[a] as f64 - center[a]) * scale);
        let mut seen = [0u32; 8];
        for (slot, element) in model.elements_around(node).enumerate() {
            let piece = pieces.label[element];
            if piece == 0 || seen.contains(&piece) {
                continue;
            }
            seen[slot] = piece;
            for axis in (0..3).filter(|axis| bits >> axis & 1 == 1) {
                add_row(&mut gram[piece as usize], rigid_row(axis, p));
            }
        }
    }
    gram.iter().map(rank_is_full).collect()
}

/// How three translations and three rotations move a point along one axis.
fn rigid_row(axis: usize, p: [f64; 3]) -> [f64; 6] {
    let mut row = [0.0; 6];
    row[axis] = 1.0;
    let (next, last) = ((axis + 1) % 3, (axis + 2) % 3);
    row[3 + next] = p[last];
    row[3 + last] = -p[next];
    row
}

fn add_row(gram: &mut Matrix6, row: [f64; 6]) {
    for a in 0..6 {
        for b in 0..6 {
            gram[a][b] += row[a] * row[b];
        }
    }
}
