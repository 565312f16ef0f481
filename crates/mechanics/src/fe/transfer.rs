//! Between a grid and the next coarser one: fixed nodes, residuals, corrections.

use rayon::prelude::*;

use super::level::{Level, parts};

/// What joins a grid to the next coarser one.
pub(crate) struct Transfer {
    /// Where each fine node lies: `parent_cell << 5 | offset`.
    pub parents: Vec<u32>,
    /// Nodes of the coarse cells.
    pub cells: Vec<[u32; 8]>,
}

/// Corners that move a fine node, and by how much; `count` are in use.
#[derive(Clone, Copy)]
struct Stencil {
    count: usize,
    corners: [usize; 8],
    weight: f32,
}

/// Stencils by offset code: the corners that move a node share it equally.
const STENCILS: [Stencil; 27] = stencils();

const fn stencils() -> [Stencil; 27] {
    let mut all = [Stencil { count: 0, corners: [0; 8], weight: 1.0 }; 27];
    let mut code = 0;
    while code < 27 {
        let offset = [code % 3, code / 3 % 3, code / 9];
        let mut corner = 0;
        while corner < 8 {
            let mut moves = true;
            let mut axis = 0;
            while axis < 3 {
                let high = corner >> axis & 1;
                moves &= if high == 0 { offset[axis] < 2 } else { offset[axis] > 0 };
                axis += 1;
            }
            if moves {
                all[code].corners[all[code].count] = corner;
                all[code].count += 1;
            }
            corner += 1;
        }
        all[code].weight = 1.0 / all[code].count as f32;
        code += 1;
    }
    all
}

impl Transfer {
    /// Coarse nodes that move a fine node, and the weight of each.
    #[inline(always)]
    fn stencil(&self, node: usize) -> (&[usize], &[u32; 8], f32) {
        let parent = self.parents[node];
        let stencil = &STENCILS[(parent & 31) as usize];
        (&stencil.corners[..stencil.count], &self.cells[(parent >> 5) as usize], stencil.weight)
    }
}

/// Bits of the fixed axes of the coarse nodes: fixed where the fine node in the same place is, or
/// where enough of what a node moves is.
pub(crate) fn coarse_fixed(transfer: &Transfer, fixed: &[u8], coarse_count: usize) -> Vec<u8> {
    let mut out = vec![0u8; coarse_count];
    if fixed.iter().all(|bits| *bits == 0) {
        return out;
    }
    let mut shares = vec![[0.0f32; 4]; coarse_count];
    for (node, bits) in fixed.iter().enumerate() {
        let (corners, nodes, weight) = transfer.stencil(node);
        for &corner in corners {
            let coarse = nodes[corner] as usize;
            shares[coarse][3] += weight;
            for axis in (0..3).filter(|axis| bits >> axis & 1 == 1) {
                shares[coarse][axis] += weight;
                if corners.len() == 1 {
                    out[coarse] |= 1 << axis;
                }
            }
        }
    }
    for (out, shares) in out.iter_mut().zip(&shares) {
        for axis in 0..3 {
            if shares[axis] > 0.0 && shares[axis] >= FIXED_SHARE * shares[3] {
                *out |= 1 << axis;
            }
        }
    }
    out
}

/// Share of what a coarse node moves that fixes it when held: below the quarter that a plane of
/// nodes holds of a coarse plane beside it.
const FIXED_SHARE: f32 = 0.2;

/// Sets the coarse residual from the fine one: the transpose of [`prolong`].
pub(crate) fn restrict(fine: &Level, coarse: &mut Level) {
    let transfer = fine.transfer.as_ref().expect("a coarser grid follows");
    let fine_stride = fine.mesh.stride();
    let fine_plane_count = fine.mesh.planes.len() - 1;
    let Level { mesh, tasks, inverse, r, .. } = coarse;
    let bounds: Vec<_> = tasks.iter().map(|t| mesh.nodes_of(*t)).collect();
    let stride = mesh.stride();
    let jobs: Vec<_> = tasks.iter().zip(parts(r, stride, &bounds)).collect();
    jobs.into_par_iter().for_each(|(planes, mut out)| {
        out.iter_mut().for_each(|v| v.fill(0.0));
        let [first, last] = mesh.nodes_of(*planes);
        let near = [(2 * planes[0]).saturating_sub(1), (2 * planes[1]).min(fine_plane_count)];
        let [low, high] = fine.mesh.nodes_of(near);
        // Where the grid closes, the last plane lies beside the first.
        let beside = fine.mesh.closes() && planes[0] == 0 && near[1] < fine_plane_count;
        let last_plane = fine.mesh.nodes_of([fine_plane_count - 1, fine_plane_count]);
        let beside = if beside { last_plane[0]..last_plane[1] } else { 0..0 };
        for node in beside.chain(low..high) {
            let (corners, nodes, weight) = transfer.stencil(node);
            let value = [0, 1, 2].map(|c| weight * fine.r[c * fine_stride + node]);
            for &corner in corners {
                let coarse = (nodes[corner] as usize).wrapping_sub(first);
                if coarse < last - first {
                    (0..3).for_each(|c| out[c][coarse] += value[c]);
                }
            }
        }
        for (c, out) in out.iter_mut().enumerate() {
            let inverse = &inverse[c * stride + first..c * stride + last];
            for (out, inverse) in out.iter_mut().zip(inverse) {
                *out = if *inverse > 0.0 { *out } else { 0.0 };
            }
        }
    });
}

/// Sets `d` from the coarse correction.
pub(crate) fn prolong(coarse: &Level, fine: &mut Level) {
    let coarse_stride = coarse.mesh.stride();
    let Level { mesh, tasks, inverse, d, transfer, .. } = fine;
    let transfer = transfer.as_ref().expect("a coarser grid follows");
    let bounds: Vec<_> = tasks.iter().map(|t| mesh.nodes_of(*t)).collect();
    let stride = mesh.stride();
    let jobs: Vec<_> = bounds.iter().zip(parts(d, stride, &bounds)).collect();
    jobs.into_par_iter().for_each(|(&[first, last], out)| {
        for node in first..last {
            let (corners, nodes, weight) = transfer.stencil(node);
            let mut sum = [0.0; 3];
            for &corner in corners {
                let coarse_node = nodes[corner] as usize;
                (0..3).for_each(|c| sum[c] += coarse.x[c * coarse_stride + coarse_node]);
            }
            for c in 0..3 {
                let free = inverse[c * stride + node] > 0.0;
                out[c][node - first] = if free { weight * sum[c] } else { 0.0 };
            }
        }
    });
}
