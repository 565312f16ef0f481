//! Floods through a phase: the widest ways in, and the shortest.

use crate::distance::NOWHERE;

/// The 26 neighbours of a voxel.
pub(crate) fn steps() -> impl Iterator<Item = [isize; 3]> {
    (0..27isize).map(|n| [n % 3 - 1, n / 3 % 3 - 1, n / 9 - 1]).filter(|d| *d != [0; 3])
}

/// Neighbours of `index` inside the image, each with the number of axes that the step moves along.
pub(crate) fn around(size: [usize; 3], index: usize, mut each: impl FnMut(usize, usize)) {
    let at = [index % size[0], index / size[0] % size[1], index / (size[0] * size[1])];
    for d in steps() {
        let to = [0, 1, 2].map(|a| at[a].wrapping_add_signed(d[a]));
        if (0..3).all(|a| to[a] < size[a]) {
            let axes = d.iter().filter(|s| **s != 0).count();
            each((to[2] * size[1] + to[1]) * size[0] + to[0], axes);
        }
    }
}

/// Whether a sphere's middle may step between two voxels of these squared distances. Beside a wall
/// it steps through faces alone, so that it never slips between voxels that touch by an edge.
#[inline(always)]
pub(crate) fn may_step(a: u32, b: u32, axes: usize) -> bool {
    a > 0 && b > 0 && (axes == 1 || (a >= 2 && b >= 2))
}

/// For every voxel the squared radius of the largest sphere whose middle can come there from a
/// voxel of `sources`, never leaving the phase; 0 where none can.
pub(crate) fn widest(
    squares: &[u32],
    size: [usize; 3],
    sources: impl Iterator<Item = usize>,
) -> Vec<u32> {
    let mut ranks: Vec<u32> = squares.to_vec();
    ranks.sort_unstable();
    ranks.dedup();
    let rank = |square: u32| ranks.binary_search(&square).expect("every value has a rank");
    let mut waiting: Vec<Vec<u32>> = vec![Vec::new(); ranks.len()];
    let mut width = vec![0u32; squares.len()];
    for n in sources.filter(|n| squares[*n] > 0) {
        width[n] = squares[n];
        waiting[rank(squares[n])].push(n as u32);
    }
    for level in (0..ranks.len()).rev() {
        while let Some(n) = waiting[level].pop() {
            let n = n as usize;
            if width[n] != ranks[level] {
                continue;
            }
            around(size, n, |to, axes| {
                let wide = ranks[level].min(squares[to]);
                if may_step(squares[n], squares[to], axes) && wide > width[to] {
                    width[to] = wide;
                    waiting[rank(wide)].push(to as u32);
                }
            });
        }
    }
    width
}

/// Lengths of steps along one, two and three axes, in thousandths of a voxel.
const STEP_LENGTHS: [u32; 3] = [1000, 1414, 1732];

/// Stands where no way leads.
pub(crate) const UNREACHED: u32 = u32::MAX;

/// Length in thousandths of a voxel of the shortest way from a voxel of `sources` through voxels
/// of squared distance `least` or more; steps go to any of the 26 neighbours, so that a way is up
/// to 13 % longer than a straight line.
pub(crate) fn shortest(
    squares: &[u32],
    size: [usize; 3],
    least: u32,
    sources: impl Iterator<Item = usize>,
) -> Vec<u32> {
    const RING: usize = 1733;
    let mut length = vec![UNREACHED; squares.len()];
    let mut ring: Vec<Vec<u32>> = vec![Vec::new(); RING];
    let open = |n: usize| squares[n] >= least.max(1) && squares[n] <= NOWHERE;
    let mut waiting = 0usize;
    for n in sources.filter(|n| open(*n)) {
        length[n] = 0;
        ring[0].push(n as u32);
        waiting += 1;
    }
    let mut now = 0u32;
    while waiting > 0 {
        while let Some(n) = ring[now as usize % RING].pop() {
            waiting -= 1;
            let n = n as usize;
            if length[n] != now {
                continue;
            }
            around(size, n, |to, axes| {
                let there = now + STEP_LENGTHS[axes - 1];
                if open(to) && may_step(squares[n], squares[to], axes) && there < length[to] {
                    length[to] = there;
                    ring[there as usize % RING].push(to as u32);
                    waiting += 1;
                }
            });
        }
        now += 1;
    }
    length
}
