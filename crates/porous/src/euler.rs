//! Euler numbers and connectivity.

use crate::patterns::{self, Margin, bit};
use crate::voxels::{Beyond, Voxels};

/// Euler numbers of the solid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Euler {
    /// Voxels that share a face hang together.
    pub by_faces: i64,
    /// Voxels that share a face, an edge or a corner hang together.
    pub by_corners: i64,
    /// The share of this image in the Euler number of the sample it is cut from, by corners: what
    /// lies on its faces counts half, on its edges a quarter, on its corners an eighth. Of a whole
    /// body or a cell the Euler number itself.
    pub contribution: f64,
    /// Handles: `1 - contribution`, for a sample in one piece without closed voids.
    pub connectivity: f64,
    /// Handles a mm³ (Conn.D).
    pub connectivity_per_mm3: f64,
}

/// Euler numbers of the solid: pieces minus handles plus closed voids.
///
/// Both numbers of the image are those of a whole body; with [`Beyond::Periodic`] its faces are
/// joined. With [`Beyond::Unseen`] the contribution is that of a piece cut from a sample.
///
/// # Source
/// Odgaard, Gundersen: Bone 14 (1993) 173-182, for the contribution. Facts D3.30, D3.31.
pub fn euler(voxels: &Voxels, beyond: Beyond) -> Euler {
    let periodic = beyond == Beyond::Periodic;
    let whole = if periodic { Margin::Periodic } else { Margin::Void };
    let counts = patterns::count(voxels, whole);
    let (faces, corners) = (eighths(&by_faces()), eighths(&by_corners()));
    let sum = |table: &[i64; 256], counts: &[u64; 256]| -> i64 {
        counts.iter().zip(table).map(|(&n, &t)| n as i64 * t).sum()
    };
    let all = |table: &[i64; 256]| counts.iter().map(|c| sum(table, c)).sum::<i64>() / 8;
    let mut contribution = all(&corners) as f64;
    if beyond == Beyond::Unseen {
        let counts = patterns::count(voxels, Margin::Mirror);
        let share = |n: usize| sum(&corners, &counts[n]) as f64 / 8.0 / f64::from(1 << n);
        contribution = (0..4).map(share).sum();
    }
    let volume_mm3 = voxels.voxel_count() as f64 * voxels.voxel_mm3();
    Euler {
        by_faces: all(&faces),
        by_corners: all(&corners),
        contribution,
        connectivity: 1.0 - contribution,
        connectivity_per_mm3: (1.0 - contribution) / volume_mm3,
    }
}

/// Cells of a block by the voxels that they touch, each with the eighths that the block owns.
type Cells = Vec<(u32, i64)>;

/// The corner, 6 half edges, 12 quarter faces and 8 eighth voxels that meet in a block's middle.
fn cells() -> [Cells; 4] {
    let all = |keep: &dyn Fn(usize, usize, usize) -> bool| -> u32 {
        let mut mask = 0;
        for n in 0..8 {
            let (x, y, z) = (n & 1, n >> 1 & 1, n >> 2);
            if keep(x, y, z) {
                mask |= 1 << bit(x, y, z);
            }
        }
        mask
    };
    let mut out: [Cells; 4] = [vec![(0xff, 8)], Vec::new(), Vec::new(), Vec::new()];
    for side in 0..2 {
        out[1].push((all(&|x, _, _| x == side), -4));
        out[1].push((all(&|_, y, _| y == side), -4));
        out[1].push((all(&|_, _, z| z == side), -4));
        for other in 0..2 {
            out[2].push((all(&|x, y, _| x == side && y == other), 2));
            out[2].push((all(&|x, _, z| x == side && z == other), 2));
            out[2].push((all(&|_, y, z| y == side && z == other), 2));
        }
    }
    out[3] = (0..8).map(|n| (1 << n, -1)).collect();
    out
}

/// A cell belongs to a solid of closed voxels if any voxel around it is solid.
fn by_corners() -> impl Fn(u32) -> i64 {
    let cells = cells();
    move |pattern| {
        let own = |&(mask, share): &(u32, i64)| if pattern & mask != 0 { share } else { 0 };
        cells.iter().flatten().map(own).sum()
    }
}

/// A cell belongs to a solid of open voxels if all voxels around it are solid.
fn by_faces() -> impl Fn(u32) -> i64 {
    let cells = cells();
    move |pattern| {
        let own = |&(mask, share): &(u32, i64)| if pattern & mask == mask { -share } else { 0 };
        cells.iter().flatten().map(own).sum()
    }
}

fn eighths(of: &impl Fn(u32) -> i64) -> [i64; 256] {
    std::array::from_fn(|n| of(n as u32))
}
