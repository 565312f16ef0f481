//! Parts of a periodic cell's material that share no node.

use crate::pieces::{find, unite};
use crate::strips::{Strip, Strips};

/// Number of parts; images of one part count once.
pub(super) fn count(solid: &Strips) -> usize {
    let [ni, nj, nk] = solid.size;
    let mut parent: Vec<u32> = (0..solid.strips.len() as u32).collect();
    for k in 0..nk {
        for j in 0..nj {
            for (dj, dk) in [(0, 0), (1, 0), (nj - 1, 1), (0, 1), (1, 1)] {
                let there = solid.row_range((j + dj) % nj, (k + dk) % nk);
                for a in solid.row_range(j, k) {
                    for b in there.clone() {
                        if touch(&solid.strips[a], &solid.strips[b], ni as u32) {
                            unite(&mut parent, a as u32, b as u32);
                        }
                    }
                }
            }
        }
    }
    (0..parent.len()).filter(|&n| find(&mut parent, n as u32) == n as u32).count()
}

/// Whether the nodes of two strips of neighbouring rows meet, images among them.
fn touch(a: &Strip, b: &Strip, ni: u32) -> bool {
    let meet = |a: &Strip, b: &Strip| a.start <= b.end && b.start <= a.end;
    let wrapped = |a: &Strip, b: &Strip| a.end == ni && b.start == 0;
    meet(a, b) || wrapped(a, b) || wrapped(b, a)
}
