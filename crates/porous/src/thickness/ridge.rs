//! Centres of the spheres that no neighbour's sphere holds.

use rayon::prelude::*;

use crate::voxels::Beyond;

/// A sphere: squared radius in voxels, and the place of its centre in the array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Centre {
    pub square: u32,
    pub index: u32,
}

/// Squared radius that a neighbour one step, a face's or a cube's diagonal away must have for its
/// sphere of voxels to hold the whole sphere here; by squared radius.
struct Inclusion {
    needed: [Vec<u32>; 3],
}

impl Inclusion {
    /// For squared radii up to `square_max`: the voxel of the sphere here that lies farthest from
    /// the neighbour decides.
    fn new(square_max: u32) -> Self {
        let room = square_max as usize + 1;
        let mut needed = [vec![0u32; room], vec![0u32; room], vec![0u32; room]];
        let reach = square_max.isqrt();
        for x in 0..=reach {
            for y in 0..=x.min((square_max - x * x).isqrt()) {
                let rest = square_max - x * x - y * y;
                for z in 0..=y.min(rest.isqrt()) {
                    let n = x * x + y * y + z * z;
                    let far = [n + 2 * x + 1, n + 2 * (x + y) + 2, n + 2 * (x + y + z) + 3];
                    for (table, far) in needed.iter_mut().zip(far) {
                        table[n as usize] = table[n as usize].max(far);
                    }
                }
            }
        }
        for table in &mut needed {
            for n in 1..room {
                table[n] = table[n].max(table[n - 1]);
            }
        }
        Self { needed }
    }
}

/// Centres sorted by falling radius, then by place.
///
/// A centre is left out where the sphere of one of its 26 neighbours holds all voxels of its own,
/// so that the spheres that stay cover the same voxels with the same radii.
pub(super) fn centres(squares: &[u32], size: [usize; 3], beyond: Beyond) -> Vec<Centre> {
    let plane = size[0] * size[1];
    let square_max = squares.par_iter().copied().max().unwrap_or(0);
    let inclusion = Inclusion::new(square_max);
    let wrap = beyond == Beyond::Periodic;
    let of_plane = |k: usize| {
        let mut found = Vec::new();
        for j in 0..size[1] {
            row(squares, size, [j, k], &inclusion, wrap, &mut found);
        }
        found
    };
    let planes: Vec<Vec<Centre>> =
        (0..squares.len() / plane).into_par_iter().map(of_plane).collect();
    let mut all = planes.concat();
    all.par_sort_unstable_by_key(|c| (u32::MAX - c.square, c.index));
    all
}

/// The neighbour of `at` in an axis of `n` voxels, if there is one.
fn beside(at: usize, step: isize, n: usize, wrap: bool) -> Option<usize> {
    let to = at as isize + step;
    if (0..n as isize).contains(&to) {
        Some(to as usize)
    } else {
        wrap.then(|| to.rem_euclid(n as isize) as usize)
    }
}

fn row(
    squares: &[u32],
    size: [usize; 3],
    [j, k]: [usize; 2],
    inclusion: &Inclusion,
    wrap: bool,
    found: &mut Vec<Centre>,
) {
    let ni = size[0];
    let mut rows = [(0usize, 0usize); 9];
    let mut count = 0;
    for dk in -1..=1isize {
        for dj in -1..=1isize {
            let place = beside(k, dk, size[2], wrap).zip(beside(j, dj, size[1], wrap));
            if let Some((k, j)) = place {
                rows[count] = ((k * size[1] + j) * ni, usize::from(dj != 0) + usize::from(dk != 0));
                count += 1;
            }
        }
    }
    let start = (k * size[1] + j) * ni;
    for i in 0..ni {
        let square = squares[start + i];
        if square == 0 {
            continue;
        }
        let needed = [0, 1, 2].map(|n| inclusion.needed[n][square as usize]);
        let (before, after) = (beside(i, -1, ni, wrap), beside(i, 1, ni, wrap));
        let held = rows[..count].iter().any(|&(row, off)| {
            let here = off > 0 && squares[row + i] >= needed[off - 1];
            let side = |n: Option<usize>| n.is_some_and(|n| squares[row + n] >= needed[off]);
            here || side(before) || side(after)
        });
        if !held {
            found.push(Centre { square, index: (start + i) as u32 });
        }
    }
}
