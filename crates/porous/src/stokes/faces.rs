//! The faces through which fluid moves, and how walls hold it.

use rayon::prelude::*;

use crate::voxels::Voxels;

/// The velocity unknowns of a periodic cell: one a voxel and component, at its lower face.
pub(super) struct Faces {
    pub size: [usize; 3],
    /// Inverse diagonal of the viscous operator; 0 at faces that touch solid.
    pub inverse: [Vec<f32>; 3],
}

impl Faces {
    pub fn new(voxels: &Voxels) -> Self {
        let inverse = [0, 1, 2].map(|c| inverse_diagonal(voxels, c));
        Self { size: voxels.size, inverse }
    }
}

/// Place of the row `(j, k)`, moved by `dj` and `dk`, each -1, 0 or 1, around the cell.
#[inline(always)]
pub(super) fn row(size: [usize; 3], j: usize, k: usize, dj: isize, dk: isize) -> usize {
    (around(k, dk, size[2]) * size[1] + around(j, dj, size[1])) * size[0]
}

/// `at` moved by -1, 0 or 1 on a ring of `n`.
#[inline(always)]
fn around(at: usize, step: isize, n: usize) -> usize {
    match step {
        0 => at,
        1 if at + 1 == n => 0,
        1 => at + 1,
        _ if at == 0 => n - 1,
        _ => at - 1,
    }
}

/// A neighbour along the component's own axis stands a voxel away, on a wall or not: weight 1.
/// Across it, a neighbouring face inside the solid puts the wall half a voxel away: weight 2; one
/// on a wall is itself at rest, a voxel away: weight 1.
fn inverse_diagonal(voxels: &Voxels, component: usize) -> Vec<f32> {
    let size = voxels.size;
    let [ni, nj, _] = size;
    let solid = &voxels.solid;
    let mut out = vec![0f32; voxels.voxel_count()];
    out.par_chunks_mut(ni).enumerate().for_each(|(n, values)| {
        let (j, k) = (n % nj, n / nj);
        let lower = |d: [isize; 3]| {
            let mut d = d;
            d[component] -= 1;
            d
        };
        let is_solid = |i: usize, d: [isize; 3]| {
            let i = around(i, d[0], ni);
            solid[row(size, j, k, d[1], d[2]) + i]
        };
        for (i, value) in values.iter_mut().enumerate() {
            if is_solid(i, [0; 3]) || is_solid(i, lower([0; 3])) {
                continue;
            }
            let mut diagonal = 6.0;
            for across in (0..3).filter(|a| *a != component) {
                for step in [-1, 1] {
                    let mut d = [0; 3];
                    d[across] = step;
                    let walled = is_solid(i, d) && is_solid(i, lower(d));
                    diagonal += if walled { 1.0 } else { 0.0 };
                }
            }
            *value = 1.0 / diagonal;
        }
    });
    out
}
