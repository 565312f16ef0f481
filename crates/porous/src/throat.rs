//! The largest sphere that passes through each part of the void.

use rayon::prelude::*;

use crate::flood::{may_step, steps};
use crate::voxels::{Beyond, Voxels};

/// Bytes a voxel that the search holds: distances, labels, order, roots and shifts.
pub(crate) const BYTES_A_VOXEL: u64 = 26;

/// Squared radius by part and axis; 0 where nothing passes.
///
/// Voxels join in order of falling distance; when a tree first holds both faces of the image, or
/// itself in another cell, the voxel that joined last bounds the sphere.
pub(crate) fn throats(
    voxels: &Voxels,
    squares: &[u32],
    labels: &[u32],
    part_count: usize,
    beyond: Beyond,
) -> Vec<[u32; 3]> {
    let size = voxels.size;
    let wrap = beyond == Beyond::Periodic;
    let mut order: Vec<u32> =
        (0..squares.len() as u32).filter(|n| squares[*n as usize] > 0).collect();
    order.par_sort_unstable_by_key(|n| (u32::MAX - squares[*n as usize], *n));
    let mut forest = Forest::new(squares.len());
    let mut out = vec![[0u32; 3]; part_count];
    let steps: Vec<[isize; 3]> = steps().collect();
    for n in order {
        let n = n as usize;
        let (at, here) = (voxels.voxel(n), squares[n]);
        forest.parent[n] = n as u32;
        if !wrap {
            forest.faces[n] = faces(at, size);
        }
        let passed = &mut out[labels[n] as usize - 1];
        mark(passed, here, forest.faces[n]);
        for step in &steps {
            let mut shift = [0i16; 3];
            let mut to = [0; 3];
            let mut inside = true;
            for a in 0..3 {
                let moved = at[a] as isize + step[a];
                shift[a] = moved.div_euclid(size[a] as isize) as i16;
                to[a] = moved.rem_euclid(size[a] as isize) as usize;
                inside &= wrap || shift[a] == 0;
            }
            let other = voxels.index(to);
            let axes = step.iter().filter(|s| **s != 0).count();
            if !inside || forest.parent[other] == u32::MAX || !may_step(here, squares[other], axes)
            {
                continue;
            }
            match forest.join(n, other, shift) {
                Joined::Turned(turned) => {
                    (0..3).filter(|a| turned[*a]).for_each(|a| passed[a] = passed[a].max(here));
                }
                Joined::Faces(faces) => mark(passed, here, faces),
            }
        }
    }
    out
}

/// Two bits an axis: whether a voxel lies at its low and its high face.
fn faces(at: [usize; 3], size: [usize; 3]) -> u8 {
    let bits = |a: usize| u8::from(at[a] == 0) | u8::from(at[a] + 1 == size[a]) << 1;
    bits(0) | bits(1) << 2 | bits(2) << 4
}

fn mark(passed: &mut [u32; 3], square: u32, faces: u8) {
    for (a, passed) in passed.iter_mut().enumerate() {
        if faces >> (2 * a) & 3 == 3 {
            *passed = (*passed).max(square);
        }
    }
}

enum Joined {
    /// Both were in one tree, shifted along these axes.
    Turned([bool; 3]),
    /// Faces that the tree holds now.
    Faces(u8),
}

struct Forest {
    parent: Vec<u32>,
    shift: Vec<[i16; 3]>,
    faces: Vec<u8>,
}

impl Forest {
    fn new(n: usize) -> Self {
        Self { parent: vec![u32::MAX; n], shift: vec![[0; 3]; n], faces: vec![0; n] }
    }

    /// The root, and by how many cells `n` is shifted from it; every second link is shortened.
    fn root(&mut self, mut n: usize) -> (usize, [i16; 3]) {
        let mut total = [0i16; 3];
        loop {
            let up = self.parent[n] as usize;
            if up == n {
                return (n, total);
            }
            let top = self.parent[up] as usize;
            let by = self.shift[n];
            if top != up {
                let more = self.shift[up];
                self.shift[n] = [0, 1, 2].map(|a| by[a] + more[a]);
                self.parent[n] = top as u32;
            }
            let by = self.shift[n];
            total = [0, 1, 2].map(|a| total[a] + by[a]);
            n = self.parent[n] as usize;
        }
    }

    fn join(&mut self, a: usize, b: usize, shift: [i16; 3]) -> Joined {
        let ((ra, sa), (rb, sb)) = (self.root(a), self.root(b));
        let apart = [0, 1, 2].map(|n| sa[n] + shift[n] - sb[n]);
        if ra == rb {
            return Joined::Turned(apart.map(|v| v != 0));
        }
        // The newer root hangs below the older one, which has the larger tree as a rule.
        let faces = self.faces[ra] | self.faces[rb];
        self.parent[ra] = rb as u32;
        self.shift[ra] = apart.map(|v| -v);
        self.faces[rb] = faces;
        Joined::Faces(faces)
    }
}
