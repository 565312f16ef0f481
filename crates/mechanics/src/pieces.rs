//! Face-connected pieces of a model, and which of them a support holds.

use crate::patch::{Matrix6, rank_is_full};
use crate::strips::{Strip, Strips};
use crate::windings::windings;

/// Pieces of a model.
pub(crate) struct Pieces {
    /// Piece of each strip of elements, counted from 0.
    pub label: Vec<u32>,
    /// Element count of each piece.
    pub count: Vec<usize>,
}

impl Pieces {
    /// The pieces that meet at a node, each once.
    pub fn around(&self, solid: &Strips, node: [usize; 3]) -> impl Iterator<Item = usize> {
        let mut seen = [u32::MAX; 8];
        for (slot, strip) in solid.around(node).enumerate() {
            let piece = self.label[strip];
            if !seen.contains(&piece) {
                seen[slot] = piece;
            }
        }
        seen.into_iter().filter(|&piece| piece != u32::MAX).map(|piece| piece as usize)
    }
}

/// Labels the pieces whose elements join through faces.
pub(crate) fn pieces(solid: &Strips) -> Pieces {
    let mut parent: Vec<u32> = (0..solid.strips.len() as u32).collect();
    neighbours(solid, |a, b, _| unite(&mut parent, a as u32, b as u32));
    let mut label = vec![u32::MAX; parent.len()];
    let mut count = Vec::new();
    for strip in 0..parent.len() {
        let root = find(&mut parent, strip as u32) as usize;
        if label[root] == u32::MAX {
            label[root] = count.len() as u32;
            count.push(0);
        }
        label[strip] = label[root];
        let one = solid.strips[strip];
        count[label[root] as usize] += (one.end - one.start) as usize;
    }
    Pieces { label, count }
}

/// For each strip of elements, a strip of its part: parts share no node.
pub(crate) fn parts(solid: &Strips) -> Vec<u32> {
    let [ni, nj, nk] = solid.size;
    let beyond = |at: usize, step: isize, axis: usize| {
        let to = at.wrapping_add_signed(step);
        match (to < solid.size[axis], solid.closed[axis]) {
            (true, _) => Some(to),
            // One past the last, or before the first.
            (false, true) => Some(if step > 0 { 0 } else { solid.size[axis] - 1 }),
            (false, false) => None,
        }
    };
    let mut parent: Vec<u32> = (0..solid.strips.len() as u32).collect();
    for k in 0..nk {
        for j in 0..nj {
            let here = solid.row_range(j, k);
            for (dj, dk) in [(0, 0), (1, 0), (-1, 1), (0, 1), (1, 1)] {
                let (Some(j), Some(k)) = (beyond(j, dj, 1), beyond(k, dk, 2)) else { continue };
                let there = solid.row_range(j, k);
                for a in here.clone() {
                    let strip = solid.strips[a];
                    let before = |s: &Strip| s.end < strip.start;
                    let first = solid.strips[there.clone()].partition_point(before) + there.start;
                    let meets = |b: &usize| solid.strips[*b].start <= strip.end;
                    for b in (first..there.end).take_while(meets) {
                        unite(&mut parent, a as u32, b as u32);
                    }
                }
                if !solid.closed[0] || here.is_empty() || there.is_empty() {
                    continue;
                }
                for [low, high] in [[&here, &there], [&there, &here]] {
                    let (first, last) = (low.start, high.end - 1);
                    let ends = solid.strips[last].end as usize == ni;
                    if solid.strips[first].start == 0 && ends {
                        unite(&mut parent, first as u32, last as u32);
                    }
                }
            }
        }
    }
    (0..parent.len()).map(|n| find(&mut parent, n as u32)).collect()
}

