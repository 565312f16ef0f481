//! How often each pattern of 2 x 2 x 2 voxels occurs: all that Euler number, surface and curvature
//! need.

use rayon::prelude::*;

use crate::voxels::{Beyond, Voxels};

/// What stands in for voxels beyond the faces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Margin {
    /// Void.
    Void,
    /// Blocks that reach beyond a face are left out.
    Inner,
    /// The image again.
    Periodic,
    /// The image mirrored at its faces.
    Mirror,
}

impl From<Beyond> for Margin {
    fn from(beyond: Beyond) -> Self {
        match beyond {
            Beyond::Void => Self::Void,
            Beyond::Unseen => Self::Inner,
            Beyond::Periodic => Self::Periodic,
        }
    }
}

/// Counts of the 256 patterns; voxel `(x, y, z)` of a block is bit `4 x + y + 2 z`.
///
/// `[n]` holds the blocks that straddle `n` faces of the image.
pub(crate) type Counts = [[u64; 256]; 4];

/// Bit of a voxel in a pattern.
pub(crate) const fn bit(x: usize, y: usize, z: usize) -> usize {
    4 * x + y + 2 * z
}

/// Counts the patterns of an image.
pub(crate) fn count(voxels: &Voxels, margin: Margin) -> Counts {
    let [_, nj, nk] = voxels.size;
    let places = |n: usize| match margin {
        Margin::Inner => 1..n,
        Margin::Periodic => 0..n,
        Margin::Void | Margin::Mirror => 0..n + 1,
    };
    let plane = |k: usize| {
        let mut counts = [[0; 256]; 4];
        for j in places(nj) {
            row(voxels, margin, [j, k], &mut counts);
        }
        counts
    };
    let planes: Vec<Counts> = places(nk).into_par_iter().map(plane).collect();
    let mut out = [[0; 256]; 4];
    for plane in &planes {
        for (all, some) in out.iter_mut().flatten().zip(plane.iter().flatten()) {
            *all += some;
        }
    }
    out
}

/// The voxels before and at place `at` of an axis, as `margin` fills them.
fn pair(at: usize, n: usize, margin: Margin) -> [Option<usize>; 2] {
    match margin {
        Margin::Periodic => [Some((at + n - 1) % n), Some(at)],
        Margin::Mirror => [Some(at.max(1) - 1), Some(at.min(n - 1))],
        Margin::Void | Margin::Inner => [at.checked_sub(1), (at < n).then_some(at)],
    }
}

/// The blocks along one row.
fn row(voxels: &Voxels, margin: Margin, [j, k]: [usize; 2], counts: &mut Counts) {
    let [ni, nj, nk] = voxels.size;
    let (js, ks) = (pair(j, nj, margin), pair(k, nk, margin));
    let void = vec![false; if margin == Margin::Void { ni } else { 0 }];
    let line = |n: usize| match (js[n % 2], ks[n / 2]) {
        (Some(j), Some(k)) => &voxels.solid[voxels.index([0, j, k])..][..ni],
        _ => &void[..],
    };
    let lines = [line(0), line(1), line(2), line(3)];
    let face = |at: usize, n: usize| usize::from(at == 0 || at == n);
    let straddled = if margin == Margin::Periodic { 0 } else { face(j, nj) + face(k, nk) };
    let four = |i: usize| (0..4).map(|n| usize::from(lines[n][i]) << n).sum::<usize>();
    let mut before = four(0);
    for i in 1..ni {
        let here = four(i);
        counts[straddled][before | here << 4] += 1;
        before = here;
    }
    let (first, last) = (four(0), before);
    match margin {
        Margin::Inner => {}
        Margin::Periodic => counts[straddled][last | first << 4] += 1,
        Margin::Void => {
            counts[straddled + 1][first << 4] += 1;
            counts[straddled + 1][last] += 1;
        }
        Margin::Mirror => {
            counts[straddled + 1][first | first << 4] += 1;
            counts[straddled + 1][last | last << 4] += 1;
        }
    }
}
