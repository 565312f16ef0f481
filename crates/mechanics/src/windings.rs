//! Ways through a closed grid that lead from a piece to its own image.

use crate::pieces::{Pieces, neighbours};
use crate::strips::Strips;

/// Strips in sets, each with the number of cells by which it lies beyond its parent.
struct Shifted {
    parent: Vec<u32>,
    shift: Vec<[i32; 3]>,
}

impl Shifted {
    /// Root of a set, and how many cells beyond it the item lies.
    fn find(&mut self, item: usize) -> (usize, [i32; 3]) {
        let (mut root, mut way) = (item, [0; 3]);
        while self.parent[root] as usize != root {
            way = add(way, self.shift[root]);
            root = self.parent[root] as usize;
        }
        let (mut now, mut left) = (item, way);
        while self.parent[now] as usize != root && now != root {
            let next = self.parent[now] as usize;
            let step = self.shift[now];
            (self.parent[now], self.shift[now]) = (root as u32, left);
            left = [0, 1, 2].map(|a| left[a] - step[a]);
            now = next;
        }
        (root, way)
    }
}

fn add(a: [i32; 3], b: [i32; 3]) -> [i32; 3] {
    [0, 1, 2].map(|n| a[n] + b[n])
}

/// Pieces that meet their own image, each with the cells that lie between, once for each way that
/// is not like one before.
pub(crate) fn windings(solid: &Strips, pieces: &Pieces) -> Vec<(usize, [i32; 3])> {
    if solid.closed == [false; 3] {
        return Vec::new();
    }
    let count = solid.strips.len();
    let mut sets = Shifted { parent: (0..count as u32).collect(), shift: vec![[0; 3]; count] };
    let mut found: Vec<(usize, [i32; 3])> = Vec::new();
    neighbours(solid, |a, b, seam| {
        let mut step = [0; 3];
        if let Some(axis) = seam {
            step[axis] = 1;
        }
        let ((root_a, way_a), (root_b, way_b)) = (sets.find(a), sets.find(b));
        let way = add(way_a, step);
        let apart = [0, 1, 2].map(|n| way[n] - way_b[n]);
        if root_a != root_b {
            // The image of `b` next to `a` lies `way` beyond the root of `a`.
            (sets.parent[root_b], sets.shift[root_b]) = (root_a as u32, apart);
        } else if apart != [0; 3] {
            let way = (pieces.label[a] as usize, apart);
            if !found.contains(&way) {
                found.push(way);
            }
        }
    });
    found
}