/// Calls `f` with each two strips that join through faces, and the axis across which the second
/// one lies beyond the seam of a grid that closes on itself.
pub(crate) fn neighbours(solid: &Strips, mut f: impl FnMut(usize, usize, Option<usize>)) {
    let [ni, nj, nk] = solid.size;
    for k in 0..nk {
        for j in 0..nj {
            let here = solid.row_range(j, k);
            if j > 0 {
                overlaps(solid, solid.row_range(j - 1, k), here.clone(), |a, b| f(a, b, None));
            } else if solid.closed[1] {
                let last = solid.row_range(nj - 1, k);
                overlaps(solid, last, here.clone(), |a, b| f(a, b, Some(1)));
            }
            if k > 0 {
                overlaps(solid, solid.row_range(j, k - 1), here.clone(), |a, b| f(a, b, None));
            } else if solid.closed[2] {
                let last = solid.row_range(j, nk - 1);
                overlaps(solid, last, here.clone(), |a, b| f(a, b, Some(2)));
            }
            if solid.closed[0] && !here.is_empty() {
                let (first, last) = (here.start, here.end - 1);
                let meet = solid.strips[first].start == 0;
                if meet && solid.strips[last].end as usize == ni {
                    f(last, first, Some(0));
                }
            }
        }
    }
}

/// Calls `f` with the strips of two rows that overlap.
fn overlaps(
    solid: &Strips,
    one: std::ops::Range<usize>,
    other: std::ops::Range<usize>,
    mut f: impl FnMut(usize, usize),
) {
    let (mut a, mut b) = (one.start, other.start);
    while a < one.end && b < other.end {
        let (s, t) = (solid.strips[a], solid.strips[b]);
        if s.start < t.end && t.start < s.end {
            f(a, b);
        }
        if s.end < t.end { a += 1 } else { b += 1 }
    }
}

/// Root of a set.
pub(crate) fn find(parent: &mut [u32], mut item: u32) -> u32 {
    while parent[item as usize] != item {
        let up = parent[parent[item as usize] as usize];
        parent[item as usize] = up;
        item = up;
    }
    item
}

/// Unites two sets; the lower root stays.
pub(crate) fn unite(parent: &mut [u32], a: u32, b: u32) {
    let (a, b) = (find(parent, a), find(parent, b));
    if a < b {
        parent[b as usize] = a;
    } else {
        parent[a as usize] = b;
    }
}

/// For each piece, whether the fixed directions of its nodes stop all six rigid motions.
/// `fixed` gives nodes of the grid with a bit for each axis. On a closed grid
/// pieces may float, and one that meets its own image beyond the seam cannot turn against it.
pub(crate) fn held(
    solid: &Strips,
    pieces: &Pieces,
    fixed: impl Iterator<Item = ([usize; 3], u8)>,
) -> Vec<bool> {
    let mut gram: Vec<Matrix6> = vec![[[0.0; 6]; 6]; pieces.count.len()];
    for (node, bits) in fixed {
        for piece in pieces.around(solid, node) {
            for axis in (0..3).filter(|axis| bits >> axis & 1 == 1) {
                add_row(&mut gram[piece], rigid_row(axis, scaled(solid, node)));
            }
        }
    }
    if solid.closed != [false; 3] {
        for gram in &mut gram {
            (0..3).for_each(|axis| add_row(gram, rigid_row(axis, [0.0; 3])));
        }
    }
    for (piece, way) in windings(solid, pieces) {
        let p = [0, 1, 2].map(|a| way[a] as f64 * solid.size[a] as f64 * scale(solid));
        for axis in 0..3 {
            let mut row = rigid_row(axis, p);
            row[axis] = 0.0;
            add_row(&mut gram[piece], row);
        }
    }
    gram.iter().map(rank_is_full).collect()
}

fn scale(solid: &Strips) -> f64 {
    1.0 / solid.size.iter().copied().max().unwrap_or(1) as f64
}

/// Place of a node from the middle of the grid, its longest axis as unit.
pub(crate) fn scaled(solid: &Strips, node: [usize; 3]) -> [f64; 3] {
    [0, 1, 2].map(|a| (node[a] as f64 - 0.5 * solid.size[a] as f64) * scale(solid))
}

/// How three translations and three rotations move a point along one axis.
pub(crate) fn rigid_row(axis: usize, p: [f64; 3]) -> [f64; 6] {
    let mut row = [0.0; 6];
    row[axis] = 1.0;
    let (next, last) = ((axis + 1) % 3, (axis + 2) % 3);
    row[3 + next] = p[last];
    row[3 + last] = -p[next];
    row
}

pub(crate) fn add_row(gram: &mut Matrix6, row: [f64; 6]) {
    for a in 0..6 {
        for b in 0..6 {
            gram[a][b] += row[a] * row[b];
        }
    }
}
